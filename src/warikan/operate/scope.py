"""Whose money something is about: exact columns and their values, and the filter that says the same."""

from collections.abc import Mapping

from warikan.focus.errors import UsageError

Scope = Mapping[str, str | None]
"""Column of the allocations, or ``Tags['key']`` → its value; None where there is none."""
LONGEST = 4000


def where_of(scope: Scope) -> str:
    """*scope* in the filter language (engine/filter.py), columns by name; blank for everything."""
    return " AND ".join(_equals(column, scope[column]) for column in sorted(scope))


def both(scope: Scope, where: str | None) -> str:
    """The filter of what is in *scope* and in *where*."""
    told = where_of(scope)
    if not where or not where.strip():
        return told
    return f"({where}) AND {told}" if told else where


def _equals(column: str, value: str | None) -> str:
    if "\n" in column or len(column) > LONGEST:
        raise UsageError(f"{column[:80]!r} is no column")
    if value is None:
        return f"{column} IS NULL"
    return f"{column} = {quote(value)}"


def quote(value: str) -> str:
    """*value* as text of the filter language."""
    return "'" + value.replace("'", "''") + "'"
