"""Fields of Kubecost's filters as conditions of our filter language: values are values, never text."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from warikan.api.kubecost.names import UNALLOCATED, UNMOUNTED, written_keys
from warikan.engine.column import Column, MapValue, Operand
from warikan.engine.condition import (
    Among,
    Comparison,
    Condition,
    Constant,
    IsNull,
    Like,
    all_of,
    any_of,
    complement_of,
)
from warikan.focus.errors import UsageError

Match = Literal["equal", "contains", "prefix", "suffix"]
"""How a value is looked for."""
Field = Callable[[str, Match], Condition]
"""The condition that a field has a value."""

_LAST_CHARACTER = "\U0010ffff"
_AFTER_PLAIN, _AFTER_SURROGATES = "\ud7ff", "\ue000"


@dataclass(frozen=True)
class Fields:
    """
    What a filter of one endpoint can speak of.

    Attributes:
        plain: Field, in lower case → its condition.
        maps: ``label`` and its like → the field of one key.
        refused: Field → why it cannot be asked.
    """

    plain: Mapping[str, Field]
    maps: Mapping[str, Callable[[str], Field]]
    refused: Mapping[str, str]

    def field(self, name: str, key: str | None) -> Field:
        """
        The field *name*, of a map its *key*.

        Raises:
            UsageError: there is none, or it cannot be asked.
        """
        low = name.lower()
        if low in self.refused:
            raise UsageError(f"filter: {name} cannot be asked: {self.refused[low]}")
        if low in self.maps:
            return self.maps[low](key) if key is not None else _has_key(self.maps[low])
        if low not in self.plain or key is not None:
            known = ", ".join([*self.plain, *(f"{one}[key]" for one in self.maps)])
            raise UsageError(f"filter: there is no field {name[:80]!r}", hint=f"there is: {known}")
        return self.plain[low]


def text_field(column: str) -> Field:
    """A text column; ``__unallocated__`` is no value."""
    return _field_of(Column(column, "text"))


def any_field(*operands: Operand) -> Field:
    """The first of *operands* that has a value."""
    if len(operands) == 1:
        return _field_of(operands[0])

    def condition(value: str, match: Match) -> Condition:
        if value == UNALLOCATED and match == "equal":
            return all_of(*(IsNull(operand) for operand in operands))
        first, second = operands[0], operands[1]
        return any_of(_test(first, value, match), all_of(IsNull(first), _test(second, value, match)))

    return condition


def map_field(column: str) -> Callable[[str], Field]:
    """A map column, by key; the key also as Prometheus writes it."""

    def of_key(key: str) -> Field:
        if not key or len(key) > 317 or not key.isprintable():
            raise UsageError(f"filter: {key[:80]!r} is no key of a label")
        return any_field(*(MapValue(column, one) for one in written_keys(key)))

    return of_key


def constant_field(table: Mapping[str, Condition]) -> Field:
    """A field of few values, by their lower case; what is none of them matches nothing."""

    def condition(value: str, match: Match) -> Condition:
        tests: dict[Match, Callable[[str, str], bool]] = {
            "equal": str.__eq__,
            "contains": str.__contains__,
            "prefix": str.startswith,
            "suffix": str.endswith,
        }
        found = [c for name, c in table.items() if tests[match](name, value.lower())]
        return any_of(*found) if found else Constant(holds=False)

    return condition


def namespace_field(value: str, match: Match) -> Condition:
    """The namespace; ``__unmounted__`` is what nobody mounts outside of one."""
    column = Column("x_Namespace", "text")
    if value == UNMOUNTED and match == "equal":
        unused = Among(Column("x_ClusterCostClass", "text"), ("unmounted", "unused"))
        return all_of(IsNull(column), unused)
    return text_field(column.id)(value, match)


def kind_field(value: str, match: Match) -> Condition:
    """The kind of controller, in any case; a bare pod has none."""
    column = Column("x_WorkloadKind", "text")
    if value == UNALLOCATED and match == "equal":
        return any_of(IsNull(column), Comparison(column, "=", "Pod"))
    _refuse_wildcards(value)
    patterns = {"equal": value, "contains": f"%{value}%", "prefix": f"{value}%", "suffix": f"%{value}"}
    return Like(column, patterns[match], ignores_case=True)


def none_of(conditions: Sequence[Condition]) -> Condition:
    """Where not one of *conditions* holds."""
    return all_of(*(complement_of(c) for c in conditions))


def _field_of(operand: Operand) -> Field:
    def condition(value: str, match: Match) -> Condition:
        if value == UNALLOCATED and match == "equal":
            return IsNull(operand)
        return _test(operand, value, match)

    return condition


def _has_key(of_key: Callable[[str], Field]) -> Field:
    """``label:"app"``: the map has the key."""

    def condition(value: str, match: Match) -> Condition:
        if match in {"prefix", "suffix"}:
            raise UsageError("filter: keys of labels are looked up as a whole", hint='label:"app"')
        return complement_of(of_key(value)(UNALLOCATED, "equal"))

    return condition


def _test(operand: Operand, value: str, match: Match) -> Condition:
    if "\0" in value:
        raise UsageError("filter: a value cannot hold a NUL character")
    match match:
        case "equal":
            return Comparison(operand, "=", value)
        case "prefix":
            return _starts_with(operand, value)
        case "contains":
            _refuse_wildcards(value)
            return Like(operand, f"%{value}%")
        case "suffix":
            _refuse_wildcards(value)
            return Like(operand, f"%{value}")


def _starts_with(operand: Operand, value: str) -> Condition:
    """By order and not by LIKE, whose ``_`` and ``%`` cannot be escaped."""
    if not value:
        return complement_of(IsNull(operand))
    head = value.rstrip(_LAST_CHARACTER)
    above = Comparison(operand, ">=", value)
    if not head:
        return above
    last = head[-1]
    after = _AFTER_SURROGATES if last == _AFTER_PLAIN else chr(ord(last) + 1)
    return all_of(above, Comparison(operand, "<", head[:-1] + after))


def _refuse_wildcards(value: str) -> None:
    """Our LIKE has no escape character: better no answer than one of other rows."""
    if "%" in value or "_" in value:
        raise UsageError(
            f"filter: {value[:80]!r}: what is contained or ends a value cannot have % or _",
            hint='ask for whole values (:"a","b") or for a beginning (<~:"a_")',
        )
