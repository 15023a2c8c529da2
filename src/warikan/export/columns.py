"""The columns of an exported file: those of one FOCUS version, then ours."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import pyarrow.parquet as pq

from warikan.focus.columns import PART_METRICS, Version, list_columns
from warikan.focus.errors import UsageError

Kind = Literal["text", "decimal", "datetime", "long"]
VERSIONS: tuple[Version, ...] = ("1.3", "1.4")
"""FOCUS has columns for allocated charges since 1.3."""
ALLOCATED = (
    "AllocatedMethodId",
    "AllocatedMethodDetails",
    "AllocatedResourceId",
    "AllocatedResourceName",
    "AllocatedTags",
)
SUMMABLE = (
    "ConsumedQuantity",
    "PricingQuantity",
    "CommitmentDiscountQuantity",
    "PricingCurrencyEffectiveCost",
)
"""
Beside the four costs, what must add up to the charge; unit prices and dimensions are the charge's own.

FOCUS 1.3, attribute DataGeneratorCalculatedSplitCostAllocationHandling.
"""
OF_SLICE = (
    "x_ServiceId",
    "x_SystemId",
    "x_TeamId",
    "x_Environment",
    "x_AllocationClass",
    "x_RuleId",
    "x_ShareId",
    "x_OriginServiceId",
)
OF_CLUSTER = (
    "x_ClusterId",
    "x_ClusterAsset",
    "x_ClusterCostClass",
    "x_NodePool",
    "x_Node",
    "x_Namespace",
    "x_WorkloadKind",
    "x_Workload",
    "x_Pod",
    "x_Container",
    *PART_METRICS,
)
"""Left out where a file has no slice of a cluster."""


@dataclass(frozen=True)
class ExportColumn:
    """A column of the file: its name, and the type that it has in Parquet (JSON is text)."""

    name: str
    kind: Kind


def parse_version(text: str) -> Version:
    """
    The FOCUS version *text*, if its files can carry allocated charges.

    Raises:
        UsageError: they cannot, or there is no such version.
    """
    for version in VERSIONS:
        if text.strip() == version:
            return version
    raise UsageError(
        f"FOCUS {text.strip()!r} cannot be exported: the columns for allocated charges came with 1.3",
        hint=f"--focus {VERSIONS[0]} (tools of older versions pass over columns that they do not know)",
    )


def list_export_columns(version: Version, filled: Collection[str]) -> tuple[ExportColumn, ...]:
    """
    The columns of a file of *version*, in their order.

    All FOCUS columns, though one that *version* wants never null only where it is mandatory or has a value:
    a bill that lacks it is not made worse.

    Args:
        filled: Columns of ``charges`` and ``allocations`` that have a value in some row.
    """
    focus = [
        ExportColumn(c.id, "text" if c.type in ("string", "json") else _kind(c.type))
        for c in list_columns(version)
        if c.level_in(version) == "mandatory" or c.is_nullable_in(version) or c.id in filled
    ]
    lineage = [ExportColumn("x_SourceId", "text"), ExportColumn("x_ChargeKey", "long")]
    lineage += [ExportColumn("x_SliceKey", "long")]
    lineage += [ExportColumn("x_SourceFile", "text"), ExportColumn("x_SourceRow", "long")]
    owners = [ExportColumn(name, "text") for name in OF_SLICE]
    clusters = [
        ExportColumn(name, "decimal" if name in PART_METRICS else "text")
        for name in OF_CLUSTER
        if name in filled
    ]
    extra = [ExportColumn("x_Extra", "text")] if "x_Extra" in filled else []
    return (*focus, *lineage, *owners, *clusters, *extra)


def _kind(focus_type: str) -> Kind:
    return "decimal" if focus_type == "decimal" else "datetime"


def names_of(columns: Iterable[ExportColumn]) -> tuple[str, ...]:
    """Their names."""
    return tuple(c.name for c in columns)


def list_filled(paths: Sequence[str]) -> frozenset[str]:
    """Columns of Parquet files that have a value in some row, by their footers; in doubt they have."""
    filled: set[str] = set()
    for path in paths:
        footer = pq.read_metadata(path)
        for group in map(footer.row_group, range(footer.num_row_groups)):
            for column in map(group.column, range(group.num_columns)):
                counted = column.statistics
                nulls = counted.null_count if counted is not None and counted.has_null_count else 0
                if nulls < column.num_values:
                    filled.add(column.path_in_schema.partition(".")[0])
    return frozenset(filled)
