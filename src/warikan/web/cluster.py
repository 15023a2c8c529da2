"""One cluster: its cost by cause, how its nodes are used, and what runs on it."""

from dataclasses import dataclass, replace

from warikan.engine.cluster_costs import PlaceCost
from warikan.engine.clusters import ClusterParts, ClusterQuery
from warikan.engine.place import Place
from warikan.engine.query import Freshness
from warikan.engine.utilisation import split_capacity, used_of_requested
from warikan.focus.period import Period
from warikan.web.causes import CauseRow, cause_series, list_causes
from warikan.web.chart import Chart, draw, incomplete_from, list_buckets, pick_granularity
from warikan.web.cluster_links import (
    CLUSTERS,
    cause_of,
    cluster_path,
    costs_of,
    logical_path,
    slices_of,
)
from warikan.web.cluster_tables import cluster_tables
from warikan.web.clusters import currency_choices, has_source
from warikan.web.display import Amount
from warikan.web.incidents.marks import load_marks
from warikan.web.nodes import NodeRow, list_nodes
from warikan.web.overlay import Overlay
from warikan.web.periods import Choice
from warikan.web.place_rows import PlaceTable, Rate, make_writer, pick_currency
from warikan.web.state import ViewState
from warikan.web.table import value_of
from warikan.web.utilisation import (
    LABELS,
    RESOURCES,
    Resource,
    Utilisation,
    draw_parts,
    quantities_by_start,
    resource_choices,
)
from warikan.web.visit import Visit


@dataclass(frozen=True)
class Use:
    """How much of what was asked for was used; *width* of a bar, at most 100."""

    label: str
    percent: str
    width: float


@dataclass(frozen=True)
class Seen:
    """How much is known of the minutes, and of the bill."""

    minutes: str | None
    hours: str
    matched: str | None
    container_hours: str


@dataclass(frozen=True)
class ClusterPage:
    """
    The page in one currency.

    Attributes:
        headline: None where the bill knows nothing of the cluster in the period; so are *charges*, *chart*.
        logical: The logical cluster it is one of, and where that is shown.
        opened: Key of the pool whose nodes are listed.
        is_measured: Whether any of its hours are known.
        has_source: Whether they are taken in.
        everything: Its costs on the page of costs.
    """

    cluster: str
    title: str
    period: Period
    currency: str
    currencies: tuple[Choice, ...]
    headline: Amount | None
    charges: str | None
    efficiency: str | None
    uses: tuple[Use, ...]
    rate: Rate | None
    seen: Seen
    causes: tuple[CauseRow, ...]
    chart: Chart | None
    utilisation: Utilisation | None
    pools: PlaceTable
    nodes: tuple[NodeRow, ...]
    opened: str | None
    namespaces: PlaceTable
    workloads: PlaceTable
    logical: tuple[str, str | None] | None
    is_measured: bool
    has_source: bool
    everything: str | None


def load_cluster(
    cluster: str, state: ViewState, visit: Visit, *, resource: Resource, pool: str | None
) -> ClusterPage | None:
    """
    Ask and lay out; None where the period knows nothing of *cluster*. *pool* is the key of the open one.

    Raises:
        UsageError: the period or the currency cannot be used.
    """
    query = ClusterQuery(period=state.period, clusters=(cluster,))
    parts = visit.clusters.parts(query)
    if not (parts.whole.costs or parts.whole.usage or parts.whole.nodes):
        return None
    path = cluster_path(cluster) or CLUSTERS
    currency = pick_currency(state, visit, [parts.whole]) or ""
    writer = make_writer(state, visit, currency, [parts.whole])
    asked = writer.priced
    cost = parts.whole.in_currency(currency)
    own = [("x_ClusterId", cluster)]
    charges = slices_of(asked, visit, own)
    freshness = visit.freshness
    tables = cluster_tables(parts, cluster, writer, path, pool, charges)
    return ClusterPage(
        cluster=cluster,
        title=visit.value("x_ClusterId", cluster),
        period=parts.period,
        currency=currency,
        currencies=currency_choices(state, [parts.whole], currency, path),
        headline=visit.display.money(cost.cost, currency, writer.places) if cost else None,
        charges=charges if cost else None,
        efficiency=visit.display.percent(cost.efficiency) if cost and cost.efficiency is not None else None,
        uses=list_uses(parts.whole, visit),
        rate=writer.rate(parts.whole),
        seen=_seen(parts, cost, visit),
        causes=list_causes(cost, lambda c: cause_of(asked, visit, own, c), writer.places, visit)
        if cost
        else (),
        chart=draw_costs(query, parts.period, asked, visit, freshness) if cost else None,
        utilisation=_utilisation(query, parts, state, visit, resource, freshness, path),
        pools=tables[0],
        nodes=list_nodes(query, cluster, value_of(pool), asked, visit) if pool is not None else (),
        opened=pool,
        namespaces=tables[1],
        workloads=tables[2],
        logical=_logical(cluster, visit),
        is_measured=bool(parts.whole.usage or parts.whole.nodes),
        has_source=has_source(cluster, visit),
        everything=costs_of(asked, visit, own, "x_Namespace", "x_Workload") if cost else None,
    )


def list_uses(place: Place, visit: Visit) -> tuple[Use, ...]:
    """Used of asked for, of each resource that was asked for."""
    found = []
    for resource in RESOURCES:
        ratio = used_of_requested(place.usage, resource)
        if ratio is not None:
            label = visit.texts.gettext(LABELS[resource])
            found.append(Use(label, visit.display.percent(ratio), min(ratio, 1.0) * 100))
    return tuple(found)


def draw_costs(
    query: ClusterQuery,
    period: Period,
    state: ViewState,
    visit: Visit,
    freshness: Freshness,
    where: str | None = None,
) -> Chart:
    """Cost over time, stacked by cause, with the changes of the cluster; with *where* of a part."""
    granularity = state.granularity or pick_granularity(period)
    buckets = list_buckets(period, granularity)
    asked = query.costs((), granularity=granularity, currency=state.currency)
    costs = visit.clusters.costs(replace(asked, where=where) if where is not None else asked)
    series = cause_series(costs, buckets, visit)
    scope = {"x_ClusterId": query.clusters[0] if query.clusters else None}
    marks = load_marks(visit, scope, buckets, granularity) if state.marks else ()
    unfinished, overlay = incomplete_from(freshness), Overlay(changes=marks)
    return draw(
        series, buckets, granularity, state.currency or "", unfinished, visit.display, overlay=overlay
    )


def _logical(cluster: str, visit: Visit) -> tuple[str, str | None] | None:
    settings = visit.workspace.settings.clusters
    name = settings[cluster].logical if cluster in settings else None
    if name is None or len([one for one in settings.values() if one.logical == name]) < 2:
        return None
    return name, logical_path(name)


def _seen(parts: ClusterParts, cost: PlaceCost | None, visit: Visit) -> Seen:
    display, seen = visit.display, next(iter(parts.coverage.values()), None)
    minutes = seen.ratio if seen else None
    matched = cost.matched if cost else None
    return Seen(
        minutes=display.percent(min(minutes, 1.0), precise=minutes < 1) if minutes is not None else None,
        hours=display.number(seen.hours if seen else 0),
        matched=display.percent(matched, precise=matched < 1) if matched is not None else None,
        container_hours=display.number(int(parts.whole.usage.get("ContainerHours", 0))),
    )


def _utilisation(
    query: ClusterQuery,
    parts: ClusterParts,
    state: ViewState,
    visit: Visit,
    resource: Resource,
    freshness: Freshness,
    path: str,
) -> Utilisation | None:
    known = [r for r in RESOURCES if parts.whole.nodes.get(f"{r}Capacity")]
    if not known:
        return None
    chosen = resource if resource in known else known[0]
    granularity = state.granularity or pick_granularity(parts.period)
    nodes = quantities_by_start(visit.clusters.nodes(query.nodes((), granularity=granularity)))
    usage = quantities_by_start(visit.clusters.usage(query.usage((), granularity=granularity)))
    chart = draw_parts(
        lambda start: split_capacity(nodes.get(start, {}), usage.get(start, {}), chosen),
        chosen,
        parts.period,
        granularity,
        freshness,
        visit,
    )
    return Utilisation(chosen, chart, resource_choices(chosen, known, state, path, visit))
