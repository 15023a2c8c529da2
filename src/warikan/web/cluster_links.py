"""Addresses of clusters, their workloads and their charges."""

from collections.abc import Sequence
from urllib.parse import quote

from warikan.engine.cluster_costs import Cause
from warikan.focus.columns import DEFAULT_METRIC
from warikan.web.bounds import is_linkable
from warikan.web.causes import cause_place
from warikan.web.narrowing import filter_for, narrow
from warikan.web.state import NULL_KEY, ViewState
from warikan.web.visit import Visit

CLUSTERS = "/clusters"
Pairs = Sequence[tuple[str, str | None]]
"""Columns and the values that are wanted of them; None: no value."""


def cluster_path(cluster: str) -> str | None:
    """Where *cluster* is shown; None where no address can carry its name."""
    return _path(cluster)


def workload_path(cluster: str, namespace: str | None, kind: str | None, name: str | None) -> str | None:
    """Where a workload is shown; None where no address can carry its names, or it is none."""
    if namespace is None or name is None:
        return None
    return _path(cluster, "workloads", namespace, NULL_KEY if kind is None else kind, name)


def logical_path(name: str) -> str | None:
    """Where the clusters of the logical cluster *name* are shown."""
    return _path("logical", name)


def slices_of(state: ViewState, visit: Visit, pairs: Pairs, metric: str | None = None) -> str | None:
    """The charges of a place in the period and currency of *state*."""
    found = _narrowed(state, visit, pairs, metric)
    return found.url("/slices") if found else None


def cause_of(state: ViewState, visit: Visit, pairs: Pairs, cause: Cause) -> str | None:
    """The charges of a place that are there for *cause*."""
    columns, metric = cause_place(cause)
    found = _narrowed(state, visit, (*pairs, *columns), metric)
    if found is None:
        return None
    if cause == "attached":
        found = found.change(where=narrow(found.where, visit.schema, "x_ClusterAsset", "node", exclude=True))
    return found.url("/slices")


def all_slices(state: ViewState, visit: Visit) -> str:
    """The charges of all clusters."""
    where = narrow(None, visit.schema, "x_ClusterId", None, exclude=True)
    return ViewState(where=where, period=state.period, currency=state.currency).url("/slices")


def costs_of(state: ViewState, visit: Visit, pairs: Pairs, *by: str) -> str | None:
    """The page of costs for a place, broken out by the columns *by*."""
    found = _narrowed(state, visit, pairs, None)
    return found.change(by=by, compare=True).url() if found else None


def _narrowed(state: ViewState, visit: Visit, pairs: Pairs, metric: str | None) -> ViewState | None:
    if not is_linkable(*(value for _, value in pairs)):
        return None
    where = filter_for(pairs, visit.schema)
    return ViewState(
        where=where, period=state.period, currency=state.currency, metric=metric or DEFAULT_METRIC
    )


def _path(*names: str) -> str | None:
    # Servers read %2F as a slash and take dots away.
    if any(not name or "/" in name or name in {".", ".."} or not is_linkable(name) for name in names):
        return None
    return "/".join((CLUSTERS, *(quote(name, safe="~") for name in names)))
