"""Who sold, made and hosts a service, over the versions."""

from pathlib import Path

import pytest
from ingest_cases import ROW, Loader, bill_text, charges

from warikan.ingest.conversion import COLUMNS, Names, convert
from warikan.ingest.header import infer_version
from warikan.ingest.sources.focus.source import load_mapping
from warikan.lake import Lake

OLD, ALL, NEW = COLUMNS[:2], COLUMNS, COLUMNS[2:]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("AWS", "Amazon Web Services, Inc."),
        ("AWS", "Amazon Web Services EMEA SARL"),
        ("AWS", "Amazon Web Services Canada, Inc."),
        ("AWS", "Amazon Web Services Japan G.K."),
        ("Microsoft", "Microsoft Azure"),
        ("Azure", "Microsoft Corporation"),
        ("Google Cloud", "Google LLC"),
        ("Google", "Google Cloud Platform"),
        ("Oracle", "OCI"),
        ("Oracle Cloud Infrastructure", "Oracle America, Inc."),
        ("Acme Ltd.", "ACME"),
        ("Datadog", "Datadog, Inc."),
    ],
)
def test_same_company(one: str, other: str) -> None:
    """Spellings of one company make no marketplace."""
    companies = load_mapping().companies
    assert companies.is_same(one, other)
    assert Names(one, other, one, one) == convert(Names(one, other, None, None), OLD, companies)


@pytest.mark.parametrize(
    ("found", "present", "expected"),
    [
        (Names("AWS", None, None, None), OLD, Names("AWS", None, "AWS", "AWS")),
        (Names("AWS", "Red Hat", None, None), OLD, Names("AWS", "Red Hat", "Red Hat", "AWS")),
        (Names("AWS", "Awsome Inc.", None, None), OLD, Names("AWS", "Awsome Inc.", "Awsome Inc.", "AWS")),
        (Names(None, None, "Red Hat", "AWS"), NEW, Names("AWS", "Red Hat", "Red Hat", "AWS")),
        (Names(None, None, "Datadog", None), NEW, Names("Datadog", "Datadog", "Datadog", None)),
        (Names("AWS", "X", "Y", "Z"), ALL, Names("AWS", "X", "Y", "Z")),
        (Names("AWS", "X", "Y", None), ALL, Names("AWS", "X", "Y", None)),
        (Names(None, "X", None, None), OLD, Names(None, "X", "X", None)),
        (Names(None, None, None, None), OLD, Names(None, None, None, None)),
    ],
)
def test_conversion(found: Names, present: tuple[str, ...], expected: Names) -> None:
    """The acquisition table of the 1.3 migration guide, both ways; a given value never changes."""
    assert expected == convert(found, present, load_mapping().companies)


def test_conversion_in_the_lake(take: Loader, lake: Lake, tmp_path: Path) -> None:
    """Several combinations in one file each get their own names."""
    pairs = [("AWS", "Amazon Web Services, Inc."), ("AWS", "Red Hat"), ("AWS", ""), ("Microsoft", "Azure")]
    rows = ({"ProviderName": provider, "PublisherName": publisher} for provider, publisher in pairs * 2)
    (tmp_path / "bill.csv").write_text(bill_text(*rows))
    take("bill.csv")
    expected = [("AWS", "AWS"), ("Red Hat", "AWS"), ("AWS", "AWS"), ("Microsoft", "Microsoft")] * 2
    assert expected == [(r["ServiceProviderName"], r["HostProviderName"]) for r in charges(lake)]


def test_versions_of_one_source(take: Loader, lake: Lake, tmp_path: Path) -> None:
    """Files of different versions share a month: each row is read as what its file is."""
    (tmp_path / "in").mkdir()
    newest = {k: v for k, v in ROW.items() if k not in ("ProviderName", "PublisherName")}
    header, line = (
        ",".join([*newest, "ServiceProviderName", "InvoiceDetailId"]),
        ",".join([*newest.values(), "AWS", "i"]),
    )
    (tmp_path / "in" / "a.csv").write_text(bill_text({}))
    (tmp_path / "in" / "b.csv").write_text(f"{header}\n{line}\n")
    take("in")
    assert [(r["x_FocusVersion"], r["ProviderName"], r["InvoiceDetailId"]) for r in charges(lake)] == [
        ("1.0", "AWS", None),
        ("1.4", "AWS", "i"),
    ]
    assert [r["x_SourceFile"] for r in charges(lake)] == ["in/a.csv", "in/b.csv"]


@pytest.mark.parametrize(
    ("columns", "version"),
    [
        (["BilledCost", "ProviderName"], "1.0"),
        (["SkuMeter", "ProviderName"], "1.1"),
        (["InvoiceId", "SkuMeter"], "1.2"),
        (["ServiceProviderName", "ProviderName"], "1.3"),
        (["ServiceProviderName"], "1.4"),
        (["InvoiceDetailId", "ProviderName"], "1.4"),
    ],
)
def test_version_from_columns(columns: list[str], version: str) -> None:
    """The oldest version that has all the columns; without ProviderName, 1.3 is already 1.4."""
    assert version == infer_version(dict.fromkeys(columns, 0))
