"""
A provider's native bill as data: which columns it has, and which FOCUS column each becomes.

Each source type is a folder below ``ingest/sources`` with one ``mapping*.toml`` a form ("dialect") of its
files; docs/sources.md describes the form of the TOML file. The SQL in it is Warikan's own: it reads the
columns of `columns` by their names, which are typed and always there (NULL where a file lacks them).
"""

import csv
import io
import re
import tomllib
from collections.abc import Mapping as Dictionary
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Literal, cast

from warikan.focus.columns import COST_METRICS, Version, columns_by_id
from warikan.focus.errors import ConfigError

NativeType = Literal["string", "decimal", "datetime", "json", "map"]
_TYPES = {"text": "string", "decimal": "decimal", "datetime": "datetime", "json": "json", "map": "map"}
_KEYS = {
    "version", "title", "focus", "recognise", "columns", "terms", "lookups", "skip", "focus_columns", "also",
    "proof", "dropped", "gaps", "kept", "flavours", "replaces_focus", "reference", "checks",
    "notes", "instead",
}  # fmt: skip


@dataclass(frozen=True)
class NativeColumn:
    """
    One column that the SQL of a mapping reads.

    Attributes:
        names: Spellings, compared without case and separators; the first that a file has counts.
        prefixes: (beginning of headers, beginning of keys): all such columns together are this map.
        format: strptime form of a datetime that is not ISO 8601.
        has_comma: A decimal is written 1.234,56.
    """

    id: str
    type: NativeType
    names: tuple[str, ...]
    prefixes: tuple[tuple[str, str], ...] = ()
    format: str | None = None
    has_comma: bool = False


@dataclass(frozen=True)
class Lookup:
    """A table of ours, joined by *on* (its column → SQL); *rows* begin with the header."""

    name: str
    on: Dictionary[str, str]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Also:
    """Further charges of a row: one for each element ``it`` of the JSON array column *each*."""

    each: str
    focus_columns: Dictionary[str, str]
    proof: Dictionary[str, str]


@dataclass(frozen=True)
class Check:
    """
    Values that can be typed and mean nothing: a row for which *wrong* holds is rejected.

    Attributes:
        columns: Native columns; the first that is not empty is told with its value.
        wrong: SQL over the native columns and the terms.
        reason: What the value is not.
    """

    columns: tuple[str, ...]
    wrong: str
    reason: str


@dataclass(frozen=True)
class ProofColumn:
    """What the provider calls a cost, and the SQL of it: its sum must be that of the FOCUS metric."""

    name: str
    sql: str


@dataclass(frozen=True)
class Flavours:
    """
    How exports that tell different sides of a bill are told apart, and what they share (flavours.py).

    Attributes:
        content: Flavour → SQL condition over the rows of an account and month.
        hints: Flavour → regex that the path of such a file fits.
        scope: SQL of what an export is of all or nothing, such as a subscription.
        alone: SQL of rows that only one flavour has.
        thing: SQL of what rows of two flavours that stand for the same have in common.
    """

    content: Dictionary[str, str]
    hints: Dictionary[str, str]
    scope: str
    alone: str
    thing: tuple[str, ...]


@dataclass(frozen=True)
class Mapping:
    """
    One dialect of a source type.

    Attributes:
        source_type: As ``warikan.yaml`` and ``--source-type`` name it.
        version: Part of a load's identity: when it changes, bills are loaded anew.
        focus: FOCUS version its charges are read as.
        recognise: A file is of this dialect when it has all columns of one of these lists.
        replaces_focus: Tried before FOCUS, whose columns its files have too.
        terms: Name → SQL, computed first, in order.
        skip: Reason → SQL: rows that are no charges by the provider's own rules.
        focus_columns: FOCUS column → SQL.
        proof: Cost metric → the provider's own cost.
        checks: What is wrong with values that can be typed.
        account, reason: SQL by which the proof is grouped.
        kept: Columns of *columns* whose text is kept in x_Extra all the same.
        flavours: Exports that tell different sides of one bill; None: each file tells a bill alone.
        gaps: FOCUS column → why it cannot be filled.
        notes: What a person should hear → SQL of the rows of which it is so.
        instead: Native column → (regex, why): where a file lacks it, no other column's name may fit.
    """

    source_type: str
    version: int
    title: str
    focus: Version
    recognise: tuple[tuple[str, ...], ...]
    columns: Dictionary[str, NativeColumn]
    focus_columns: Dictionary[str, str]
    proof: Dictionary[str, ProofColumn]
    account: str
    reason: str
    replaces_focus: bool = False
    terms: Dictionary[str, str] = field(default_factory=dict)
    lookups: tuple[Lookup, ...] = ()
    skip: Dictionary[str, str] = field(default_factory=dict)
    also: tuple[Also, ...] = ()
    dropped: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    flavours: Flavours | None = None
    gaps: Dictionary[str, str] = field(default_factory=dict)
    notes: Dictionary[str, str] = field(default_factory=dict)
    instead: Dictionary[str, tuple[str, str]] = field(default_factory=dict)
    checks: tuple[Check, ...] = ()

    @property
    def cost_column(self) -> str:
        """The native column that stands for BilledCost of a row that is rejected: the one its proof reads."""
        told = {word for word in re.findall(r"\w+", self.proof["BilledCost"].sql) if word in self.columns}
        decimals = [column for column in told if self.columns[column].type == "decimal"]
        return decimals[0] if len(decimals) == 1 else ""


def plain_name(name: str) -> str:
    """
    *name* as spellings are compared: without case and separators.

    >>> plain_name("lineItem/UnblendedCost") == plain_name("line_item_unblended_cost")
    True
    """
    return re.sub(r"[\s_\-./:]", "", name).lower()


def fits(mapping: Mapping, names: Sequence[str]) -> bool:
    """Whether a file with the header *names* is of the dialect *mapping*."""
    have = {plain_name(name) for name in names}

    def is_there(column: str) -> bool:
        known = mapping.columns.get(column)
        return any(plain_name(n) in have for n in (known.names if known else (column,)))

    return any(all(map(is_there, columns)) for columns in mapping.recognise)


@cache
def packaged_mappings() -> tuple[Mapping, ...]:
    """All dialects that come with Warikan, in the order of their source types and files."""
    found = []
    for folder in sorted(files("warikan.ingest.sources").iterdir(), key=lambda f: f.name):
        if folder.is_dir() and folder.name != "focus":
            paths = sorted((f for f in folder.iterdir() if re.fullmatch(r"mapping.*\.toml", f.name)), key=str)
            for path in paths:
                raw = tomllib.loads(path.read_text(encoding="utf-8"))
                if "focus_columns" not in raw:
                    continue
                tables = {
                    name: folder.joinpath(told["file"]).read_text(encoding="utf-8")
                    for name, told in raw.get("lookups", {}).items()
                }
                found.append(read_mapping(folder.name, raw, tables))
    return tuple(found)


def read_mapping(source_type: str, raw: Dictionary[str, Any], tables: Dictionary[str, str]) -> Mapping:
    """
    The mapping that *raw*, a parsed TOML file, describes; *tables* are the texts of its lookups.

    Raises:
        ConfigError: it names what FOCUS or the mapping itself does not have.
    """
    _check_names(source_type, raw)
    proof = dict(raw["proof"])
    account, reason = proof.pop("account"), proof.pop("reason", "NULL")
    return Mapping(
        source_type=source_type,
        version=int(raw["version"]),
        title=raw["title"],
        focus=raw["focus"],
        recognise=tuple(tuple(option) for option in raw["recognise"]),
        columns={name: _column(name, told) for name, told in raw["columns"].items()},
        focus_columns=dict(raw["focus_columns"]),
        proof={metric: ProofColumn(told["name"], told["sql"]) for metric, told in proof.items()},
        account=account,
        reason=reason,
        replaces_focus=bool(raw.get("replaces_focus", False)),
        terms=dict(raw.get("terms", {})),
        lookups=tuple(_lookup(name, told, tables[name]) for name, told in raw.get("lookups", {}).items()),
        skip=dict(raw.get("skip", {})),
        also=tuple(
            Also(a["each"], dict(a["focus_columns"]), dict(a.get("proof", {}))) for a in raw.get("also", ())
        ),
        dropped=tuple(raw.get("dropped", {}).get("columns", ())),
        kept=tuple(raw.get("kept", {}).get("columns", ())),
        flavours=_flavours(raw["flavours"]) if "flavours" in raw else None,
        gaps=dict(raw.get("gaps", {})),
        notes=dict(raw.get("notes", {})),
        instead={name: (told["like"], told["why"]) for name, told in raw.get("instead", {}).items()},
        checks=tuple(_check(name, told) for name, told in raw.get("checks", {}).items()),
    )


def _check_names(source_type: str, raw: Dictionary[str, Any]) -> None:
    known = columns_by_id()
    named = [*raw["focus_columns"], *(c for a in raw.get("also", ()) for c in a["focus_columns"])]
    wrong = [c for c in (*named, *raw.get("gaps", {})) if c not in known and not c.startswith("x_")]
    wrong += [key for key in raw if key not in _KEYS]
    wrong += [m for m in raw["proof"] if m not in (*COST_METRICS, "account", "reason")]
    checked = [c for name, told in raw.get("checks", {}).items() for c in _check(name, told).columns]
    read = (*raw.get("kept", {}).get("columns", ()), *checked, *raw.get("instead", {}))
    wrong += [c for c in read if c not in raw["columns"]]
    wrong += [c for c in COST_METRICS if c not in raw["focus_columns"]]
    if wrong:
        raise ConfigError(f"the mapping of {source_type} has no place for, or lacks: {', '.join(wrong)}")


def _column(name: str, told: Dictionary[str, Any]) -> NativeColumn:
    told_prefix = told.get("prefix", {})
    prefixes = {told_prefix: ""} if isinstance(told_prefix, str) else dict(told_prefix)
    return NativeColumn(
        name,
        cast("NativeType", _TYPES[told.get("type", "text")]),
        tuple(told.get("names", (name,))),
        tuple(prefixes.items()),
        told.get("format"),
        bool(told.get("comma", False)),
    )


def _check(name: str, told: Dictionary[str, Any]) -> Check:
    return Check(tuple(told.get("columns", (name,))), told["wrong"], told["reason"])


def _flavours(told: Dictionary[str, Any]) -> Flavours:
    return Flavours(
        dict(told["content"]), dict(told["hints"]), told["scope"], told["alone"], tuple(told["thing"])
    )


def _lookup(name: str, told: Dictionary[str, Any], text: str) -> Lookup:
    rows = tuple(tuple(row) for row in csv.reader(io.StringIO(text)) if row)
    return Lookup(name, dict(told["on"]), rows)
