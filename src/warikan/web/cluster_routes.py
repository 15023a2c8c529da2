"""The addresses of clusters, their workloads and of clusters that follow each other."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from warikan.web.bounds import shorten
from warikan.web.canonical import canonical
from warikan.web.changeover import load_logical
from warikan.web.cluster import load_cluster
from warikan.web.cluster_links import CLUSTERS, cluster_path, logical_path, workload_path
from warikan.web.clusters import has_source, load_clusters
from warikan.web.pages import Pages
from warikan.web.periods import make_periods
from warikan.web.state import parse_state
from warikan.web.table import value_of
from warikan.web.toolbar import describe_freshness
from warikan.web.utilisation import read_resource
from warikan.web.workload import WorkloadName, load_workload

Name = Annotated[str, Path(max_length=500)]
Text = Annotated[str | None, Query(max_length=500)]


def add_clusters(web: APIRouter, pages: Pages) -> None:
    """Put the pages of clusters into *web*."""
    _add_clusters(web, pages)
    _add_workload(web, pages)
    _add_logical(web, pages)


def _add_clusters(web: APIRouter, pages: Pages) -> None:
    @web.get(CLUSTERS)
    def clusters(request: Request) -> Response:
        if redirect := canonical(request, CLUSTERS):
            return redirect
        visit, state = pages.visit(request), parse_state(request.query_params)
        freshness = visit.freshness
        page = load_clusters(state, visit) if visit.lacks is None else None
        return pages.page(
            request,
            visit,
            "clusters.html",
            state=state,
            page=page,
            periods=make_periods(state, visit, page.period if page else None, freshness, CLUSTERS),
            freshness=describe_freshness(freshness, visit),
        )

    @web.get(f"{CLUSTERS}/{{cluster}}")
    def cluster(request: Request, cluster: Name, resource: Text = None, pool: Text = None) -> Response:
        path = cluster_path(cluster) or CLUSTERS
        if redirect := canonical(request, path):
            return redirect
        visit, state = pages.visit(request), parse_state(request.query_params)
        freshness, chosen = visit.freshness, read_resource(resource)
        page = (
            load_cluster(cluster, state, visit, resource=chosen, pool=pool) if visit.lacks is None else None
        )
        extra = {"resource": None if chosen == "Cpu" else chosen.lower(), "pool": pool}
        return pages.page(
            request,
            visit,
            "cluster.html",
            404 if page is None and visit.lacks is None else 200,
            state=state,
            page=page,
            path=path,
            title=visit.value("x_ClusterId", cluster),
            has_source=has_source(cluster, visit),
            periods=make_periods(state, visit, page.period if page else None, freshness, path, extra),
            freshness=describe_freshness(freshness, visit),
        )


def _add_workload(web: APIRouter, pages: Pages) -> None:
    @web.get(f"{CLUSTERS}/{{cluster}}/workloads/{{namespace}}/{{kind}}/{{name}}")
    def workload(
        request: Request, cluster: Name, namespace: Name, kind: Name, name: Name, resource: Text = None
    ) -> Response:
        known = WorkloadName(cluster, namespace, value_of(kind), name)
        path = workload_path(cluster, namespace, known.kind, name) or CLUSTERS
        if redirect := canonical(request, path):
            return redirect
        visit, state = pages.visit(request), parse_state(request.query_params)
        chosen = read_resource(resource)
        page = load_workload(known, state, visit, path, resource=chosen) if visit.lacks is None else None
        extra = {"resource": None if chosen == "Cpu" else chosen.lower()}
        above = cluster_path(cluster)
        return pages.page(
            request,
            visit,
            "workload.html",
            404 if page is None and visit.lacks is None else 200,
            state=state,
            page=page,
            path=path,
            name=known,
            title=visit.value("x_Workload", name),
            cluster_title=visit.value("x_ClusterId", cluster),
            cluster_href=state.url(above) if above else None,
            periods=make_periods(state, visit, page.period if page else None, visit.freshness, path, extra),
            freshness=describe_freshness(visit.freshness, visit),
        )


def _add_logical(web: APIRouter, pages: Pages) -> None:
    @web.get(f"{CLUSTERS}/logical/{{name}}")
    def logical(request: Request, name: Name) -> Response:
        path = logical_path(name) or CLUSTERS
        if redirect := canonical(request, path):
            return redirect
        visit, state = pages.visit(request), parse_state(request.query_params)
        around = "period" not in request.query_params
        page = load_logical(name, state, visit, path, around=around) if visit.lacks is None else None
        state = page.state if page else state
        return pages.page(
            request,
            visit,
            "logical.html",
            404 if page is None and visit.lacks is None else 200,
            state=state,
            page=page,
            path=path,
            title=shorten(name),
            periods=make_periods(state, visit, page.period if page else None, visit.freshness, path),
            freshness=describe_freshness(visit.freshness, visit),
        )
