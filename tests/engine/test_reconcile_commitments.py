"""Used + unused = purchased: worked examples by hand, laws, real files, and the estate."""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reconcile_cases import charge, contract, csv_text, make_engine, moment, money
from small_lake import NOW

from warikan.engine.engine import Engine
from warikan.engine.reconcile.commitments import CommitmentMonth, CommitmentReport, reconcile_commitments
from warikan.engine.reconcile.reading import Months
from warikan.ingest.datasets.loading import load_datasets
from warikan.ingest.datasets.recognition import find_datasets
from warikan.ingest.load import load
from warikan.lake import Lake

GOLDEN = Path(__file__).parent / "golden_reconcile" / "commitments.txt"


@dataclass
class Case:
    """One case of the golden file: charges and contracts, and what must come out."""

    title: str
    rows: list[dict[str, Any]] = field(default_factory=list)
    contracts: list[dict[str, object]] = field(default_factory=list)
    expected: list[list[str]] = field(default_factory=list)


def read_cases() -> list[Case]:
    """The cases of the golden file."""
    cases: list[Case] = []
    for text in GOLDEN.read_text(encoding="utf-8").splitlines():
        words = text.split()
        if text.startswith("== "):
            cases.append(Case(text[3:]))
        elif words and words[0] == "charge":
            cases[-1].rows += charges_of(words[1:])
        elif words and words[0] == "contract":
            start, end, cost = words[1:]
            cases[-1].contracts.append(
                contract(
                    ContractCommitmentPeriodStart=moment(start).isoformat(),
                    ContractCommitmentPeriodEnd=moment(end).isoformat(),
                    ContractCommitmentCost=cost,
                )
            )
        elif words and words[0] == "other":
            cases[-1].rows.append(charge(words[1]))
        elif words and not text.startswith("#"):
            cases[-1].expected.append(text.split(maxsplit=10))
    return cases


def charges_of(words: list[str]) -> list[dict[str, Any]]:
    """The rows of a ``charge`` line."""
    category, frequency, status, start, end, times, billed, effective, quantity, unit = words
    length = moment(end) - moment(start)
    return [
        charge(
            (moment(start) + n * length).replace(tzinfo=None).isoformat(),
            end=(moment(start) + (n + 1) * length).replace(tzinfo=None).isoformat(),
            ChargeCategory=category,
            ChargeFrequency=frequency,
            CommitmentDiscountStatus=None if status == "-" else status,
            CommitmentDiscountId="rr",
            BilledCost=Decimal(billed),
            EffectiveCost=Decimal(effective),
            CommitmentDiscountQuantity=None if quantity == "-" else Decimal(quantity),
            CommitmentDiscountUnit=None if unit == "-" else unit,
        )
        for n in range(int(times))
    ]


@pytest.mark.parametrize("case", read_cases(), ids=lambda c: c.title[:60])
def test_golden(case: Case, tmp_path: Path) -> None:
    """Each case comes out as computed by hand, and nothing else does."""
    contracts = {"contracts": csv_text(*case.contracts)} if case.contracts else {}
    report = reconcile_commitments(make_engine(tmp_path, case.rows, **contracts), Months())

    said = [w for w in case.expected if w[0] == "month"]
    assert len(said) == len(report.months)
    by_month = {f"{m.month:%Y-%m}": m for m in report.months}
    for words in case.expected:
        if words[0] == "term":
            found = [getattr(report.terms[0], name) for name in words[1::2]]
            assert found == [money(amount) for amount in words[2::2]]
            continue
        month, (used, unused, purchased, difference), cause = by_month[words[1]], words[3:10:2], words[10]
        assert [money(v) for v in (used, unused, purchased, difference)] == list(values_of(month, words[0]))
        assert cause == (month.cause if words[0] == "month" else month.quantity_cause)


def values_of(month: CommitmentMonth, kind: str) -> tuple[Decimal | None, ...]:
    """The four amounts, of money or of quantity (nothing is 0)."""
    if kind == "month":
        return month.used, month.unused, month.purchased, month.difference
    zero = money(0)
    return (
        month.used_quantity or zero,
        month.unused_quantity or zero,
        month.purchased_quantity,
        month.quantity_difference,
    )


AMOUNTS = st.decimals("0.000001", "99999999", places=6)


@settings(max_examples=12)
@given(amount=AMOUNTS, hours=st.integers(1, 9000), begin=st.integers(0, 8000), once=st.booleans())
def test_parts_of_a_purchase_add_up_to_it(
    amount: Decimal, hours: int, begin: int, once: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whatever a purchase costs and spans, its months together are exactly it once it has passed."""
    start = moment("2024-01-01") + timedelta(hours=begin)
    end = start + timedelta(hours=hours)
    rows = [
        charge(
            start.replace(tzinfo=None).isoformat(),
            end=end.replace(tzinfo=None).isoformat(),
            ChargeCategory="Purchase",
            ChargeFrequency="One-Time" if once else "Recurring",
            CommitmentDiscountId="rr",
            CommitmentDiscountQuantity=amount,
            CommitmentDiscountUnit="Hours",
            BilledCost=amount,
        ),
        charge((end + timedelta(hours=1)).replace(tzinfo=None).isoformat()),
    ]

    report = reconcile_commitments(make_engine(tmp_path_factory.mktemp("parts"), rows), Months())

    assert sum(m.purchased for m in report.months) == amount
    assert sum(m.purchased_quantity or 0 for m in report.months) == amount
    assert report.terms[0].unamortised == 0
    assert all(m.purchased >= 0 for m in report.months)


@settings(max_examples=8)
@given(data=st.data())
def test_what_is_used_and_unused_is_purchased_whatever_the_order(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Rows made so that they agree are found to agree, in any order; a unit of 10^-18 is found missing."""
    rows, total = [], Decimal(0)
    for hour in range(data.draw(st.integers(1, 6))):
        parts = data.draw(st.lists(AMOUNTS, min_size=1, max_size=3))
        total += sum(parts)
        day = f"2026-09-01T{hour:02}:00"
        rows.append(commitment_row(day, "Purchase", None, sum(parts, Decimal(0))))
        rows += [
            commitment_row(day, "Usage", data.draw(st.sampled_from(["Used", "Unused"])), p) for p in parts
        ]
    rows = data.draw(st.permutations(rows))
    folder = tmp_path_factory.mktemp("laws")

    report = reconcile_commitments(make_engine(folder / "whole", rows), Months())
    assert [(m.difference, m.cause, m.purchased) for m in report.months] == [(0, "equal", total)]

    usage = next(r for r in rows if r["ChargeCategory"] == "Usage")
    usage["EffectiveCost"] -= Decimal("1e-18")
    report = reconcile_commitments(make_engine(folder / "cut", rows), Months())
    assert [m.difference for m in report.months] == [Decimal("-1e-18")]
    assert report.months[0].cause == "rounding"


def commitment_row(start: str, category: str, status: str | None, cost: Decimal) -> dict[str, Any]:
    """A charge of the commitment ``rr``."""
    return charge(
        start,
        ChargeCategory=category,
        ChargeFrequency="Recurring" if category == "Purchase" else "Usage-Based",
        CommitmentDiscountStatus=status,
        CommitmentDiscountId="rr",
        **{"BilledCost" if category == "Purchase" else "EffectiveCost": cost},
    )


@pytest.mark.parametrize(
    ("folder", "months", "contracts", "due", "applied"),
    [
        ("synthetic_1.2", 182, 0, None, None),
        ("synthetic_1.3", 142, 148, "2587350.99", "10463.78"),
        ("synthetic_1.4/aws", 72, 75, "1078281.18", "4237.02"),
        ("synthetic_1.4/azure", 67, 70, "2054320.96", "9680.63"),
    ],
)
def test_synthetic_files(
    folder: str,
    months: int,
    contracts: int,
    due: str | None,
    applied: str | None,
    data: Path,
    tmp_path: Path,
) -> None:
    """
    Of every synthetic commitment used + unused = purchased, to the digit, in money and in quantity.

    What does not agree is the term: each file has two hours of each commitment, while the contracts ran on to
    the end of the month; what is due by then is two hundred times what was applied.
    """
    report, _ = reconcile_files(data / "focus" / folder, tmp_path)

    assert {(m.cause, m.quantity_cause) for m in report.months} == {("equal", "equal")}
    assert (months, contracts) == (len(report.months), len(report.contracts))
    assert {c.cause for c in report.contracts} <= {"used"}
    if due is not None:
        assert (due, applied) == (
            f"{sum(c.due or 0 for c in report.contracts):.2f}",
            f"{sum(c.applied for c in report.contracts):.2f}",
        )


def reconcile_files(path: Path, root: Path) -> tuple[CommitmentReport, Engine]:
    """Load *path* with its datasets into a new lake, and reconcile."""
    lake = Lake.open(root / ".warikan")
    load(lake, "bill", path, root=root, now=NOW)
    load_datasets(lake, "bill", find_datasets(path, root), now=NOW)
    engine = Engine(lake, threads=2)
    return reconcile_commitments(engine, Months()), engine


def applied(*elements: str) -> str:
    """ContractApplied of *elements*."""
    return f'{{"Elements":[{",".join(elements)}]}}'


def test_contracts_beside_what_was_applied(tmp_path: Path) -> None:
    """A minimum spend is drawn down exactly; unknown, unused and broken ones are told apart."""
    part = '{{"ContractId":"C1","ContractCommitmentId":"{}","ContractCommitmentAppliedCost":{}}}'
    rows = [
        charge("2026-09-01", ContractApplied=applied(part.format("spend", "0.100000000000000001"))),
        charge("2026-09-02", ContractApplied=applied(part.format("spend", "2"), part.format("mystery", "5"))),
        charge("2026-09-03", ContractApplied=applied(part.format("spent", "11"))),
        charge("2026-09-04", ContractApplied="not JSON"),
    ]
    contracts = csv_text(
        contract(ContractCommitmentId="spend", ContractCommitmentCost="10"),
        contract(ContractCommitmentId="spent", ContractCommitmentCost="10"),
        contract(ContractCommitmentId="idle", ContractCommitmentCost="10"),
    )

    report = reconcile_commitments(make_engine(tmp_path, rows, contracts=contracts), Months())

    lines = {c.commitment_id: c for c in report.contracts}
    assert {name: c.cause for name, c in lines.items()} == {
        "idle": "no charge refers to it",
        "mystery": "no Contract Commitment file has it",
        "spend": "used",
        "spent": "more was applied than agreed",
    }
    assert lines["spend"].applied == Decimal("2.100000000000000001")
    assert lines["spend"].remaining == Decimal("7.899999999999999999")
    assert lines["spent"].remaining == -1
    # 73 of 8760 hours have passed.
    assert lines["idle"].due == (Decimal(73 * 10) / Decimal(8760)).quantize(
        Decimal("1e-18"), rounding="ROUND_DOWN"
    )
    assert (report.has_contracts, report.unreadable) == (True, 1)


def test_the_newest_delivery_of_a_commitment_counts(tmp_path: Path) -> None:
    """Two files with the same commitment are one commitment, as the later one says."""
    first = csv_text(contract(ContractCommitmentCost="10", ContractCommitmentLastUpdated="2026-09-01"))
    second = csv_text(contract(ContractCommitmentCost="12", ContractCommitmentLastUpdated="2026-09-09"))

    report = reconcile_commitments(make_engine(tmp_path, [], b=first, a=second), Months())

    assert [c.committed for c in report.contracts] == [12]


def test_only_the_months_asked_for(tmp_path: Path) -> None:
    """A purchase of before still gives its part to the month that is asked for."""
    rows = charges_of(
        ["Purchase", "One-Time", "-", "2026-09-16T00", "2026-10-16T00", "1", "720", "0", "-", "-"]
    )
    rows.append(charge("2026-11-01"))
    months = Months(moment("2026-10-01").date(), moment("2026-11-01").date())

    report = reconcile_commitments(make_engine(tmp_path, rows), months)

    assert [(m.month.month, m.purchased) for m in report.months] == [(10, 360)]
    assert report.terms[0].billed == 720
