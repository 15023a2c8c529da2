"""Many daily series as one matrix: the only shape that forecasts and anomalies read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from warikan.focus.errors import CurrencyMismatch, DataError

Key = Mapping[str, str | None]
Matrix = NDArray[np.float64]
Codes = NDArray[np.int64]
DAY = "day"
LARGEST_PANEL = 200_000_000
"""Cells of a matrix (1.6 GB of doubles): more is a question that was not grouped."""


@dataclass(frozen=True, eq=False)
class Panel:
    """
    Daily series in one currency; the numbers are statistics (float), exact money stays with the caller.

    Attributes:
        keys: What each series is of, exact columns to values; one per row of *values*.
        start: The day of the first column of *values*.
        values: EffectiveCost, one row per series and one column per day; 0 where nothing was billed.
        complete: Exclusive end of the complete days of each series; later columns may still grow.
    """

    keys: tuple[Key, ...]
    currency: str
    start: date
    values: Matrix
    complete: tuple[date, ...]

    def __post_init__(self) -> None:
        if self.values.ndim != 2 or self.values.shape[0] != len(self.keys):
            raise DataError(f"a panel of {len(self.keys)} series has values of shape {self.values.shape}")
        if len(self.complete) != len(self.keys):
            raise DataError(f"a panel of {len(self.keys)} series has {len(self.complete)} complete dates")

    @property
    def end(self) -> date:
        """The day after the last column."""
        return self.start + timedelta(days=self.values.shape[1])

    @property
    def days(self) -> tuple[date, ...]:
        """The day of each column."""
        return tuple(self.start + timedelta(days=i) for i in range(self.values.shape[1]))

    def index_of(self, day: date) -> int:
        """The column of *day*; it may lie outside of the panel."""
        return (day - self.start).days

    def complete_columns(self) -> NDArray[np.int64]:
        """How many leading columns are complete, for each series; never more than there are."""
        most = self.values.shape[1]
        return np.array([min(max(self.index_of(c), 0), most) for c in self.complete], dtype=np.int64)

    def until(self, end: date) -> Self:
        """The panel as it stood when *end* was the first day not yet known."""
        columns = max(self.index_of(end), 0)
        complete = tuple(min(c, end) for c in self.complete)
        return replace(self, values=self.values[:, :columns], complete=complete)

    def select(self, rows: Sequence[int]) -> Self:
        """The panel of the series at *rows*, in that order."""
        picked = list(rows)
        return replace(
            self,
            keys=tuple(self.keys[i] for i in picked),
            values=self.values[picked],
            complete=tuple(self.complete[i] for i in picked),
        )

    def group(self, columns: Sequence[str]) -> tuple[Self, Codes]:
        """
        Sum the series that agree in *columns*.

        Returns: the panel of the groups, sorted by key, and for each series of this panel its group.
        A group is complete where all of its series are.
        """
        codes, keys = _encode([tuple(key.get(c) for c in columns) for key in self.keys])
        values = np.zeros((len(keys), self.values.shape[1]))
        np.add.at(values, codes, self.values)
        complete = [date.max] * len(keys)
        for code, day in zip(codes, self.complete, strict=True):
            complete[code] = min(complete[code], day)
        named = tuple(dict(zip(columns, key, strict=True)) for key in keys)
        return replace(self, keys=named, values=values, complete=tuple(complete)), codes


def _encode(keys: Sequence[tuple[str | None, ...]]) -> tuple[Codes, list[tuple[str | None, ...]]]:
    ordered = sorted(set(keys), key=sort_key)
    place = {key: i for i, key in enumerate(ordered)}
    return np.array([place[k] for k in keys], dtype=np.int64), ordered


def sort_key(key: Sequence[str | None]) -> tuple[tuple[bool, str], ...]:
    """An order of keys in which nothing (None) stands after every text."""
    return tuple((part is None, part or "") for part in key)


@dataclass(frozen=True)
class _Grid:
    """Where each row of a table falls: its series and its day."""

    codes: Codes
    columns: Codes
    keys: list[tuple[str | None, ...]]
    start: date
    days: int

    def add_up(self, numbers: Matrix) -> Matrix:
        values = np.zeros((len(self.keys), self.days))
        inside = (self.columns >= 0) & (self.columns < self.days)
        np.add.at(values, (self.codes[inside], self.columns[inside]), numbers[inside])
        return values


def make_panel(
    table: pa.Table,
    columns: Sequence[str],
    *,
    currency: str,
    complete: date | Mapping[str, date],
    complete_by: str | None = None,
    start: date | None = None,
    end: date | None = None,
    value: str = "EffectiveCost",
) -> Panel:
    """
    Lay *table* out as a panel: one series per distinct value of *columns*, sorted by key.

    Args:
        table: Rows of ``day`` (date32), *columns* (string) and *value* (decimal or double); rows of one
            series and day add up. A ``BillingCurrency`` column, if any, must say *currency* in each row.
        complete: Exclusive end of the complete days; or one for each value of the column *complete_by*.
        start: First day; the first of the table when None.
        end: Exclusive last day; the day after the last of the table when None.

    Raises:
        CurrencyMismatch: a row is in another currency.
        DataError: the table is empty without *start* and *end*, or the panel would not fit in memory.
    """
    _check_currency(table, currency)
    grid = _lay_out(table, columns, start, end)
    named = tuple(dict(zip(columns, key, strict=True)) for key in grid.keys)
    if isinstance(complete, date):
        ends = (complete,) * len(named)
    else:
        # A source that has not told how far it is complete has no complete day.
        ends = tuple(complete.get(key.get(complete_by or "") or "", grid.start) for key in named)
    return Panel(named, currency, grid.start, grid.add_up(_numbers(table, value)), ends)


def lay_beside(panel: Panel, table: pa.Table, columns: Sequence[str], value: str) -> Matrix:
    """Another number of the same rows (a quantity), in the shape of *panel* that was made of them."""
    grid = _lay_out(table, columns, panel.start, panel.end)
    return grid.add_up(_numbers(table, value))


def _lay_out(table: pa.Table, columns: Sequence[str], start: date | None, end: date | None) -> _Grid:
    if table.num_rows == 0 and (start is None or end is None):
        raise DataError("no rows and no period: a panel needs a first and a last day")
    days = table.column(DAY).cast(pa.date32()).cast(pa.int32())
    epoch = date(1970, 1, 1)
    first = start or epoch + timedelta(days=pc.min(days).as_py())
    last = end or epoch + timedelta(days=pc.max(days).as_py() + 1)
    offsets = np.asarray(days.to_numpy(zero_copy_only=False), dtype=np.int64) - (first - epoch).days
    codes, keys = _codes(table, columns)
    width = max((last - first).days, 0)
    if len(keys) * width > LARGEST_PANEL:
        raise DataError(f"{len(keys)} series of {width} days do not fit in memory; group by fewer columns")
    return _Grid(codes, offsets, keys, first, width)


def _codes(table: pa.Table, columns: Sequence[str]) -> tuple[Codes, list[tuple[str | None, ...]]]:
    """The series of each row, and the sorted keys; dictionary codes are combined, not Python tuples."""
    combined = np.zeros(table.num_rows, dtype=np.int64)
    for name in columns:
        encoded = table.column(name).cast(pa.string()).combine_chunks().dictionary_encode()
        part = (
            np.asarray(pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False), dtype=np.int64) + 1
        )
        # Re-numbered after each column, so that the product of many columns cannot overflow.
        _, combined = np.unique(combined * (len(encoded.dictionary) + 1) + part, return_inverse=True)
    count = int(combined.max()) + 1 if len(combined) else 0
    first = np.full(count, -1, dtype=np.int64)
    first[combined[::-1]] = np.arange(len(combined))[::-1]
    picked: list[list[Any]] = [
        table.column(name).cast(pa.string()).take(first).to_pylist() for name in columns
    ]
    keys = list(zip(*picked, strict=True)) if columns else [()] * count
    order = sorted(range(count), key=lambda i: sort_key(keys[i]))
    place = np.empty(count, dtype=np.int64)
    place[order] = np.arange(count)
    return place[combined], [keys[i] for i in order]


def _numbers(table: pa.Table, value: str) -> Matrix:
    column = table.column(value).cast(pa.float64(), safe=False)
    numbers = np.asarray(pc.fill_null(column, 0.0).to_numpy(zero_copy_only=False), dtype=np.float64)
    if not np.isfinite(numbers).all():
        raise DataError(f"{value} has numbers that are not finite; check the source of these rows")
    return numbers


def _check_currency(table: pa.Table, currency: str) -> None:
    if "BillingCurrency" not in table.column_names:
        return
    others = [c for c in pc.unique(table.column("BillingCurrency")).to_pylist() if c != currency]
    if others:
        raise CurrencyMismatch(f"a panel in {currency} was given rows in {others[0]}; ask for one currency")
