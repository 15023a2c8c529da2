"""Factors and actions of a review: added, changed, done, removed."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Form, Path, Request, Response
from pydantic import BaseModel, Field

from warikan.focus.errors import UsageError
from warikan.operate.reviews.document import ACTION_KINDS, FactorKind
from warikan.web.acting import Acting
from warikan.web.pages import Pages
from warikan.web.reviews.showing import Id, reviews_of, take
from warikan.web.reviews.things import amount_of

ThingId = Annotated[str, Path(max_length=40)]
Version = Annotated[int, Form(ge=0, lt=10**9)]
Text = Annotated[str, Form(min_length=1, max_length=2000)]
FACTORS, ACTIONS = "/reviews/{review_id}/factors", "/reviews/{review_id}/actions"


class ActionFields(BaseModel):
    """The fields of an action, as the form sends them."""

    text: str = Field(min_length=1, max_length=2000)
    kind: str = Field("", max_length=20)
    owner: str = Field("", max_length=200)
    due: str = Field("", max_length=40)
    ticket: str = Field("", max_length=1000)
    money: str = Field("", max_length=40)
    version: int = Field(0, ge=0, lt=10**9)


def add_things(web: APIRouter, pages: Pages) -> None:
    """Put the addresses of factors and actions into *web*."""
    _add_factors(web, pages)
    _add_actions(web, pages)
    _add_ends(web, pages)


def _add_factors(web: APIRouter, pages: Pages) -> None:
    @web.post(FACTORS)
    def add(
        request: Request,
        actor: Acting,
        review_id: Id,
        kind: Annotated[FactorKind, Form()],
        text: Text,
        label: Annotated[str, Form(max_length=60)] = "",
    ) -> Response:
        return take(
            pages,
            request,
            review_id,
            lambda: reviews_of(pages).add_factor(
                review_id, kind=kind, text=_lines(text), label=label, actor=actor
            ),
            anchor="factors",
            place="factor",
            values={"kind": kind, "text": text, "label": label},
        )

    @web.post(f"{FACTORS}/{{factor_id}}")
    def change(
        request: Request,
        actor: Acting,
        review_id: Id,
        factor_id: ThingId,
        version: Version,
        kind: Annotated[FactorKind, Form()],
        text: Text,
        label: Annotated[str, Form(max_length=60)] = "",
    ) -> Response:
        return take(
            pages,
            request,
            review_id,
            lambda: reviews_of(pages).update_factor(
                review_id, factor_id, kind=kind, text=_lines(text), label=label, version=version, actor=actor
            ),
            anchor=f"factor-{factor_id}",
            place="factor",
            target=factor_id,
            values={"kind": kind, "text": text, "label": label, "version": str(version)},
        )


def _add_actions(web: APIRouter, pages: Pages) -> None:
    @web.post(ACTIONS)
    def add(
        request: Request, actor: Acting, review_id: Id, told: Annotated[ActionFields, Form()]
    ) -> Response:
        return take(
            pages,
            request,
            review_id,
            lambda: reviews_of(pages).add_action(review_id, **_read(told), actor=actor),
            anchor="actions",
            place="action",
            values=_typed(told),
        )

    @web.post(f"{ACTIONS}/{{action_id}}")
    def change(
        request: Request,
        actor: Acting,
        review_id: Id,
        action_id: ThingId,
        told: Annotated[ActionFields, Form()],
    ) -> Response:
        return take(
            pages,
            request,
            review_id,
            lambda: reviews_of(pages).update_action(
                review_id, action_id, **_read(told), version=told.version, actor=actor
            ),
            anchor=f"action-{action_id}",
            place="action",
            target=action_id,
            values=_typed(told),
        )


def _add_ends(web: APIRouter, pages: Pages) -> None:
    @web.post(f"{ACTIONS}/{{action_id}}/done")
    def done(
        request: Request, actor: Acting, review_id: Id, action_id: ThingId, version: Version
    ) -> Response:
        return take(
            pages,
            request,
            review_id,
            lambda: reviews_of(pages).finish_action(review_id, action_id, version=version, actor=actor),
            anchor=f"action-{action_id}",
        )

    @web.post(f"{ACTIONS}/{{action_id}}/remove")
    def remove_action(
        request: Request, actor: Acting, review_id: Id, action_id: ThingId, version: Version
    ) -> Response:
        return take(
            pages,
            request,
            review_id,
            lambda: reviews_of(pages).remove_action(review_id, action_id, version=version, actor=actor),
            anchor="actions",
        )

    @web.post(f"{FACTORS}/{{factor_id}}/remove")
    def remove_factor(
        request: Request, actor: Acting, review_id: Id, factor_id: ThingId, version: Version
    ) -> Response:
        return take(
            pages,
            request,
            review_id,
            lambda: reviews_of(pages).remove_factor(review_id, factor_id, version=version, actor=actor),
            anchor="factors",
        )


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _typed(told: ActionFields) -> dict[str, str]:
    return {name: str(value) for name, value in told.model_dump().items()}


def _read(told: ActionFields) -> dict[str, Any]:
    """The fields of an action as operate takes them."""
    try:
        due = date.fromisoformat(told.due) if told.due else None
    except ValueError as error:
        raise UsageError(f"{told.due!r} is no day; write '2026-09-01'") from error
    try:
        money = amount_of(told.money)
    except ValueError as error:
        raise UsageError(f"{told.money!r} is not a number") from error
    return {
        "text": _lines(told.text),
        "kind": told.kind if told.kind in ACTION_KINDS else None,
        "owner": told.owner.strip() or None,
        "due": due,
        "ticket_url": told.ticket.strip() or None,
        "money_at_risk": money,
    }
