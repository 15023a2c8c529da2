"""The address of an incident, and of everything that people do with it."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form, Path, Request, Response

from warikan.focus.errors import Conflict, UsageError
from warikan.operate.incidents.incident import SEVERITIES
from warikan.operate.reviews.document import Language
from warikan.web.acting import Acting
from warikan.web.incidents.incident import load_incident_page
from warikan.web.incidents.queue import QUEUE
from warikan.web.incidents.refusal import NOTHING, Refusal, opened, refusal_of
from warikan.web.incidents.similar import list_similar
from warikan.web.incidents.words import DECLARED, DETECTED, ROLES, STATE_NOTES, STATES
from warikan.web.me import see_other
from warikan.web.pages import Pages
from warikan.web.toolbar import describe_freshness
from warikan.web.visit import Visit

IncidentId = Annotated[str, Path(pattern=r"^INC-[0-9]{1,9}$")]
Move = Annotated[str, Path(pattern=r"^(acknowledge|contain|verify|close|reopen|dismiss)$")]
Version = Annotated[int | None, Form(ge=1, le=10**9)]
Number = Annotated[int, Path(ge=1, le=10**9)]
Line = Annotated[str, Form(max_length=300)]
Text = Annotated[str, Form(max_length=8000)]
Word = Annotated[str, Form(max_length=200)]
Address = Annotated[str, Form(max_length=2000)]
Moment = Annotated[str, Form(max_length=40)]
Doing = Callable[[Visit], Any]
ENTRY_ACTS: Mapping[str, dict[str, Any]] = {
    "pin": {"pinned": True},
    "unpin": {"pinned": False},
    "hide": {"hidden": True},
    "show": {"hidden": False},
}


def add_incident(web: APIRouter, pages: Pages) -> None:
    """Put the page of an incident and its forms into *web*."""
    desk = Desk(pages)

    @web.get(f"{QUEUE}/{{incident}}")
    def incident(request: Request, incident: IncidentId) -> Response:
        verdict = request.query_params.get("dismiss")
        asked = opened("dismiss", verdict=verdict) if verdict in {"planned", "false"} else NOTHING
        return desk.show(request, incident, asked)

    _add_moves(web, desk)
    _add_facts(web, desk)
    _add_timeline(web, desk)
    _add_tasks(web, desk)
    _add_tickets(web, desk)


class Desk:
    """Shows an incident, and takes its forms."""

    def __init__(self, pages: Pages) -> None:
        self.pages = pages

    def show(self, request: Request, incident: str, refused: Refusal = NOTHING) -> Response:
        """The page; with what was typed into the form that was *refused*."""
        visit, params = self.pages.visit(request), request.query_params
        with_marks, with_hidden = params.get("marks") != "off", params.get("hidden") == "on"
        with_all = params.get("all") == "on"
        page = load_incident_page(
            incident, visit, with_marks=with_marks, with_hidden=with_hidden, with_all=with_all
        )
        one = page.incident
        return self.pages.page(
            request,
            visit,
            "incident.html",
            refused.status,
            at=None if request.method == "GET" else f"{QUEUE}/{one.id}",
            page=page,
            incident=one,
            similar=list_similar(visit, visit.workspace.operations.incidents.facts(one.id)),
            review=review_of(visit, one.id),
            refused=refused,
            states=STATES,
            declared=DECLARED,
            detected=DETECTED,
            state_notes=STATE_NOTES,
            marks=with_marks,
            with_hidden=with_hidden,
            severities=SEVERITIES,
            known_roles=ROLES,
            freshness=describe_freshness(visit.freshness, visit),
        )

    def take(self, request: Request, incident: str, form: str, doing: Doing, **typed: str) -> Response:
        """Do it and show the page anew; where it was refused, show it with what was *typed*."""
        visit = self.pages.visit(request)
        try:
            doing(visit)
        except (Conflict, UsageError) as error:
            return self.show(request, incident, refusal_of(error, visit.texts, form, typed))
        return see_other(f"{QUEUE}/{incident}")


def review_of(visit: Visit, incident_id: str) -> str | None:
    """The id of the review of *incident_id*; None where there is none."""
    found = visit.workspace.operations.reviews.of_incident(incident_id)
    return found.id if found else None


def _add_moves(web: APIRouter, desk: Desk) -> None:
    @web.post(f"{QUEUE}/{{incident}}/to/{{move}}")
    def move(
        request: Request,
        actor: Acting,
        incident: IncidentId,
        move: Move,
        version: Version = None,
        reason: Text = "",
        at: Moment = "",
        verdict: Word = "",
    ) -> Response:
        def doing(visit: Visit) -> object:
            incidents = visit.workspace.operations.incidents
            match move:
                case "acknowledge":
                    return incidents.acknowledge(incident, actor=actor, version=version)
                case "contain":
                    return incidents.contain(incident, actor=actor, at=moment_of(at), version=version)
                case "verify":
                    return incidents.verify(incident, reason=reason, actor=actor, version=version)
                case "close":
                    return incidents.close(incident, reason=reason, actor=actor, version=version)
                case "reopen":
                    return incidents.reopen(incident, reason=reason, actor=actor, version=version)
                case _:
                    return incidents.dismiss(
                        incident,
                        verdict,  # type: ignore[arg-type]
                        reason=reason,
                        actor=actor,
                        version=version,
                    )

        return desk.take(request, incident, move, doing, reason=reason, at=at, verdict=verdict)


def _add_facts(web: APIRouter, desk: Desk) -> None:
    @web.post(f"{QUEUE}/{{incident}}/role")
    def role(
        request: Request,
        actor: Acting,
        incident: IncidentId,
        role: Word,
        name: Word = "",
        version: Version = None,
    ) -> Response:
        def doing(visit: Visit) -> object:
            return visit.workspace.operations.incidents.assign_role(
                incident, role, name.strip() or None, actor=actor, version=version
            )

        return desk.take(request, incident, "role", doing, role=role, name=name)

    @web.post(f"{QUEUE}/{{incident}}/severity")
    def severity(
        request: Request, actor: Acting, incident: IncidentId, severity: Word, version: Version = None
    ) -> Response:
        def doing(visit: Visit) -> object:
            return visit.workspace.operations.incidents.set_severity(
                incident,
                severity,  # type: ignore[arg-type]
                actor=actor,
                version=version,
            )

        return desk.take(request, incident, "severity", doing, severity=severity)

    @web.post(f"{QUEUE}/{{incident}}/title")
    def title(
        request: Request, actor: Acting, incident: IncidentId, title: Line = "", version: Version = None
    ) -> Response:
        def doing(visit: Visit) -> object:
            return visit.workspace.operations.incidents.rename(incident, title, actor=actor, version=version)

        return desk.take(request, incident, "title", doing, title=title)

    @web.post(f"{QUEUE}/{{incident}}/review")
    def review(request: Request, actor: Acting, incident: IncidentId) -> Response:
        visit = desk.pages.visit(request)
        lang: Language = "ja" if visit.texts.lang == "ja" else "en"
        made = visit.workspace.operations.reviews.begin(incident, actor=actor, language=lang)
        return see_other(f"/reviews/{made.id}")


def _add_timeline(web: APIRouter, desk: Desk) -> None:
    @web.post(f"{QUEUE}/{{incident}}/notes")
    def note(
        request: Request,
        actor: Acting,
        incident: IncidentId,
        text: Text = "",
        at: Moment = "",
        link: Address = "",
    ) -> Response:
        def doing(visit: Visit) -> object:
            return visit.workspace.operations.incidents.add_note(
                incident, text, actor=actor, at=moment_of(at), link=link.strip() or None
            )

        return desk.take(request, incident, "note", doing, text=text, at=at, link=link)

    @web.post(f"{QUEUE}/{{incident}}/entries/{{entry}}")
    def entry(
        request: Request,
        actor: Acting,
        incident: IncidentId,
        entry: Number,
        version: Version = None,
        do: Word = "",
        annotation: Text = "",
    ) -> Response:
        changes = ENTRY_ACTS.get(do, {"annotation": annotation})

        def doing(visit: Visit) -> object:
            return visit.workspace.operations.incidents.change_entry(
                incident, entry, actor=actor, version=version, **changes
            )

        return desk.take(request, incident, f"entry-{entry}", doing, annotation=annotation)


def _add_tasks(web: APIRouter, desk: Desk) -> None:
    @web.post(f"{QUEUE}/{{incident}}/tasks")
    def add(
        request: Request,
        actor: Acting,
        incident: IncidentId,
        title: Line = "",
        owner: Word = "",
        due: Moment = "",
    ) -> Response:
        def doing(visit: Visit) -> object:
            return visit.workspace.operations.incidents.add_task(
                incident, title=title, owner=owner, due=day_of(due), actor=actor
            )

        return desk.take(request, incident, "task", doing, title=title, owner=owner, due=due)

    @web.post(f"{QUEUE}/{{incident}}/tasks/{{number}}")
    def change(  # noqa: PLR0917 - the fields of a form
        request: Request,
        actor: Acting,
        incident: IncidentId,
        number: Number,
        title: Line = "",
        owner: Word = "",
        due: Moment = "",
        state: Word = "open",
        version: Version = None,
    ) -> Response:
        def doing(visit: Visit) -> object:
            return visit.workspace.operations.incidents.update_task(
                incident,
                number,
                actor=actor,
                title=title,
                owner=owner,
                due=day_of(due),
                state=state,  # type: ignore[arg-type]
                version=version,
            )

        return desk.take(
            request, incident, f"task-{number}", doing, title=title, owner=owner, due=due, state=state
        )


def _add_tickets(web: APIRouter, desk: Desk) -> None:
    @web.post(f"{QUEUE}/{{incident}}/tickets")
    def ticket(
        request: Request,
        actor: Acting,
        incident: IncidentId,
        url: Address = "",
        tracker: Word = "",
        title: Line = "",
        task: Annotated[str, Form(pattern=r"^[0-9]{0,6}$")] = "",
    ) -> Response:
        of = int(task) if task else None

        def doing(visit: Visit) -> object:
            incidents = visit.workspace.operations.incidents
            if tracker:
                return incidents.create_ticket(incident, tracker, actor=actor, task=of, title=title)
            return incidents.link_ticket(incident, url.strip(), actor=actor, task=of, title=title)

        return desk.take(request, incident, "ticket", doing, url=url, title=title, task=task)


def moment_of(text: str) -> datetime | None:
    """
    What a field of day and time holds, in UTC; None for nothing.

    Raises:
        UsageError: it is no time.
    """
    if not text.strip():
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise UsageError(f"{text!r} is no time; write '2026-09-01' or '2026-09-01T06:00:00Z'") from error
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def day_of(text: str) -> date | None:
    """
    What a field of a day holds; None for nothing.

    Raises:
        UsageError: it is no day.
    """
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise UsageError(f"{text!r} is no day; write '2026-09-01'") from error
