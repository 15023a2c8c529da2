"""Charges taken apart and put together: what a native form makes other rows of than FOCUS does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warikan.estate.charges import Charges
from warikan.estate.meter import MONEY_SCALE, QUANTITY_SCALE, Meter
from warikan.estate.numbers import Mask, to_decimals, to_text
from warikan.estate.rows import Lines, Rows
from warikan.estate.timeline import DAY_HOURS, Ints

_COSTS = ("list_cost", "contracted_cost", "billed_cost", "effective_cost", "extra")
_HOURS = 10_000_000
"""More than any hour since 1970."""


def pick(charges: Charges, rows: Mask | Ints) -> Charges:
    """Those *rows* of *charges*."""
    return Charges(*(getattr(charges, f.name)[rows] for f in fields(Charges)))


def add_up(charges: Charges, group: Ints) -> Charges:
    """One row for each of *group* and start: quantities and costs are sums, the rest is of the first row."""
    keys = group * _HOURS + charges.start
    _, first, place = np.unique(keys, return_index=True, return_inverse=True)

    def total(values: Ints) -> Ints:
        sums: Ints = np.zeros(len(first), dtype=np.int64)
        np.add.at(sums, place, values)
        return sums

    summed = {name: total(getattr(charges, name)) for name in (*_COSTS, "quantity")}
    return replace(pick(charges, first), **summed)


def by_day(charges: Charges) -> Charges:
    """One row for each meter and day."""
    start = charges.start // DAY_HOURS * DAY_HOURS
    return add_up(replace(charges, start=start, end=start + DAY_HOURS), charges.meter)


def pricing_of(meters: Sequence[Meter], charges: Charges) -> tuple[Mask, Mask, Mask, Mask, Mask]:
    """
    Which rows are what.

    Returns:
        covered by committed money, covered by committed use, not used, bought, and none of these.
    """
    told = np.array([_code(m) for m in meters], dtype=np.int64)[charges.meter]
    return told == 0, told == 1, told == 2, told == 3, told == 4


def _code(meter: Meter) -> int:
    if meter.pricing == "used" and meter.commitment is not None:
        return 0 if meter.commitment.kind == "Spend" else 1
    return {"unused": 2, "purchase": 3}.get(meter.pricing, 4)


def beside_purchases(meters: Sequence[Meter], charges: Charges, purchases: Ints) -> Ints:
    """EffectiveCost of what was not used of each of *purchases* (rows of *charges*) in its time."""
    of_commitment = {m.commitment.id: i for i, m in enumerate(meters) if m.commitment is not None}
    known = np.array([of_commitment[m.commitment.id] if m.commitment else -1 for m in meters], dtype=np.int64)
    is_unused = pricing_of(meters, charges)[2]
    keys = known[charges.meter] * _HOURS + charges.start
    # What is bought by the month has no purchase in the time in which it is not used.
    unused = np.flatnonzero(is_unused & np.isin(keys, keys[purchases]))
    order = np.argsort(keys[purchases])
    place = order[np.searchsorted(keys[purchases], keys[unused], sorter=order)]
    found: Ints = np.zeros(len(purchases), dtype=np.int64)
    np.add.at(found, place, charges.effective_cost[unused])
    return found


@dataclass(frozen=True)
class Part:
    """
    Rows of one kind in a native bill.

    Attributes:
        numbers: Column → whole numbers of ``10 ** -MONEY_SCALE``, or of ``10 ** -QUANTITY_SCALE`` where it
            is one of *quantities*; what is not named is null.
        texts: Column → the same text in all rows, instead of that of the line.
    """

    rows: Rows
    numbers: Mapping[str, Ints]
    texts: Mapping[str, str | None] = field(default_factory=dict)
    quantities: frozenset[str] = frozenset()

    @classmethod
    def of(cls, lines: Lines, charges: Charges, numbers: Mapping[str, Ints], **texts: str | None) -> "Part":
        """Rows of *charges*; a column whose name ends in Quantity or amount is a quantity."""
        ends = ("quantity", "amount")
        quantities = frozenset(n for n in numbers if n.lower().endswith(ends))
        return cls(Rows(lines, charges), numbers, texts, quantities)

    def __len__(self) -> int:
        return len(self.rows.charges)

    def text(self, name: str) -> pa.Array:
        """A text column."""
        return self.rows.constant(self.texts[name]) if name in self.texts else self.rows.text(name)

    def number(self, name: str) -> pa.Array:
        """A number as plain text; null where the part does not name it."""
        if name not in self.numbers:
            return self.rows.constant(None)
        scale = QUANTITY_SCALE if name in self.quantities else MONEY_SCALE
        values = self.numbers[name]
        return to_text(values, scale, np.ones(len(values), dtype=bool), strip=True)

    def double(self, name: str) -> pa.Array:
        """A number as the double nearest to it."""
        return pc.cast(self.number(name), pa.float64())

    def decimal(self, name: str) -> pa.Array:
        """A number, as a decimal of MONEY_SCALE."""
        values = self.numbers.get(name, np.zeros(len(self), dtype=np.int64))
        if name in self.quantities:
            values = values * 10 ** (MONEY_SCALE - QUANTITY_SCALE)
        return to_decimals(values, MONEY_SCALE, np.full(len(self), name in self.numbers))

    def line_texts(self, name: str) -> list[str | None]:
        """The text of each line, to be told in another way and taken."""
        lines = self.rows.lines
        return lines.texts[name].to_pylist() if name in lines.texts else [None] * lines.count

    def take(self, values: Sequence[object], kind: pa.DataType) -> pa.Array:
        """*values* of *kind*, one for each line, for the rows."""
        return pc.take(pa.array(values, kind), pa.array(self.rows.charges.meter))
