"""One bill twice is refused; two bills of one account are not."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from ingest_cases import Loader, bill_text

from warikan.focus.errors import DuplicateContent
from warikan.ingest.overlap import refuse_overlaps
from warikan.ingest.session import open_session
from warikan.lake import Lake

Rows = Iterable[Mapping[str, str]]
Check = Callable[..., None]
_MONTH = date(2026, 10, 1)


@pytest.fixture
def check(lake: Lake, tmp_path: Path) -> Check:
    """Look at what the lake has of a source as if it were being loaded."""

    def run(source_id: str, allowed: Iterable[str] = (), months: Iterable[date] = (_MONTH,)) -> None:
        files = [Path(f.path) for f in lake.data_files("charges") if f.source_id == source_id]
        with open_session(tmp_path) as connection:
            refuse_overlaps(connection, lake, source_id, files, set(months), allowed=set(allowed))

    return run


@pytest.fixture
def bill(take: Loader, tmp_path: Path) -> Callable[..., None]:
    """Load files of rows (file name → rows) as a source."""

    def run(source_id: str, **files: Rows) -> None:
        folder = tmp_path / source_id
        folder.mkdir()
        for name, rows in files.items():
            (folder / f"{name}.csv").write_text(bill_text(*rows))
        take(folder, source_id)

    return run


def usage(day: int, number: int, cost: str, **values: str) -> dict[str, str]:
    """A day of one resource of account 42."""
    return (
        {
            "SubAccountId": "42",
            "ResourceId": f"i-{number}",
            "ChargeCategory": "Usage",
            "ChargePeriodStart": f"2026-10-{day:02}T00:00:00Z",
            "ChargePeriodEnd": f"2026-10-{day + 1:02}T00:00:00Z",
        }
        | dict.fromkeys(("BilledCost", "EffectiveCost", "ListCost", "ContractedCost"), cost)
        | values
    )


def days(count: int = 10, things: int = 4, **values: str) -> list[dict[str, str]]:
    """Resources that cost something else each day."""
    return [
        usage(d, n, f"{d * n}.{d}{n}", **values) for d in range(1, count + 1) for n in range(1, things + 1)
    ]


def amortised(row: Mapping[str, str]) -> dict[str, str]:
    """What an amortised export says of *row* when a commitment covers resources 1 and 2."""
    if row["ResourceId"] in ("i-1", "i-2"):
        return {**row, "BilledCost": "0", "EffectiveCost": "0.5", "CommitmentDiscountId": "sp"}
    return {**row, "BilledCost": "0"}


TWICE: dict[str, tuple[list[dict[str, str]], list[dict[str, str]]]] = {
    "the same export": (days(), days()),
    "one has more days": (days(), days(20)),
    "a member and its payer": (days(), [*days(), *days(SubAccountId="43")]),
    "actual and amortised": (
        [{**r, "EffectiveCost": "0"} if r["ResourceId"] in ("i-1", "i-2") else r for r in days()],
        [amortised(r) for r in days()],
    ),
    "hours and days": (
        days(),
        [
            {**r, "ChargePeriodStart": r["ChargePeriodStart"].replace("T00", hour), "BilledCost": half}
            | dict.fromkeys(("EffectiveCost", "ListCost", "ContractedCost"), "0")
            for r in days()
            for hour, half in (("T03", "1"), ("T09", str(Decimal(r["BilledCost"]) - 1)))
        ],
    ),
    "an Azure subscription with its path": (days(), days(SubAccountId="/subscriptions/42")),
    "other names of services": (days(), days(ServiceName="AmazonS3")),
    "no resources, only services": (
        [usage(d, 1, f"{d}.5", ResourceId="") for d in range(1, 11)],
        [usage(d, 1, f"{d}.5", ResourceId="") for d in range(1, 11)],
    ),
}
APART: dict[str, tuple[list[dict[str, str]], list[dict[str, str]]]] = {
    "other accounts": (days(), days(SubAccountId="43")),
    "other currencies": (days(), days(BillingCurrency="JPY")),
    "other services of one account": (
        days(),
        [{**r, "ServiceName": "RDS", "ResourceId": r["ResourceId"] + "-db"} for r in days()],
    ),
    "software of the marketplace on the same machines": (
        days(),
        [usage(d, n, f"{d}.77", ServiceName="Scanner") for d in range(1, 11) for n in range(1, 5)],
    ),
    "services without resources at other prices": (
        [usage(d, 1, f"{d}.5", ResourceId="", ServiceName="A") for d in range(1, 11)],
        [usage(d, 1, f"{d}.5", ResourceId="", ServiceName="B") for d in range(1, 11)],
    ),
    "a few of the same price": (days(), [*days(10, 4, ResourceId="x"), usage(1, 1, "1.11")]),
    "commitments bought elsewhere": (
        days(),
        [usage(1, 9, "500", ChargeCategory="Purchase", CommitmentDiscountId="sp")],
    ),
    "tax in a bill of its own": (days(), [usage(d, 1, "1.11", ChargeCategory="Tax") for d in range(1, 20)]),
}


@pytest.mark.parametrize("name", TWICE)
def test_one_bill_under_two_sources(name: str, bill: Callable[..., None], check: Check) -> None:
    """It is refused in either order, and taken where the user says so."""
    one, other = TWICE[name]
    bill("first", a=one)
    bill("second", a=other)

    for source, against in (("second", "first"), ("first", "second")):
        with pytest.raises(DuplicateContent) as error:
            check(source)
        assert f"source {source} brings what source {against} already has" in error.value.message
        assert "account 42, 2026-10-01 to 2026-10-10: BilledCost" in error.value.message
        assert f"allow_overlap: [{against}]" in str(error.value.hint)
        check(source, allowed=[against])


@pytest.mark.parametrize("name", APART)
def test_two_bills_of_one_company(name: str, bill: Callable[..., None], check: Check) -> None:
    """They are taken without a word."""
    one, other = APART[name]
    bill("first", a=one)
    bill("second", a=other)

    check("second")
    check("first")


def test_snapshots_of_a_month_in_one_source(bill: Callable[..., None], check: Check) -> None:
    """Daily exports of the month to date, all kept: the files say the same charges again."""
    bill("daily", a=days(6), b=days(8), c=[*days(8), usage(9, 1, "3")])

    with pytest.raises(DuplicateContent) as error:
        check("daily")

    assert "two files of daily have the same charges" in error.value.message
    assert "b.csv and" in error.value.message
    check("daily", allowed=["daily"])


def test_parts_of_one_export(bill: Callable[..., None], check: Check) -> None:
    """A resource's hours in two files, at one price an hour, are no duplicate."""
    hours = [
        usage(d, n, "0.1", ChargePeriodStart=f"2026-10-{d:02}T{h:02}:00:00Z")
        for d in range(1, 6)
        for n in range(1, 4)
        for h in range(24)
    ]
    bill("parts", a=hours[0::2], b=hours[1::2])

    check("parts")


def test_other_months_and_nothing(bill: Callable[..., None], check: Check) -> None:
    """Only months of the load are looked at; without files there is nothing to say."""
    bill("first", a=days())
    bill("second", a=days())

    check("second", months=[date(2026, 11, 1)])
    check("third")


def test_the_real_files_are_apart(take: Loader, check: Check, data: Path) -> None:
    """Bills of other companies in one lake never look like one bill; each is one with itself."""
    names = {
        "real": "focus_1_0_real_anonymised.csv",
        "aws12": "synthetic_1.2/focus_1_2_cost_and_usage_aws.csv",
        "azure12": "synthetic_1.2/focus_1_2_cost_and_usage_azure.csv",
        "gcp13": "synthetic_1.3/focus_1_3_cost_and_usage_gcp.csv",
    }
    months = set()
    for source, name in names.items():
        months |= set(take(data / "focus" / name, source).months)
    for source in names:
        check(source, months=months)

    take(data / "focus" / names["aws12"], "again")
    with pytest.raises(DuplicateContent, match="source again brings what source aws12 already has"):
        check("again", months=months)
