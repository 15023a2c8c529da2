"""The routes of changes: the ledger, one change, and one written by hand."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, Field

from warikan.api import models
from warikan.api.actor import Actor
from warikan.api.answers import to_document
from warikan.api.bodies import Body
from warikan.api.hooks import add_hooks
from warikan.api.parameters import Limit, Offset
from warikan.bootstrap import Workspace
from warikan.catalog.known import require_known
from warikan.operate.changes.change import ActorKind, Change, ChangeDraft, Kind, Outcome, Subject
from warikan.operate.changes.rows import Criteria

Name = Annotated[str | None, Query(max_length=200)]
_NOT_FOUND: dict[int | str, dict[str, Any]] = {
    404: {"model": models.ErrorModel, "description": "No such change."}
}


class ChangeModel(Body):
    """What somebody says happened."""

    title: str = Field(min_length=1, max_length=300, examples=["Doubled the cache nodes"])
    kind: Kind = "manual"
    at: AwareDatetime | None = Field(None, description="Absent: now.")
    ended_at: AwareDatetime | None = None
    event_id: str | None = Field(None, max_length=200, description="Saying it twice with one id is once.")
    service: str | None = Field(None, max_length=64)
    team: str | None = Field(None, max_length=64, description="Where no service is known.")
    environment: str | None = Field(None, max_length=100)
    cluster: str | None = Field(None, max_length=100)
    scope: dict[str, Annotated[str, Field(max_length=500)]] = Field(
        {}, max_length=20, examples=[{"ServiceName": "Amazon S3"}]
    )
    outcome: Outcome = "succeeded"
    actor_kind: ActorKind = "unknown"
    revision: str | None = Field(None, max_length=200)
    url: str | None = Field(None, max_length=2000)

    def draft(self) -> ChangeDraft:
        """As the ledger takes it."""
        told = self.model_dump(exclude={"service"})
        return ChangeDraft(subject=Subject(service=self.service), **told)


def change_document(change: Change) -> dict[str, Any]:
    """*change* as JSON; evidence has ``from``, and ``conflicts`` is what names another service."""
    document: dict[str, Any] = to_document(change)
    document["evidence"] = [_evidence(e) for e in document["evidence"]]
    document["conflicts"] = [_evidence(e) for e in to_document(change.conflicts)]
    return document


def _evidence(document: dict[str, Any]) -> dict[str, Any]:
    return {"from" if key == "from_" else key: value for key, value in document.items()}


def add_changes(api: APIRouter, workspace: Workspace) -> None:
    """Put the routes into *api*, and that of deliveries."""
    add_hooks(api, workspace)

    @api.get("/changes", response_model=models.RowsModel, summary="What happened")
    def changes(
        *,
        service: Name = None,
        team: Name = None,
        cluster: Name = None,
        environment: Name = None,
        kind: Kind | None = None,
        source: Name = None,
        owned: Annotated[bool | None, Query(description="false: only those of no service.")] = None,
        start: datetime | None = None,
        end: Annotated[datetime | None, Query(description="Exclusive.")] = None,
        text: Name = None,
        limit: Limit = 100,
        offset: Offset = 0,
    ) -> JSONResponse:
        """Those that began in the interval or lasted into it, newest first; times without a zone are UTC."""
        require_known(workspace.catalog, service=service, team=team)
        asked = Criteria(
            service=service,
            team=team,
            cluster=cluster,
            environment=environment,
            kind=kind,
            source=source,
            is_owned=owned,
            start=_utc(start),
            end=_utc(end),
            text=text,
        )
        found = workspace.operations.changes.list(asked, limit=limit, offset=offset)
        return JSONResponse({"rows": [change_document(one) for one in found]})

    @api.post("/changes", status_code=201, response_model=dict[str, Any], summary="Write a change down")
    def add(told: ChangeModel, actor: Actor) -> JSONResponse:
        """Something that no sender tells. What is written already is answered as it is."""
        change = workspace.operations.changes.add(told.draft(), actor)
        return JSONResponse(change_document(change), status_code=201)

    @api.get("/change-sources", response_model=models.RowsModel, summary="Who tells what happened")
    def sources() -> JSONResponse:
        """One row per source: how many changes it told, when last, and why asking it failed."""
        return JSONResponse({"rows": to_document(workspace.operations.changes.sources())})

    @api.get("/changes/{change}", response_model=dict[str, Any], responses=_NOT_FOUND, summary="One change")
    def change(change: Annotated[str, Path(max_length=20, examples=["CHG-12"])]) -> JSONResponse:
        """With the evidence for its service."""
        return JSONResponse(change_document(workspace.operations.changes.get(change)))


def _utc(moment: datetime | None) -> datetime | None:
    if moment is None:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
