"""
A plan as Ibis expressions: one scan adds up cells, and rows and totals come from the cells.

A cell is one (currency, bucket, group) with its costs now and, when compared, before. Cells are few
where charges are many, so what follows the scan is cheap. Money is only ever added and subtracted.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from warikan.engine.buckets import bucket_of, number_of, start_of
from warikan.engine.column import Kind
from warikan.engine.plan import DAILY, Plan
from warikan.engine.predicate import operand_value, to_expression
from warikan.focus.money import PRECISION, SCALE

CURRENCY, MONTH, PLACE, CHARGES, OTHER = "currency", "month", "place", "charges", "is_other"
NO_CURRENCY = "XXX"
"""ISO 4217's code for none: a charge without BillingCurrency is answered under it."""
MONEY = dt.Decimal(PRECISION, SCALE)
_TYPES: dict[Kind, dt.DataType] = {
    "text": dt.string,
    "number": MONEY,
    "time": dt.Timestamp(timezone="UTC", scale=6),
    "day": dt.date,
    "truth": dt.boolean,
}
_BEFORE, _SIZE, _RANK = "is_before", "size", "rank"


@dataclass(frozen=True)
class Cells:
    """
    The expressions of one plan.

    Columns of a cell: ``currency``; ``month`` (the number of its billing month), while it is to be
    converted; ``place`` (of the bucket in its period, from 0), with granularity; ``g0``, ... one for each
    group; ``m0``, ... the metrics now; ``p0``, ... before; ``charges`` now.
    Rows have also ``is_other`` (with top), ``d0``, ... the differences and ``r0``, ... the ratios.
    """

    plan: Plan

    @property
    def keys(self) -> list[str]:
        """Columns of the groups."""
        return [f"g{i}" for i in range(len(self.plan.groups))]

    @property
    def now(self) -> list[str]:
        """Columns of the metrics in the period."""
        return [f"m{i}" for i in range(len(self.plan.query.metrics))]

    @property
    def before(self) -> list[str]:
        """Columns of the metrics in the previous period; empty when nothing is compared."""
        return [f"p{i}" for i in range(len(self.now))] if self.plan.previous else []

    @property
    def places(self) -> list[str]:
        """The column of the bucket, when there are buckets."""
        return [PLACE] if self.plan.query.granularity else []

    def table(self) -> ir.Table:
        """The cells once they are added up, as the table ``cells``."""
        columns = {CURRENCY: dt.string} | dict.fromkeys(self.places, dt.int64)
        columns |= {key: _TYPES[group.kind] for key, group in zip(self.keys, self.plan.groups, strict=True)}
        columns |= dict.fromkeys(self.now + self.before, MONEY) | {CHARGES: dt.int64}
        return ibis.table(columns, name="cells")

    def of_table(self, table: ir.Table, name: str) -> ir.Table:
        """The cells of *table*, which the lake calls *name*: one scan."""
        plan = self.plan
        charges = wanted_charges(plan, table)
        start = charges.ChargePeriodStart
        by = {CURRENCY: charges.BillingCurrency}
        by |= {key: operand_value(group, charges) for key, group in zip(self.keys, plan.groups, strict=True)}
        if plan.query.display is not None:
            by[MONTH] = bucket_of(charges.BillingPeriodStart, "month")
        if plan.query.granularity:
            by[PLACE] = bucket_of(start, plan.query.granularity)
        if plan.previous and self._cut is None:
            by[_BEFORE] = start < moment(plan.period.start)
        sums = {m: charges[metric].sum() for m, metric in zip(self.now, plan.query.metrics, strict=True)}
        cells = charges.group_by(**by).aggregate(**sums, **{CHARGES: count_of(charges, name)})
        # Only now: over all charges this would cost as much as adding one metric up.
        cells = cells.mutate(**{CURRENCY: cells[CURRENCY].fill_null(NO_CURRENCY)})
        return self._compared(cells) if plan.previous else self._placed(cells)

    def totals(self, cells: ir.Table) -> ir.Table:
        """One row per currency, most charges first: sums of *cells* and their charges."""
        sums = {name: _sum(cells[name]) for name in self.now + self.before}
        charges = {CHARGES: cells[CHARGES].sum()}
        totals = cells.group_by(CURRENCY).aggregate(**sums, **charges)
        return totals.order_by([totals[CHARGES].desc(), totals[CURRENCY]])

    def rows(self, cells: ir.Table) -> ir.Table:
        """*cells* in the asked order by currency, those beyond the top as one; ``is_other`` with top."""
        if self.plan.query.top is not None:
            cells = self._with_other(cells, self.plan.query.top)
        groups = [CURRENCY, *self.keys] + ([OTHER] if OTHER in cells.columns else [])
        firsts = [self.now[0], *self.before[:1]]
        size = self._size(*(cells[name] for name in firsts))
        if self.places:
            # a group stands at the same place in every bucket
            over = ibis.window(group_by=groups)
            size = self._size(*(cells[name].sum().over(over) for name in firsts))
        order = [cells[CURRENCY], *(cells[p] for p in self.places)]
        order += [cells[OTHER]] if OTHER in cells.columns else []
        order += [] if self.plan.query.order == "name" else [size.desc()]
        rows = cells.mutate(**self._changes(cells))
        return rows.order_by([*order, *(cells[key] for key in self.keys)])

    @property
    def _cut(self) -> int | None:
        """The first bucket of the period, when no bucket reaches over its start."""
        start, granularity = self.plan.period.start, self.plan.query.granularity
        if granularity is None:
            return None
        number = number_of(start, granularity)
        return number if start_of(number, granularity) == start else None

    def _placed(self, cells: ir.Table) -> ir.Table:
        """Buckets counted from the first one of the period."""
        zeroed = {m: cells[m].fill_null(zero()) for m in self.now}
        if self.plan.query.granularity:
            first = number_of(self.plan.period.start, self.plan.query.granularity)
            zeroed[PLACE] = cells[PLACE] - first
        return cells.mutate(**zeroed)

    def _compared(self, cells: ir.Table) -> ir.Table:
        """Now and before side by side, buckets aligned by their place in their period."""
        plan = self.plan
        is_before = cells[_BEFORE] if self._cut is None else cells[PLACE] < self._cut
        by = {CURRENCY: cells[CURRENCY]} | {key: cells[key] for key in self.keys}
        if plan.query.display is not None:
            by[MONTH] = cells[MONTH]
        if plan.query.granularity and plan.previous:
            first = number_of(plan.period.start, plan.query.granularity)
            first_before = number_of(plan.previous.start, plan.query.granularity)
            by[PLACE] = cells[PLACE] - is_before.ifelse(first_before, first)
        sums = {m: _sum(cells[m], where=~is_before) for m in self.now}
        sums |= {p: _sum(cells[m], where=is_before) for p, m in zip(self.before, self.now, strict=True)}
        charges = cells[CHARGES].sum(where=~is_before).fill_null(0)
        return cells.group_by(**by).aggregate(**sums, **{CHARGES: charges})

    def _with_other(self, cells: ir.Table, top: int) -> ir.Table:
        """The *top* groups of each currency as they are; the others of a bucket as one cell."""
        sums = [cells[name].sum() for name in (self.now[0], *self.before[:1])]
        groups = cells.group_by(CURRENCY, *self.keys).aggregate(**{_SIZE: self._size(*sums)})
        order = [groups[_SIZE].desc(), *(groups[key] for key in self.keys)]
        rank = ibis.row_number().over(group_by=CURRENCY, order_by=order)
        ranked = groups.mutate(**{_RANK: rank})
        kept = ranked.filter(ranked[_RANK] < top)
        same = [cells[key].identical_to(kept[key]) for key in self.keys]
        joined = cells.left_join(kept, [cells[CURRENCY] == kept[CURRENCY], *same])
        is_other = kept[_RANK].isnull()
        by = {CURRENCY: cells[CURRENCY], **{p: cells[p] for p in self.places}, OTHER: is_other}
        by |= {key: ibis.ifelse(is_other, ibis.null(), cells[key]) for key in self.keys}
        flat = joined.select(**by, **{c: cells[c] for c in (*self.now, *self.before, CHARGES)})
        costs = {name: _sum(flat[name]) for name in self.now + self.before}
        return flat.group_by(list(by)).aggregate(**costs, **{CHARGES: flat[CHARGES].sum()})

    def _size(self, now: ir.Value, before: ir.Value | None = None) -> ir.Value:
        """What groups are ordered by: the first metric, or how much it changed."""
        return (now - before).abs() if self.plan.query.order == "change" else now.abs()

    def _changes(self, cells: ir.Table) -> dict[str, ir.Value]:
        """``d0``, ... now less before; ``r0``, ... that by before, null where before is 0."""
        changes: dict[str, ir.Value] = {}
        for i, (now, before) in enumerate(zip(self.now, self.before, strict=False)):
            delta = cells[now] - cells[before]
            changes[f"d{i}"] = delta
            changes[f"r{i}"] = delta.cast("float64") / cells[before].cast("float64").nullif(0)
        return changes


def wanted_charges(plan: Plan, table: ir.Table) -> ir.Table:
    """The charges of *table* that *plan* asks for: of both periods, its filter and its currency."""
    start = table.ChargePeriodStart
    wanted = (start >= moment(plan.span.start)) & (start < moment(plan.span.end))
    if plan.condition is not None:
        wanted &= to_expression(plan.condition.condition, table)
    if plan.query.currency is not None:
        in_currency = table.BillingCurrency == plan.query.currency
        if plan.query.currency == NO_CURRENCY:
            in_currency |= table.BillingCurrency.isnull()
        wanted &= in_currency
    return table.filter(wanted)


def count_of(charges: ir.Table, name: str) -> ir.IntegerValue:
    """How many slices *charges* of the table *name* stand for."""
    return charges.x_ChargeCount.sum() if name == DAILY else charges.count()


def moment(at: datetime) -> ir.TimestampScalar:
    """*at* as a literal that DuckDB compares with the footers of files."""
    return ibis.literal(at, type=dt.Timestamp(timezone="UTC", scale=6))


def zero() -> ir.DecimalScalar:
    """No money."""
    return ibis.literal(Decimal(0), type=MONEY)


def _sum(values: ir.Value, where: ir.BooleanValue | None = None) -> ir.DecimalValue:
    return values.sum(where=where).fill_null(zero())
