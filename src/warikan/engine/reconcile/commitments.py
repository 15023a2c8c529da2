"""Commitments: used + unused = purchased, in money and in quantity, per month and over the term so far."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from warikan.engine.engine import Engine
from warikan.engine.reconcile.commitment_sql import Sources, decimals_sql, months_sql
from warikan.engine.reconcile.contracts import (
    ContractLine,
    has_contracts,
    list_contract_lines,
    unreadable_applications,
)
from warikan.engine.reconcile.reading import Months, Row, ask, closed_periods, newest, view
from warikan.focus.datasets import CONTRACT_COMMITMENT
from warikan.focus.money import EXACT

EQUAL, ROUNDING = "equal", "rounding"
_FINE = {EQUAL, ROUNDING}
_LARGEST_ROUNDING = Decimal("0.001")
"""Part of what is compared that rounding may explain, however many rows there are."""
_NOTHING = Decimal(0)


@dataclass(frozen=True)
class CommitmentMonth:
    """
    One commitment in one calendar month (UTC) and currency.

    Attributes:
        used, unused: Σ EffectiveCost of its Used and Unused rows.
        purchased: The part of its purchases' BilledCost that is for this month, up to where the bill reaches.
        billed: BilledCost of purchases whose charge period begins in the month.
        purchase_effective: EffectiveCost of purchases, which must be 0: it is a cost that counts twice.
        other: BilledCost of its credits, taxes and adjustments.
        difference: used + unused − purchased.
        quantity_difference: The same in *unit*; None where one side says no quantity.
        cause, quantity_cause: ``equal``, ``rounding``, or why they differ.
        is_closed: The issuer closed the billing period.
    """

    commitment_id: str
    name: str | None
    category: str | None
    type: str | None
    currency: str
    month: date
    used: Decimal
    unused: Decimal
    purchased: Decimal
    billed: Decimal
    purchase_effective: Decimal
    other: Decimal
    difference: Decimal
    cause: str
    unit: str | None
    used_quantity: Decimal | None
    unused_quantity: Decimal | None
    purchased_quantity: Decimal | None
    quantity_difference: Decimal | None
    quantity_cause: str
    is_closed: bool

    @property
    def is_fine(self) -> bool:
        """Whether money and quantity reconcile."""
        return self.cause in _FINE and self.quantity_cause in {*_FINE, "no quantities"}


@dataclass(frozen=True)
class CommitmentTerm:
    """
    One commitment over all that the bill has of it: the identity of amortisation.

    Attributes:
        amortised: Σ EffectiveCost of used and unused rows.
        purchased: The part of its purchases that is for the time that has passed.
        billed: BilledCost of its purchases.
        unamortised: billed − purchased: paid for time that is still to come.
        difference: amortised − purchased.
    """

    commitment_id: str
    name: str | None
    currency: str
    first: date
    last: date
    amortised: Decimal
    purchased: Decimal
    billed: Decimal
    unamortised: Decimal
    difference: Decimal
    months: int
    months_that_differ: int


@dataclass(frozen=True)
class CommitmentReport:
    """
    Attributes:
        has_contracts: A Contract Commitment file was loaded; without one nothing is unknown.
        unreadable: Charges whose ContractApplied is no JSON with elements.
    """  # noqa: D205 - its parts say it

    months: tuple[CommitmentMonth, ...]
    terms: tuple[CommitmentTerm, ...]
    contracts: tuple[ContractLine, ...]
    has_contracts: bool
    unreadable: int

    def failing(self, *, strict: bool = False) -> tuple[CommitmentMonth, ...]:
        """Months that do not reconcile though their period is closed; all of them with *strict*."""
        return tuple(m for m in self.months if not m.is_fine and (strict or m.is_closed))


def reconcile_commitments(engine: Engine, months: Months) -> CommitmentReport:
    """Compare what was bought with what was used and left unused, in *months*."""
    sources = Sources(view(engine, "charges"), newest(engine, CONTRACT_COMMITMENT), closed_periods(engine))
    rows = ask(engine, months_sql(sources))
    _say_decimals(engine, sources, rows)
    every = [_month(row) for row in rows]
    wanted = tuple(m for m in every if _is_in(m.month, months))
    ids = {(m.commitment_id, m.currency) for m in wanted}
    return CommitmentReport(
        months=wanted,
        terms=tuple(t for t in _terms(every) if (t.commitment_id, t.currency) in ids),
        contracts=list_contract_lines(engine, months),
        has_contracts=has_contracts(engine),
        unreadable=unreadable_applications(engine),
    )


def _say_decimals(engine: Engine, sources: Sources, rows: list[Row]) -> None:
    """``decimals`` of the rows whose difference may be rounding."""
    doubtful = [r for r in rows if r["difference"] and abs(r["difference"]) <= _allowance(r["purchased"])]
    if doubtful:
        sql = decimals_sql(sources, sorted({r["commitment_id"] for r in doubtful}))
        found = {(r["commitment_id"], r["currency"], r["month"]): r["decimals"] for r in ask(engine, sql)}
        for row in doubtful:
            row["decimals"] = found.get((row["commitment_id"], row["currency"], row["month"]), 18)


def _allowance(whole: Decimal) -> Decimal:
    return EXACT.multiply(abs(whole), _LARGEST_ROUNDING)


def _is_in(month: date, months: Months) -> bool:
    return months.first is None or months.end is None or months.first <= month < months.end


def _month(row: Row) -> CommitmentMonth:
    names = CommitmentMonth.__dataclass_fields__
    said = {name: value for name, value in row.items() if name in names}
    return CommitmentMonth(**said, cause=_cause(row), quantity_cause=_quantity_cause(row))


def _cause(row: Row) -> str:
    difference = row["difference"]
    if difference == 0:
        return EQUAL
    if not row["is_bought"]:
        return "the bill has no purchase of it for this month"
    if not row["usage_rows"]:
        return "purchased, and the bill shows neither use nor what was left unused"
    if _is_rounding(row, difference, row["purchased"]):
        return ROUNDING
    if difference == row["other"]:
        return "credits, taxes or adjustments of the commitment"
    if EXACT.add(difference, row["purchase_effective"]) == 0:
        return "a part of the cost is the EffectiveCost of the purchase itself"
    if difference < 0 and not row["unused_rows"]:
        return "the bill has no row for what was left unused"
    return "more was used than purchased" if difference > 0 else "less was used and unused than purchased"


def _quantity_cause(row: Row) -> str:
    difference = row["quantity_difference"]
    if difference is None:
        return "no quantities"
    if difference == 0:
        return EQUAL
    if row["has_units"]:
        return "its rows have several units"
    if _is_rounding(row | {"decimals": 4}, difference, row["purchased_quantity"]):
        return ROUNDING
    if difference < 0 and not row["unused_rows"]:
        return "the bill has no row for what was left unused"
    return "more was used than purchased" if difference > 0 else "less was used and unused than purchased"


def _is_rounding(row: Row, difference: Decimal, whole: Decimal) -> bool:
    """Whether each row may have been rounded to the decimals that the bill writes, and no more than that."""
    half = Decimal(5).scaleb(-row.get("decimals", 18) - 1)
    most = EXACT.multiply(half, Decimal(row["usage_rows"] + 1))
    return abs(difference) <= min(most, _allowance(whole))


def _terms(months: Iterable[CommitmentMonth]) -> list[CommitmentTerm]:
    by_id: dict[tuple[str, str], list[CommitmentMonth]] = {}
    for month in months:
        by_id.setdefault((month.commitment_id, month.currency), []).append(month)
    return [_term(parts) for _, parts in sorted(by_id.items())]


def _term(parts: list[CommitmentMonth]) -> CommitmentTerm:
    amortised = _sum(amount for m in parts for amount in (m.used, m.unused))
    purchased, billed = _sum(m.purchased for m in parts), _sum(m.billed for m in parts)
    return CommitmentTerm(
        commitment_id=parts[0].commitment_id,
        name=parts[0].name,
        currency=parts[0].currency,
        first=min(m.month for m in parts),
        last=max(m.month for m in parts),
        amortised=amortised,
        purchased=purchased,
        billed=billed,
        unamortised=EXACT.subtract(billed, purchased),
        difference=EXACT.subtract(amortised, purchased),
        months=len(parts),
        months_that_differ=sum(not m.is_fine for m in parts),
    )


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    total = _NOTHING
    for amount in amounts:
        total = EXACT.add(total, amount)
    return total
