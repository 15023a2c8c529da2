"""
SQL of the maths of commitments.

What is bought is spread over the time that it is bought for: a purchase of ``[start, end)`` gives each month
its part by time, up to where the bill reaches. Parts are cut from 10^-18 units so that they add up to the
purchase exactly: part(t) = amount × t / length, rounded down, and a month gets part(end) − part(start).
FOCUS, CommitmentDiscountQuantity: a one-time purchase states what the whole term has, a recurring one what
its charge period has. Where both are there (partial upfront), the recurring ones alone say the quantity.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from warikan.lake.schema import literal

_ONE = "1000000000000000000"


@dataclass(frozen=True)
class Sources:
    """How SQL names what is read; *contracts* are the newest rows of Contract Commitment."""

    charges: str
    contracts: str
    closed: str


def _units(amount: str) -> str:
    """A DECIMAL(38,18) as a whole number of 10^-18."""
    return f"CAST(replace(CAST({amount} AS VARCHAR), '.', '') AS HUGEINT)"


def _money(units: str) -> str:
    """The opposite."""
    return (
        f"(CAST({units} // {_ONE} AS DECIMAL(38,18)) "
        f"+ CAST({units} % {_ONE} AS DECIMAL(18,0)) * CAST(0.000000000000000001 AS DECIMAL(18,18)))"
    )


def _clock(moment: str) -> str:
    return f"make_timestamp(epoch_us({moment}))"


def _rows(sources: Sources) -> str:
    """``raw``: the charges of commitments; ``reach``: where the bill of each source ends."""
    start, end = _clock('"ChargePeriodStart"'), _clock('"ChargePeriodEnd"')
    return f"""
    raw AS (
        SELECT "x_SourceId" AS source, "CommitmentDiscountId" AS id, "BillingCurrency" AS currency,
            CASE WHEN "ChargeCategory" = 'Purchase' THEN 'purchase'
                WHEN "ChargeCategory" <> 'Usage' THEN 'other'
                WHEN "CommitmentDiscountStatus" = 'Unused' THEN 'unused' ELSE 'used' END AS kind,
            coalesce("ChargeFrequency" = 'One-Time', false) AS is_once,
            {start} AS s, greatest(coalesce({end}, {start}), {start} + INTERVAL 1 SECOND) AS e,
            coalesce("BilledCost", 0) AS billed, coalesce("EffectiveCost", 0) AS effective,
            "CommitmentDiscountQuantity" AS quantity, "CommitmentDiscountUnit" AS unit,
            "CommitmentDiscountName" AS name, "CommitmentDiscountCategory" AS category,
            "CommitmentDiscountType" AS type, lower(trim("InvoiceIssuerName")) AS issuer
        FROM {sources.charges} WHERE "CommitmentDiscountId" IS NOT NULL
    ),
    reach AS (
        SELECT "x_SourceId" AS source,
            least(max({end}) FILTER ("ChargeCategory" = 'Usage'),
                date_trunc('month', max({start})) + INTERVAL 1 MONTH) AS until
        FROM {sources.charges} GROUP BY 1
    ),
    known AS (
        SELECT "ContractCommitmentId" AS id, {_clock('min("ContractCommitmentPeriodStart")')} AS s,
            {_clock('max("ContractCommitmentPeriodEnd")')} AS e
        FROM {sources.contracts} GROUP BY 1
    ),
    summed AS (
        SELECT source, id, currency, date_trunc('month', s)::DATE AS month,
            max(name) AS name, max(category) AS category, max(type) AS type, max(issuer) AS issuer,
            bool_or(kind = 'purchase' AND NOT is_once AND quantity IS NOT NULL) AS is_recurring,
            sum(effective) FILTER (kind = 'used') AS used, sum(effective) FILTER (kind = 'unused') AS unused,
            sum(billed) FILTER (kind = 'purchase') AS billed,
            sum(effective) FILTER (kind = 'purchase') AS purchase_effective,
            sum(billed) FILTER (kind = 'other') AS other,
            sum(quantity) FILTER (kind = 'used') AS used_quantity,
            sum(quantity) FILTER (kind = 'unused') AS unused_quantity,
            count(*) FILTER (kind IN ('used', 'unused')) AS usage_rows,
            count(*) FILTER (kind = 'unused') AS unused_rows,
            min(unit) AS unit, max(unit) AS other_unit
        FROM raw GROUP BY 1, 2, 3, 4
    ),
    facts AS (
        SELECT id, currency, max(name) AS name, max(category) AS category, max(type) AS type,
            max(issuer) AS issuer, max(reach.until) AS until, bool_or(is_recurring) AS is_recurring
        FROM summed LEFT JOIN reach USING (source) GROUP BY 1, 2
    ),
    monthly_sums AS (
        SELECT id, currency, month, sum(used) AS used, sum(unused) AS unused, sum(billed) AS billed,
            sum(purchase_effective) AS purchase_effective, sum(other) AS other,
            sum(used_quantity) AS used_quantity, sum(unused_quantity) AS unused_quantity,
            sum(usage_rows)::BIGINT AS usage_rows, sum(unused_rows)::BIGINT AS unused_rows,
            min(unit) AS unit, max(other_unit) AS other_unit
        FROM summed GROUP BY 1, 2, 3
    )"""


def _spread() -> str:
    """``pieces``: what was bought for each month up to where the bill reaches, in 10^-18."""
    start = "epoch_us(least(greatest(month, s), until)) - epoch_us(s)"
    end = "epoch_us(least(greatest(month + INTERVAL 1 MONTH, s), e, until)) - epoch_us(s)"

    def part(units: str, time: str) -> str:
        return f"({units} // length) * {time} + ({units} % length) * {time} // length"

    def share(units: str) -> str:
        return f"sum({part(units, 'until_end')} - ({part(units, 'until_start')}))"

    return f"""
    bought AS (
        SELECT id, currency, is_once, s, e, sum(billed) AS billed, sum(quantity) AS quantity
        FROM raw WHERE kind = 'purchase' GROUP BY ALL
    ),
    termed AS (
        SELECT b.id, b.currency, b.billed, f.until,
            CASE WHEN b.is_once AND f.is_recurring THEN NULL ELSE b.quantity END AS quantity,
            CASE WHEN b.is_once AND k.e - k.s > b.e - b.s THEN k.s ELSE b.s END AS s,
            CASE WHEN b.is_once AND k.e - k.s > b.e - b.s THEN k.e ELSE b.e END AS e
        FROM bought b JOIN facts f USING (id, currency) LEFT JOIN known k ON k.id = b.id
    ),
    monthly AS (
        SELECT *, unnest(generate_series(date_trunc('month', s),
            greatest(least(e, until) - INTERVAL 1 MICROSECOND, s), INTERVAL 1 MONTH)) AS month
        FROM termed
    ),
    pieces AS (
        SELECT id, currency, month::DATE AS month, CAST(epoch_us(e) - epoch_us(s) AS HUGEINT) AS length,
            {_units("billed")} AS billed, {_units("quantity")} AS quantity,
            CAST(greatest({start}, 0) AS HUGEINT) AS until_start,
            CAST(greatest({end}, 0) AS HUGEINT) AS until_end
        FROM monthly
    ),
    accrued AS (
        SELECT id, currency, month, {share("billed")} AS money,
            {share("quantity")} AS quantity
        FROM pieces GROUP BY 1, 2, 3
    )"""


def months_sql(sources: Sources) -> str:
    """
    One row per commitment, currency and month; the columns of CommitmentMonth but its causes.

    ``usage_rows`` says how many rows of use there are, ``is_bought`` whether a purchase is for the month.
    """
    return f"""
    WITH {_rows(sources)}, {_spread()},
    accrued_money AS (
        SELECT id, currency, month, {_money("money")} AS purchased, {_money("quantity")} AS quantity
        FROM accrued
    )
    SELECT f.id AS commitment_id, f.name, f.category, f.type, f.currency,
        coalesce(m.month, a.month) AS month,
        coalesce(m.used, 0) AS used, coalesce(m.unused, 0) AS unused,
        coalesce(a.purchased, 0) AS purchased, coalesce(m.billed, 0) AS billed,
        coalesce(m.purchase_effective, 0) AS purchase_effective, coalesce(m.other, 0) AS other,
        coalesce(m.used, 0) + coalesce(m.unused, 0) - coalesce(a.purchased, 0) AS difference,
        m.used_quantity, m.unused_quantity, a.quantity AS purchased_quantity,
        CASE WHEN coalesce(m.used_quantity, m.unused_quantity) IS NOT NULL AND a.quantity IS NOT NULL
            THEN coalesce(m.used_quantity, 0) + coalesce(m.unused_quantity, 0) - a.quantity END
            AS quantity_difference,
        m.unit, m.unit IS DISTINCT FROM m.other_unit AS has_units, coalesce(m.usage_rows, 0) AS usage_rows,
        coalesce(m.unused_rows, 0) AS unused_rows, a.month IS NOT NULL AS is_bought,
        c.month IS NOT NULL AS is_closed
    FROM facts f
    JOIN (SELECT id, currency, month FROM monthly_sums UNION SELECT id, currency, month FROM accrued) k
        USING (id, currency)
    LEFT JOIN monthly_sums m ON (m.id, m.currency, m.month) = (k.id, k.currency, k.month)
    LEFT JOIN accrued_money a ON (a.id, a.currency, a.month) = (k.id, k.currency, k.month)
    LEFT JOIN {sources.closed} c ON c.issuer = f.issuer AND c.month = k.month
    ORDER BY month, commitment_id, f.currency"""


def decimals_sql(sources: Sources, ids: Sequence[str]) -> str:
    """
    One row per commitment of *ids*, currency and month: with how many decimals its costs are written.

    Seldom asked: taking each cost apart takes longer than all the sums.
    """
    cost = '"EffectiveCost"'
    cases = " ".join(f"WHEN {cost} = round({cost}, {n}) THEN {n}" for n in (2, 4, 6, 8, 10, 12))
    return f"""
    SELECT "CommitmentDiscountId" AS commitment_id, "BillingCurrency" AS currency,
        date_trunc('month', {_clock('"ChargePeriodStart"')})::DATE AS month,
        max(CASE {cases} ELSE 18 END) AS decimals
    FROM {sources.charges} WHERE "ChargeCategory" = 'Usage' AND {cost} IS NOT NULL
        AND "CommitmentDiscountId" IN ({", ".join(map(literal, ids))})
    GROUP BY 1, 2, 3"""
