"""
Conditions over one row: what a filter says, without how it is written or run.

Two-valued: a null never equals, contains or lies below anything, and whatever is not so is its
complement. So ``x <> 'a'`` holds where x is null, and a condition and its Not partition all rows.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Literal

from warikan.engine.column import Operand
from warikan.focus.money import format_exact

Value = str | Decimal | datetime | date | bool
Operator = Literal["=", "<>", "<", "<=", ">", ">="]


@dataclass(frozen=True)
class Comparison:
    """*left* against a value or another column; ``<>`` is exactly what ``=`` is not."""

    left: Operand
    operator: Operator
    right: Value | Operand

    def render(self) -> str:
        """As SQL."""
        right = self.right.render() if isinstance(self.right, Operand) else render_value(self.right)
        return f"{self.left.render()} {self.operator} {right}"


@dataclass(frozen=True)
class Among:
    """*left* is one of *values* (at least one)."""

    left: Operand
    values: tuple[Value, ...]

    def render(self, *, word: str = "IN") -> str:
        """As SQL."""
        return f"{self.left.render()} {word} ({', '.join(render_value(v) for v in self.values)})"


@dataclass(frozen=True)
class Like:
    """*left* fits *pattern*: ``%`` any text, ``_`` one character; there is no escape character."""

    left: Operand
    pattern: str
    ignores_case: bool = False

    def render(self, *, word: str = "") -> str:
        """As SQL."""
        like = "ILIKE" if self.ignores_case else "LIKE"
        return f"{self.left.render()} {word}{like} {render_value(self.pattern)}"


@dataclass(frozen=True)
class IsNull:
    """*left* has no value."""

    left: Operand

    def render(self, *, word: str = "") -> str:
        """As SQL."""
        return f"{self.left.render()} IS {word}NULL"


@dataclass(frozen=True)
class Constant:
    """Every row, or none."""

    holds: bool

    def render(self) -> str:
        """As SQL."""
        return "TRUE" if self.holds else "FALSE"


@dataclass(frozen=True)
class Not:
    """The complement: every row where *part*, which is no Not itself, does not hold."""

    part: "Condition"

    def render(self) -> str:
        """As SQL."""
        match self.part:
            case Among():
                return self.part.render(word="NOT IN")
            case Like() | IsNull():
                return self.part.render(word="NOT ")
            case _:
                return f"NOT ({self.part.render()})"


@dataclass(frozen=True)
class AllOf:
    """Every one of *parts* (two or more, none an AllOf)."""

    parts: "tuple[Condition, ...]"

    def render(self) -> str:
        """As SQL."""
        return " AND ".join(f"({p.render()})" if isinstance(p, AnyOf) else p.render() for p in self.parts)


@dataclass(frozen=True)
class AnyOf:
    """At least one of *parts* (two or more, none an AnyOf)."""

    parts: "tuple[Condition, ...]"

    def render(self) -> str:
        """As SQL."""
        return " OR ".join(p.render() for p in self.parts)


Condition = Comparison | Among | Like | IsNull | Constant | Not | AllOf | AnyOf


def all_of(*parts: Condition) -> Condition:
    """AllOf with nested ones flattened."""
    flat = [q for p in parts for q in (p.parts if isinstance(p, AllOf) else (p,))]
    return flat[0] if len(flat) == 1 else AllOf(tuple(flat))


def any_of(*parts: Condition) -> Condition:
    """AnyOf with nested ones flattened."""
    flat = [q for p in parts for q in (p.parts if isinstance(p, AnyOf) else (p,))]
    return flat[0] if len(flat) == 1 else AnyOf(tuple(flat))


def complement_of(part: Condition) -> Condition:
    """Not, which undoes itself."""
    return part.part if isinstance(part, Not) else Not(part)


def list_operands(condition: Condition) -> Iterator[Operand]:
    """Every column and map value that *condition* reads, in the order written."""
    match condition:
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from list_operands(part)
        case Not(part):
            yield from list_operands(part)
        case Comparison(left, _, right):
            yield left
            if isinstance(right, Operand):
                yield right
        case Among(left) | Like(left) | IsNull(left):
            yield left
        case Constant():
            pass


def render_value(value: Value) -> str:
    """A value as SQL that reads back as the same value."""
    match value:
        case bool():
            return "TRUE" if value else "FALSE"
        case Decimal():
            return format_exact(value)
        case datetime():
            return _quote(render_time(value))
        case date():
            return _quote(value.isoformat())
        case str():
            return _quote(value)


def render_time(moment: datetime) -> str:
    """The shortest ISO form in UTC: a date at midnight, else with a ``Z``."""
    utc = moment.astimezone(UTC)
    if (utc.hour, utc.minute, utc.second, utc.microsecond) == (0, 0, 0, 0):
        return utc.date().isoformat()
    return utc.replace(tzinfo=None).isoformat() + "Z"


def _quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
