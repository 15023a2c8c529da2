"""The routes of restatement: the loads of a billing month, and what changed between two of them."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from warikan.allocate.restated import Restatements
from warikan.api import models
from warikan.api.answers import Document, to_document
from warikan.bootstrap import Workspace
from warikan.engine.restatement import Difference, Load

_SNAPSHOT_PATTERN = r"^\d{1,19}$"
Source = Annotated[str, Query(max_length=1000, examples=["aws"])]
Month = Annotated[str, Query(max_length=20, description="A billing month.", examples=["2026-09"])]
Snapshot = Annotated[
    str | None, Query(pattern=_SNAPSHOT_PATTERN, description="Of `charges`, as /diff/loads lists them.")
]
_NOT_FOUND: dict[int | str, dict[str, Any]] = {
    404: {"model": models.ErrorModel, "description": "No such source, month or load."}
}


def restatements_of(workspace: Workspace) -> Restatements:
    """The restatements of *workspace*."""
    return Restatements(workspace.engine, workspace.settings, workspace.catalog)


def add_restatements(api: APIRouter, workspace: Workspace) -> None:
    """Put the routes into *api*."""

    @api.get(
        "/diff/loads",
        response_model=dict[str, Any],
        responses=_NOT_FOUND,
        summary="Loads of a billing month that are kept",
    )
    def loads(source: Source, period: Month) -> JSONResponse:
        """Newest first, each with its snapshot, rows and sums."""
        found = restatements_of(workspace).loads(source, period)
        return JSONResponse(loads_document(source, period, found))

    @api.get(
        "/diff",
        response_model=dict[str, Any],
        responses=_NOT_FOUND,
        summary="What changed between two loads of a billing month",
    )
    def diff(
        source: Source,
        period: Month,
        before: Annotated[Snapshot, Query(alias="from")] = None,
        after: Annotated[Snapshot, Query(alias="to")] = None,
        limit: Annotated[int, Query(ge=1, le=1000, description="Groups that are named.")] = 100,
    ) -> JSONResponse:
        """
        Added, removed and changed rows and money by account, service and team, and the causes.

        before + added - removed + changed + moved = after, in each group, currency and metric.
        """
        found = restatements_of(workspace).diff(
            source,
            period,
            before=None if before is None else int(before),
            after=None if after is None else int(after),
            limit=limit,
        )
        return JSONResponse(difference_document(found))


def loads_document(source_id: str, period: str, loads: tuple[Load, ...]) -> Document:
    """*loads* as JSON-ready data; a snapshot is text, as JavaScript would round it."""
    return {"source": source_id, "period": period, "loads": [_load(load) for load in loads]}


def difference_document(found: Difference) -> Document:
    """*found* as JSON-ready data: money as exact text."""
    return {
        "source": found.source_id,
        "period": f"{found.month:%Y-%m}",
        "before": _load(found.before),
        "after": _load(found.after),
        "totals": to_document(found.totals),
        "causes": to_document(found.causes),
        "groups": to_document(found.groups),
        "owned_by": found.owned_by,
        "largest": to_document(found.largest),
    }


def _load(load: Load) -> Document:
    document: Document = to_document(load)
    return document | {"snapshot": str(load.snapshot)}
