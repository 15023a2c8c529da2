"""Factors and actions of a review as shown, and their forms."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from warikan.focus.money import format_exact
from warikan.operate.reviews.document import Action, Factor, Review
from warikan.operate.reviews.markdown import is_web_address
from warikan.web.bounds import shorten
from warikan.web.display import Amount
from warikan.web.periods import Choice
from warikan.web.reviews.typed import Problem, Typed
from warikan.web.reviews.words import ACTION_KINDS, FACTOR_KINDS, FACTOR_NOTES
from warikan.web.state import encode
from warikan.web.visit import Visit

KINDS_NEEDED = 2


@dataclass(frozen=True)
class FactorForm:
    """What the fields of a factor hold."""

    kind: str = ""
    text: str = ""
    label: str = ""
    version: str = ""
    problem: Problem | None = None


@dataclass(frozen=True)
class FactorRow:
    """A factor as shown; *draft* where its form was not taken."""

    id: str
    anchor: str
    kind: str
    kind_label: str
    text: str
    label: str
    label_href: str
    version: int
    draft: FactorForm | None
    problem: Problem | None = None


@dataclass(frozen=True)
class Factors:
    """All factors, and how many different kinds they are of."""

    rows: tuple[FactorRow, ...]
    kinds: int
    is_enough: bool
    choices: tuple[Choice, ...]
    draft: FactorForm | None
    blank: FactorForm = FactorForm()


@dataclass(frozen=True)
class ActionForm:
    """What the fields of an action hold."""

    text: str = ""
    kind: str = ""
    owner: str = ""
    due: str = ""
    ticket: str = ""
    money_text: str = ""
    version: str = ""
    problem: Problem | None = None


@dataclass(frozen=True)
class ActionRow:
    """An action as shown; *draft* where its form was not taken."""

    id: str
    anchor: str
    kind: str
    kind_label: str
    text: str
    owner: str
    due: str
    due_text: str
    is_overdue: bool
    ticket: str
    ticket_href: str | None
    money: Amount | None
    money_text: str
    is_fixed: bool
    is_done: bool
    done_text: str | None
    version: int
    draft: ActionForm | None
    problem: Problem | None = None


@dataclass(frozen=True)
class Actions:
    """All actions, those still to do first."""

    rows: tuple[ActionRow, ...]
    fixing: str
    choices: tuple[Choice, ...]
    draft: ActionForm | None
    blank: ActionForm


def list_factors(review: Review, visit: Visit, typed: Typed | None) -> Factors:
    """The factors of *review*."""
    texts = visit.texts
    kinds = len({factor.kind for factor in review.factors})
    return Factors(
        rows=tuple(_factor(one, visit, typed) for one in review.factors),
        kinds=kinds,
        is_enough=kinds >= KINDS_NEEDED,
        choices=tuple(
            Choice(kind, texts.gettext(label), is_chosen=False, note=texts.gettext(FACTOR_NOTES[kind]))
            for kind, label in FACTOR_KINDS.items()
        ),
        draft=_factor_form(typed) if typed and typed.of("factor") else None,
    )


def list_actions(review: Review, visit: Visit, today: date, typed: Typed | None) -> Actions:
    """The actions of *review*; what is due on *today* is not overdue yet."""
    texts = visit.texts
    rows = [_action(one, visit, today, typed) for one in review.actions]
    return Actions(
        rows=tuple(sorted(rows, key=lambda row: row.is_done)),
        fixing=texts.ngettext(
            "Few and small enough to be done: within %(num)d day, as its severity asks.",
            "Few and small enough to be done: within %(num)d days, as its severity asks.",
            review.action_days,
        ),
        choices=tuple(
            Choice(kind, texts.gettext(label), is_chosen=False) for kind, label in ACTION_KINDS.items()
        ),
        draft=_action_form(typed) if typed and typed.of("action") else None,
        blank=ActionForm(owner=review.facts.team_id or ""),
    )


def _factor(one: Factor, visit: Visit, typed: Typed | None) -> FactorRow:
    return FactorRow(
        id=one.id,
        anchor=f"factor-{one.id}",
        kind=one.kind,
        kind_label=visit.texts.gettext(FACTOR_KINDS[one.kind]),
        text=one.text,
        label=shorten(one.label),
        label_href=f"/reviews?{encode([('text', one.label)])}",
        version=one.version,
        draft=_factor_form(typed) if typed and typed.of("factor", one.id) else None,
    )


def _factor_form(typed: Typed) -> FactorForm:
    return FactorForm(**_fields(typed.values, "kind", "text", "label", "version"), problem=typed.problem)


def _action(one: Action, visit: Visit, today: date, typed: Typed | None) -> ActionRow:
    texts, display = visit.texts, visit.display
    money = None
    if one.money_at_risk is not None and one.currency:
        money = display.money(one.money_at_risk, one.currency)
    due = texts.gettext("no day yet")
    if one.due is not None:
        day = display.date(one.due)
        late = one.is_overdue(today)
        due = (
            texts.gettext("overdue since %(day)s", day=day) if late else texts.gettext("due %(day)s", day=day)
        )
    return ActionRow(
        id=one.id,
        anchor=f"action-{one.id}",
        kind=one.kind or "",
        kind_label=texts.gettext(ACTION_KINDS[one.kind]) if one.kind else texts.gettext("no aim yet"),
        text=one.text,
        owner=_owner(one.owner, visit),
        due=one.due.isoformat() if one.due else "",
        due_text=due,
        is_overdue=one.is_overdue(today),
        ticket=one.ticket_url or "",
        ticket_href=one.ticket_url if is_web_address(one.ticket_url) else None,
        money=money,
        money_text=format_exact(one.money_at_risk) if one.money_at_risk is not None else "",
        is_fixed=one.is_fixed,
        is_done=one.done_at is not None,
        done_text=texts.gettext("done %(day)s", day=display.day(one.done_at)) if one.done_at else None,
        version=one.version,
        draft=_action_form(typed) if typed and typed.of("action", one.id) else None,
    )


def _owner(owner: str | None, visit: Visit) -> str:
    if not owner:
        return ""
    return visit.value("x_TeamId", owner) if owner in visit.workspace.catalog.teams else shorten(owner)


def _action_form(typed: Typed) -> ActionForm:
    names = ("text", "kind", "owner", "due", "ticket", "version")
    return ActionForm(
        **_fields(typed.values, *names), money_text=typed.values.get("money", ""), problem=typed.problem
    )


def _fields(values: Mapping[str, str], *names: str) -> dict[str, str]:
    return {name: values.get(name, "") for name in names}


def amount_of(text: str) -> Decimal | None:
    """
    An amount as people type it, with or without separators; None for nothing.

    Raises:
        ValueError: it is none.
    """
    plain = text.strip().replace(",", "").replace("，", "").replace("_", "")
    if not plain:
        return None
    if not plain.replace(".", "", 1).isdecimal() or len(plain) > 30:
        raise ValueError(text)
    return Decimal(plain)
