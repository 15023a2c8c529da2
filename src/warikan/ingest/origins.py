"""Which columns of a native bill a FOCUS column is made of: a reject names what a person can look up."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from warikan.ingest.header import Header
from warikan.ingest.mapping import Mapping


@dataclass(frozen=True)
class Origin:
    """
    What a FOCUS column is made of.

    Attributes:
        columns: Whose values become its value, as the file calls them.
        read: The same, and all that its rule looks at: where one of them is wrong, its value may be missing.
        wanted: Where the file has none of them: what the first is called. None: it is the same in all rows.
    """

    columns: tuple[str, ...]
    read: tuple[str, ...]
    wanted: str | None = None

    def place(self, focus_column: str) -> tuple[str, str]:
        """Where to look when *focus_column* has no value: a column, and what to add to the reason."""
        if not self.columns:
            return focus_column, f"; the file has no column {self.wanted}" if self.wanted else ""
        if len(self.columns) == 1:
            return self.columns[0], f"; {focus_column} is made of it"
        return focus_column, f"; it is made of {', '.join(self.columns)}"


def find_origins(mapping: Mapping, header: Header, wanted: Sequence[str]) -> dict[str, Origin]:
    """FOCUS column (those of *wanted*) → what it is made of, in a file with the native *header*."""
    return {column: _origin(mapping, header, column) for column in wanted}


def _origin(mapping: Mapping, header: Header, column: str) -> Origin:
    ids = _columns_read(mapping, mapping.focus_columns.get(column, ""))
    # The rule of a cost looks at much that says which cost counts; the proof knows the cost itself.
    own = [mapping.cost_column] if column == "BilledCost" and mapping.cost_column else ids
    there = {c: header.names[header.focus[c]] for c in (*own, *ids) if c in header.focus}
    columns = tuple(dict.fromkeys(there[c] for c in own if c in there))
    absent = mapping.columns[own[0]].names[0] if own and not columns else None
    return Origin(columns, tuple(dict.fromkeys(there.values())), absent)


def _columns_read(mapping: Mapping, sql: str) -> list[str]:
    """The native columns that *sql* reads, by itself or by the terms it uses."""
    found: dict[str, None] = {}
    seen: set[str] = set()
    rest = [sql]
    while rest:
        for word in re.findall(r"\w+", re.sub(r"'(?:[^']|'')*'", "", rest.pop(0))):
            if word in mapping.columns:
                found[word] = None
            elif word in mapping.terms and word not in seen:
                seen.add(word)
                rest.append(mapping.terms[word])
    return list(found)
