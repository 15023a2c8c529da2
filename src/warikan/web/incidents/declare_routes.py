"""Declaring an incident by hand: when it began, whose money it is, and what is known of it."""

from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response

from warikan.focus.errors import Conflict, UsageError
from warikan.operate.incidents.incident import SEVERITIES
from warikan.web.acting import Acting
from warikan.web.incidents.incident_routes import moment_of
from warikan.web.incidents.queue import QUEUE
from warikan.web.incidents.refusal import NOTHING, Refusal, refusal_of
from warikan.web.me import see_other
from warikan.web.pages import Pages
from warikan.web.toolbar import describe_freshness

Field = Annotated[str, Form(max_length=4000)]
Flag = Annotated[str, Form(max_length=10)]


def add_declaring(web: APIRouter, pages: Pages) -> None:
    """Put the form into *web*; before the page of an incident, whose address has any name there."""

    def show(request: Request, where: str, refused: Refusal = NOTHING) -> Response:
        visit = pages.visit(request)
        return pages.page(
            request,
            visit,
            "incident_new.html",
            refused.status,
            at=f"{QUEUE}/new",
            where=where,
            refused=refused,
            severities=SEVERITIES,
            services=sorted(visit.known_ids("x_ServiceId"), key=lambda s: visit.value("x_ServiceId", s)),
            today=visit.workspace.clock().date().isoformat(),
            freshness=describe_freshness(visit.freshness, visit),
        )

    @web.get(f"{QUEUE}/new")
    def new(request: Request, where: Annotated[str, Query(max_length=4000)] = "") -> Response:
        return show(request, where)

    @web.post(QUEUE)
    def declare(  # noqa: PLR0917 - the fields of a form
        request: Request,
        actor: Acting,
        onset: Field = "",
        title: Annotated[str, Form(max_length=300)] = "",
        service: Annotated[str, Form(max_length=200)] = "",
        where: Field = "",
        severity: Annotated[str, Form(max_length=10)] = "",
        usual: Annotated[str, Form(max_length=40)] = "",
        everything: Flag = "",
        again: Flag = "",
    ) -> Response:
        visit = pages.visit(request)
        try:
            began = moment_of(onset)
            if began is None:
                raise UsageError("say the day when it began")  # noqa: TRY301 - shown beside the form
            made = visit.workspace.operations.incidents.declare(
                actor=actor,
                onset=began,
                scope={"x_ServiceId": service} if service else None,
                where=where.strip() or None,
                title=title.strip(),
                severity=severity or None,  # type: ignore[arg-type]
                expected_per_day=amount_of(usual),
                everything=bool(everything),
                again=bool(again),
            )
        except (Conflict, UsageError) as error:
            typed = {"onset": onset, "title": title, "service": service, "severity": severity, "usual": usual}
            refused = refusal_of(error, visit.texts, "new", typed | {"everything": everything})
            # It is declared already: nobody changed anything under this form.
            return show(request, where, replace(refused, is_conflict=False))
        return see_other(f"{QUEUE}/{made.id}")


def amount_of(text: str) -> Decimal | None:
    """
    What a field of an amount holds; None for nothing.

    Raises:
        UsageError: it is no amount.
    """
    told = text.strip().replace(",", "")
    if not told:
        return None
    try:
        amount = Decimal(told)
    except InvalidOperation as error:
        raise UsageError(f"{text[:40]!r} is not a number") from error
    if not amount.is_finite() or abs(amount) >= Decimal("1e20"):
        raise UsageError(f"{text[:40]!r} is not a number")
    return amount
