"""Which form a file of a source has: FOCUS, or a provider's native one; told by its header alone."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from warikan.catalog.clusters import USAGE_TYPES
from warikan.focus.errors import NotFocus, UnreadableFile, UsageError
from warikan.ingest.files import BillFile
from warikan.ingest.header import (
    KEY_COLUMNS,
    MAX_COLUMNS,
    Header,
    Native,
    count_focus,
    csv_names,
    read_header,
)
from warikan.ingest.mapping import Mapping, NativeColumn, fits, packaged_mappings, plain_name
from warikan.ingest.sources.focus.source import load_mapping

AUTO = "auto"
"""Source type of files that say themselves what they are."""
_INSTEAD = "export the table as it is, without taking this column apart"


@dataclass(frozen=True)
class Dialects:
    """What the files of a source may be, in the order in which it is tried; FOCUS is always among them."""

    source_type: str
    natives: tuple[Mapping, ...]

    def mapping_of(self, names: Sequence[str]) -> Mapping | None:
        """
        The native form of a file with the header *names*; None: FOCUS, or nothing known.

        A file that has the key columns of FOCUS is FOCUS, unless a form stands in for it.
        """
        is_focus = set(KEY_COLUMNS) <= {
            c for c in KEY_COLUMNS if plain_name(c) in set(map(plain_name, names))
        }
        for mapping in self.natives:
            if (mapping.replaces_focus or not is_focus) and fits(mapping, names):
                return mapping
        return None

    def count(self, names: Sequence[str]) -> int:
        """How many of *names* any of the forms knows: of several readings of a header the best has most."""
        have = set(map(plain_name, names))
        known = (
            len(have & {plain_name(n) for column in mapping.columns.values() for n in column.names})
            for mapping in self.natives
        )
        return max(count_focus(names), *known, 0)


def find_dialects(source_type: str, own: Mapping | None = None) -> Dialects:
    """
    The forms that a source of *source_type* may have; *own* is the mapping of a ``table`` in warikan.yaml.

    Raises:
        UsageError: there is no such type.
    """
    if own is not None:
        return Dialects(source_type, (own,))
    mappings = packaged_mappings()
    if source_type == "focus":
        return Dialects("focus", tuple(m for m in mappings if m.replaces_focus))
    if source_type == AUTO:
        return Dialects(AUTO, mappings)
    chosen = tuple(m for m in mappings if m.source_type == source_type)
    if not chosen:
        raise no_such_type(source_type)
    return Dialects(source_type, chosen)


def no_such_type(source_type: str) -> UsageError:
    """Why no file can be read as *source_type*, and what to do instead."""
    if source_type == "table":
        return UsageError(
            "a table does not say which of its columns is what: warikan.yaml does, for a source with a name",
            hint="warikan sources table shows how; then: warikan ingest NAME",
        )
    if source_type in USAGE_TYPES:
        return UsageError(
            f"{source_type} is a type of hours of clusters, not of bills",
            hint=f"clusters.NAME.usage.type: {source_type} (docs/clusters.md), then: warikan collect",
        )
    types = ", ".join(source_types())
    return UsageError(
        f"there is no source type {source_type!r}; Warikan reads: {types}", hint="warikan sources lists them"
    )


def source_types() -> tuple[str, ...]:
    """What ``--source-type`` may be."""
    return (AUTO, "focus", *dict.fromkeys(m.source_type for m in packaged_mappings()), "table")


def form_of(mappings: Sequence[Mapping | None]) -> str:
    """Versions of what decides how bills are read; part of a load's identity."""
    natives = sorted({f"{m.source_type}/{m.title} {m.version}" for m in mappings if m is not None})
    return "; ".join([f"mapping {load_mapping().version}", *natives])


def csv_header(file: BillFile, dialects: Dialects) -> tuple[Header, Mapping | None]:
    """
    The header of a CSV file, and its native form.

    Raises:
        UnreadableFile: no UTF-8, no header, too many columns, or one twice.
        NotFocus: a header, but of no form that *dialects* has.
    """
    names, delimiter = csv_names(file.head, file.name, dialects.count)
    return header_of(names, file.name, dialects, delimiter=delimiter)


def header_of(
    names: Sequence[str], what: str, dialects: Dialects, *, delimiter: str = ","
) -> tuple[Header, Mapping | None]:
    """As csv_header, of *names*."""
    mapping = dialects.mapping_of(names)
    if mapping is not None:
        return native_header(mapping, names, what, delimiter), mapping
    try:
        return read_header(names, what, delimiter=delimiter), None
    except NotFocus as error:
        other = next((m for m in packaged_mappings() if fits(m, names)), None)
        if other is None:
            raise
        raise NotFocus(
            f"{what} is a native bill ({other.title}), not what {dialects.source_type!r} reads",
            hint=f"--source-type {other.source_type}, or type: {other.source_type} in warikan.yaml",
        ) from error


def native_header(mapping: Mapping, names: Sequence[str], what: str, delimiter: str = ",") -> Header:
    """
    The columns of *mapping* in a file with the header *names*.

    Raises:
        UnreadableFile: too many columns, a column that is read is there twice, in whatever spellings, or
            another stands in for one that is needed.
    """
    if len(names) > MAX_COLUMNS:
        raise UnreadableFile(
            f"{what}: a header of {len(names):,} columns is refused (limit {MAX_COLUMNS:,})",
            hint="is the line ending or the delimiter what it should be?",
        )
    places: dict[str, list[int]] = {}
    for index, name in enumerate(names):
        places.setdefault(plain_name(name), []).append(index)
    found: dict[str, int] = {}
    families: dict[str, tuple[tuple[str, int], ...]] = {}
    for column in mapping.columns.values():
        spelling = next((n for n in column.names if plain_name(n) in places), None)
        if spelling is not None:
            found[column.id] = _only(names, places[plain_name(spelling)], mapping, spelling, what)
        elif column.prefixes:
            families[column.id] = _family(column, names, what)
    for needed, (pattern, why) in mapping.instead.items():
        other = next((n for n in names if needed not in found and re.search(pattern, n.lower())), None)
        if other is not None:
            raise UnreadableFile(f"{what}: the column {other!r} cannot be read: {why}", hint=_INSTEAD)
    kept = {found[column] for column in mapping.kept if column in found}
    read = {*found.values(), *(i for members in families.values() for _, i in members)}
    extra = [i for i, name in enumerate(names) if i not in read - kept and not _is_dropped(mapping, name)]
    return Header(
        tuple(names),
        found,
        tuple(extra),
        mapping.focus,
        delimiter,
        Native(
            {c.id: c.type for c in mapping.columns.values()},
            {c.id: c.format for c in mapping.columns.values() if c.format},
            {column: members for column, members in families.items() if members},
            mapping.cost_column,
            frozenset(c.id for c in mapping.columns.values() if c.has_comma),
        ),
    )


def _only(names: Sequence[str], spelled: Sequence[int], mapping: Mapping, spelling: str, what: str) -> int:
    """Which of the columns *spelled* counts: the only one, or the one that a person named to the letter."""
    if mapping.source_type == "table":
        exact = [i for i in spelled if names[i] == spelling]
        if len(exact) == 1:
            return exact[0]
    if len(spelled) > 1:
        raise _twice(names[spelled[0]], names[spelled[1]], what)
    return spelled[0]


def _family(column: NativeColumn, names: Sequence[str], what: str) -> tuple[tuple[str, int], ...]:
    """Key → column. Of two families that tell one key the first counts; the other's stays in x_Extra."""
    members: dict[str, int] = {}
    for index, name in enumerate(names):
        for prefix, key in column.prefixes:
            if name.lower().startswith(prefix.lower()) and len(name) > len(prefix):
                first = members.setdefault(key + name[len(prefix) :], index)
                if first != index and plain_name(names[first]) == plain_name(name):
                    raise _twice(names[first], name, what)
                break
    return tuple(members.items())


def _twice(one: str, other: str, what: str) -> UnreadableFile:
    return UnreadableFile(
        f"{what}: the header has the column {one!r} twice" + (f" (also as {other!r})" * (one != other)),
        hint="which one counts is not Warikan's to guess: remove one from the export",
    )


def _is_dropped(mapping: Mapping, name: str) -> bool:
    return any(
        name.lower().startswith(dropped[:-1].lower())
        if dropped.endswith("*")
        else plain_name(dropped) == plain_name(name)
        for dropped in mapping.dropped
    )
