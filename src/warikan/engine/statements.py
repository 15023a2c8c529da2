"""
DuckDB's SQL for expressions, kept where it is asked for again.

Ibis builds and compiles a query in 10 to 30 ms, about as long as DuckDB needs for a small answer.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache

import ibis
import ibis.expr.types as ir
from ibis.expr.operations import Node

from warikan.engine.cells import Cells
from warikan.engine.plan import Plan
from warikan.focus.period import Period

_KEPT = 512
_ANY = Period(datetime(1970, 1, 1, tzinfo=UTC), datetime(1971, 1, 1, tzinfo=UTC))
"""A period that stands for every other."""


@dataclass(frozen=True)
class After:
    """What is asked of the table ``cells`` after the scan."""

    totals: str
    rows: str


def to_sql(expression: ir.Expr) -> str:
    """*expression* in DuckDB's SQL; the same expression is compiled once."""
    return _compile(expression.op())


@lru_cache(maxsize=_KEPT)
def _compile(operation: Node) -> str:
    # Allocation asks the same of every month, over views of the same names; compiling took most of its time.
    return str(ibis.duckdb.compile(operation.to_expr()))


@lru_cache(maxsize=_KEPT)
def compile_scan(plan: Plan, name: str, view: str, schema: ibis.Schema) -> str:
    """The query that adds up the cells of *plan* from *view*, over the table *name* of the lake."""
    return to_sql(Cells(plan).of_table(ibis.table(schema, name=view), name))


def compile_after(plan: Plan) -> After:
    """The queries over the cells of *plan*; neither its dates nor its filter matter to them."""
    query = replace(plan.query, where=None, period="", currency=None, display=None)
    previous = _ANY if plan.previous else None
    return _compile_after(Plan(query, plan.groups, None, period=_ANY, previous=previous))


@lru_cache(maxsize=_KEPT)
def _compile_after(shape: Plan) -> After:
    cells = Cells(shape)
    return After(totals=to_sql(cells.totals(cells.table())), rows=to_sql(cells.rows(cells.table())))
