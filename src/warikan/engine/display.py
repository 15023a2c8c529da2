"""
Cells in the currency of display: the one place that converts.

The law. For each billing currency, billing month and cost metric, let S be the exact sum of what is asked
for. Shown of it is T = S × rate, rounded half-even to 18 decimals, and the total shown is the sum of these
T: the same for every grouping. Its parts (the cells) are a × rate rounded down to 18 decimals; the units that
are missing to T go to the largest remainders, one each, first in the order of the cells on a tie. So parts
add up to T, none is a whole unit of the 18th decimal off, what is 0 stays 0, and the order of charges does
not matter.

It is exact: an amount is a whole number A of 10^-18, a rate a whole number R of 10^-15. With A = 10^15 q + r
and 0 ≤ r < 10^15, A × R / 10^15 is q × R + (r × R) / 10^15, and no step needs more than 127 bits (R < 10^23).
"""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb

from warikan.catalog.rates import RATE_PLACES, Rate, RateBook
from warikan.engine.buckets import start_of
from warikan.engine.cells import CHARGES, CURRENCY, MONTH, NO_CURRENCY, Cells
from warikan.engine.query import Converted, CurrencyAnswer
from warikan.focus.errors import UsageError
from warikan.focus.money import EXACT, PRECISION, SCALE

_UNITS = 10**RATE_PLACES
_MONEY = f"DECIMAL({PRECISION},{SCALE})"


def display_first(answers: tuple[CurrencyAnswer, ...], display: str | None) -> tuple[CurrencyAnswer, ...]:
    """*answers* with that in the currency of display first, the others as they came."""
    return tuple(sorted(answers, key=lambda one: one.currency != display)) if display else answers


def convert(
    cursor: duckdb.DuckDBPyConnection, cells: Cells, display: str, rates: RateBook
) -> tuple[Converted, ...]:
    """
    Make the table ``cells`` from the table ``billed`` of *cursor*, where cells are also by billing month.

    Returns: the sums of each billing currency and month, in this order.

    Raises:
        UsageError: an amount is too large to be shown in *display*.
    """
    found = cursor.execute(f"SELECT DISTINCT {CURRENCY}, {MONTH} FROM billed ORDER BY ALL").fetchall()
    used = {(currency, month): _rate(rates, currency, month, display) for currency, month in found}
    cursor.execute("CREATE TEMP TABLE rates (currency VARCHAR, month BIGINT, rate HUGEINT)")
    known = [[*pair, _units_of(rate)] for pair, rate in used.items() if rate is not None]
    if known:
        cursor.executemany("INSERT INTO rates VALUES (?, ?, ?)", known)
    converted, summed = conversion_sql(cells)
    try:
        cursor.execute(converted)
        cursor.execute(summed, [display])
        return tuple(_sums(cursor, cells, used))
    except (duckdb.OutOfRangeException, duckdb.ConversionException) as error:
        raise UsageError(
            f"an amount is too large to be shown in {display}", hint="look at currencies.rates"
        ) from error


def conversion_sql(cells: Cells) -> tuple[str, str]:
    """``billed`` and ``rates`` into ``converted``; and that, with the currency of display, into ``cells``."""
    amounts, keys = [*cells.now, *cells.before], [*cells.places, *cells.keys]
    parts = ", ".join(part for name in amounts for part in _split(name))
    placed = ", ".join(_place(name, keys) for name in amounts)
    shown = ", ".join(f"{_shown(name)} AS {name}" for name in amounts)
    kept = ", ".join([CURRENCY, MONTH, "rate", *keys, CHARGES])
    converted = f"""
        CREATE TEMP TABLE converted AS
        WITH priced AS (
            SELECT billed.*, rate, {", ".join(f"{_whole(name)} AS {name}_a" for name in amounts)}
            FROM billed LEFT JOIN rates USING ({CURRENCY}, {MONTH})
        ),
        rested AS (SELECT *, {", ".join(f"{_rest(name)} AS {name}_q" for name in amounts)} FROM priced),
        parts AS (SELECT *, {parts} FROM rested),
        placed AS (SELECT *, {placed} FROM parts)
        SELECT {kept}, {", ".join(f"{name} AS {name}_billed" for name in amounts)}, {shown} FROM placed"""
    sums = ", ".join(f"CAST(sum({name}) AS {_MONEY}) AS {name}" for name in amounts)
    summed = f"""
        CREATE TEMP TABLE cells AS
        SELECT CASE WHEN rate IS NULL THEN {CURRENCY} ELSE ? END AS {CURRENCY},
            {"".join(f"{key}, " for key in keys)}{sums}, CAST(sum({CHARGES}) AS BIGINT) AS {CHARGES}
        FROM converted GROUP BY {", ".join(["1", *keys])}"""
    return converted, summed


def _whole(name: str) -> str:
    """The amount as a whole number of its last decimal; as text it has them all."""
    return f"CAST(replace(CAST(CAST({name} AS {_MONEY}) AS VARCHAR), '.', '') AS HUGEINT)"


def _rest(name: str) -> str:
    """r, which is never negative."""
    return f"(({name}_a % {_UNITS}) + {_UNITS}) % {_UNITS}"


def _split(name: str) -> Iterable[str]:
    """What there is of the amount in whole units, and the remainder."""
    yield f"({name}_a - {name}_q) // {_UNITS} * rate + {name}_q * rate // {_UNITS} AS {name}_down"
    yield f"{name}_q * rate % {_UNITS} AS {name}_left"


def _place(name: str, keys: Sequence[str]) -> str:
    """All units of the month, all remainders, and whose remainder is how large."""
    month = f"PARTITION BY {CURRENCY}, {MONTH}"
    order = ", ".join([f"{name}_left DESC", *(f"{key} NULLS LAST" for key in keys)])
    return (
        f"sum({name}_down) OVER ({month}) AS {name}_units, sum({name}_left) OVER ({month}) AS {name}_lefts, "
        f"row_number() OVER ({month} ORDER BY {order}) AS {name}_place"
    )


def _shown(name: str) -> str:
    """The part: its units, and one more for the largest remainders; as it is where there is no rate."""
    whole, half = f"{name}_lefts // {_UNITS}", f"2 * ({name}_lefts % {_UNITS})"
    is_odd = f"({name}_units + {whole}) % 2 <> 0"
    is_up = f"{half} > {_UNITS} OR ({half} = {_UNITS} AND {is_odd})"
    missing = f"{whole} + CASE WHEN {is_up} THEN 1 ELSE 0 END"
    units = f"({name}_down + CASE WHEN {name}_place <= {missing} THEN 1 ELSE 0 END)"
    smallest = f"CAST(1e-{SCALE} AS DECIMAL({SCALE},{SCALE}))"
    rest = f"CAST({units} % {10**SCALE} AS DECIMAL(19,0)) * {smallest}"
    amount = f"CAST({units} // {10**SCALE} AS {_MONEY}) + {rest}"
    return f"CASE WHEN rate IS NULL THEN CAST({name} AS {_MONEY}) ELSE CAST({amount} AS {_MONEY}) END"


def _sums(
    cursor: duckdb.DuckDBPyConnection, cells: Cells, used: dict[tuple[str, int | None], Rate | None]
) -> Iterable[Converted]:
    metrics, count = cells.plan.query.metrics, len(cells.now)
    columns = [*(f"{name}_billed" for name in cells.now), *cells.now]
    columns += [f"{name}_billed" for name in cells.before]
    sums = ", ".join(f"sum({name})" for name in columns)
    sql = f"SELECT {CURRENCY}, {MONTH}, {sums} FROM converted GROUP BY ALL ORDER BY {CURRENCY}, {MONTH}"
    for currency, month, *found in cursor.execute(sql).fetchall():
        rate, amounts = used[currency, month], [_decimal(amount) for amount in found]
        billed, shown, before = (amounts[i : i + count] for i in (0, count, 2 * count))
        yield Converted(
            currency=currency,
            month=_day(month),
            rate=rate,
            billed=dict(zip(metrics, billed, strict=True)),
            shown=dict(zip(metrics, shown, strict=True)) if rate is not None else {},
            before=dict(zip(metrics, before, strict=False)),
        )


def _rate(rates: RateBook, currency: str, month: int | None, display: str) -> Rate | None:
    day = _day(month)
    if currency == display:  # whatever the month, and whatever the book has
        return Rate(currency, display, day or date.min, Decimal(1), "the same currency", is_frozen=True)
    return None if day is None or currency == NO_CURRENCY else rates.find(currency, display, day)


def _day(month: int | None) -> date | None:
    return None if month is None else start_of(month, "month").date()


def _units_of(rate: Rate) -> int:
    return int(EXACT.scaleb(rate.value, RATE_PLACES))


def _decimal(amount: Any) -> Decimal:
    return Decimal(0) if amount is None else Decimal(amount)
