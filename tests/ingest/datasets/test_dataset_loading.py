"""Datasets beside Cost and Usage: known by header, typed exactly, replaced whole, rejects counted."""

import gzip
import itertools
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ingest_cases import Loader, bill_text, charges, state

from warikan.focus.columns import list_columns
from warikan.focus.datasets import find_dataset, list_datasets, match_columns, recognise
from warikan.focus.errors import RejectedRows, UnreadableFile
from warikan.ingest.datasets.loading import load_datasets
from warikan.ingest.datasets.recognition import find_datasets
from warikan.ingest.datasets.report import DatasetReport
from warikan.lake import Lake

PERIODS = "InvoiceIssuerName,BillingPeriodStart,BillingPeriodEnd,BillingPeriodStatus,BillingPeriodLastUpdated"
COMMITMENTS = (
    "ContractCommitmentId,ContractCommitmentPeriodStart,ContractCommitmentPeriodEnd,ContractCommitmentCost"
)
LINES = "InvoiceId,InvoiceDetailId,BilledCost,BillingCurrency,BillingPeriodStart"


def take(
    lake: Lake, root: Path, path: str | Path, source: str = "bill", **options: bool
) -> list[DatasetReport]:
    """Load the datasets at *path*."""
    now = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
    return list(load_datasets(lake, source, find_datasets(path, root), now=now, **options))


def test_columns_are_the_published_ones() -> None:
    """13 and 30 columns of Contract Commitment, 22 of Invoice Detail, 6 of Billing Period; all typed."""
    counts = {d.name: len(d.columns) for d in list_datasets()}
    assert counts == {"Billing Period": 6, "Contract Commitment": 30, "Invoice Detail": 22}
    commitments = find_dataset("Contract Commitment")
    assert sum(c.is_in("1.3") for c in commitments.columns) == 13
    assert commitments.by_id()["ContractCommitmentCost"].type == "decimal"
    assert find_dataset("Billing Period").by_id()["BillingPeriodStatus"].allowed_values == ("Open", "Closed")
    for dataset in list_datasets():
        assert {*dataset.keys, *dataset.identity, dataset.updated} <= set(dataset.by_id())


@pytest.mark.parametrize("dataset", list_datasets(), ids=lambda d: d.id)
def test_each_dataset_knows_itself_and_charges_are_none(dataset: object) -> None:
    """All columns of a dataset are recognised as it, spelled loosely too; Cost and Usage never is."""
    names = [c.id for c in dataset.columns]  # type: ignore[attr-defined]

    assert recognise(names) == dataset
    assert recognise([n.lower() for n in names] + ["x_Own"]) == dataset
    assert recognise([c.id for c in list_columns("1.4")]) is None
    assert recognise([*names, *(c.id for c in list_columns("1.4"))]) is None


@given(names=st.lists(st.text(max_size=12), max_size=30))
def test_no_header_is_too_odd_to_be_told(names: list[str]) -> None:
    """Whatever a header has, it is a dataset with its keys, or none."""
    found = recognise(names)

    assert found is None or set(found.keys) <= set(match_columns(found, names))


def test_values_are_exact_and_nothing_is_lost(lake: Lake, tmp_path: Path) -> None:
    """18 decimals, UTC, nulls, and columns of the issuer's own are kept as they are."""
    (tmp_path / "c.csv").write_text(
        f"{COMMITMENTS},x_Note,ContractCommitmentDescription\n"
        "a,2026-05-01T01:00:00+09:00,2027-05-01,123456789012345.123456789012345678,kept,NULL\n"
        "b,2026-05-01,2027-05-01,,,=1+1\n"
    )

    assert [(r.dataset, r.version, r.rows, r.rejected_rows) for r in take(lake, tmp_path, "c.csv")] == [
        ("Contract Commitment", "1.3", 2, 0)
    ]
    first, second = charges(lake, table="contract_commitments")
    assert first["ContractCommitmentCost"] == Decimal("123456789012345.123456789012345678")
    assert first["ContractCommitmentPeriodStart"] == datetime(2026, 4, 30, 16, tzinfo=UTC)
    assert (first["x_Extra"], first["ContractCommitmentDescription"]) == ({"x_Note": "kept"}, None)
    assert (second["x_Extra"], second["ContractCommitmentCost"]) == (None, None)
    assert (second["ContractCommitmentDescription"], second["x_SourceRow"]) == ("=1+1", 2)


def test_what_cannot_be_typed_is_counted(lake: Lake, tmp_path: Path) -> None:
    """No key, no number, no date, too many fields: each row is in rejects with its reason, the rest loads."""
    (tmp_path / "i.csv").write_text(
        f"{LINES}\nI1,1,1.5,usd,2026-05-01\n,2,1,USD,2026-05-01\nI1,3,dear,USD,2026-05-01\n"
        "I1,4,1,USD,soon\nI1,5,1,$,2026-05-01\nI1,6,1,USD,2026-05-01,more\nI1,7,2,EUR,2026-05-01\n"
    )

    (report,) = take(lake, tmp_path, "i.csv")

    assert (report.rows, report.rejected_rows) == (2, 5)
    rows = charges(lake, table="invoice_details")
    assert [(r["InvoiceDetailId"], r["BillingCurrency"], r["x_SourceRow"]) for r in rows] == [
        ("1", "USD", 1),
        ("7", "EUR", 7),
    ]
    rejects = charges(lake, table="rejects")
    assert [(r["x_SourceRow"], r["Column"], r["Value"]) for r in rejects[:4]] == [
        (2, "InvoiceId", None),
        (3, "BilledCost", "dear"),
        (4, "BillingPeriodStart", "soon"),
        (5, "BillingCurrency", None),
    ]
    assert rejects[1]["BilledCost"] == "dear"
    before = state(lake)
    (tmp_path / "i2.csv").write_bytes((tmp_path / "i.csv").read_bytes())
    with pytest.raises(RejectedRows, match=r"5 rows .*i2\.csv"):
        take(lake, tmp_path, "i2.csv", strict=True)
    assert before == state(lake)


def test_twice_is_once_and_a_change_replaces_its_file_alone(lake: Lake, tmp_path: Path) -> None:
    """The same content commits nothing; another content takes the place of its file's rows, no others."""
    (tmp_path / "d").mkdir()
    for name, status in (("a", "Open"), ("b", "Open")):
        (tmp_path / "d" / f"{name}.csv").write_text(f"{PERIODS}\n{name},2026-05-01,2026-06-01,{status},\n")
    take(lake, tmp_path, "d")
    snapshot = lake.snapshot("billing_periods")

    assert [r.unchanged for r in take(lake, tmp_path, "d")] == [True, True]
    assert snapshot == lake.snapshot("billing_periods")

    (tmp_path / "d" / "a.csv").write_text(f"{PERIODS}\na,2026-05-01,2026-06-01,Closed,\n")
    assert [r.unchanged for r in take(lake, tmp_path, "d")] == [False, True]
    rows = charges(lake, table="billing_periods")
    assert [(r["InvoiceIssuerName"], r["BillingPeriodStatus"]) for r in rows] == [
        ("a", "Closed"),
        ("b", "Open"),
    ]
    (tmp_path / "d" / "a.csv").write_text(f"{PERIODS}\n")
    assert [r.rows for r in take(lake, tmp_path, "d")] == [0, 1]
    assert [r["InvoiceIssuerName"] for r in charges(lake, table="billing_periods")] == ["b"]
    (tmp_path / "d" / "a.csv").unlink()
    take(lake, tmp_path, "d", source="other")
    assert [r["x_SourceId"] for r in charges(lake, table="billing_periods")] == ["bill", "other"]


@settings(max_examples=6)
@given(order=st.permutations(["a", "b", "c"]))
def test_the_order_of_loads_does_not_matter(
    order: list[str], empty_lake: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Files loaded one by one in any order are what they are when loaded together."""
    from shutil import copytree

    folder = tmp_path_factory.mktemp("order")
    copytree(empty_lake, folder / ".warikan")
    lake = Lake.open(folder / ".warikan", promoted_tags=["team"])
    for n, name in enumerate("abc"):
        (folder / f"{name}.csv").write_text(f"{LINES}\nI{name},1,{n}.25,USD,2026-05-01\n")
    for name in order:
        take(lake, folder, f"{name}.csv")

    rows = charges(lake, table="invoice_details")
    assert [(r["InvoiceId"], str(r["BilledCost"].normalize())) for r in rows] == [
        ("Ia", "0.25"),
        ("Ib", "1.25"),
        ("Ic", "2.25"),
    ]


def test_forms_of_one_content_are_the_same(lake: Lake, data: Path, tmp_path: Path) -> None:
    """CSV, CSV.gz, and Parquet of text or of types give the same rows."""
    path = data / "focus/synthetic_1.4/aws/synthetic_focus_1_4_contract_commitment.csv"
    (tmp_path / "c.csv.gz").write_bytes(gzip.compress(path.read_bytes()))
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for name, all_text in (("text", "true"), ("typed", "false")):
            connection.execute(
                f"COPY (SELECT * FROM read_csv('{path}', all_varchar = {all_text})) "
                f"TO '{tmp_path / name}.parquet' (FORMAT parquet)"
            )
    forms = {"csv": path, "gz": "c.csv.gz", "text": "text.parquet", "typed": "typed.parquet"}
    for source, file in forms.items():
        assert [(r.rows, r.rejected_rows) for r in take(lake, tmp_path, file, source)] == [(75, 0)]

    names = [c.id for c in find_dataset("Contract Commitment").columns]
    by_source = {
        source: [[row[n] for n in names] for row in rows]
        for source, rows in itertools.groupby(
            charges(lake, table="contract_commitments"), lambda row: row["x_SourceId"]
        )
    }
    assert by_source["csv"] == by_source["gz"] == by_source["text"] == by_source["typed"]


def test_beside_charges_of_the_same_source(lake: Lake, tmp_path: Path, take: Loader) -> None:
    """A bill and datasets of one folder are one source; neither's rejects push out the other's."""
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "bill.csv").write_text(bill_text({}, {"BilledCost": "dear"}))
    (tmp_path / "d" / "i.csv").write_text(f"{LINES}\nI1,1,1.5,USD,2026-10-01\nI1,2,dear,USD,2026-10-01\n")

    take("d")
    load_datasets(lake, "bill", find_datasets("d", tmp_path), now=datetime(2026, 11, 22, tzinfo=UTC))
    (tmp_path / "d" / "bill.csv").write_text(bill_text({}, {"BilledCost": "dear"}, {}))
    take("d")

    rejected = [(r["x_SourceFile"], r["x_SourceRow"]) for r in charges(lake, table="rejects")]
    assert rejected == [("d/bill.csv", 2), ("d/i.csv", 2)]
    assert len(charges(lake)) == 2
    assert set(find_datasets("d", tmp_path)) == {"d/i.csv"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"{LINES},BilledCost\nI1,1,1,USD,2026-05-01,2\n", "twice"),
        (",".join(["InvoiceId", *LINES.split(",")[1:], *(f"c{i}" for i in range(2000))]) + "\n", "refused"),
    ],
)
def test_headers_that_cannot_be_meant(text: str, message: str, tmp_path: Path) -> None:
    """A column twice, or thousands of them, is refused with its name."""
    from warikan.ingest.datasets.recognition import as_dataset
    from warikan.ingest.files import open_file

    (tmp_path / "i.csv").write_text(text)
    with pytest.raises(UnreadableFile, match=message):
        as_dataset(open_file(tmp_path / "i.csv", tmp_path))


def test_a_cut_file_leaves_the_lake_as_it_was(lake: Lake, tmp_path: Path) -> None:
    """A gzip file that ends early is refused; what was loaded before stays."""
    (tmp_path / "p.csv").write_text(f"{PERIODS}\na,2026-05-01,2026-06-01,Open,\n")
    take(lake, tmp_path, "p.csv")
    before = state(lake)
    rows = "".join(f"issuer {n},2026-05-01,2026-06-01,Open,\n" for n in range(60_000))
    packed = gzip.compress(f"{PERIODS}\n{rows}".encode())
    (tmp_path / "q.csv.gz").write_bytes(packed[: len(packed) // 2])

    with pytest.raises(UnreadableFile, match=r"truncated|cut|ends"):
        take(lake, tmp_path, "q.csv.gz")

    assert before == state(lake)
