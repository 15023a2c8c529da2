"""The rules of a workspace, checked and ready to run."""

import hashlib
import json
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from functools import cached_property

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from warikan.allocate.ownership import OWNER_COLUMNS, OwnershipPlan, plan_ownership
from warikan.allocate.sharing import CHARGE, source_columns
from warikan.allocate.targets import PlannedShare, plan_shares
from warikan.allocate.window import PERIODS
from warikan.catalog.entities import Catalog
from warikan.catalog.settings import Settings
from warikan.engine.column import columns_read
from warikan.focus.columns import COST_METRICS

ALGORITHM = 1
"""Raise it when the same input would give other slices: every month is then computed again."""


@dataclass(frozen=True)
class AllocationPlan:
    """
    What ``allocate`` does to a month.

    Attributes:
        stages: In ascending order, each with its number in warikan.yaml.
        columns: Those of ``allocations``, in order.
        fingerprint: Equal exactly when rules, catalogue, columns and algorithm are equal.
    """

    ownership: OwnershipPlan
    stages: tuple[tuple[int, tuple[PlannedShare, ...]], ...]
    catalog: Catalog
    columns: tuple[str, ...]
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

    @cached_property
    def deciding_columns(self) -> frozenset[str]:
        """The columns of ``charges`` that decide who bears a charge, and how much it is."""
        read = columns_read(self.ownership.keys.operands) | source_columns(self.stages)
        return read.union(CHARGE, PERIODS, COST_METRICS, ["BillingCurrency"])

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
            **{name: owned[name] for name in OWNER_COLUMNS},
        }
        # A tag promoted since the bill was loaded has a column in the table but none in its files.
        return owned.select(
            **{c: ours[c] if c in ours else _value(owned, c) for c in self.columns},
        )


def _value(table: ir.Table, column: str) -> ir.Value:
    return table[column] if column in table.columns else ibis.null("string")


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
        catalog=catalog,
        columns=tuple(allocations.names),
        fingerprint=_fingerprint(settings, catalog, [*charges.names, *allocations.names]),
    )


def _fingerprint(settings: Settings, catalog: Catalog, columns: Iterable[str]) -> str:
    services = [
        (s.id, s.team_id, s.system_id, [(day.isoformat(), team) for day, team in s.owner_history])
        for s in catalog.services.values()
    ]
    content = {
        "algorithm": ALGORITHM,
        "rules": [r.model_dump(mode="json", exclude={"note"}) for r in settings.ownership.rules],
        "shares": [s.model_dump(mode="json", exclude={"note"}) for s in settings.shares],
        "services": services,
        "columns": list(columns),
    }
    return digest(json.dumps(content, sort_keys=True))


def digest(*texts: str) -> str:
    """A short fingerprint of *texts*, in their order."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:32]
