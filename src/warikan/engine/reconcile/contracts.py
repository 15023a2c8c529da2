"""What charges applied to contract commitments (ContractApplied), beside what the contracts say."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal

from warikan.engine.engine import Engine
from warikan.engine.reconcile.reading import Months, Row, ask, month_of, newest, view
from warikan.focus.datasets import CONTRACT_COMMITMENT
from warikan.focus.money import EXACT, SCALE
from warikan.focus.period import as_utc

_APPLIED = '"ContractApplied"'
_TICK = timedelta(microseconds=1)
_SMALLEST = Decimal(1).scaleb(-SCALE)
_QUOTED = "'(\"ContractCommitmentApplied(?:Cost|Quantity)\"\\s*:\\s*)(-?[0-9.eE+-]+)', '\\1\"\\2\"', 'g'"
"""Numbers become text before the JSON is read: DuckDB would make doubles of them."""


@dataclass(frozen=True)
class ContractLine:
    """
    One contract commitment: what was agreed, and what charges applied to it.

    Attributes:
        is_known: A Contract Commitment file has it.
        is_used: A charge refers to it, by ContractApplied or CommitmentDiscountId.
        committed, committed_quantity: For the whole of its period; None where the contract does not say.
        due: The part of *committed* for the time up to where the bills reach; of one that is drawn down as
            it comes (a minimum spend) a measure of its pace and no more.
        applied, applied_quantity: Σ of ContractApplied over the charges, but the purchases of the very
            commitment, which are not its use.
        purchased, purchased_quantity: Σ of ContractApplied over those purchases.
        remaining, remaining_quantity: Committed − applied; negative: more was applied than agreed.
        charges: How many refer to it.
    """

    commitment_id: str
    contract_id: str | None
    is_known: bool
    is_used: bool
    type: str | None
    category: str | None
    status: str | None
    currency: str | None
    start: datetime | None
    end: datetime | None
    committed: Decimal | None
    due: Decimal | None
    applied: Decimal
    purchased: Decimal
    remaining: Decimal | None
    unit: str | None
    committed_quantity: Decimal | None
    applied_quantity: Decimal
    purchased_quantity: Decimal
    remaining_quantity: Decimal | None
    charges: int

    @property
    def cause(self) -> str:
        """What is to be said of it."""
        if not self.is_known:
            return "no Contract Commitment file has it"
        if not self.is_used:
            return "no charge refers to it"
        if any(r is not None and r < 0 for r in (self.remaining, self.remaining_quantity)):
            return "more was applied than agreed"
        if (self.purchased and self.purchased != self.applied) or (
            self.purchased_quantity and self.purchased_quantity != self.applied_quantity
        ):
            return "applied by its use is not what its purchases applied"
        return "used"


def list_contract_lines(engine: Engine, months: Months) -> tuple[ContractLine, ...]:
    """
    One line per commitment and currency, of the contracts and of what charges of *months* applied.

    Without any Contract Commitment file only what ContractApplied refers to.
    """
    rows = ask(engine, _sql(engine, months))
    reached = ask(engine, _reach(engine))[0]["until"]
    return tuple(
        ContractLine(
            **row
            | {
                "due": _due(row, months, reached),
                "remaining": _less(row["committed"], row["applied"]),
                "remaining_quantity": _less(row["committed_quantity"], row["applied_quantity"]),
            }
        )
        for row in rows
    )


def has_contracts(engine: Engine) -> bool:
    """Whether any Contract Commitment file was loaded."""
    return engine.lake.snapshot("contract_commitments") is not None and bool(
        ask(engine, f"SELECT 1 AS one FROM {view(engine, 'contract_commitments')} LIMIT 1")
    )


def unreadable_applications(engine: Engine) -> int:
    """Charges whose ContractApplied is no JSON object with elements."""
    has_none = f"len({_elements(_APPLIED)}) = 0"
    sql = f"SELECT count(*) AS n FROM {view(engine, 'charges')} WHERE {_APPLIED} IS NOT NULL AND {has_none}"
    found = ask(engine, sql)
    return int(found[0]["n"])


def _due(row: Row, months: Months, reached: datetime | None) -> Decimal | None:
    """The part of what is committed for the time in *months* up to *reached*."""
    committed, start, end = row["committed"], row["start"], row["end"]
    if None in (committed, start, end, reached) or end <= start:
        return None
    first = start if months.first is None else max(start, as_utc(months.first))
    last = min(end, reached) if months.end is None else min(end, reached, as_utc(months.end))
    passed = Decimal(max(last - first, timedelta(0)) // _TICK)
    share = EXACT.divide(EXACT.multiply(committed, passed), Decimal((end - start) // _TICK))
    return share.quantize(_SMALLEST, rounding=ROUND_DOWN, context=EXACT)


def _reach(engine: Engine) -> str:
    """Where the usage on all bills ends."""
    return f"""SELECT max("ChargePeriodEnd") FILTER ("ChargeCategory" = 'Usage') AS until
               FROM {view(engine, "charges")}"""


def _less(whole: Decimal | None, part: Decimal) -> Decimal | None:
    return None if whole is None else EXACT.subtract(whole, part)


def _elements(text: str) -> str:
    """The elements of ContractApplied; empty where the text is no JSON of any form that was published."""
    quoted = f"regexp_replace({text}, {_QUOTED})"
    return (
        f"CASE WHEN json_valid({text}) THEN list_concat(list_concat("
        f"json_extract({quoted}, '$.Elements[*]'), json_extract({quoted}, '$.ContractApplied[*]')), "
        f"json_extract({quoted}, '$[*]')) ELSE [] END"
    )


def _sql(engine: Engine, months: Months) -> str:
    charges = view(engine, "charges")
    wanted = months.sql(month_of('"ChargePeriodStart"'))
    applied = "CAST(element->>'$.ContractCommitmentApplied{}' AS VARCHAR)"
    return f"""
    WITH elements AS (
        SELECT "BillingCurrency" AS currency, "ChargeCategory" AS charge, "CommitmentDiscountId" AS discount,
            unnest({_elements(_APPLIED)}) AS element
        FROM {charges} WHERE "ContractApplied" IS NOT NULL AND {wanted}
    ),
    applied AS (
        SELECT coalesce(element->>'$.ContractCommitmentId', element->>'$.ContractCommitmentID') AS id,
            element->>'$.ContractId' AS contract, currency,
            coalesce(charge = 'Purchase' AND discount = id, false) AS is_own_purchase,
            try_cast({applied.format("Cost")} AS DECIMAL(38,18)) AS cost,
            try_cast({applied.format("Quantity")} AS DECIMAL(38,18)) AS quantity,
            element->>'$.ContractCommitmentAppliedUnit' AS unit
        FROM elements
    ),
    used AS (
        SELECT id, currency, max(contract) AS contract, max(unit) AS unit, count(*) AS charges,
            coalesce(sum(cost) FILTER (NOT is_own_purchase), 0) AS cost,
            coalesce(sum(quantity) FILTER (NOT is_own_purchase), 0) AS quantity,
            coalesce(sum(cost) FILTER (is_own_purchase), 0) AS bought,
            coalesce(sum(quantity) FILTER (is_own_purchase), 0) AS bought_quantity
        FROM applied WHERE id IS NOT NULL GROUP BY 1, 2
    ),
    discounts AS (
        SELECT "CommitmentDiscountId" AS id, "BillingCurrency" AS currency, count(*) AS charges
        FROM {charges} WHERE "CommitmentDiscountId" IS NOT NULL AND {wanted} GROUP BY 1, 2
    ),
    uses AS (
        SELECT id, currency, contract, unit, u.cost, u.quantity, u.bought, u.bought_quantity,
            coalesce(u.charges, d.charges) AS charges, u.id IS NOT NULL AS is_applied
        FROM used u FULL JOIN discounts d USING (id, currency)
    ),
    known AS (
        SELECT "ContractCommitmentId" AS id, max("ContractId") AS contract,
            max("BillingCurrency") AS currency,
            max("ContractCommitmentType") AS type, max("ContractCommitmentCategory") AS category,
            max("ContractCommitmentLifecycleStatus") AS status, max("ContractCommitmentUnit") AS unit,
            min("ContractCommitmentPeriodStart") AS s, max("ContractCommitmentPeriodEnd") AS e,
            sum("ContractCommitmentCost") AS cost, sum("ContractCommitmentQuantity") AS quantity
        FROM {newest(engine, CONTRACT_COMMITMENT)} GROUP BY 1
    )
    SELECT coalesce(k.id, u.id) AS commitment_id, coalesce(k.contract, u.contract) AS contract_id,
        k.id IS NOT NULL AS is_known, u.id IS NOT NULL AS is_used, k.type, k.category, k.status,
        coalesce(u.currency, k.currency) AS currency, k.s AS start, k.e AS "end", k.cost AS committed,
        coalesce(u.cost, 0)::DECIMAL(38,18) AS applied, coalesce(u.bought, 0)::DECIMAL(38,18) AS purchased,
        coalesce(k.unit, u.unit) AS unit,
        coalesce(u.bought_quantity, 0)::DECIMAL(38,18) AS purchased_quantity,
        k.quantity AS committed_quantity, coalesce(u.quantity, 0)::DECIMAL(38,18) AS applied_quantity,
        coalesce(u.charges, 0) AS charges
    FROM known k FULL JOIN uses u
        ON u.id = k.id AND (k.currency IS NULL OR u.currency = k.currency)
    WHERE k.id IS NOT NULL OR u.is_applied OR EXISTS (SELECT 1 FROM known)
    ORDER BY commitment_id, currency"""
