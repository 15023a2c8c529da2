"""A table to filter, any condition over it, and what a condition means, said once more in Python."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from operator import eq, ge, gt, le, lt, ne
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

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
    all_of,
    any_of,
    complement_of,
)

SCHEMA = pa.schema(
    [
        ("ServiceName", pa.string()),
        ("ServiceCategory", pa.string()),
        ("x_TeamId", pa.string()),
        ("between", pa.string()),
        ("EffectiveCost", pa.decimal128(38, 18)),
        ("BilledCost", pa.decimal128(38, 18)),
        ("x_ChargeKey", pa.int64()),
        ("ChargePeriodStart", pa.timestamp("us", "UTC")),
        ("BillingMonth", pa.date32()),
        ("is_final", pa.bool_()),
        ("Tags", pa.map_(pa.string(), pa.string())),
        ("x_Extra", pa.map_(pa.string(), pa.string())),
        ("x_Repairs", pa.list_(pa.string())),
    ]
)
_TEXTS = ["a", "b", "A", "a%", "_", "it's", '"', "\\", "a\nb", "日本", "--", "; DROP TABLE x", "$1", "{}", ""]
_NUMBERS = [Decimal(n) for n in ("0", "1", "-1.5", "0.1", "0.000000000000000001", "12345678901234567890")]
_TIMES = [datetime(2026, 2, 28, tzinfo=UTC), datetime(2026, 3, 1, 5, 30, 0, 1, tzinfo=UTC)]
_DAYS = [date(2026, 3, 1), date(2024, 2, 29)]

texts = st.sampled_from(_TEXTS)
_values: dict[str, st.SearchStrategy[Any]] = {
    "text": texts,
    "number": st.sampled_from(_NUMBERS),
    "time": st.sampled_from(_TIMES),
    "day": st.sampled_from(_DAYS),
    "truth": st.booleans(),
}
_operands: dict[str, list[Operand]] = {
    "text": [
        Column("ServiceName", "text"),
        Column("x_TeamId", "text"),
        Column("between", "text"),
        MapValue("Tags", "it's"),
        MapValue("Tags", "env"),
    ],
    "number": [
        Column("EffectiveCost", "number"),
        Column("BilledCost", "number"),
        Column("x_ChargeKey", "number"),
    ],
    "time": [Column("ChargePeriodStart", "time")],
    "day": [Column("BillingMonth", "day")],
    "truth": [Column("is_final", "truth")],
}


@st.composite
def _leaves(draw: st.DrawFn) -> Condition:
    kind = draw(st.sampled_from(list(_operands)))
    left, value = draw(st.sampled_from(_operands[kind])), _values[kind]
    operator = draw(st.sampled_from(["=", "<>", "<", "<=", ">", ">="]))
    shapes: list[st.SearchStrategy[Condition]] = [
        value.map(lambda v: Comparison(left, operator, v)),
        st.sampled_from(_operands[kind]).map(lambda right: Comparison(left, operator, right)),
        st.lists(value, min_size=1, max_size=4).map(lambda vs: Among(left, tuple(vs))),
        st.just(IsNull(left)),
    ]
    if kind == "text":
        shapes.append(st.builds(Like, st.just(left), texts, st.booleans()))
    return draw(st.one_of(*shapes))


conditions: st.SearchStrategy[Condition] = st.recursive(
    _leaves() | st.booleans().map(Constant),
    lambda parts: st.one_of(
        parts.map(complement_of),
        st.lists(parts, min_size=2, max_size=3).map(lambda p: all_of(*p)),
        st.lists(parts, min_size=2, max_size=3).map(lambda p: any_of(*p)),
    ),
    max_leaves=8,
)
"""Any condition, in the normal form that reading gives."""


def _or_null(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


_rows = st.fixed_dictionaries(
    {
        "ServiceName": _or_null(texts),
        "x_TeamId": _or_null(texts),
        "between": _or_null(texts),
        "EffectiveCost": _or_null(_values["number"]),
        "BilledCost": _or_null(_values["number"]),
        "x_ChargeKey": _or_null(st.integers(-2, 2)),
        "ChargePeriodStart": _or_null(_values["time"]),
        "BillingMonth": _or_null(_values["day"]),
        "is_final": _or_null(st.booleans()),
        "Tags": _or_null(
            st.dictionaries(st.sampled_from(["env", "it's"]), _or_null(texts)).map(lambda d: [*d.items()])
        ),
    }
)
tables = st.lists(_rows, min_size=1, max_size=12)

_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {"=": eq, "<": lt, "<=": le, ">": gt, ">=": ge, "<>": ne}


def holds(condition: Condition, row: Mapping[str, Any]) -> bool:
    """Whether *condition* holds for *row*: two-valued logic, nothing lies in relation to null."""
    match condition:
        case Constant(always):
            return always
        case Not(part):
            return not holds(part, row)
        case AllOf(parts):
            return all(holds(p, row) for p in parts)
        case AnyOf(parts):
            return any(holds(p, row) for p in parts)
        case IsNull(left):
            return _value(left, row) is None
        case Among(left, values):
            return _value(left, row) is not None and _value(left, row) in values
        case Like(left, pattern, ignores_case):
            return _is_like(_value(left, row), pattern, ignores_case=ignores_case)
        case Comparison(left, "<>", right):
            return not holds(Comparison(left, "=", right), row)
        case Comparison(left, operator, right):
            one = _value(left, row)
            other = _value(right, row) if isinstance(right, Operand) else right
            return (
                one is not None and other is not None and _COMPARE[operator](_sortable(one), _sortable(other))
            )


def _value(operand: Operand, row: Mapping[str, Any]) -> Any:
    if isinstance(operand, MapValue):
        return dict(row[operand.map] or ()).get(operand.key)
    return row[operand.id]


def _sortable(value: Any) -> Any:
    # DuckDB orders text by its UTF-8 bytes
    return value.encode() if isinstance(value, str) else value


def _is_like(text: str | None, pattern: str, *, ignores_case: bool) -> bool:
    if text is None:
        return False
    expression = "".join({"%": ".*", "_": "."}.get(c, re.escape(c)) for c in pattern)
    flags = re.DOTALL | (re.IGNORECASE if ignores_case else 0)
    return re.fullmatch(expression, text, flags) is not None
