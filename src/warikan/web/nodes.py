"""Node pools, and the nodes in one of them."""

from dataclasses import dataclass

from warikan.engine.clusters import ClusterParts, ClusterQuery
from warikan.engine.place import Place, by_key
from warikan.engine.utilisation import mean_of
from warikan.web.bounds import full_title, is_linkable
from warikan.web.cluster_links import slices_of
from warikan.web.narrowing import narrow
from warikan.web.place_rows import Entry, PlaceWriter
from warikan.web.state import ViewState
from warikan.web.table import Segment, key_of
from warikan.web.utilisation import capacity_segments
from warikan.web.visit import Visit

MAX_NODES = 100
_DAY = 86_400
_OF_NODE = ("x_Node", "InstanceType", "CapacityType", "Zone")


@dataclass(frozen=True)
class NodeRow:
    """One node: what it is, how long it was up, and how what it offers is used."""

    label: str
    title: str | None
    kind: str
    days: str
    capacity: tuple[tuple[str, tuple[Segment, ...]], ...]
    charges: str | None


def describe_pool(
    place: Place, parts: ClusterParts, cluster: str, writer: PlaceWriter, path: str, opened: str | None
) -> Entry:
    """A pool with how many nodes it had on the mean; it opens into its nodes, or closes."""
    visit, (pool,) = writer.visit, place.key
    seconds = int((parts.period.end - parts.period.start).total_seconds())
    up = place.nodes.get("UpSeconds")
    key = key_of(pool)
    href = None
    if place.nodes and is_linkable(pool):
        href = writer.state.url(path, pool=None if key == opened else key)
    return Entry(
        label=visit.value("x_NodePool", pool) if pool is not None else visit.texts.gettext("Not of nodes"),
        pairs=[("x_ClusterId", cluster), ("x_NodePool", pool)],
        href=href,
        title=full_title(pool, visit.value("x_NodePool", pool)),
        rate=writer.rate(place),
        details=(visit.display.quantity(mean_of(up, seconds, 1)) if up else "–",),
        capacity=capacity_segments(place.nodes, place.usage, visit),
    )


def list_nodes(
    query: ClusterQuery, cluster: str, pool: str | None, state: ViewState, visit: Visit
) -> tuple[NodeRow, ...]:
    """The nodes of *pool* (None: of none), those with the most to offer first, at most MAX_NODES."""
    where = narrow(None, visit.schema, "x_NodePool", pool)
    nodes = visit.clusters.nodes(query.nodes(_OF_NODE, where=where))
    usage = by_key(visit.clusters.usage(query.usage(("x_Node",), where=where)))
    found = []
    for key, offered in list(by_key(nodes).items())[:MAX_NODES]:
        name = key[0]
        label = visit.value("x_Node", name)
        found.append(
            NodeRow(
                label=label,
                title=full_title(name, label),
                kind=" · ".join(part for part in key[1:] if part),
                days=visit.display.quantity(mean_of(offered["UpSeconds"], _DAY, 1)),
                capacity=capacity_segments(offered, usage.get((name,), {}), visit),
                charges=slices_of(state, visit, [("x_ClusterId", cluster), ("x_Node", name)]),
            )
        )
    return tuple(found)
