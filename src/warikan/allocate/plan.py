"""The rules of a workspace, checked and ready to run."""

import hashlib
import json
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from functools import cached_property

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from warikan.allocate.kubernetes.matching import MATCHED_BY
from warikan.allocate.kubernetes.policy import ClusterPolicies, read_policies
from warikan.allocate.kubernetes.subjects import RULE_SCHEMA
from warikan.allocate.kubernetes.workload_rules import default_rules
from warikan.allocate.ownership import OWNER_COLUMNS, OwnershipPlan, plan_ownership
from warikan.allocate.sharing import source_columns
from warikan.allocate.split import CHARGE
from warikan.allocate.targets import PlannedShare, plan_shares
from warikan.allocate.window import PERIODS
from warikan.catalog.entities import Catalog
from warikan.catalog.settings import OwnershipRule, Settings
from warikan.engine.column import columns_read
from warikan.focus.columns import COST_METRICS

ALGORITHM = 2
"""Raise it when the same input would give other slices: every month is then computed again."""


@dataclass(frozen=True)
class AllocationPlan:
    """
    What ``allocate`` does to a month.

    Attributes:
        stages: In ascending order, each with its number in warikan.yaml.
        workloads: The rules for what runs in clusters.
        policies: How clusters are split.
        kinds: The columns of ``allocations``, in order, with their types.
        fingerprint: Equal exactly when rules, catalogue, columns and algorithm are equal.
    """

    ownership: OwnershipPlan
    stages: tuple[tuple[int, tuple[PlannedShare, ...]], ...]
    workloads: OwnershipPlan
    policies: ClusterPolicies
    catalog: Catalog
    kinds: ibis.Schema
    fingerprint: str
    _built: dict[tuple[Hashable, ...], ir.Table] = field(default_factory=dict, compare=False, repr=False)

    def built(self, key: tuple[Hashable, ...], build: Callable[[], ir.Table]) -> ir.Table:
        """
        What *build* makes, made once for each *key* (texts, numbers, tables).

        Every month and source asks for the same expressions over views of the same names, and building
        one of 60 columns takes Ibis longer than DuckDB takes to run it over a small month.
        """
        hashable = tuple(part.op() if isinstance(part, ir.Table) else part for part in key)
        if hashable not in self._built:
            self._built[hashable] = build()
        return self._built[hashable]

    @property
    def columns(self) -> tuple[str, ...]:
        """Those of ``allocations``, in order."""
        return tuple(self.kinds.names)

    def deciding_columns(self, *, has_clusters: bool) -> frozenset[str]:
        """The columns of ``charges`` that decide who bears a charge, and how much it is."""
        read = columns_read(self.ownership.keys.operands) | source_columns(self.stages)
        read = read.union(CHARGE, PERIODS, COST_METRICS, ["BillingCurrency"])
        return read.union(MATCHED_BY) if has_clusters else read

    @cached_property
    def weight_metrics(self) -> tuple[str, ...]:
        """Cost metrics that some proportional share weighs by."""
        proportional = [
            p.share for _, stage in self.stages for p in stage if p.share.method == "proportional"
        ]
        return tuple(dict.fromkeys(s.metric for s in proportional))

    def direct_slices(self, charges: ir.Table, owners: ir.Table) -> ir.Table:
        """
        One slice for each of *charges*, in their order, to its owner: *columns*.

        A provider's own ``Allocated*`` values pass; a share that moves the slice replaces its method.
        """
        owned = self.ownership.join(charges, owners)
        ours = {
            "x_ShareId": ibis.null("string"),
            "x_OriginServiceId": owned.x_ServiceId,
            "x_SliceKey": ibis.literal(0, type="int8").cast("int64"),
            **{name: owned[name] for name in OWNER_COLUMNS},
        }
        # A tag promoted since the bill was loaded has a column in the table but none in its files.
        return owned.select(
            **{c: ours[c] if c in ours else self._value(owned, c) for c in self.columns},
        )

    def _value(self, table: ir.Table, column: str) -> ir.Value:
        return table[column] if column in table.columns else ibis.null(self.kinds[column])


def plan_allocation(
    settings: Settings, catalog: Catalog, *, charges: pa.Schema, allocations: pa.Schema
) -> AllocationPlan:
    """
    Check the rules and shares of *settings* against *catalog* and the tables' columns.

    Raises:
        ConfigError: something cannot run; the message names the rule or share.
    """
    return AllocationPlan(
        ownership=plan_ownership(settings.ownership.rules, catalog, charges),
        stages=plan_shares(settings.shares, catalog, allocations),
        workloads=plan_ownership(workload_rules(settings, catalog), catalog, RULE_SCHEMA),
        policies=read_policies(settings.clusters),
        catalog=catalog,
        kinds=ibis.Schema.from_pyarrow(allocations),
        fingerprint=_fingerprint(settings, catalog, [*charges.names, *allocations.names]),
    )


def workload_rules(settings: Settings, catalog: Catalog) -> tuple[OwnershipRule, ...]:
    """The rules for what runs in clusters: those of *settings*, else the built-in ones."""
    rules = settings.ownership.workloads
    return default_rules(catalog) if rules is None else rules


def _fingerprint(settings: Settings, catalog: Catalog, columns: Iterable[str]) -> str:
    services = [
        (s.id, s.team_id, s.system_id, [(day.isoformat(), team) for day, team in s.owner_history])
        for s in catalog.services.values()
    ]
    content = {
        "algorithm": ALGORITHM,
        "rules": [r.model_dump(mode="json", exclude={"note"}) for r in settings.ownership.rules],
        "workloads": [r.model_dump(mode="json", exclude={"note"}) for r in workload_rules(settings, catalog)],
        "clusters": {
            key: one.model_dump(mode="json", include={"names", "basis", "idle", "overhead", "weights"})
            for key, one in settings.clusters.items()
        },
        "shares": [s.model_dump(mode="json", exclude={"note"}) for s in settings.shares],
        "services": services,
        "columns": list(columns),
    }
    return digest(json.dumps(content, sort_keys=True))


def digest(*texts: str) -> str:
    """A short fingerprint of *texts*, in their order."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:32]
