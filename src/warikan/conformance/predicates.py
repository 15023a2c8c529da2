"""
What a form asks of a row, as SQL that is true or false and never null.

``meets`` is for conditions: is this a row that the rule speaks of? ``breaks`` is for requirements: does the
row break it? A value that is null breaks only a rule about nulls.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from warikan.conformance.forms import Form, columns_of
from warikan.conformance.patterns import bad_format, bad_shape, bad_type
from warikan.focus.columns import iso_currencies
from warikan.ingest.relation import literal

TOLERANCE = "1e-9"
"""By how much of the cost price × quantity may be off: providers round both."""


_WIDTH, _MOST_SCALE = 38, 26
"""Digits of DuckDB's widest decimal, and how many may stand after the point of an exact product."""


@dataclass(frozen=True)
class Found:
    """
    A column of the bill.

    Attributes:
        sql: How SQL names it.
        type: Its DuckDB type.
    """

    name: str
    sql: str
    type: str

    @property
    def is_text(self) -> bool:
        """Whether its values are text, as all of a CSV file are."""
        return self.type == "VARCHAR"

    @property
    def text(self) -> str:
        """Its value as text."""
        return self.sql if self.is_text else f"{self.sql}::VARCHAR"

    @property
    def number(self) -> str:
        """Its value as a number that can be compared; null where it is none."""
        return self.sql if self.type.startswith("DECIMAL") else f"try_cast({self.sql} AS DOUBLE)"


def unasked(sql: str) -> str:
    """The way to ask a question in the scan itself."""
    return f"({sql})"


def _is_exact_product(a: Found, b: Found, result: Found) -> str:
    """
    Whether *a* × *b* is *result* to the last digit, where decimals allow to tell; else not true.

    Most rows are, and DuckDB takes ten times as long to turn three wide decimals into floating point.
    """
    scales = [int(c.type.rstrip(")").split(",")[1]) for c in (a, b, result) if c.type.startswith("DECIMAL(")]
    if len(scales) < 3 or scales[0] + scales[1] > _MOST_SCALE or scales[2] > scales[0] + scales[1]:
        return "false"
    spare = _WIDTH - scales[0] - scales[1]
    x = f"try_cast({a.sql} AS DECIMAL({scales[0] + spare // 3}, {scales[0]}))"
    y = f"try_cast({b.sql} AS DECIMAL({scales[1] + spare - spare // 3}, {scales[1]}))"
    return f"{x} * {y} = try_cast({result.sql} AS DECIMAL({_WIDTH}, {scales[0] + scales[1]}))"


class Predicates:
    """
    SQL for the forms over the columns that a bill has; a column that it has not is null in each row.

    Args:
        columns: The bill's columns.
        ask: How a question about one row is put; the scan puts each once and remembers it as a bit.
        null_is_other: Whether a null value counts as other than a given one (as it does, see errata.json).
    """

    def __init__(
        self,
        columns: Mapping[str, Found],
        ask: Callable[[str], str] = unasked,
        *,
        null_is_other: bool = True,
    ) -> None:
        self._columns = columns
        self._ask = ask
        self._null_is_other = null_is_other

    def has(self, *names: str) -> bool:
        """Whether the bill has all of these columns."""
        return all(name in self._columns for name in names)

    def is_null(self, name: str) -> str:
        """Whether *name* is null."""
        found = self._columns.get(name)
        return self._ask(f"{found.sql} IS NULL") if found else "true"

    def meets(self, form: Form | None) -> str:
        """Whether a row is one that the condition *form* speaks of."""
        if form is None:
            return "true"
        head, *rest = form
        if head in ("and", "or"):
            return "(" + f" {head.upper()} ".join(self.meets(f) for f in rest) + ")"
        if head == "null":
            return self.is_null(rest[0])
        if head == "not_null":
            return f"(NOT {self.is_null(rest[0])})"
        if head == "is":
            return self._equals(*rest)
        if head == "in":
            return "(" + " OR ".join(self._equals(rest[0], value) for value in rest[1]) + ")"
        if head == "is_not":
            other = f"(NOT {self._equals(*rest)})"
            return other if self._null_is_other else f"(NOT {self.is_null(rest[0])} AND {other})"
        if head in ("same", "differ"):
            return self._compared("=" if head == "same" else "<>", *rest)
        return "false"  # unreadable: the rule speaks of no row that can be told

    def breaks(self, form: Form) -> str:
        """Whether a row breaks the requirement *form*, which is about rows."""
        head, *rest = form
        if head == "and":
            return "(" + " OR ".join(self.breaks(f) for f in rest) + ")"
        if head == "each":
            there = [f for f in rest if self.has(*columns_of(f))]
            return "(" + (" OR ".join(self.breaks(f) for f in there) or "false") + ")"
        if head == "or":
            return "(" + " AND ".join(self.breaks(f) for f in rest) + ")"
        return self._ROWS[head](self, *rest)

    def _equals(self, name: str, value: Any) -> str:
        found = self._columns.get(name)
        if found is None:
            return "false"
        if isinstance(value, int):
            return self._ask(f"coalesce({found.number} = {value}, false)")
        return self._ask(f"coalesce({found.text} = {literal(str(value))}, false)")

    def _compared(self, sign: str, a: str, b: str) -> str:
        if not self.has(a, b):
            return "false"
        return self._ask(f"coalesce({self._columns[a].text} {sign} {self._columns[b].text}, false)")

    def _there_but(self, name: str, bad: str) -> str:
        """Not null, and *bad*."""
        if bad in ("true", "false"):
            return f"(NOT {self.is_null(name)})" if bad == "true" else "false"
        return self._ask(f"{self._columns[name].sql} IS NOT NULL AND coalesce({bad}, false)")

    def _breaks_is(self, name: str, value: Any) -> str:
        return f"(NOT {self.is_null(name)} AND NOT {self._equals(name, value)})"

    def _breaks_in(self, name: str, values: tuple[Any, ...]) -> str:
        found = self._columns[name]
        return self._ask(
            f"coalesce({found.text} NOT IN ({', '.join(literal(str(v)) for v in values)}), false)"
        )

    def _breaks_pairs(self, a: str, b: str, pairs: tuple[tuple[str, str], ...]) -> str:
        # One branch for each category; the usual one is found first by DuckDB's adaptive filter or soon.
        by_parent: dict[str, list[str]] = {}
        for child, parent in pairs:
            by_parent.setdefault(parent, []).append(child)
        one, two = self._columns[a].text, self._columns[b].text
        branches = " ".join(
            f"WHEN {literal(parent)} THEN {one} NOT IN ({', '.join(map(literal, children))})"
            for parent, children in by_parent.items()
        )
        return self._ask(f"coalesce(CASE {two} {branches} ELSE {one} IS NOT NULL END, false)")

    def _breaks_at_least(self, name: str, bound: int) -> str:
        return self._ask(f"coalesce({self._columns[name].number} < {bound}, false)")

    def _breaks_product(self, a: str, b: str, result: str) -> str:
        found = [self._columns[n] for n in (a, b, result)]
        x, y, z = (f"try_cast({c.sql} AS DOUBLE)" for c in found)
        is_off = f"coalesce(abs({x} * {y} - {z}) > {TOLERANCE} * greatest(abs({z}), 1), false)"
        return self._ask(f"CASE WHEN {_is_exact_product(*found)} THEN false ELSE {is_off} END")

    def _breaks_national(self, name: str) -> str:
        return self._breaks_in(name, tuple(sorted(iso_currencies())))

    def _breaks_format(self, name: str, kind: str) -> str:
        found = self._columns[name]
        return self._there_but(name, bad_format(kind, found.sql, found.type))

    def _breaks_type(self, name: str, kind: str) -> str:
        found = self._columns[name]
        return self._there_but(name, bad_type(kind, found.sql, found.type))

    def _breaks_shape(self, name: str) -> str:
        found = self._columns[name]
        return self._there_but(name, bad_shape(name, found.text))

    _ROWS: Mapping[str, Callable[..., str]] = {
        "null": lambda self, name: f"(NOT {self.is_null(name)})",
        "not_null": lambda self, name: self.is_null(name),
        "not_blank": lambda self, name: self._there_but(name, f"trim({self._columns[name].text}) = ''"),
        "is": _breaks_is,
        "is_not": lambda self, name, value: self._equals(name, value),
        "in": _breaks_in,
        "pairs": _breaks_pairs,
        "type": _breaks_type,
        "format": _breaks_format,
        "shape": _breaks_shape,
        "decimal": lambda self, name: self._breaks_format(name, "numeric"),
        "national": _breaks_national,
        "at_least": _breaks_at_least,
        "same": lambda self, a, b: self._compared("<>", a, b),
        "differ": lambda self, a, b: self._compared("=", a, b),
        "product": _breaks_product,
    }
