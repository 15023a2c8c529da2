"""Conditions as Ibis expressions that keep null out of three-valued logic."""

from decimal import Decimal
from functools import reduce
from operator import and_, or_

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from warikan.engine.column import Column, MapValue, Operand
from warikan.engine.condition import (
    AllOf,
    Among,
    AnyOf,
    Comparison,
    Condition,
    Constant,
    IsNull,
    Like,
    Not,
    Operator,
    Value,
)
from warikan.engine.functions import map_value
from warikan.focus.money import PRECISION, SCALE

_OPPOSITE: dict[Operator, Operator] = {"=": "<>", "<>": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


def to_expression(condition: Condition, table: ir.Table) -> ir.BooleanValue:
    """*condition* over *table*; true where it holds, false or null where it does not."""
    return _expression(condition, table, holds=True)


def operand_value(operand: Operand, table: ir.Table) -> ir.Value:
    """
    The values of *operand* in *table*.

    A map value comes from the column of that very name if there is one (a projection), else from
    its promoted column, else from the map.
    """
    match operand:
        case Column(id=name):
            return table[name]
        case MapValue(map=name):
            real = next((r for r in (operand.id, operand.promoted) if r in table.columns), None)
            if real is not None:
                return table[real]
            found = [map_value(table[name], key) for key in operand.keys]
            return found[0] if len(found) == 1 else ibis.coalesce(*found)


def _expression(condition: Condition, table: ir.Table, *, holds: bool) -> ir.BooleanValue:
    """Where *condition* holds, or with *holds* false where it does not: NOT is pushed to the leaves."""
    match condition:
        case Not(part):
            return _expression(part, table, holds=not holds)
        case AllOf(parts):
            return _join([_expression(p, table, holds=holds) for p in parts], every=holds)
        case AnyOf(parts):
            return _join([_expression(p, table, holds=holds) for p in parts], every=not holds)
        case Constant(always):
            return ibis.literal(always == holds)
        case IsNull(left):
            value = operand_value(left, table)
            return value.isnull() if holds else value.notnull()
        case Comparison():
            return _comparison(condition, table, holds=holds)
        case Among(left, values):
            value = operand_value(left, table)
            literals = [_literal(v, value) for v in values]
            return value.isin(literals) if holds else value.isnull() | value.notin(literals)
        case Like(left, pattern, ignores_case):
            text = operand_value(left, table)
            fits = text.ilike(pattern) if ignores_case else text.like(pattern)
            return fits if holds else text.isnull() | ~fits


def _comparison(condition: Comparison, table: ir.Table, *, holds: bool) -> ir.BooleanValue:
    left = operand_value(condition.left, table)
    other = isinstance(condition.right, Operand)
    right = (
        operand_value(condition.right, table)
        if isinstance(condition.right, Operand)
        else _literal(condition.right, left)
    )
    # "<>" is the complement of "=", so that it holds for nulls
    operator = condition.operator
    complement = holds == (operator == "<>")
    if not complement:
        return _compare(left, "=" if operator == "<>" else operator, right)
    below = _compare(left, operator if operator == "<>" else _OPPOSITE[operator], right)
    unknown = left.isnull() | right.isnull() if other else left.isnull()
    return unknown | below


def _compare(left: ir.Value, operator: Operator, right: ir.Value) -> ir.BooleanValue:
    match operator:
        case "=":
            result = left == right
        case "<>":
            result = left != right
        case "<":
            result = left < right
        case "<=":
            result = left <= right
        case ">":
            result = left > right
        case ">=":
            result = left >= right
    return result


def _literal(value: Value, beside: ir.Value) -> ir.Value:
    """*value* with a type that keeps every digit of it and of the column."""
    if isinstance(value, Decimal):
        # Ibis would cut a Decimal without a type to three decimals.
        return ibis.literal(value, type=dt.Decimal(PRECISION, SCALE))
    if isinstance(beside, ir.TimestampValue):
        return ibis.literal(value, type=dt.Timestamp(timezone="UTC", scale=6))
    return ibis.literal(value)


def _join(parts: list[ir.BooleanValue], *, every: bool) -> ir.BooleanValue:
    """All or any of *parts*, as a balanced tree: a chain of 200 would be 200 calls deep in Ibis."""
    while len(parts) > 1:
        pairs = [parts[i : i + 2] for i in range(0, len(parts), 2)]
        parts = [reduce(and_ if every else or_, pair) for pair in pairs]
    return parts[0]
