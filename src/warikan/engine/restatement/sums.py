"""Rows and money by group: before + added - removed + changed + moved = after, each an exact sum."""

from collections.abc import Sequence
from decimal import Decimal

import duckdb
import pyarrow as pa

from warikan.focus.columns import COST_METRICS, DEFAULT_METRIC
from warikan.focus.errors import CheckFailed
from warikan.focus.money import EXACT
from warikan.lake.schema import quote

PARTS = ("before", "added", "removed", "changed", "after")
OWNED_PARTS = ("before", "added", "removed", "changed", "moved", "after")
_LARGEST = [
    "Day",
    "BillingAccountId",
    "SubAccountId",
    "ServiceName",
    "ResourceId",
    "ChargeCategory",
    "ChargeDescription",
]
# What is removed is told as it was; what changed, or moved, as after less before.
_SIGNED = ", ".join(
    f"coalesce(sum(CASE WHEN side = 0 AND kind IS DISTINCT FROM 'removed' THEN -{m} ELSE {m} END), 0) AS {m}"
    for m in COST_METRICS
)
_PLAIN = ", ".join(f"coalesce(sum({m}), 0) AS {m}" for m in COST_METRICS)


def add_up(
    cursor: duckdb.DuckDBPyConnection, views: tuple[str, str], by: Sequence[str] = (), *, limit: int
) -> pa.Table:
    """
    Rows and money of *views* (before, after) and of the table ``marked``, by currency and *by*.

    With *by* only groups in which something differs, at most *limit* a currency, the rest as one with
    ``x_IsOther``.

    Raises:
        CheckFailed: before and what changed do not add up to after.
    """
    keys = ", ".join(map(quote, ("BillingCurrency", *by)))
    dated = ", ".join(
        'date_trunc(\'day\', "ChargePeriodStart")::DATE AS "Day"' if name == "Day" else quote(name)
        for name in ("BillingCurrency", *by)
    )
    whole = [
        f"SELECT {dated}, '{part}' AS part, count(*) AS n, {_PLAIN} FROM {view} GROUP BY ALL"
        for part, view in zip(("before", "after"), views, strict=True)
    ]
    marked = f"SELECT {keys}, kind, count(DISTINCT change), {_SIGNED} FROM marked GROUP BY ALL"
    return _groups(cursor, " UNION ALL ".join([*whole, marked]), by, PARTS, limit)


def add_up_owned(
    cursor: duckdb.DuckDBPyConnection, slices: tuple[str, str], by: str, *, limit: int
) -> pa.Table:
    """
    The same by an owner's column *by*, of the views *slices* (before, after).

    These have ``x_ChargeKey``, ``BillingCurrency``, *by* and the metrics; the slices of a charge add up to
    it. Rows are charges that the owner bears a part of. ``moved`` is what slices of charges that did not
    change are now less what they were: other owners, other shares.
    """
    keys = f'"BillingCurrency", {quote(by)}'
    whole = [
        f"SELECT {keys}, '{part}' AS part, count(DISTINCT x_ChargeKey) AS n, {_PLAIN} "
        f"FROM {view} GROUP BY ALL"
        for part, view in zip(("before", "after"), slices, strict=True)
    ]
    metrics = ", ".join(COST_METRICS)
    sides = " UNION ALL ".join(
        f"SELECT {side}::TINYINT AS side, x_ChargeKey AS key, {keys}, {metrics} FROM {view}"
        for side, view in enumerate(slices)
    )
    marked = f"""
        SELECT {keys}, coalesce(kind, 'moved'), count(DISTINCT change), {_SIGNED}
        FROM ({sides}) LEFT JOIN (SELECT side, key, kind, change FROM marked) USING (side, key)
        GROUP BY ALL"""
    return _groups(cursor, " UNION ALL ".join([*whole, marked]), (by,), OWNED_PARTS, limit)


def add_up_causes(cursor: duckdb.DuckDBPyConnection) -> pa.Table:
    """One row per currency, cause and reason: how many changes, and what they changed, signed."""
    money = ", ".join(f"sum(CASE side WHEN 0 THEN -{m} ELSE {m} END) AS {m}" for m in COST_METRICS)
    size = f"abs(sum(CASE side WHEN 0 THEN -{DEFAULT_METRIC} ELSE {DEFAULT_METRIC} END))"
    return cursor.execute(
        f"""SELECT "BillingCurrency", cause, reason, count(DISTINCT change) AS rows, {money}
            FROM marked GROUP BY ALL
            ORDER BY "BillingCurrency", {size} DESC, cause, reason"""
    ).to_arrow_table()


def list_largest(cursor: duckdb.DuckDBPyConnection, *, limit: int) -> pa.Table:
    """The changes with the largest difference of the default metric, both sides of each."""
    texts = ", ".join(f"coalesce(any_value({n}) FILTER (side = 1), any_value({n})) AS {n}" for n in _LARGEST)
    money = ", ".join(
        f"sum({m}) FILTER (side = {side}) AS {part}_{m}"
        for m in COST_METRICS
        for side, part in enumerate(("before", "after"))
    )
    delta = f"sum(CASE side WHEN 0 THEN -{DEFAULT_METRIC} ELSE {DEFAULT_METRIC} END)"
    order = ", ".join(["size DESC", '"BillingCurrency"', "kind", "cause", "reason", *_LARGEST])
    return cursor.execute(
        f"""SELECT * EXCLUDE (size) FROM (
                SELECT "BillingCurrency", kind, cause, reason, {texts},
                    any_value(key) FILTER (side = 0) AS before_ChargeKey,
                    any_value(key) FILTER (side = 1) AS after_ChargeKey, {money}, abs({delta}) AS size
                FROM marked GROUP BY "BillingCurrency", change, kind, cause, reason
                HAVING {delta} <> 0
            ) ORDER BY {order} LIMIT {int(limit)}"""
    ).to_arrow_table()


def _groups(
    cursor: duckdb.DuckDBPyConnection, parts: str, by: Sequence[str], names: Sequence[str], limit: int
) -> pa.Table:
    """*parts* (keys, part, n, metrics) as one row a group; see `Difference`."""
    keys = [quote(name) for name in by]
    cells = [
        *(f"coalesce(sum(n) FILTER (part = '{p}'), 0)::BIGINT AS {p}_rows" for p in names if p != "moved"),
        *(f"coalesce(sum({m}) FILTER (part = '{p}'), 0) AS {p}_{m}" for p in names for m in COST_METRICS),
    ]
    columns = [cell.rsplit(" AS ", 1)[1] for cell in cells]
    kinds = ["BIGINT" if c.endswith("_rows") else "DECIMAL(38,18)" for c in columns]
    moved = " OR ".join(f"moved_{m} <> 0" for m in COST_METRICS) if "moved" in names else "false"
    differs = f"added_rows + removed_rows + changed_rows > 0 OR {moved}" if by else "true"
    size = f"abs(after_{DEFAULT_METRIC} - before_{DEFAULT_METRIC})"
    order = ", ".join([f"{size} DESC", *keys])
    folded = [f"CASE WHEN place <= {int(limit)} THEN {key} END AS {key}" for key in keys]
    other = [f'place > {int(limit)} AS "x_IsOther"'] if by else []
    sums = [f"sum({c})::{kind} AS {c}" for c, kind in zip(columns, kinds, strict=True)]
    sums += [f"sum(after_{m} - before_{m})::DECIMAL(38,18) AS net_{m}" for m in COST_METRICS]
    last = ["x_IsOther", f"{size} DESC", *keys] if by else []
    table = cursor.execute(
        f"""WITH groups AS (
                SELECT {", ".join(['"BillingCurrency"', *keys, *cells])} FROM ({parts}) GROUP BY ALL
            ), placed AS (
                SELECT *, row_number() OVER (PARTITION BY "BillingCurrency" ORDER BY {order}) AS place
                FROM groups WHERE {differs}
            )
            SELECT * FROM (
                SELECT {", ".join(['"BillingCurrency"', *folded, *other, *sums])} FROM placed GROUP BY ALL
            ) ORDER BY {", ".join(['"BillingCurrency"', *last])}"""
    ).to_arrow_table()
    _require_sums(table, names)
    return table


def _require_sums(table: pa.Table, names: Sequence[str]) -> None:
    for row in table.to_pylist():
        for metric in COST_METRICS:
            sum_ = Decimal(0)
            for part in names[:-1]:
                amount = row[f"{part}_{metric}"]
                sum_ = EXACT.subtract(sum_, amount) if part == "removed" else EXACT.add(sum_, amount)
            if sum_ != row[f"after_{metric}"]:
                raise CheckFailed(
                    f"the changes of {metric} in {row['BillingCurrency']} do not add up: {sum_}, "
                    f"but it is {row[f'after_{metric}']} now",
                    hint="report it, with what `warikan diff --json` says",
                )
