"""The routes of what belongs to an incident: its timeline, tasks and tickets."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path
from fastapi.responses import JSONResponse
from pydantic import Field

from warikan.api import models
from warikan.api.actor import Actor
from warikan.api.answers import to_document
from warikan.api.bodies import Body
from warikan.bootstrap import Workspace
from warikan.focus.errors import UsageError
from warikan.operate.incidents.incident import TaskState

IncidentId = Annotated[str, Path(max_length=20, examples=["INC-12"])]
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
_NOT_FOUND: dict[int | str, dict[str, Any]] = {
    404: {"model": models.ErrorModel, "description": "No such incident, line, task or tracker."},
    409: {"model": models.ErrorModel, "description": "It has changed since the version that was named."},
}


class NoteModel(Body):
    """A line of the timeline."""

    text: str = Field(min_length=1, max_length=8000)
    at: datetime | None = Field(None, description="When it happened; absent: now.")
    link: str | None = Field(None, max_length=2000, pattern=r"^https?://")


class EntryModel(Body):
    """What people do to a line; what is given is changed. The version is the line's."""

    pinned: bool | None = None
    hidden: bool | None = None
    annotation: str | None = Field(None, max_length=4000)
    version: int | None = None


class TaskModel(Body):
    """Something to do."""

    title: str = Field(min_length=1, max_length=300)
    owner: str = Field(min_length=1, max_length=200)
    due: date | None = None


class TaskChangeModel(Body):
    """What is given of a task is changed. The version is the task's."""

    title: str | None = Field(None, min_length=1, max_length=300)
    owner: str | None = Field(None, min_length=1, max_length=200)
    due: date | None = Field(None, description="null takes the date away.")
    state: TaskState | None = None
    version: int | None = None


class TicketModel(Body):
    """A tracker in which to make a ticket, or the address of one that is there."""

    tracker: str | None = Field(None, max_length=64)
    url: str | None = Field(None, max_length=2000)
    title: str = Field("", max_length=300)
    task: int | None = Field(None, ge=1)


def add_parts(api: APIRouter, workspace: Workspace) -> None:
    """Put the routes into *api*."""
    _add_timeline(api, workspace)
    _add_work(api, workspace)


def _add_timeline(api: APIRouter, workspace: Workspace) -> None:
    @api.get(
        "/incidents/{incident}/timeline",
        response_model=models.RowsModel,
        responses=_NOT_FOUND,
        summary="What happened, from two days before the onset",
    )
    def timeline(incident: IncidentId, hidden: bool = False) -> JSONResponse:  # noqa: FBT001, FBT002 - a parameter
        """In order of time; coincident changes have a rank, and none is called the cause."""
        rows = workspace.operations.incidents.timeline(incident, hidden=hidden)
        return JSONResponse({"rows": to_document(rows)})

    @api.get(
        "/incidents/{incident}/figures",
        response_model=models.RowsModel,
        responses=_NOT_FOUND,
        summary="Every figure that was told",
    )
    def figures(incident: IncidentId) -> JSONResponse:
        """Oldest first; none is ever changed."""
        return JSONResponse({"rows": to_document(workspace.operations.incidents.figures(incident))})

    @api.post("/incidents/{incident}/notes", status_code=201, responses=_NOT_FOUND, summary="Add a note")
    def note(incident: IncidentId, asked: NoteModel, actor: Actor) -> JSONResponse:
        """A line of the timeline, at the time it speaks of."""
        made = workspace.operations.incidents.add_note(
            incident, asked.text, actor=actor, at=asked.at, link=asked.link
        )
        return JSONResponse(to_document(made), status_code=201)

    @api.patch(
        "/incidents/{incident}/timeline/{entry}", responses=_NOT_FOUND, summary="Pin, hide or annotate a line"
    )
    def entry(incident: IncidentId, entry: Number, asked: EntryModel, actor: Actor) -> JSONResponse:
        """Hiding deletes nothing."""
        done = workspace.operations.incidents.change_entry(
            incident,
            entry,
            actor=actor,
            pinned=asked.pinned,
            hidden=asked.hidden,
            annotation=asked.annotation,
            version=asked.version,
        )
        return JSONResponse(to_document(done))


def _add_work(api: APIRouter, workspace: Workspace) -> None:
    @api.post("/incidents/{incident}/tasks", status_code=201, responses=_NOT_FOUND, summary="Add a task")
    def task(incident: IncidentId, asked: TaskModel, actor: Actor) -> JSONResponse:
        """With an owner, and a due date where there is one."""
        made = workspace.operations.incidents.add_task(
            incident, title=asked.title, owner=asked.owner, due=asked.due, actor=actor
        )
        return JSONResponse(to_document(made), status_code=201)

    @api.patch("/incidents/{incident}/tasks/{number}", responses=_NOT_FOUND, summary="Change a task")
    def change_task(
        incident: IncidentId, number: Number, asked: TaskChangeModel, actor: Actor
    ) -> JSONResponse:
        """What is given is changed."""
        given = {name: getattr(asked, name) for name in asked.model_fields_set}
        nothing = [name for name in ("title", "owner", "state") if name in given and given[name] is None]
        if nothing:
            raise UsageError(f"{nothing[0]} cannot be null")
        done = workspace.operations.incidents.update_task(incident, number, actor=actor, **given)
        return JSONResponse(to_document(done))

    @api.post(
        "/incidents/{incident}/tickets",
        status_code=201,
        responses=_NOT_FOUND,
        summary="Make a ticket, or link one",
    )
    def ticket(incident: IncidentId, asked: TicketModel, actor: Actor) -> JSONResponse:
        """Once for an incident (or task) and tracker; pending where the tracker did not answer."""
        incidents = workspace.operations.incidents
        if (asked.tracker is None) == (asked.url is None):
            raise UsageError("give tracker or url")
        if asked.url is not None:
            made = incidents.link_ticket(incident, asked.url, actor=actor, title=asked.title, task=asked.task)
        else:
            made = incidents.create_ticket(
                incident, asked.tracker or "", actor=actor, task=asked.task, title=asked.title
            )
        return JSONResponse(to_document(made), status_code=201)
