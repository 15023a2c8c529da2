"""
The tables of the lake, as data: columns, types, partitions, how much history is kept.

Column ids (Parquet and Iceberg field ids) are given by Iceberg when a table is made and never change; a
column added here, or a tag key promoted in warikan.yaml, is added to existing tables the next time the lake
is opened.
"""

import re
from collections.abc import Sequence
from functools import cache

from warikan.focus.columns import COST_METRICS, PART_METRICS, columns_by_id, list_columns
from warikan.focus.errors import ConfigError, LakeError
from warikan.lake.datasets import DATASET_TABLES
from warikan.lake.kubernetes import KUBERNETES_TABLES
from warikan.lake.spec import TableColumn, TableSpec, TimePartition, Type

TAG_PREFIX = "x_Tag_"
"""Names of the columns of promoted tag keys begin with it."""


def tag_column(key: str) -> str:
    """
    The column that holds tag *key* once it is promoted.

    >>> tag_column("app.kubernetes.io/name")
    'x_Tag_app_kubernetes_io_name'
    """
    return TAG_PREFIX + re.sub(r"[^A-Za-z0-9_]", "_", key)


def tag_columns(keys: Sequence[str]) -> tuple[TableColumn, ...]:
    """
    One column for each of *keys*, in their order.

    Raises:
        ConfigError: two keys would share a column (column names are compared without case).
    """
    seen: dict[str, str] = {}
    for key in dict.fromkeys(keys):
        other = seen.setdefault(tag_column(key).casefold(), key)
        if other != key:
            raise ConfigError(
                f"the tag keys {other!r} and {key!r} would both become the column {tag_column(key)}",
                hint="keep one of them in tags.promote of warikan.yaml",
            )
    return tuple(TableColumn(tag_column(k), "string", f"Tags['{k}']") for k in seen.values())


_IN_EVERY_FILE = {*COST_METRICS, "BillingCurrency", "BillingPeriodStart", "ChargePeriodStart"}


def may_be_absent(name: str) -> bool:
    """
    Whether a data file may leave column *name* out, which then is null in all its rows.

    A bill fills some 50 of the 80 FOCUS columns; writing the empty ones took a third of a load.
    """
    known = columns_by_id()
    is_ours_and_rare = name.startswith(TAG_PREFIX) or name in _RARE
    return is_ours_and_rare or (name in known and name not in _IN_EVERY_FILE)


_BY_MONTH = TimePartition("BillingPeriodStart", "month")
_SOURCE = (TableColumn("x_SourceId", "string", "Source: what is replaced together"),)
_COSTS = tuple(TableColumn(metric, "decimal") for metric in COST_METRICS)
_OWNER = (
    TableColumn("x_ServiceId", "string", "Service that bears the cost; null when unallocated"),
    TableColumn("x_SystemId", "string"),
    TableColumn("x_TeamId", "string", "Team that owns the service; null when unallocated"),
    TableColumn("x_Environment", "string"),
    TableColumn("x_AllocationClass", "string", "direct, kubernetes, idle, overhead, shared, unallocated"),
    TableColumn("x_RuleId", "string", "Ownership rule that claimed the charge"),
    TableColumn("x_ShareId", "string", "Last share that moved it; null for direct"),
    TableColumn("x_OriginServiceId", "string", "Owner before sharing"),
)
_CLUSTER = (
    TableColumn("x_ClusterId", "string", "Cluster that the charge is of; null: of none"),
    TableColumn("x_ClusterAsset", "string", "node, volume, load_balancer, network, cluster"),
    TableColumn(
        "x_ClusterCostClass",
        "string",
        "workload, infrastructure_idle, system_overhead, cluster_overhead, unmounted, unused, unattributed, "
        "unmetered; stays when a share moves the slice",
    ),
    TableColumn("x_NodePool", "string"),
    TableColumn("x_Namespace", "string"),
    TableColumn("x_WorkloadKind", "string", "Deployment, StatefulSet, DaemonSet, CronJob ..."),
    TableColumn("x_Workload", "string", "Name of the root owner of the pod; a bare pod's own name"),
)
_CLUSTER_PARTS = tuple(
    TableColumn(name, "decimal", "Part of EffectiveCost of a node's slice that no share moved")
    for name in PART_METRICS
)
_CLUSTER_DETAIL = (
    TableColumn("x_SliceKey", "long", "0: the whole charge; else which of its parts, before sharing"),
    TableColumn("x_Node", "string", "Name of the node"),
    TableColumn("x_Pod", "string"),
    TableColumn("x_Container", "string"),
    TableColumn("x_Ratio", "double", "Part of the charge that the slice is, before sharing"),
    TableColumn("x_Labels", "map", "Labels of the pod over those of its namespace"),
)
_OF_CLUSTERS = {c.name for c in (*_CLUSTER, *_CLUSTER_PARTS, *_CLUSTER_DETAIL)}
_RARE = {"x_Extra", "x_Repairs", *_OF_CLUSTERS} - {"x_SliceKey"}
"""Columns of ours that many files have nothing to say in."""


def _focus(names: str) -> tuple[TableColumn, ...]:
    """FOCUS columns by id with their FOCUS types; JSON stays text, except Tags, which is a map."""
    known = columns_by_id()
    return tuple(_focus_column(name, known[name].type) for name in names.split())


def _focus_column(name: str, focus_type: str) -> TableColumn:
    if name == "Tags":
        return TableColumn(name, "map")
    types: dict[str, Type] = {
        "decimal": "decimal",
        "datetime": "datetime",
        "string": "string",
        "json": "string",
    }
    return TableColumn(name, types[focus_type])


def _charges() -> TableSpec:
    ours = (
        *_SOURCE,
        TableColumn("x_LoadId", "string", "The load that wrote the row"),
        TableColumn("x_SourceFile", "string", "Bill file, as given or relative to the workspace"),
        TableColumn("x_SourceRow", "long", "Data row in the bill file, from 1"),
        TableColumn("x_ChargeKey", "long", "Unique in (x_SourceId, month): file << 40 | part << 33 | row"),
        TableColumn("x_Repairs", "list", "Repairs applied to the row"),
        TableColumn("x_Extra", "map", "Columns of the bill that are not FOCUS"),
        TableColumn("x_FocusVersion", "string", "FOCUS version the row was read as"),
    )
    return TableSpec(
        "charges",
        _focus(" ".join(c.id for c in list_columns())) + ours,
        source="x_SourceId",
        time=_BY_MONTH,
        has_tags=True,
        history=100,
    )


def _allocations() -> TableSpec:
    columns = _focus(
        "BillingPeriodStart BillingPeriodEnd ChargePeriodStart ChargePeriodEnd BillingCurrency "
        "BillingAccountId BillingAccountName SubAccountId SubAccountName ServiceProviderName "
        "HostProviderName ProviderName PublisherName InvoiceIssuerName InvoiceId RegionId RegionName "
        "AvailabilityZone ServiceCategory ServiceSubcategory ServiceName ChargeCategory ChargeClass "
        "ChargeFrequency ChargeDescription PricingCategory CommitmentDiscountId CommitmentDiscountName "
        "CommitmentDiscountCategory CommitmentDiscountType CommitmentDiscountStatus ResourceId "
        "ResourceName ResourceType SkuId SkuMeter SkuPriceId ConsumedUnit PricingUnit Tags"
    )
    allocated = _focus(
        "AllocatedMethodId AllocatedMethodDetails AllocatedResourceId AllocatedResourceName AllocatedTags"
    )
    key = TableColumn(
        "x_ChargeKey", "long", "The charge this is a slice of, within (x_SourceId, billing month)"
    )
    return TableSpec(
        "allocations",
        columns + _COSTS + allocated + _SOURCE + (key, *_OWNER, *_CLUSTER, *_CLUSTER_DETAIL, *_CLUSTER_PARTS),
        source="x_SourceId",
        time=_BY_MONTH,
        has_tags=True,
    )


def _daily_costs() -> TableSpec:
    columns = _focus(
        "ChargePeriodStart BillingPeriodStart BillingCurrency BillingAccountId BillingAccountName "
        "SubAccountId SubAccountName ServiceProviderName HostProviderName ProviderName PublisherName "
        "InvoiceIssuerName RegionId RegionName ServiceCategory ServiceSubcategory ServiceName "
        "ChargeCategory ChargeClass ChargeFrequency PricingCategory CommitmentDiscountStatus "
        "CommitmentDiscountType"
    )
    count = TableColumn("x_ChargeCount", "long", "Slices added up in the row")
    return TableSpec(
        "daily_costs",
        columns + _SOURCE + _OWNER + _CLUSTER + _COSTS + _CLUSTER_PARTS + (count,),
        time=_BY_MONTH,
        has_tags=True,
    )


def _loads() -> TableSpec:
    columns = (
        TableColumn("x_LoadId", "string"),
        *_SOURCE,
        TableColumn("x_SourceFile", "string"),
        TableColumn("ContentHash", "string", "SHA-256 of the file, hex"),
        TableColumn("Format", "string"),
        TableColumn("FocusVersion", "string"),
        TableColumn("BillingMonth", "date"),
        TableColumn("BillingCurrency", "string"),
        TableColumn("Rows", "long"),
        *_COSTS,
        TableColumn("RejectedRows", "long"),
        TableColumn("RejectedBilledCost", "decimal"),
        TableColumn("RoundedValues", "long", "Values with more than 18 decimals"),
        TableColumn("RoundingSum", "string", "What rounding them added, exact"),
        TableColumn("Conversion", "string", "JSON: the provider's own sums beside FOCUS, by metric"),
        TableColumn("Repairs", "string", "JSON: what each repair changed, in rows and money"),
        TableColumn("DataStart", "datetime"),
        TableColumn("DataEnd", "datetime", "Exclusive"),
        TableColumn("LoadedAt", "datetime"),
        TableColumn("Bytes", "long"),
    )
    return TableSpec("loads", columns)


def _rejects() -> TableSpec:
    columns = (
        TableColumn("x_LoadId", "string"),
        *_SOURCE,
        TableColumn("x_SourceFile", "string"),
        TableColumn("x_SourceRow", "long"),
        TableColumn("Column", "string"),
        TableColumn("Value", "string", "As found, up to 500 characters"),
        TableColumn("Reason", "string"),
        TableColumn("BilledCost", "string", "As found"),
        TableColumn("BillingCurrency", "string"),
    )
    return TableSpec("rejects", columns, source="x_SourceId")


@cache
def tables() -> dict[str, TableSpec]:
    """Every table of the lake by name."""
    return {
        t.name: t
        for t in (
            _charges(),
            _allocations(),
            _daily_costs(),
            _loads(),
            _rejects(),
            *KUBERNETES_TABLES,
            *DATASET_TABLES,
        )
    }


def table_spec(name: str) -> TableSpec:
    """
    The table called *name*.

    Raises:
        LakeError: there is no such table.
    """
    try:
        return tables()[name]
    except KeyError:
        raise LakeError(f"the lake has no table {name!r}; it has {', '.join(tables())}") from None
