"""The address of an anomaly, and of what people say of it."""

from typing import Annotated

from fastapi import APIRouter, Form, Path, Request, Response

from warikan.focus.errors import Conflict, UsageError
from warikan.web.acting import Acting
from warikan.web.incidents.anomaly import known_of, load_anomaly_page
from warikan.web.incidents.queue import QUEUE
from warikan.web.incidents.refusal import NOTHING, Refusal, refusal_of
from warikan.web.incidents.similar import list_similar
from warikan.web.incidents.words import KINDS, STATE_NOTES, STATES, VERDICTS, state_of
from warikan.web.me import see_other
from warikan.web.pages import Pages
from warikan.web.toolbar import describe_freshness

AnomalyId = Annotated[str, Path(pattern=r"^ANO-[0-9]{1,9}$")]
Note = Annotated[str, Form(max_length=4000)]
Version = Annotated[int, Form(ge=1, le=10**9)]


def add_anomaly(web: APIRouter, pages: Pages) -> None:
    """Put the pages of anomalies into *web*."""

    def show(request: Request, anomaly: str, refused: Refusal = NOTHING, *, marks: bool = True) -> Response:
        visit = pages.visit(request)
        page = load_anomaly_page(anomaly, visit, with_marks=marks)
        return pages.page(
            request,
            visit,
            "anomaly.html",
            refused.status,
            at=f"/anomalies/{page.anomaly.id}",
            page=page,
            similar=list_similar(visit, known_of(page, visit)),
            refused=refused,
            kinds=KINDS,
            states=STATES,
            state=state_of(page.anomaly),
            state_notes=STATE_NOTES,
            verdicts=VERDICTS,
            marks=marks,
            freshness=describe_freshness(visit.freshness, visit),
        )

    @web.get("/anomalies/{anomaly}")
    def anomaly(request: Request, anomaly: AnomalyId) -> Response:
        return show(request, anomaly, marks=request.query_params.get("marks") != "off")

    @web.post("/anomalies/{anomaly}/say")
    def say(
        request: Request,
        actor: Acting,
        anomaly: AnomalyId,
        verdict: Annotated[str, Form(max_length=20)],
        version: Version,
        note: Note = "",
    ) -> Response:
        visit = pages.visit(request)
        said = None if verdict == "undo" else verdict
        try:
            visit.workspace.operations.anomalies.say(
                anomaly,
                said,  # type: ignore[arg-type]
                actor=actor,
                note=note.strip() or None,
                version=version,
            )
        except (Conflict, UsageError) as error:
            typed = {"verdict": verdict, "note": note}
            return show(request, anomaly, refusal_of(error, visit.texts, "say", typed))
        return see_other(f"/anomalies/{anomaly}")

    @web.post("/anomalies/{anomaly}/declare")
    def declare(request: Request, actor: Acting, anomaly: AnomalyId) -> Response:
        visit = pages.visit(request)
        made = visit.workspace.operations.incidents.declare_from_anomaly(anomaly, actor=actor)
        return see_other(f"{QUEUE}/{made.id}")
