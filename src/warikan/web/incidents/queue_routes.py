"""The address of the queue, and of what can be done in it at once."""

from typing import Annotated

from fastapi import APIRouter, Form, Path, Request, Response
from starlette.datastructures import QueryParams

from warikan.focus.errors import Conflict, UsageError
from warikan.web.acting import Acting
from warikan.web.incidents.queue import QUEUE, load_queue, load_told, parse_wanted
from warikan.web.me import see_other
from warikan.web.pages import Pages
from warikan.web.texts import N_
from warikan.web.toolbar import describe_freshness
from warikan.web.visit import Visit

RowId = Annotated[str, Path(pattern=r"^(ANO|INC)-[0-9]{1,9}$")]
SAID = N_("said in the queue")


def add_queue(web: APIRouter, pages: Pages) -> None:
    """Put the queue into *web*."""

    def show(request: Request, params: QueryParams, said: str | None, status: int = 200) -> Response:
        visit, wanted = pages.visit(request), parse_wanted(params)
        return pages.page(
            request,
            visit,
            "queue.html",
            status,
            at=wanted.url(),
            queue=load_queue(wanted, visit),
            told=load_told(said, visit) if said else None,
            is_conflict=status != 200,
            freshness=describe_freshness(visit.freshness, visit),
        )

    @web.get(QUEUE)
    def queue(request: Request) -> Response:
        return show(request, request.query_params, (request.query_params.get("said") or "")[:20])

    @web.post(f"{QUEUE}/queue/{{row}}")
    def act(
        request: Request,
        actor: Acting,
        row: RowId,
        do: Annotated[str, Form(max_length=20)],
        version: Annotated[int, Form(ge=1, le=10**9)],
        back: Annotated[str, Form(max_length=2000)] = QUEUE,
    ) -> Response:
        params = QueryParams(back.partition("?")[2])
        visit = pages.visit(request)
        try:
            declared = _do(visit, row, do, actor, version)
        except Conflict:
            return show(request, params, row, 409)
        return see_other(declared or parse_wanted(params).url(said=row))


def _do(visit: Visit, row: str, do: str, actor: str, version: int) -> str | None:
    """Do it; where to go if not back to the queue."""
    if row.startswith("INC-"):
        if do in {"planned", "false"}:  # Somebody's incident is not dismissed by one key: its page asks why.
            return f"{QUEUE}/{visit.workspace.operations.incidents.get(row).id}?dismiss={do}"
        _do_to_incident(visit, row, do, actor, version)
        return None
    operations = visit.workspace.operations
    if do == "declare":
        return f"{QUEUE}/{operations.incidents.declare_from_anomaly(row, actor=actor).id}"
    verdict = None if do == "undo" else do
    operations.anomalies.say(row, verdict, actor=actor, version=version)  # type: ignore[arg-type]
    return None


def _do_to_incident(visit: Visit, row: str, do: str, actor: str, version: int) -> None:
    incidents, reason = visit.workspace.operations.incidents, visit.texts.gettext(SAID)
    match do:
        case "acknowledge":
            incidents.acknowledge(row, actor=actor, version=version)
        case "contain":
            incidents.contain(row, actor=actor, version=version)
        case "close":
            incidents.close(row, actor=actor, version=version)
        case "reopen":
            incidents.reopen(row, reason=reason, actor=actor, version=version, last_only=True)
        case _:
            raise UsageError(f"{do} is not known")
