"""Shares, checked: their stages, what they take and who receives it (step-down)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

import pyarrow as pa

from warikan.allocate.ownership import parse_rule_filter, require_service
from warikan.catalog.entities import Catalog
from warikan.catalog.settings import Share
from warikan.engine.column import Column
from warikan.engine.condition import AllOf, Among, AnyOf, Comparison, Condition
from warikan.engine.filter import Filter
from warikan.focus.errors import ConfigError


@dataclass(frozen=True)
class PlannedShare:
    """A share with its filter over ``allocations`` and who receives, in the order of their ids."""

    share: Share
    source: Filter
    targets: tuple[str, ...]

    @property
    def method_id(self) -> str:
        """``AllocatedMethodId``; the number changes when the arithmetic does."""
        return f"warikan:{self.share.method}/1"

    def fixed_weights(self) -> Mapping[str, Decimal] | None:
        """Target → weight where it does not depend on the bill; None for proportional."""
        if self.share.method == "fixed":
            return {t: self.share.percent[t] for t in self.targets}
        return {t: Decimal(1) for t in self.targets} if self.share.method == "even" else None


def plan_shares(
    shares: Sequence[Share], catalog: Catalog, schema: pa.Schema
) -> tuple[tuple[int, tuple[PlannedShare, ...]], ...]:
    """
    The stages in ascending order, each with its number; in one, the order of warikan.yaml (first match wins).

    "All services" means all of the catalogue but those that a filter of this or an earlier stage names as
    a source (``x_ServiceId = 'platform'``), and those excepted.

    Args:
        schema: Columns of ``allocations``.

    Raises:
        ConfigError: a filter does not parse, a service is unknown, or a named target is the source of the
            same or an earlier stage; the message names the share.
    """
    sources: set[str] = set()
    stages = []
    ordered = sorted(shares, key=lambda s: s.stage)
    for number, group in groupby(ordered, key=lambda s: s.stage):
        stage = list(group)
        filters = [parse_rule_filter(s.source, schema, f"share {s.id}: source") for s in stage]
        for condition in filters:
            sources |= set(named_services(condition.condition))
        planned = zip(stage, filters, strict=True)
        shares_of = tuple(PlannedShare(s, f, _targets(s, catalog, frozenset(sources))) for s, f in planned)
        stages.append((number, shares_of))
    return tuple(stages)


def named_services(condition: Condition) -> Iterator[str]:
    """The services that *condition* names with ``x_ServiceId =`` or ``IN``, outside any NOT."""
    match condition:
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from named_services(part)
        case Comparison(Column(id="x_ServiceId"), "=", str(name)):
            yield name
        case Among(Column(id="x_ServiceId"), values):
            yield from (v for v in values if isinstance(v, str))


def _targets(share: Share, catalog: Catalog, sources: frozenset[str]) -> tuple[str, ...]:
    where = f"share {share.id}"
    named = set(share.percent) or set(share.to.services)
    if share.method == "fixed" and share.to.services and set(share.to.services) != set(share.percent):
        raise ConfigError(
            f"{where}: to.services and percent name different services; percent alone is enough"
        )
    for name in sorted(named | set(share.to.except_)):
        require_service(name, catalog, where)
    back = sorted(named & sources)
    if back:
        raise ConfigError(
            f"{where}: {back[0]} is a source in stage {share.stage} or before and so cannot receive",
            hint="raise the other share's stage, or leave it out of the targets",
        )
    if share.method == "fixed" and share.to.except_:
        raise ConfigError(f"{where}: except does not go with fixed; leave the service out of percent")
    targets = tuple(sorted((named or set(catalog.services) - sources) - set(share.to.except_)))
    if not targets:
        raise ConfigError(
            f"{where}: nobody is left to receive; name services, or add Components to the catalogue"
        )
    return targets
