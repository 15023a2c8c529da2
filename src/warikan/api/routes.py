"""The routes under ``/api/v1``: parse, ask the workspace once, answer."""

from dataclasses import replace
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Path, Query, Request
from fastapi.responses import JSONResponse

from warikan.allocate.explain_charge import NoSuchCharge
from warikan.api import models
from warikan.api.anomalies import add_anomalies
from warikan.api.answers import cost_document, freshness_document, to_document
from warikan.api.budgets import add_budgets
from warikan.api.changes import add_changes
from warikan.api.clusters import add_clusters
from warikan.api.currency import add_currencies, require_currency
from warikan.api.incidents import add_incidents
from warikan.api.parameters import (
    MAX_LIMIT,
    By,
    Currency,
    DisplayCurrency,
    Last,
    Limit,
    Metric,
    Offset,
    PeriodText,
    Where,
    period_text,
)
from warikan.api.problems import ProblemRoute
from warikan.api.reconcile import add_reconcile
from warikan.api.restated import add_restatements
from warikan.api.reviews import add_reviews
from warikan.api.slack import add_slack
from warikan.bootstrap import Workspace
from warikan.engine.query import Order
from warikan.engine.query import Query as CostQuery
from warikan.focus.columns import DEFAULT_METRIC
from warikan.focus.errors import NotFound, UsageError
from warikan.focus.period import Granularity

MAX_ROWS = 50_000
"""Rows of one cost answer; beyond it the caller must ask for fewer groups. Nothing is cut silently."""

_ERRORS: dict[int | str, dict[str, Any]] = {
    400: {"model": models.ErrorModel, "description": "The question cannot be read."},
    422: {"model": models.ErrorModel, "description": "A parameter is out of bounds."},
    500: {"model": models.ErrorModel, "description": "The lake cannot be read, or a bug."},
}
_NOT_FOUND: dict[int | str, dict[str, Any]] = {
    404: {"model": models.ErrorModel, "description": "No such thing."}
}


def router(workspace: Workspace) -> APIRouter:
    """The API over *workspace*, to be included into an application."""
    api = APIRouter(prefix="/api/v1", route_class=ProblemRoute, responses=_ERRORS, tags=["v1"])
    _add_cost(api, workspace)
    _add_dimensions(api, workspace)
    _add_explain(api, workspace)
    add_clusters(api, workspace)
    add_anomalies(api, workspace)
    add_budgets(api, workspace)
    add_changes(api, workspace)
    add_currencies(api, workspace)
    add_incidents(api, workspace)
    add_reconcile(api, workspace)
    add_reviews(api, workspace)
    add_restatements(api, workspace)
    add_slack(api, workspace)
    _add_operations(api, workspace)
    return api


def not_found_router(known: APIRouter) -> APIRouter:
    """Answers what *known* does not, under ``/api``, in the shape of all other errors; include it last."""
    api = APIRouter(prefix="/api", route_class=ProblemRoute, include_in_schema=False)

    @api.api_route("/{path:path}", methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
    def unknown(path: str, request: Request) -> JSONResponse:
        if allowed := methods_of(known, f"/api/{path}"):
            raise HTTPException(
                405, f"/api/{path} answers {allowed}, not {request.method}", headers={"Allow": allowed}
            )
        raise NotFound(f"there is no /api/{path}", hint="/api/v1/openapi.json lists what there is")

    return api


def methods_of(router: APIRouter, path: str) -> str:
    """The HTTP methods that *path* has in *router*, joined by commas; empty when there is no such path."""
    here = [r for r in router.routes if isinstance(r, ProblemRoute) and r.path_regex.match(path)]
    return ", ".join(sorted({method for route in here for method in route.methods or ()}))


def _add_cost(api: APIRouter, workspace: Workspace) -> None:
    @api.get("/cost", response_model=models.CostModel, summary="What things cost")
    def cost(
        *,
        metric: Annotated[list[Metric] | None, Query(max_length=9, description="Repeat for several.")] = None,
        by: By = None,
        where: Where = None,
        period: PeriodText = None,
        last: Last = None,
        granularity: Granularity | None = None,
        compare: Literal["previous"] | None = None,
        top: Annotated[
            int | None, Query(ge=1, le=MAX_LIMIT, description="Keep the largest; one row for the rest.")
        ] = None,
        order: Order = "cost",
        currency: Currency = None,
        display: DisplayCurrency = None,
    ) -> JSONResponse:
        """
        Cost by any columns. Amounts are exact decimal strings, one result for each billing currency.

        With `in` the same is also added up in that currency, beside it, with each rate that was used.

        Default: EffectiveCost of the last 30 complete days. The same words as `warikan cost`.
        """
        query = CostQuery(
            metrics=tuple(dict.fromkeys(metric or (DEFAULT_METRIC,))),
            by=tuple(dict.fromkeys(by or [])),
            where=where or None,
            period=period_text(period, last),
            granularity=granularity,
            compare=compare,
            top=top,
            order=order,
            currency=currency,
        )
        answer = workspace.ask(query)
        if not answer.answers:
            require_currency(workspace, currency)
        rows = sum(one.rows.num_rows for one in answer.answers)
        if rows > MAX_ROWS:
            raise UsageError(
                f"the answer has {rows:,} rows, more than {MAX_ROWS:,}",
                hint="ask for top=100, fewer columns, or a narrower filter",
            )
        shown = workspace.ask(replace(query, display=display)) if display is not None else None
        return JSONResponse(cost_document(answer, shown))


def _add_dimensions(api: APIRouter, workspace: Workspace) -> None:
    @api.get("/dimensions", response_model=models.DimensionsModel, summary="What one can group and filter by")
    def dimensions() -> JSONResponse:
        """Every column that `by` and `where` know, with its label and the tables that have it."""
        return JSONResponse({"dimensions": to_document(list(workspace.dimensions()))})

    @api.get("/dimensions/{column}/values", response_model=models.ValuesModel, summary="Values of a column")
    def values(
        column: Annotated[str, Path(max_length=200, examples=["x_TeamId"])],
        where: Where = None,
        period: PeriodText = None,
        last: Last = None,
        search: Annotated[str | None, Query(max_length=200, description="Part of the value.")] = None,
        limit: Limit = 50,
    ) -> JSONResponse:
        """Values that occur, largest cost first: for completion."""
        found = workspace.values(
            column, where=where, period=period_text(period, last), search=search, limit=limit
        )
        return JSONResponse({"column": column, "values": to_document(list(found))})


def _add_explain(api: APIRouter, workspace: Workspace) -> None:
    @api.get("/explain", response_model=dict[str, Any], summary="Why a number is what it is")
    def explain(
        where: Where = None,
        period: PeriodText = None,
        last: Last = None,
        metric: Metric = "EffectiveCost",
        currency: Currency = None,
        limit: Limit = 20,
        offset: Offset = 0,
    ) -> JSONResponse:
        """The amount of a cell, its classes, and its largest slices; each slice names its charge."""
        found = workspace.explain(
            where=where,
            period=period_text(period, last),
            metric=metric,
            currency=currency,
            limit=limit,
            offset=offset,
        )
        if not found.cells:
            require_currency(workspace, currency)
        return JSONResponse(to_document(found))

    @api.get(
        "/explain/charge",
        response_model=dict[str, Any],
        responses=_NOT_FOUND,
        summary="One charge, to its bill row",
    )
    def explain_charge(
        source_id: Annotated[str, Query(max_length=1000)],
        month: Annotated[date, Query(description="First day of the billing month.", examples=["2026-10-01"])],
        charge_key: Annotated[int, Query(ge=0, lt=2**63)],
    ) -> JSONResponse:
        """The charge (file, row, values), the rule that claimed it, and each step that shared it."""
        try:
            found = workspace.explain_charge(source_id=source_id, month=month, charge_key=charge_key)
        except NoSuchCharge as error:
            raise NotFound(f"no charge {charge_key} of {source_id} in {month:%Y-%m}") from error
        return JSONResponse(to_document(found))


def _add_operations(api: APIRouter, workspace: Workspace) -> None:
    @api.get("/loads", response_model=models.RowsModel, summary="Files taken in")
    def loads(limit: Limit = 100, offset: Offset = 0) -> JSONResponse:
        """One row for each file, billing month and currency: rows, sums, rejects."""
        return JSONResponse({"rows": to_document(workspace.loads().slice(offset, limit))})

    @api.get("/health", response_model=dict[str, Any], summary="Whether the lake can be read")
    def health() -> JSONResponse:
        """How far the data reaches; fails when the tables cannot be read."""
        return JSONResponse({"status": "ok", "freshness": freshness_document(workspace.freshness())})
