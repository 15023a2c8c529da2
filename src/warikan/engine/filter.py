"""
The filter language: a small, safe part of SQL's conditions, the same string on every surface.

``x_TeamId = 'payments' AND Tags['env'] <> 'prod' AND EffectiveCost > 0.01``

Allowed: ``AND OR NOT``, parentheses, ``= <> != < <= > >=``, ``[NOT] IN (...)``, ``[NOT] LIKE``,
``[NOT] ILIKE``, ``[NOT] BETWEEN``, ``IS [NOT] NULL``, strings in single quotes, numbers, ``TRUE``,
``FALSE``, dates as strings, columns (case does not matter) and ``Tags['key']`` (case matters).
Everything else is refused where it stands. Only what was understood goes on, as an expression; the
text itself reaches no database.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from warikan.engine.alias import resolve_alias
from warikan.engine.column import Operand, parse_column
from warikan.engine.condition import Condition, complement_of, list_operands
from warikan.focus.errors import FilterError

if TYPE_CHECKING:
    import ibis.expr.types as ir

MAX_LENGTH = 4000
"""Characters of a filter."""


@dataclass(frozen=True)
class Filter:
    """
    A checked filter. Two-valued: a filter and its ``negate()`` partition the rows (condition.py).

    ``parse_filter(f.render(), columns) == f`` for every filter that was parsed.
    """

    condition: Condition

    @property
    def operands(self) -> tuple[Operand, ...]:
        """The columns and map values that are read, each once, in the order written."""
        return tuple(dict.fromkeys(list_operands(self.condition)))

    @property
    def columns(self) -> frozenset[str]:
        """Exact ids of the columns that are read; ``Tags`` for ``Tags['key']``."""
        return frozenset(o.reads for o in self.operands)

    def render(self) -> str:
        """The filter as text, in one normal form."""
        return self.condition.render()

    def negate(self) -> "Filter":
        """The complement: exactly the rows that this filter leaves out."""
        return Filter(complement_of(self.condition))

    def to_expression(self, table: "ir.Table") -> "ir.BooleanValue":
        """
        The condition over *table*, for ``table.filter(...)`` or a CASE: null counts as false there.

        Do not use ``~`` on it, which leaves out the nulls; use ``negate()``. ``Tags['k']`` reads the
        table's column of that very name if it has one (a projection), else the promoted column,
        else the map.
        """
        # Ibis takes a second to import; parsing a filter must not.
        from warikan.engine.predicate import to_expression

        return to_expression(self.condition, table)


def parse_filter(text: str, columns: pa.Schema) -> Filter:
    """
    Read a filter over a table with these *columns*.

    Raises:
        FilterError: not in the language, an unknown column, a value that cannot be compared with
            its column, or too long or deep; ``position`` is the character where it went wrong.
    """
    if len(text) > MAX_LENGTH:
        raise FilterError(
            f"the filter has {len(text)} characters; at most {MAX_LENGTH} are read",
            text=text,
            position=MAX_LENGTH,
        )
    # SQLGlot takes 0.2 s to import; `warikan --help` must not.
    from warikan.engine.reading import Reader

    return Filter(Reader(text, columns).read())


def parse_group(text: str, columns: pa.Schema) -> Operand:
    """
    Read one group-by: a column or ``Tags['key']`` of a table with these *columns*, or its short name.

    Raises:
        UnknownColumn: there is no such column; the hint names the closest.
    """
    is_column = text.strip().lower() in {name.lower() for name in columns.names}
    return parse_column(text if is_column else resolve_alias(text), columns)
