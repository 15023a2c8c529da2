"""The ledger of changes as a list: what happened, to which service, and how that is known."""

from dataclasses import dataclass
from datetime import date, timedelta

from fastapi import APIRouter, Request, Response
from starlette.datastructures import QueryParams

from warikan.focus.errors import UsageError
from warikan.focus.period import as_utc
from warikan.operate.changes.change import KINDS, Change
from warikan.operate.changes.rows import Criteria
from warikan.web.bounds import shorten
from warikan.web.incidents.marks import CHANGES
from warikan.web.incidents.words import CHANGE_KINDS, OUTCOMES, SENDERS, say
from warikan.web.pages import Pages
from warikan.web.periods import Choice
from warikan.web.state import encode
from warikan.web.toolbar import describe_freshness
from warikan.web.visit import Visit

PAGE = 100
MOST_PAGES = 100
_FIELDS = ("service", "team", "cluster", "kind", "source", "text", "first", "last")


@dataclass(frozen=True)
class ChangeRow:
    """A change as shown; *because*: by which rule it belongs to its service."""

    change: Change
    at: str
    kind: str
    service: str | None
    service_href: str | None
    outcome: str | None
    because: str | None
    source: str
    has_conflict: bool


@dataclass(frozen=True)
class Ledger:
    """One page of the ledger."""

    rows: tuple[ChangeRow, ...]
    asked: dict[str, str]
    services: tuple[Choice, ...]
    teams: tuple[Choice, ...]
    kinds: tuple[Choice, ...]
    newer: str | None
    older: str | None
    is_empty: bool


def add_ledger(web: APIRouter, pages: Pages) -> None:
    """Put the ledger into *web*."""

    @web.get(CHANGES)
    def changes(request: Request) -> Response:
        visit = pages.visit(request)
        return pages.page(
            request,
            visit,
            "changes.html",
            ledger=load_ledger(request.query_params, visit),
            freshness=describe_freshness(visit.freshness, visit),
        )


def load_ledger(params: QueryParams, visit: Visit) -> Ledger:
    """
    The changes that an address asks for, newest first.

    Raises:
        UsageError: a day is none.
    """
    asked = {name: value for name in _FIELDS if (value := (params.get(name) or "").strip()[:200])}
    page = _page(params)
    criteria = _criteria(asked)
    ledger = visit.workspace.operations.changes
    found = ledger.list(criteria, limit=PAGE + 1, offset=(page - 1) * PAGE)
    rows = tuple(_row(one, visit) for one in found[:PAGE])
    return Ledger(
        rows=rows,
        asked=asked,
        services=_choices("x_ServiceId", asked.get("service"), visit),
        teams=_choices("x_TeamId", asked.get("team"), visit),
        kinds=tuple(
            Choice(kind, say(CHANGE_KINDS, kind, visit), asked.get("kind") == kind) for kind in KINDS
        ),
        newer=_url(asked, page - 1) if page > 1 else None,
        older=_url(asked, page + 1) if len(found) > PAGE and page < MOST_PAGES else None,
        is_empty=not rows and not ledger.list(limit=1),
    )


def _criteria(asked: dict[str, str]) -> Criteria:
    first, last = _day(asked.get("first")), _day(asked.get("last"))
    return Criteria(
        service=asked.get("service"),
        team=asked.get("team"),
        cluster=asked.get("cluster"),
        kind=asked.get("kind"),
        source=asked.get("source"),
        text=asked.get("text"),
        start=as_utc(first) if first else None,
        end=as_utc(last + timedelta(days=1)) if last else None,
    )


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is no day; write '2026-09-01'") from error
    return min(day, date(9999, 12, 30))


def _page(params: QueryParams) -> int:
    text = params.get("page") or "1"
    return min(max(int(text), 1), MOST_PAGES) if text.isascii() and text.isdigit() and len(text) < 6 else 1


def _url(asked: dict[str, str], page: int) -> str:
    pairs = [*asked.items(), *([("page", str(page))] if page > 1 else [])]
    return f"{CHANGES}?{encode(pairs)}" if pairs else CHANGES


def _choices(column: str, chosen: str | None, visit: Visit) -> tuple[Choice, ...]:
    known = sorted(visit.known_ids(column), key=lambda value: visit.value(column, value))
    return tuple(Choice(value, visit.value(column, value), value == chosen) for value in known)


def _row(change: Change, visit: Visit) -> ChangeRow:
    first = change.evidence[0] if change.evidence else None
    service = change.service_id
    return ChangeRow(
        change=change,
        at=visit.display.minute(change.at),
        kind=say(CHANGE_KINDS, change.kind, visit),
        service=visit.value("x_ServiceId", service) if service else None,
        service_href=f"/?{encode([('where', _of_service(service))])}" if service else None,
        outcome=say(OUTCOMES, change.outcome, visit) if change.outcome != "succeeded" else None,
        because=shorten(f"{first.rule}: {first.from_} = {first.value}", 300) if first else None,
        source=say(SENDERS, change.source, visit),
        has_conflict=bool(change.conflicts),
    )


def _of_service(service: str) -> str:
    quoted = service.replace("'", "''")
    return f"x_ServiceId = '{quoted}'"
