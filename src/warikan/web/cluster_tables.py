"""What a cluster consists of, as tables."""

from warikan.engine.clusters import WORKLOADS, ClusterParts
from warikan.engine.place import Place
from warikan.web.bounds import full_title
from warikan.web.cluster_links import costs_of, workload_path
from warikan.web.nodes import describe_pool
from warikan.web.place_rows import Entry, PlaceTable, PlaceWriter
from warikan.web.visit import Visit

MAX_POOLS = 30
MAX_NAMESPACES = 30
MAX_WORKLOADS = 50


def cluster_tables(
    parts: ClusterParts, cluster: str, writer: PlaceWriter, path: str, pool: str | None, whole: str | None
) -> tuple[PlaceTable, PlaceTable, PlaceTable]:
    """
    Pools, namespaces and workloads; each adds up to the cluster, and its total opens into *whole*.

    *path* shows the cluster, *pool* is the key of the pool that is open.
    """
    return (
        writer.table(
            parts.pools,
            lambda place: describe_pool(place, parts, cluster, writer, path, pool),
            whole,
            most=MAX_POOLS,
        ),
        writer.table(
            parts.namespaces, lambda place: _namespace(place, cluster, writer), whole, most=MAX_NAMESPACES
        ),
        writer.table(
            parts.workloads, lambda place: _workload(place, cluster, writer), whole, most=MAX_WORKLOADS
        ),
    )


def _namespace(place: Place, cluster: str, writer: PlaceWriter) -> Entry:
    visit, (namespace,) = writer.visit, place.key
    pairs = [("x_ClusterId", cluster), ("x_Namespace", namespace)]
    label = visit.value("x_Namespace", namespace) if namespace is not None else _nobody(visit)
    return Entry(
        label=label,
        pairs=pairs,
        href=costs_of(writer.priced, visit, pairs, "x_Workload", "x_Pod") if namespace is not None else None,
        title=full_title(namespace, label),
    )


def _workload(place: Place, cluster: str, writer: PlaceWriter) -> Entry:
    visit, (namespace, kind, name) = writer.visit, place.key
    pairs = [("x_ClusterId", cluster), *zip(WORKLOADS, place.key, strict=True)]
    path = workload_path(cluster, namespace, kind, name)
    label = visit.value("x_Workload", name)
    if name is None:
        label = _nobody(visit) if namespace is None else visit.texts.gettext("Of no workload")
    return Entry(
        label=label,
        pairs=pairs,
        href=writer.state.url(path) if path else None,
        title=full_title(name, label),
        note=" · ".join(visit.value("x_Namespace", part) for part in (namespace, kind) if part),
    )


def _nobody(visit: Visit) -> str:
    return visit.texts.gettext("Idle and overhead")
