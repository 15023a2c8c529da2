"""The engine: questions to the lake, answered by DuckDB through Ibis."""

import threading
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Literal

import duckdb
import ibis
import ibis.expr.types as ir
import pyarrow as pa

from warikan.catalog.rates import RateBook
from warikan.engine.answer import answers_of
from warikan.engine.cells import CURRENCY, NO_CURRENCY, Cells, count_of, wanted_charges
from warikan.engine.column import Column, Operand
from warikan.engine.connection import MEMORY_LIMIT, connect
from warikan.engine.dimension import Dimension, Value, list_dimensions, rank_values
from warikan.engine.display import conversion_sql, convert, display_first
from warikan.engine.freshness import data_of, freshness_of
from warikan.engine.month_facts import with_months
from warikan.engine.plan import ADDED_UP_FROM, DAILY, SLICES, Plan, make_plan
from warikan.engine.predicate import operand_value
from warikan.engine.query import Converted, CostAnswer, CurrencyAnswer, Freshness, Query
from warikan.engine.slices import Page
from warikan.engine.statements import compile_after, compile_scan, to_sql
from warikan.engine.views import Views, columns_of_file
from warikan.focus.columns import DEFAULT_METRIC
from warikan.focus.errors import UsageError
from warikan.focus.period import Period
from warikan.lake import Lake

__all__ = ["Dimension", "Engine", "Value"]


class Engine:
    """
    Asks one lake. Safe to share between threads; every call sees one snapshot of each table it reads.

    Nothing is computed before it is asked, and no file is opened before it is needed.
    """

    def __init__(
        self,
        lake: Lake,
        *,
        memory_limit: str = MEMORY_LIMIT,
        threads: int | None = None,
        grace_days: Mapping[str, int | None] = MappingProxyType({}),
    ) -> None:
        """*grace_days*: source → days after a month in which its bill still changes; None: the provider's."""
        self._lake, self._grace_days = lake, grace_days
        self._connection = connect(lake.temp, memory_limit=memory_limit, threads=threads)
        self._views = Views(self._connection.cursor)
        self._lock = threading.Lock()
        self._loads: tuple[object, pa.Table] | None = None

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The database; for work of your own take a ``cursor()`` of it for each thread."""
        return self._connection

    @property
    def lake(self) -> Lake:
        """What is asked."""
        return self._lake

    # --- tables and expressions ---

    def table(
        self,
        name: str,
        *,
        months: tuple[date, date] | None = None,
        source_ids: Collection[str] | None = None,
        snapshot: int | None = None,
    ) -> ir.Table:
        """
        A table of the lake as an expression over the files of one snapshot; empty when it has none.

        A promoted tag column holds the tag's values also in rows from before it was promoted, where
        the table has Tags. ``loads`` is what the lake says is in force.

        *months* are billing months ``[first, end)``; a charge's own time may lie outside its month.
        *source_ids* are the only ones read, *snapshot* None is the newest.
        """
        schema = self._lake.schema(name)
        if name == "loads":
            key, rows = self._all_loads()
            view = self._views.of_rows(name, rows, key)
        else:
            files = self._lake.data_files(name, between=months, source_ids=source_ids, snapshot=snapshot)
            view = self._views.of_files(name, schema, [f.path for f in files])
        return _as_table(view, schema)

    def snapshot(self, name: str) -> int | None:
        """The newest snapshot of the table called *name*, None while it is empty."""
        return self._lake.snapshot(name)

    def from_arrow(self, rows: pa.Table) -> ir.Table:
        """*rows* as a table that expressions can join with; kept until the engine goes."""
        view = self._views.of_rows("arrow", rows, object())
        return _as_table(view, rows.schema)

    def sql(self, expression: ir.Expr) -> str:
        """DuckDB's SQL for *expression*, for ``connection`` and its cursors."""
        return to_sql(expression)

    def to_arrow(self, expression: ir.Table) -> pa.Table:
        """The rows of *expression*."""
        with self._connection.cursor() as cursor:
            return _fetch(cursor, self.sql(expression))

    # --- questions ---

    def run(self, query: Query, *, now: datetime, rates: RateBook | None = None) -> CostAnswer:
        """
        Answer *query*; for its shape see engine/query.py. *rates* are for ``query.display``.

        ``answer.query`` has metrics and groups under their exact ids.

        Raises:
            UsageError (UnknownColumn, FilterError, PeriodError): what is asked cannot be, or nothing
                is allocated yet.
        """
        loads = self._all_loads()[1]
        plan = self._plan(query, loads, now=now)
        name, snapshot = self._choose(plan)
        nothing: tuple[tuple[CurrencyAnswer, ...], tuple[Converted, ...]] = ((), ())
        answers, converted = (
            nothing if snapshot is None else self._answers(plan, name, snapshot, rates or RateBook())
        )
        return CostAnswer(
            query=plan.query,
            period=plan.period,
            previous=plan.previous,
            answers=answers,
            freshness=self._freshness(loads, plan.period, now),
            table=name,
            snapshot=snapshot,
            converted=converted,
        )

    def explain_sql(self, query: Query, *, now: datetime) -> tuple[str, ...]:
        """
        The DuckDB statements that ``run`` executes for *query*: the scan into ``cells``, then the rows.

        With display the scan is into ``billed``, which a statement between them converts into ``cells``.

        Raises:
            UsageError: as ``run``.
        """
        plan = self._plan(query, self._all_loads()[1], now=now)
        name, snapshot = self._choose(plan)
        if snapshot is None:
            return ()
        table = self.table(name, snapshot=snapshot)
        scan = compile_scan(plan, name, table.get_name(), table.schema())
        between = conversion_sql(Cells(plan)) if query.display is not None else ()
        return scan, *between, compile_after(plan).rows

    def dimensions(self) -> tuple[Dimension, ...]:
        """What a query can group by, most useful first."""
        return list_dimensions({name: self._lake.schema(name) for name in (DAILY, SLICES)})

    def values(
        self,
        column: str,
        *,
        where: str | None = None,
        period: str = "last 30d",
        limit: int = 50,
        search: str | None = None,
        now: datetime,
    ) -> tuple[Value, ...]:
        """
        The values of *column* (or ``Tags['key']``) that occur, largest share of EffectiveCost first.

        With *search* only those that contain this text, whatever its case.
        """
        plan = self._plan(Query(by=(column,), where=where, period=period), now=now)
        name, snapshot = self._choose(plan)
        if snapshot is None:
            return ()
        charges = wanted_charges(plan, self.table(name, snapshot=snapshot))
        value = operand_value(plan.groups[0], charges).cast("string")
        found = charges.group_by(
            **{CURRENCY: charges.BillingCurrency.fill_null(NO_CURRENCY), "value": value}
        ).aggregate(cost=charges[DEFAULT_METRIC].sum(), charges=count_of(charges, name))
        size = found.cost.abs().cast("float64")
        found = found.mutate(
            weight=size / size.sum().over(ibis.window(group_by=CURRENCY)).nullif(0)
        ).fill_null({"weight": 0.0})
        if search:
            found = found.filter(found.value.lower().contains(search.lower()))
        place = ibis.row_number().over(group_by=CURRENCY, order_by=[found.weight.desc(), found.value])
        rows = self.to_arrow(found.mutate(place=place).filter(ibis._.place < limit))
        return rank_values(rows.to_pylist(), limit)

    def freshness(self, period: Period | None = None, *, now: datetime) -> Freshness:
        """How far the data reaches, per source; months that are open in *period* (None: in all data)."""
        return self._freshness(self._all_loads()[1], period, now)

    def charges(
        self,
        *,
        where: str | None = None,
        period: str = "last 30d",
        currency: str | None = None,
        metric: str = DEFAULT_METRIC,
        order: Literal["cost", "time"] = "cost",
        limit: int = 50,
        offset: int = 0,
        now: datetime,
    ) -> pa.Table:
        """
        The slices behind a number, a page at a time: largest *metric* first, or earliest first.

        Returns: all columns of ``allocations``; the order is the same on every call.
        """
        query = Query(metrics=(metric,), where=where, period=period, currency=currency)
        plan = self._plan(query, now=now)
        snapshot = self._lake.snapshot(SLICES)
        if snapshot is None:
            self._require_allocations()
            return self._lake.schema(SLICES).empty_table()
        table = wanted_charges(plan, self.table(SLICES, snapshot=snapshot))
        page = Page(plan.query.metrics[0], order, limit, offset)
        last = self.to_arrow(page.last_place(table))
        return self.to_arrow(page.slices(table, last[0][0].as_py() if last.num_rows else None))

    # --- how ---

    def _plan(self, query: Query, loads: pa.Table | None = None, *, now: datetime) -> Plan:
        data = data_of(self._all_loads()[1] if loads is None else loads)
        return make_plan(query, columns=self._lake.schema(SLICES), data=data, now=now)

    def _choose(self, plan: Plan) -> tuple[str, int | None]:
        """The table that answers *plan* with the least reading, and its snapshot."""
        days, marks = self._lake.newest(DAILY)
        slices = self._lake.snapshot(SLICES)
        # Days added up from other slices (a run died between its commits) would tell another story.
        is_current = marks.get(ADDED_UP_FROM) == str(slices)
        if days is not None and is_current and plan.fits_days(self._columns_of_days(plan.operands, days)):
            return DAILY, days
        if slices is None:
            self._require_allocations()
        return SLICES, slices

    def _columns_of_days(self, operands: Sequence[Operand], snapshot: int) -> frozenset[str]:
        """The columns of the table of days; a promoted tag only if every file has it."""
        names = frozenset(self._lake.schema(DAILY).names)
        promoted = {o.promoted for o in operands if not isinstance(o, Column) and o.promoted in names}
        promoted |= {o.id for o in operands if isinstance(o, Column) and o.id.startswith("x_Tag_")}
        if promoted:
            for file in self._lake.data_files(DAILY, snapshot=snapshot):
                names -= {tag for tag in promoted if tag not in columns_of_file(file.path)}
        return names

    def _freshness(self, loads: pa.Table, period: Period | None, now: datetime) -> Freshness:
        fresh = freshness_of(loads, period=period, now=now)
        return with_months(fresh, self._lake, loads, period=period, grace_days=self._grace_days, now=now)

    def _require_allocations(self) -> None:
        if self._lake.snapshot("charges") is not None:
            raise UsageError("the charges are not allocated yet", hint="warikan allocate")

    def _answers(
        self, plan: Plan, name: str, snapshot: int, rates: RateBook
    ) -> tuple[tuple[CurrencyAnswer, ...], tuple[Converted, ...]]:
        table = self.table(name, snapshot=snapshot)
        scan = compile_scan(plan, name, table.get_name(), table.schema())
        after, cells = compile_after(plan), Cells(plan)
        converted: tuple[Converted, ...] = ()
        # a temporary table belongs to its cursor alone and goes with it
        with self._connection.cursor() as cursor:
            if plan.query.display is None:
                cursor.execute(f"CREATE TEMP TABLE cells AS {scan}")
            else:
                cursor.execute(f"CREATE TEMP TABLE billed AS {scan}")
                converted = convert(cursor, cells, plan.query.display, rates)
            totals = _fetch(cursor, after.totals)
            rows = _fetch(cursor, after.rows)
        return display_first(answers_of(cells, rows, totals), plan.query.display), converted

    def _all_loads(self) -> tuple[object, pa.Table]:
        """What the lake's log says is in force, read again only after a commit, and a key for it."""
        key = (self._lake.snapshot("charges"), self._lake.snapshot("loads"))
        with self._lock:
            if self._loads is None or self._loads[0] != key:
                self._loads = (key, self._lake.loads())
            return self._loads


@lru_cache(maxsize=256)
def _as_table(view: str, schema: pa.Schema) -> ir.Table:
    return ibis.table(ibis.Schema.from_pyarrow(schema), name=view)


def _fetch(cursor: duckdb.DuckDBPyConnection, sql: str) -> pa.Table:
    return cursor.execute(sql).to_arrow_table()
