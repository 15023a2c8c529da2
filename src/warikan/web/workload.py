"""One workload: what it costs, what it asks for and uses, and what it would cost at its 95th percentile."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from warikan.engine.at_peak import AtPeak, estimate_at_peak
from warikan.engine.cluster_costs import PlaceCost
from warikan.engine.clusters import ClusterQuery
from warikan.engine.peaks import MARGIN_PERCENT
from warikan.engine.place import Place, add_up, by_key
from warikan.engine.usage import UsageQuery
from warikan.engine.utilisation import mean_of, split_demand
from warikan.focus.period import Period
from warikan.web.bounds import full_title
from warikan.web.causes import CauseRow, list_causes
from warikan.web.chart import Chart, pick_granularity
from warikan.web.cluster import Use, draw_costs, list_uses
from warikan.web.cluster_links import Pairs, cause_of, costs_of, slices_of
from warikan.web.clusters import currency_choices
from warikan.web.display import Amount
from warikan.web.narrowing import filter_for
from warikan.web.periods import Choice
from warikan.web.place_rows import PlaceWriter, make_writer, pick_currency
from warikan.web.state import ViewState
from warikan.web.table import Segment
from warikan.web.utilisation import (
    RESOURCES,
    UNITS,
    Resource,
    Utilisation,
    draw_parts,
    part_segments,
    quantities_by_start,
    resource_choices,
)
from warikan.web.visit import Visit

MAX_PODS = 20
_HOUR = 3600


@dataclass(frozen=True)
class WorkloadName:
    """What names a workload; *kind* None is a bare pod."""

    cluster: str
    namespace: str
    kind: str | None
    name: str

    @property
    def pairs(self) -> Pairs:
        """Its columns and their values."""
        return (
            ("x_ClusterId", self.cluster),
            ("x_Namespace", self.namespace),
            ("x_WorkloadKind", self.kind),
            ("x_Workload", self.name),
        )


@dataclass(frozen=True)
class Estimate:
    """
    What it would cost with requests at its peak.

    Attributes:
        more: Whether that is more than now.
        comes_back: Whether what is free is shared by what ran on a node, and so most of it comes back.
    """

    now: Amount
    at_peak: Amount
    difference: Amount
    more: bool
    comes_back: bool


@dataclass(frozen=True)
class ContainerRow:
    """A container of its pods; per replica, of each resource: asked for, its peak, a request at the peak."""

    name: str
    title: str | None
    cpu: tuple[str, str, str]
    memory: tuple[str, str, str]


@dataclass(frozen=True)
class PodRow:
    """A pod: its container-hours in the period, and what it used of what it asked for."""

    name: str
    title: str | None
    hours: str
    cpu: tuple[Segment, ...]
    memory: tuple[Segment, ...]
    charges: str | None


@dataclass(frozen=True)
class WorkloadPage:
    """The page in one currency; *headline* is None where the bill knows nothing of it."""

    name: WorkloadName
    period: Period
    currency: str
    currencies: tuple[Choice, ...]
    headline: Amount | None
    charges: str | None
    efficiency: str | None
    uses: tuple[Use, ...]
    estimate: Estimate | None
    margin: int
    chart: Chart | None
    utilisation: Utilisation | None
    causes: tuple[CauseRow, ...]
    containers: tuple[ContainerRow, ...]
    pods: tuple[PodRow, ...]
    more_pods: int
    costs: str | None


def load_workload(
    name: WorkloadName, state: ViewState, visit: Visit, path: str, *, resource: Resource
) -> WorkloadPage | None:
    """
    Ask and lay out; None where the period knows nothing of the workload *name*, which *path* shows.

    Raises:
        UsageError: the period or the currency cannot be used.
    """
    where = filter_for(name.pairs, visit.schema)
    query = ClusterQuery(period=state.period, clusters=(name.cluster,))
    pods = visit.clusters.usage(query.usage(("x_Pod",), where=where, quantities=()))
    of_pods = by_key(pods)
    usage = next(iter(add_up(of_pods, ()).values()), {})
    costs = visit.clusters.costs(replace(query.costs(()), where=where))
    if not costs and not usage:
        return None
    whole = Place((), costs, {}, usage)
    currency = pick_currency(state, visit, [whole]) or ""
    writer, cost = make_writer(state, visit, currency, [whole]), whole.in_currency(currency)
    asked = writer.priced
    display = visit.display
    peaks = visit.clusters.peaks(UsageQuery((), where, state.period, clusters=(name.cluster,)), name.cluster)
    estimate = estimate_at_peak(cost.parts, peaks) if cost else None
    return WorkloadPage(
        name=name,
        period=pods.period,
        currency=currency,
        currencies=currency_choices(state, [whole], currency, path),
        headline=display.money(cost.cost, currency, writer.places) if cost else None,
        charges=slices_of(asked, visit, name.pairs) if cost else None,
        efficiency=display.percent(cost.efficiency) if cost and cost.efficiency is not None else None,
        uses=list_uses(whole, visit),
        estimate=_estimate(estimate, name.cluster, writer) if estimate else None,
        margin=MARGIN_PERCENT,
        chart=draw_costs(query, pods.period, asked, visit, visit.freshness, where) if cost else None,
        utilisation=_utilisation(
            query.usage((), where=where),
            pods.period,
            resource,
            [r for r in RESOURCES if usage.get(f"{r}Demand")],
            state,
            visit,
            path,
        ),
        causes=_causes(cost, name, asked, visit, writer.places) if cost else (),
        containers=tuple(_container(row, visit) for row in peaks.to_pylist()),
        pods=tuple(_pod(key[0], ran, name, asked, visit) for key, ran in list(of_pods.items())[:MAX_PODS]),
        more_pods=max(len(of_pods) - MAX_PODS, 0),
        costs=costs_of(asked, visit, name.pairs, "x_Pod", "x_Container") if cost else None,
    )


def _causes(
    cost: PlaceCost, name: WorkloadName, state: ViewState, visit: Visit, places: int
) -> tuple[CauseRow, ...]:
    return list_causes(cost, lambda cause: cause_of(state, visit, name.pairs, cause), places, visit)


def _estimate(found: AtPeak, cluster: str, writer: PlaceWriter) -> Estimate:
    settings = writer.visit.workspace.settings.clusters.get(cluster)

    def money(amount: Decimal) -> Amount:
        return writer.visit.display.money(amount, writer.currency, writer.places)

    return Estimate(
        now=money(found.now),
        at_peak=money(found.at_peak),
        difference=money(abs(found.difference)),
        more=found.difference > 0,
        comes_back=settings is not None and settings.idle == "node",
    )


def _container(row: Mapping[str, Any], visit: Visit) -> ContainerRow:
    name = row["x_Container"]
    label = visit.value("x_Container", name)
    return ContainerRow(
        name=label,
        title=full_title(name, label),
        cpu=_sizes(row, "Cpu", visit),
        memory=_sizes(row, "Memory", visit),
    )


def _sizes(row: Mapping[str, Any], resource: Resource, visit: Visit) -> tuple[str, str, str]:
    unit, size = UNITS[resource]
    asked = mean_of(row[f"{resource}Request"], int(row["RunSeconds"]), size)
    rates = (row[f"{resource}Peak"], row[f"{resource}AtPeak"])
    peak, at_peak = (
        visit.display.quantity(mean_of(rate, 1, size), unit) if rate is not None else "–" for rate in rates
    )
    return visit.display.quantity(asked, unit), peak, at_peak


def _pod(
    pod: str | None, ran: Mapping[str, Any], name: WorkloadName, state: ViewState, visit: Visit
) -> PodRow:
    label = visit.value("x_Pod", pod)
    return PodRow(
        name=label,
        title=full_title(pod, label),
        hours=visit.display.quantity(mean_of(ran["RunSeconds"], _HOUR, 1)),
        cpu=part_segments(split_demand(ran, "Cpu"), visit),
        memory=part_segments(split_demand(ran, "Memory"), visit),
        charges=slices_of(state, visit, (*name.pairs, ("x_Pod", pod))),
    )


def _utilisation(
    asked: UsageQuery,
    period: Period,
    resource: Resource,
    known: Sequence[Resource],
    state: ViewState,
    visit: Visit,
    path: str,
) -> Utilisation | None:
    if not known:
        return None
    chosen = resource if resource in known else known[0]
    granularity = state.granularity or pick_granularity(period)
    found = quantities_by_start(visit.clusters.usage(replace(asked, granularity=granularity)))
    chart = draw_parts(
        lambda start: split_demand(found.get(start, {}), chosen),
        chosen,
        period,
        granularity,
        visit.freshness,
        visit,
    )
    return Utilisation(chosen, chart, resource_choices(chosen, known, state, path, visit))
