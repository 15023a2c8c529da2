"""The routes of clusters: what they cost by cause, and what ran on them."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path
from fastapi.responses import JSONResponse

from warikan.api import models
from warikan.api.answers import to_document
from warikan.api.cluster_answers import cluster_document, clusters_document, usage_document
from warikan.api.currency import require_currency
from warikan.api.models import ErrorModel
from warikan.api.parameters import By, Currency, Last, PeriodText, Where, period_text
from warikan.bootstrap import Workspace
from warikan.engine.clusters import ClusterQuery
from warikan.engine.usage import UsageQuery
from warikan.focus.errors import NotFound, UsageError
from warikan.focus.period import Granularity

MAX_ROWS = 50_000
"""Rows of quantities; beyond it the caller must ask for fewer places. Nothing is cut silently."""
_NOT_FOUND: dict[int | str, dict[str, Any]] = {404: {"model": ErrorModel, "description": "No such cluster."}}


def add_clusters(api: APIRouter, workspace: Workspace) -> None:
    """Put the routes into *api*."""
    _add_clusters(api, workspace)
    _add_usage(api, workspace)


def _add_clusters(api: APIRouter, workspace: Workspace) -> None:
    @api.get("/clusters", response_model=dict[str, Any], summary="What clusters cost, by cause")
    def clusters(period: PeriodText = None, last: Last = None, currency: Currency = None) -> JSONResponse:
        """Each cluster: cost by cause, efficiency, what a vCPU-hour costs, quantities, coverage."""
        require_currency(workspace, currency)
        query = ClusterQuery(period=period_text(period, last), currency=currency)
        return JSONResponse(clusters_document(workspace.clusters.all(query), workspace.settings.clusters))

    @api.get("/cluster-estimates", response_model=models.RowsModel, summary="Days without a bill")
    def estimates() -> JSONResponse:
        """
        Machines on days that the bill did not have, at the last prices it showed; what it says now, and why.

        One row per cluster, day and currency. Estimates are in no other number.
        """
        return JSONResponse({"rows": to_document(workspace.estimates())})

    @api.get(
        "/clusters/{cluster}",
        response_model=dict[str, Any],
        responses=_NOT_FOUND,
        summary="What one cluster consists of",
    )
    def cluster(
        cluster: Annotated[str, Path(max_length=500)],
        period: PeriodText = None,
        last: Last = None,
        currency: Currency = None,
    ) -> JSONResponse:
        """The cluster as in the list, and its node pools, namespaces and workloads."""
        require_currency(workspace, currency)
        query = ClusterQuery(period=period_text(period, last), currency=currency, clusters=(cluster,))
        found = workspace.clusters.parts(query)
        if not (found.whole.costs or found.whole.usage or found.whole.nodes):
            raise NotFound(
                f"neither the bill nor hours know a cluster {cluster!r} in {found.period}",
                hint="/api/v1/clusters lists those that they know",
            )
        return JSONResponse(cluster_document(cluster, found, workspace.settings.clusters))


def _add_usage(api: APIRouter, workspace: Workspace) -> None:
    @api.get("/usage", response_model=dict[str, Any], summary="What ran on clusters, in quantities")
    def usage(
        by: By = None,
        where: Where = None,
        period: PeriodText = None,
        last: Last = None,
        granularity: Granularity | None = None,
        of: Literal["containers", "nodes"] = "containers",
    ) -> JSONResponse:
        """
        Requests, use and demand of containers, or capacity of nodes, by cluster, namespace, workload ...

        Whole numbers as text: CPU in millicore-seconds, memory in byte-seconds, GPU in milli-GPU-seconds.
        """
        query = UsageQuery(
            by=tuple(dict.fromkeys(by or [])),
            where=where or None,
            period=period_text(period, last),
            granularity=granularity,
        )
        questions = workspace.clusters
        answer = questions.usage(query) if of == "containers" else questions.nodes(query)
        if answer.rows.num_rows > MAX_ROWS:
            raise UsageError(
                f"the answer has {answer.rows.num_rows:,} rows, more than {MAX_ROWS:,}",
                hint="ask by fewer columns, or with a narrower filter or period",
            )
        return JSONResponse(usage_document(answer))
