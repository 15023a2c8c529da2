"""
Why a row changed, as far as the two sides tell: one cause and one reason for each.

The rules are tried in order, and each reads both sides alike, so that the way back has the same causes with
the signs exchanged. docs/restatement.md says the same in words.
"""

import duckdb

from warikan.focus.columns import COST_METRICS
from warikan.lake.schema import literal

_SAME_MONEY = " AND ".join(f"b.{m} = a.{m}" for m in COST_METRICS)
_SAME_BUT_EFFECTIVE = " AND ".join(f"b.{m} = a.{m}" for m in COST_METRICS if m != "EffectiveCost")
_HAS_QUANTITIES = "coalesce(b.quantity, 0) <> 0 AND coalesce(a.quantity, 0) <> 0"


def _same_price(metric: str) -> str:
    """Whether both sides paid the same for a unit: within the rounding of a bill, so doubles will do."""
    ours, theirs = f"a.{metric}::DOUBLE * b.quantity::DOUBLE", f"b.{metric}::DOUBLE * a.quantity::DOUBLE"
    size = "(abs(a.quantity::DOUBLE) + abs(b.quantity::DOUBLE))"
    return f"abs({ours} - {theirs}) <= 0.0001 * (abs({ours}) + abs({theirs})) + 0.000001 * {size}"


_SAME_PRICES = " AND ".join(_same_price(m) for m in COST_METRICS)
_PAIRED = (
    (f"{_SAME_MONEY} AND b.tags = a.tags AND b.words = a.words", "details", "invoice"),
    (f"{_SAME_MONEY} AND b.words = a.words", "details", "tags"),
    (_SAME_MONEY, "details", "other columns"),
    ("b.is_correction OR a.is_correction", "correction", "correction"),
    ("'Credit' IN (b.ChargeCategory, a.ChargeCategory)", "credit", "credit"),
    ("'Tax' IN (b.ChargeCategory, a.ChargeCategory)", "tax", "tax"),
    ("b.commitment IS DISTINCT FROM a.commitment OR t.is_shift", "commitment", "coverage"),
    ("b.is_unused OR a.is_unused", "commitment", "unused"),
    ("b.commitment IS NOT NULL AND 'Purchase' IN (b.ChargeCategory, a.ChargeCategory)", "commitment", "fee"),
    (
        f"b.quantity IS NOT DISTINCT FROM a.quantity AND {_SAME_BUT_EFFECTIVE}",
        "commitment",
        "effective cost",
    ),
    (f"{_HAS_QUANTITIES} AND b.quantity = a.quantity", "price", "unit price"),
    (f"{_HAS_QUANTITIES} AND {_SAME_PRICES}", "usage", "quantity"),
    (
        "(b.quantity IS NULL) = (a.quantity IS NULL) AND b.quantity <> a.quantity",
        "other",
        "quantity and price",
    ),
    ("true", "other", "cost"),
)
"""Condition on a pair ``b`` (before), ``a`` (after), ``t`` as below; cause, reason."""
_ALONE = (
    ("r.is_correction", "correction", "correction"),
    ("r.ChargeCategory = 'Credit'", "credit", "credit"),
    ("CASE r.side WHEN 0 THEN NOT d.in_after ELSE NOT d.in_before END", "usage", "day"),
    ("r.ChargeCategory = 'Tax'", "tax", "tax"),
    ("r.is_unused", "commitment", "unused"),
    ("r.commitment IS NOT NULL AND r.ChargeCategory = 'Purchase'", "commitment", "fee"),
    ("t.thing IS NOT NULL", "commitment", "coverage"),
    ("r.ChargeCategory = 'Purchase'", "usage", "purchase"),
    ("r.ResourceId IS NOT NULL AND s.ResourceId IS NULL", "usage", "resource"),
    ("true", "usage", "line"),
)
"""Condition on a row ``r`` without a partner (``d``, ``t``, ``s``: see _alone), cause, reason."""


def tell_causes(cursor: duckdb.DuckDBPyConnection, before: str, after: str) -> None:
    """
    Make the temporary table ``marked`` from ``rest`` and ``pairs`` of the views *before* and *after*.

    ``marked`` is ``rest`` with ``kind`` (added, removed, changed), ``cause``, ``reason`` and ``change``, a
    number that both sides of a pair share.
    """
    pair_cause = f"CASE {_cases(_PAIRED)} END"
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE things AS {_THINGS}")
    cursor.execute(
        f"""CREATE OR REPLACE TEMP TABLE told AS
            SELECT row_number() OVER () AS change, before_key, after_key, {pair_cause} AS told
            FROM pairs JOIN rest b ON b.side = 0 AND b.key = before_key
                       JOIN rest a ON a.side = 1 AND a.key = after_key
                       LEFT JOIN things t ON t.thing = a.thing AND t.thing = b.thing"""
    )
    cursor.execute(
        """CREATE OR REPLACE TEMP TABLE met AS
           SELECT 0::TINYINT AS side, before_key AS key, change, told FROM told
           UNION ALL SELECT 1::TINYINT, after_key, change, told FROM told"""
    )
    cursor.execute(
        f"""CREATE OR REPLACE TEMP TABLE marked AS
            SELECT r.*, change, 'changed' AS kind, told[1] AS cause, told[2] AS reason
            FROM rest r JOIN met ON met.side = r.side AND met.key = r.key
            UNION ALL
            SELECT r.* EXCLUDE (told), -1 - row_number() OVER (),
                   CASE r.side WHEN 0 THEN 'removed' ELSE 'added' END, told[1], told[2]
            FROM ({_alone(before, after)}) r"""
    )
    cursor.execute("DROP TABLE told; DROP TABLE met; DROP TABLE pairs; DROP TABLE things")


def _cases(rules: tuple[tuple[str, str, str], ...]) -> str:
    return " ".join(
        f"WHEN {condition} THEN [{literal(cause)}, {literal(reason)}]" for condition, cause, reason in rules
    )


_THINGS = """
    SELECT thing, sum(quantity) FILTER (side = 0) = sum(quantity) FILTER (side = 1) AS is_shift
    FROM rest WHERE thing IS NOT NULL GROUP BY thing
    HAVING count(DISTINCT side) = 2
       AND list_sort(list(DISTINCT coalesce(commitment, '')) FILTER (side = 0))
           <> list_sort(list(DISTINCT coalesce(commitment, '')) FILTER (side = 1))"""
"""
Things that other commitments cover on the other side. ``is_shift``: the quantity in all is the same, so every
line of it, also those that only grew or shrank for it, changed because of the commitment.
"""


def _alone(before: str, after: str) -> str:
    """
    The rows without a partner, with ``told``.

    Beside them: ``d`` which side has usage of that account on that day, ``t`` things that a commitment covers
    otherwise, ``s`` resources that the other side has.
    """
    usage = "coalesce(ChargeCategory, 'Usage') = 'Usage'"
    days = " UNION ALL ".join(
        f"SELECT {side} AS side, BillingAccountId AS account, "
        f"date_trunc('day', ChargePeriodStart)::DATE AS day FROM {view} WHERE {usage}"
        for side, view in enumerate((before, after))
    )
    resources = " UNION ".join(
        f"SELECT {1 - side} AS side, ResourceId FROM {view} WHERE ResourceId IN (SELECT ResourceId FROM rest)"
        for side, view in enumerate((before, after))
    )
    return f"""
        SELECT r.*, CASE {_cases(_ALONE)} END AS told FROM rest r
        LEFT JOIN (SELECT account, day, bool_or(side = 0) AS in_before, bool_or(side = 1) AS in_after
                   FROM ({days}) GROUP BY ALL) d
            ON r.BillingAccountId IS NOT DISTINCT FROM d.account AND r."Day" = d.day
        LEFT JOIN things t ON t.thing = r.thing
        LEFT JOIN ({resources}) s ON s.side = r.side AND s.ResourceId = r.ResourceId
        ANTI JOIN met ON met.side = r.side AND met.key = r.key"""
