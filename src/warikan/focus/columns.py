"""
The columns of FOCUS Cost and Usage 1.0 to 1.4, as data.

``columns.json`` beside this file is generated from the published models (tools/generate_columns.py).
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

Version = Literal["1.0", "1.1", "1.2", "1.3", "1.4"]
VERSIONS: tuple[Version, ...] = ("1.0", "1.1", "1.2", "1.3", "1.4")
ColumnType = Literal["string", "decimal", "datetime", "json"]

COST_METRICS = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")
"""The four FOCUS costs; each is conserved on its own."""
DEFAULT_METRIC = "EffectiveCost"
PART_METRICS = ("x_CpuCost", "x_MemoryCost", "x_GpuCost", "x_UsedCost", "x_WorkloadIdleCost")
"""
Parts of the EffectiveCost of what ran on a cluster's nodes; no FOCUS columns.

CPU + memory + GPU = used + workload idle (asked for and not used) = EffectiveCost of a workload's slice.
"""


@dataclass(frozen=True)
class Column:
    """
    One FOCUS column.

    Attributes:
        id: The exact FOCUS column id.
        since: First version that has it.
        until: Last version that has it; None while it is still there.
        level: mandatory, conditional or recommended in the newest version that has it.
        type: string, decimal, datetime or json.
        nullable: Whether the newest version that has it allows null.
        allowed_values: The closed list of values, or None.
        value_format: The specification's format, e.g. ``Key-Value`` or ``Currency``.
        older: What a version and those before it said differently, e.g. ``{"1.3": {"nullable": True}}``.
    """

    id: str
    display_name: str
    since: Version
    until: Version | None
    level: str
    type: ColumnType
    nullable: bool
    allowed_values: tuple[str, ...] | None
    value_format: str | None
    older: tuple[tuple[Version, tuple[tuple[str, Any], ...]], ...] = ()

    def is_in(self, version: Version) -> bool:
        """Whether *version* of FOCUS has this column."""
        return self.since <= version and (self.until is None or version <= self.until)

    def level_in(self, version: Version) -> str:
        """mandatory, conditional or recommended in *version*."""
        return str(self._said_in(version, "level", self.level))

    def is_nullable_in(self, version: Version) -> bool:
        """Whether *version* allows null here."""
        return bool(self._said_in(version, "nullable", self.nullable))

    def _said_in(self, version: Version, what: str, newest: Any) -> Any:
        for last, changes in self.older:
            if version <= last and what in dict(changes):
                return dict(changes)[what]
        return newest


@cache
def _model() -> dict[str, Any]:
    text = files("warikan.focus").joinpath("columns.json").read_text(encoding="utf-8")
    model: dict[str, Any] = json.loads(text)
    return model


@cache
def list_columns(version: Version | None = None) -> tuple[Column, ...]:
    """All columns by id; with *version*, only those that version has."""
    columns = (
        Column(
            id=c["id"],
            display_name=c["display_name"],
            since=c["since"],
            until=c["until"],
            level=c["level"],
            type=c["type"],
            nullable=c["nullable"],
            allowed_values=tuple(c["allowed_values"]) if c["allowed_values"] else None,
            value_format=c.get("value_format"),
            older=tuple((v, tuple(said.items())) for v, said in c.get("older", {}).items()),
        )
        for c in _model()["columns"]
    )
    return tuple(c for c in columns if version is None or c.is_in(version))


@cache
def columns_by_id() -> dict[str, Column]:
    """Column id → column, for the union of all versions."""
    return {c.id: c for c in list_columns()}


@cache
def other_datasets() -> dict[str, tuple[str, ...]]:
    """Dataset name → its column ids, for the FOCUS datasets that are not Cost and Usage."""
    return {name: tuple(ids) for name, ids in _model()["other_datasets"].items()}


@cache
def service_subcategories() -> dict[str, str]:
    """ServiceSubcategory → the one ServiceCategory it belongs to."""
    return dict(_model()["service_subcategories"])


@cache
def iso_currencies() -> frozenset[str]:
    """Active ISO 4217 alphabetic codes."""
    return frozenset(_model()["currencies"])
