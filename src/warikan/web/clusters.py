"""All clusters: what each costs, how well it is used, and which follow each other."""

from collections.abc import Sequence
from dataclasses import dataclass

from warikan.engine.clusters import ClusterList, ClusterQuery
from warikan.engine.place import Place
from warikan.focus.period import Period
from warikan.web.bounds import full_title
from warikan.web.causes import SLOTS
from warikan.web.cluster_links import CLUSTERS, all_slices, cluster_path, logical_path
from warikan.web.display import Amount
from warikan.web.periods import Choice
from warikan.web.place_rows import Entry, PlaceTable, PlaceWriter, make_writer, pick_currency
from warikan.web.state import ViewState
from warikan.web.visit import Visit

MAX_CLUSTERS = 200


@dataclass(frozen=True)
class Logical:
    """Clusters that people call by one name; *href* shows them together."""

    name: str
    href: str | None
    clusters: tuple[str, ...]


@dataclass(frozen=True)
class Clusters:
    """
    The page.

    Attributes:
        legend: Key, name and colour of each cause that occurs.
        unmeasured: What clusters are called whose hours no one takes in.
        without_hours: Those whose hours are taken in, and that have none in the period.
    """

    period: Period
    currency: str
    currencies: tuple[Choice, ...]
    headline: Amount | None
    table: PlaceTable
    logical: tuple[Logical, ...]
    legend: tuple[tuple[str, str, int | None], ...]
    unmeasured: tuple[str, ...]
    without_hours: tuple[str, ...]


def load_clusters(state: ViewState, visit: Visit) -> Clusters | None:
    """
    Ask and lay out; None where there are no clusters in the period.

    Raises:
        UsageError: the period or the currency cannot be used.
    """
    found = visit.clusters.all(ClusterQuery(period=state.period))
    if not found.places:
        return None
    currency = pick_currency(state, visit, found.places) or ""
    writer = make_writer(state, visit, currency, found.places)
    table = writer.table(
        found.places,
        lambda place: _describe(place, found, writer),
        all_slices(writer.priced, visit),
        most=MAX_CLUSTERS,
    )
    dark = [(p.key[0] or "", visit.value("x_ClusterId", p.key[0])) for p in found.places if not p.usage]
    return Clusters(
        period=found.period,
        currency=currency,
        currencies=currency_choices(state, found.places, currency, CLUSTERS),
        headline=table.total.amount if table.total else None,
        table=table,
        logical=list_logical(visit),
        legend=tuple((s.name, s.label, SLOTS.get(s.name)) for s in table.total.segments)
        if table.total
        else (),
        unmeasured=tuple(name for cluster, name in dark if not has_source(cluster, visit)),
        without_hours=tuple(name for cluster, name in dark if has_source(cluster, visit)),
    )


def has_source(cluster: str, visit: Visit) -> bool:
    """Whether ``warikan.yaml`` says where the hours of *cluster* come from."""
    settings = visit.workspace.settings.clusters.get(cluster)
    return settings is not None and settings.usage is not None


def currency_choices(state: ViewState, found: Sequence[Place], shown: str, path: str) -> tuple[Choice, ...]:
    """The currencies of *found*; none where there is one."""
    codes = list(dict.fromkeys(cost.currency for place in found for cost in place.costs))
    if len(codes) < 2:
        return ()
    return tuple(Choice(c, c, c == shown, state.change(currency=c).url(path)) for c in codes)


def list_logical(visit: Visit) -> tuple[Logical, ...]:
    """The logical clusters of ``warikan.yaml`` that have more than one."""
    settings = visit.workspace.settings.clusters
    names: dict[str, list[str]] = {}
    for cluster, one in settings.items():
        if one.logical is not None:
            names.setdefault(one.logical, []).append(visit.value("x_ClusterId", cluster))
    return tuple(Logical(n, logical_path(n), tuple(c)) for n, c in names.items() if len(c) > 1)


def _describe(place: Place, found: ClusterList, writer: PlaceWriter) -> Entry:
    visit, (cluster,) = writer.visit, place.key
    label, name = visit.value("x_ClusterId", cluster), cluster or ""
    path = cluster_path(name)
    seen = found.coverage.get(name)
    coverage = "–"
    if seen is not None and seen.ratio is not None:
        coverage = visit.display.percent(min(seen.ratio, 1.0), precise=seen.ratio < 1)
    return Entry(
        label=label,
        pairs=[("x_ClusterId", cluster)],
        idle_href=f"{writer.state.url(path)}#causes" if path else None,
        href=writer.state.url(path) if path else None,
        title=full_title(cluster, label),
        note=name if label != name else "",
        rate=writer.rate(place),
        details=(coverage,),
    )
