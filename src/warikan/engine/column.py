"""Columns as people name them: found without regard to case, one kind of value each."""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

from warikan.focus.errors import UnknownColumn

Kind = Literal["text", "number", "time", "day", "truth", "map", "other"]
"""What a column's values can be compared with; ``other`` (lists) only with null."""

TAG_PREFIX = "x_Tag_"
_SUGGESTIONS = 3
_LONG_ENOUGH = 3
_MAP_VALUE = re.compile(r"^\s*\"?(\w+)\"?\s*\[\s*'((?:[^']|'')*)'\s*\]\s*$")


@dataclass(frozen=True)
class Column:
    """One column of a table, by its exact id."""

    id: str
    kind: Kind

    @property
    def reads(self) -> str:
        """The id of the table's column that is read."""
        return self.id

    def render(self) -> str:
        """As it is written in a filter: quoted when it is not a plain word."""
        if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", self.id) and self.id.lower() not in _KEYWORDS:
            return self.id
        return '"' + self.id.replace('"', '""') + '"'


@dataclass(frozen=True)
class MapValue:
    """
    The value under one key of a map column, e.g. ``Tags['team']``; null where the key is missing.

    Attributes:
        map: Exact id of the map column.
        key: The key, case-sensitive.
        promoted: The real column with the same values, in tables that have it.
    """

    map: str
    key: str
    promoted: str | None = None
    kind: Kind = "text"

    @property
    def id(self) -> str:
        """The name of this value as a column of an answer: as it is written."""
        return self.render()

    @property
    def reads(self) -> str:
        """The id of the map column."""
        return self.map

    @property
    def keys(self) -> tuple[str, ...]:
        """
        What the map may hold it under, the first that is there holds.

        Metrics write label keys with ``_`` for all but letters and digits (kube-state-metrics:
        ``app_kubernetes_io_name``); people and other sources write ``app.kubernetes.io/name``.
        """
        if self.map not in LABEL_MAPS:
            return (self.key,)
        return tuple(dict.fromkeys((self.key, metric_key(self.key))))

    def render(self) -> str:
        """As it is written in a filter and in a group-by."""
        key = self.key.replace("'", "''")
        return f"{self.map}['{key}']"


Operand = Column | MapValue
LABEL_MAPS = ("x_Labels", "x_Annotations")
"""Maps whose keys are those of Kubernetes."""


def metric_key(key: str) -> str:
    """
    The key of a label as kube-state-metrics writes it.

    >>> metric_key("app.kubernetes.io/name")
    'app_kubernetes_io_name'
    """
    return re.sub(r"[^A-Za-z0-9_]", "_", key)


def columns_read(operands: Iterable[Operand]) -> frozenset[str]:
    """The columns of a table that *operands* may be read from: of a tag, the map and its promoted column."""
    names = {n for o in operands for n in (o.reads, o.promoted if isinstance(o, MapValue) else None)}
    return frozenset(name for name in names if name is not None)


_KEYWORDS = frozenset(["and", "or", "not", "in", "like", "ilike", "is", "null", "between", "true", "false"])


def map_value_of(column: Column, key: str, schema: pa.Schema) -> MapValue:
    """
    The value under *key* of the map *column*, read from the promoted column where there is one.

    A promoted column says in its field's ``doc`` which key it holds, because two keys can have the
    same column name (``a-b``, ``a_b``); without that, only a key that is a plain word finds it.
    """
    if column.id != "Tags":
        return MapValue(column.id, key)
    for field in schema:
        if field.name.startswith(TAG_PREFIX):
            doc = (field.metadata or {}).get(b"doc", f"Tags['{field.name[len(TAG_PREFIX) :]}']".encode())
            if doc.decode() == f"Tags['{key}']":
                return MapValue(column.id, key, field.name)
    return MapValue(column.id, key)


def kind_of(type_: pa.DataType) -> Kind:
    """What values of an Arrow type can be compared with."""
    if pa.types.is_string(type_) or pa.types.is_large_string(type_):
        return "text"
    if pa.types.is_decimal(type_) or pa.types.is_integer(type_) or pa.types.is_floating(type_):
        return "number"
    if pa.types.is_timestamp(type_):
        return "time"
    if pa.types.is_date(type_):
        return "day"
    if pa.types.is_boolean(type_):
        return "truth"
    return "map" if pa.types.is_map(type_) else "other"


def find_column(name: str, schema: pa.Schema) -> Column:
    """
    The column of *schema* called *name*: exactly, else without regard to case.

    Raises:
        UnknownColumn: there is none; the hint names the closest.
    """
    exact = name if name in schema.names else _by_lower(schema).get(name.lower())
    if exact is None:
        raise UnknownColumn(f"there is no column {name!r}", hint=close_matches(name, schema.names))
    return Column(exact, kind_of(schema.field(exact).type))


def parse_column(text: str, schema: pa.Schema) -> Operand:
    """
    Read what can stand in a group-by: a column, or one key of a map (``Tags['team']``).

    A promoted column that is asked for by its own name (``x_Tag_team``) is that column.

    Raises:
        UnknownColumn: *schema* has no such column, or it is a map without a key, or a list.
    """
    if match := _MAP_VALUE.match(text):
        column = find_column(match[1], schema)
        if column.kind != "map":
            raise UnknownColumn(f"{column.id} has no keys; only maps such as Tags have")
        return map_value_of(column, match[2].replace("''", "'"), schema)
    column = find_column(text.strip().strip('"'), schema)
    if column.kind == "map":
        raise UnknownColumn(f"{column.id} needs a key", hint=f"{column.id}['team']")
    if column.kind == "other":
        raise UnknownColumn(f"{column.id} holds lists and cannot be grouped by")
    return column


def close_matches(name: str, names: Iterable[str]) -> str | None:
    """``did you mean ...?`` for a misspelt column, or None when nothing is near."""
    lower = {n.lower(): n for n in names}
    near = difflib.get_close_matches(name.lower(), lower, n=_SUGGESTIONS, cutoff=0.6)
    near += [n for n in lower if name.lower() in n and n not in near] if len(name) >= _LONG_ENOUGH else []
    near = near[:_SUGGESTIONS]
    return f"did you mean {' or '.join(lower[n] for n in near)}?" if near else None


def _by_lower(schema: pa.Schema) -> dict[str, str]:
    return {n.lower(): n for n in schema.names}
