"""Narrowing a view: adding, excluding and removing single conditions of its filter."""

from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa

from warikan.engine.condition import AllOf, Comparison, Condition, IsNull, Not, all_of
from warikan.engine.filter import parse_filter, parse_group


@dataclass(frozen=True)
class Part:
    """
    One of the conditions that a filter joins with AND.

    Attributes:
        text: The condition in the filter language.
        rest: The filter without it; None when nothing is left.
        column, value: Set when it says that one column has one value (None: has no value).
    """

    text: str
    rest: str | None
    column: str | None = None
    value: str | None = None


def list_parts(where: str | None, schema: pa.Schema) -> list[Part]:
    """
    The conditions of *where*, in the order written.

    Raises:
        FilterError: *where* cannot be read.
    """
    if not where:
        return []
    conditions = _conditions(where, schema)
    parts = []
    for place, condition in enumerate(conditions):
        others = [c for i, c in enumerate(conditions) if i != place]
        rest = all_of(*others).render() if others else None
        column, value = _equality(condition)
        parts.append(Part(condition.render(), rest, column, value))
    return parts


def narrow(
    where: str | None, schema: pa.Schema, column: str, value: str | None, *, exclude: bool = False
) -> str:
    """
    *where* and also *column* = *value* (None: has no value), or everything but that.

    Raises:
        FilterError: *where* cannot be read.
        UnknownColumn: there is no such column.
    """
    operand = parse_group(column, schema)
    wanted: Condition
    if value is None:
        wanted = Not(IsNull(operand)) if exclude else IsNull(operand)
    else:
        wanted = Comparison(operand, "<>" if exclude else "=", value)
    present = _conditions(where, schema) if where else []
    if wanted in present:
        return all_of(*present).render()
    return all_of(*present, wanted).render()


def filter_for(pairs: Iterable[tuple[str, str | None]], schema: pa.Schema) -> str | None:
    """
    The filter that says each column of *pairs* has its value (None: has no value); None for no pairs.

    Raises:
        UnknownColumn: there is no such column.
    """
    conditions: list[Condition] = []
    for column, value in pairs:
        operand = parse_group(column, schema)
        conditions.append(IsNull(operand) if value is None else Comparison(operand, "=", value))
    return all_of(*dict.fromkeys(conditions)).render() if conditions else None


def _conditions(where: str, schema: pa.Schema) -> list[Condition]:
    condition = parse_filter(where, schema).condition
    return list(condition.parts) if isinstance(condition, AllOf) else [condition]


def _equality(condition: Condition) -> tuple[str | None, str | None]:
    match condition:
        case Comparison(left, "=", str(value)):
            return left.id, value
        case IsNull(left):
            return left.id, None
        case _:
            return None, None
