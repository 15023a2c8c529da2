"""The queue: what is off and what people deal with, together, the most money first."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal

from starlette.datastructures import QueryParams

from warikan.catalog.known import require_known
from warikan.focus.errors import NotFound, UsageError
from warikan.focus.period import as_utc
from warikan.operate.anomalies.anomaly import Anomaly
from warikan.operate.incidents.incident import Asked, Incident
from warikan.web.bounds import shorten
from warikan.web.display import Amount
from warikan.web.incidents.words import (
    DECLARED,
    KINDS,
    STATE_NOTES,
    STATES,
    VERDICTS,
    say,
    sentence_of,
    state_of,
    title_of,
)
from warikan.web.periods import Choice
from warikan.web.state import encode
from warikan.web.texts import N_
from warikan.web.visit import Visit

QUEUE = "/incidents"
MOST_ROWS = 200
SHOWS = {"open": N_("Open"), "past": N_("Ended and dismissed"), "all": N_("All")}
ORDERS = {"money": N_("Money"), "rate": N_("Per hour"), "age": N_("Oldest")}
OVER = ("closed", "dismissed")
PARAMETERS = ("team", "kind", "show", "order", "said", "lang")


@dataclass(frozen=True)
class Wanted:
    """Which rows; equal ones have equal addresses, and what is at its default is not in them."""

    team: str | None = None
    kind: str | None = None
    show: str = "open"
    order: str = "money"

    def url(self, **more: str) -> str:
        """The address of the queue."""
        pairs = [(n, v) for n, v in (("team", self.team), ("kind", self.kind)) if v]
        pairs += [("show", self.show)] if self.show != "open" else []
        pairs += [("order", self.order)] if self.order != "money" else []
        pairs += list(more.items())
        return f"{QUEUE}?{encode(pairs)}" if pairs else QUEUE


@dataclass(frozen=True)
class Act:
    """Something that can be done with a row at once: *do* is what the form sends, *key* the key for it."""

    do: str
    label: str
    key: str


@dataclass(frozen=True)
class Item:
    """
    One row.

    Attributes:
        rank: What the order by *money*, *rate* or *age* reads.
    """

    id: str
    href: str
    is_incident: bool
    title: str
    sentence: str
    kind: str
    severity: str | None
    team: str
    state: str
    state_label: str
    state_note: str
    since: str
    age: str
    excess: Amount | None
    is_rise: bool | None
    rate: Amount | None
    provisional: bool
    version: int
    acts: tuple[Act, ...]
    currency: str
    money: Decimal
    speed: Decimal
    onset: date


@dataclass(frozen=True)
class Queue:
    """The rows, and what they can be narrowed to."""

    wanted: Wanted
    items: tuple[Item, ...]
    more: int
    incidents: int
    anomalies: int
    has_ever: bool
    teams: tuple[Choice, ...]
    kinds: tuple[Choice, ...]
    shows: tuple[Choice, ...]
    orders: tuple[Choice, ...]


@dataclass(frozen=True)
class Told:
    """What was just done to a row, and how to take it back."""

    id: str
    href: str
    title: str
    state: str
    by: str | None
    undo: str | None
    version: int


def parse_wanted(params: QueryParams) -> Wanted:
    """
    Read an address.

    Raises:
        UsageError: there is no such parameter, list, order or kind.
    """
    if wrong := next((name for name in params if name not in PARAMETERS), None):
        raise UsageError(f"{wrong[:80]} is not known", hint=f"one of: {', '.join(PARAMETERS)}")
    show, order = params.get("show") or "open", params.get("order") or "money"
    kind = params.get("kind") or ""
    for name, value, allowed in (("show", show, SHOWS), ("order", order, ORDERS), ("kind", kind, KINDS)):
        if value and value not in allowed:
            raise UsageError(f"{name}={value[:80]} is not known", hint=f"one of: {', '.join(allowed)}")
    team = (params.get("team") or "")[:200]
    return Wanted(team or None, kind or None, show, order)


def load_queue(wanted: Wanted, visit: Visit) -> Queue:
    """The rows that are *wanted*; an anomaly that became an incident stands there as the incident alone."""
    require_known(visit.workspace.catalog, team=wanted.team)
    operations = visit.workspace.operations
    incidents = operations.incidents.list(Asked(team=wanted.team, limit=1000))
    anomalies = operations.anomalies.list(state="all", team=wanted.team, limit=1000)
    taken = {one.origin for one in incidents}
    now = operations.clock()
    rows = [_of_incident(one, visit, now) for one in incidents if _fits(wanted, one.kind, _is_over(one))]
    rows += [
        _of_anomaly(one, visit, now)
        for one in anomalies
        if f"anomaly/{one.id}" not in taken and _fits(wanted, one.kind, _is_past(one))
    ]
    ordered = sorted(rows, key=lambda row: _rank(row, wanted.order))
    return Queue(
        wanted=wanted,
        items=tuple(ordered[:MOST_ROWS]),
        more=max(len(rows) - MOST_ROWS, 0),
        incidents=sum(row.is_incident for row in rows),
        anomalies=sum(not row.is_incident for row in rows),
        has_ever=bool(incidents or anomalies),
        teams=_teams(wanted, visit),
        kinds=tuple(Choice(kind, say(KINDS, kind, visit), wanted.kind == kind) for kind in KINDS),
        shows=_choices(SHOWS, wanted.show, visit, lambda value: replace(wanted, show=value).url()),
        orders=_choices(ORDERS, wanted.order, visit, lambda value: replace(wanted, order=value).url()),
    )


def load_told(row_id: str, visit: Visit) -> Told | None:
    """How *row_id* stands now; None where there is no such anomaly or incident."""
    operations = visit.workspace.operations
    try:
        if row_id.upper().startswith("INC-"):
            incident = operations.incidents.get(row_id)
            undo = "reopen" if incident.state in {"dismissed", "contained", "closed"} else None
            state = say(STATES, incident.state, visit)
            title = shorten(incident.titled(visit.texts.lang))
            return Told(incident.id, f"{QUEUE}/{incident.id}", title, state, None, undo, incident.version)
        anomaly = operations.anomalies.get(row_id)
    except NotFound:
        return None
    state = say(VERDICTS if anomaly.verdict else STATES, anomaly.verdict or state_of(anomaly), visit)
    undo = "undo" if anomaly.verdict else None
    title, by = title_of(anomaly, visit), anomaly.verdict_by
    return Told(anomaly.id, f"/anomalies/{anomaly.id}", title, state, by, undo, anomaly.version)


def _fits(wanted: Wanted, kind: str | None, is_past: bool) -> bool:  # noqa: FBT001 - one of two facts
    if wanted.kind and kind != wanted.kind:
        return False
    return wanted.show == "all" or is_past == (wanted.show == "past")


def _is_past(anomaly: Anomaly) -> bool:
    return anomaly.state != "open" or anomaly.verdict in {"planned", "false"}


def _is_over(incident: Incident) -> bool:
    return incident.state in OVER


def _rank(row: Item, order: str) -> tuple[object, ...]:
    if order == "age":
        return row.onset, row.id
    size = row.speed if order == "rate" else row.money
    return row.currency, -abs(size), row.id


def _of_anomaly(anomaly: Anomaly, visit: Visit, now: datetime) -> Item:
    texts, display = visit.texts, visit.display
    past = _is_past(anomaly)
    words, key = (VERDICTS, anomaly.verdict) if anomaly.verdict else (STATES, state_of(anomaly))
    acts = (
        Act("real", texts.gettext("Real"), "a"),
        Act("planned", texts.gettext("Planned"), "p"),
        Act("false", texts.gettext("False alarm"), "f"),
        Act("declare", texts.gettext("Incident"), "e"),
    )
    return Item(
        id=anomaly.id,
        href=f"/anomalies/{anomaly.id}",
        is_incident=False,
        title=title_of(anomaly, visit),
        sentence=sentence_of(anomaly, visit),
        kind=say(KINDS, anomaly.kind, visit),
        severity=None,
        team=_team(anomaly.team_id, visit),
        state=anomaly.verdict or anomaly.state,
        state_label=say(words, key, visit),
        state_note=texts.gettext(STATE_NOTES.get(state_of(anomaly), "")) if not anomaly.verdict else "",
        since=display.date(anomaly.onset),
        age=_age(anomaly.onset, now, visit),
        excess=display.money(anomaly.excess.point, anomaly.currency),
        is_rise=anomaly.excess.point > 0 if anomaly.excess.point else None,
        rate=display.money(anomaly.rate_per_hour, anomaly.currency) if anomaly.rate_per_hour else None,
        provisional=anomaly.provisional,
        version=anomaly.version,
        acts=() if past else acts[1:] if anomaly.verdict == "real" else acts,
        currency=anomaly.currency,
        money=anomaly.excess.point,
        speed=anomaly.rate_per_hour,
        onset=anomaly.onset,
    )


def _of_incident(incident: Incident, visit: Visit, now: datetime) -> Item:
    display, figure = visit.display, incident.figure
    onset = incident.clock.onset.astimezone(UTC).date()
    speed = figure.rate_per_hour if figure else Decimal(0)
    source = say(DECLARED, incident.source, visit)
    return Item(
        id=incident.id,
        href=f"{QUEUE}/{incident.id}",
        is_incident=True,
        title=shorten(incident.titled(visit.texts.lang), 160),
        sentence=source,
        kind=say(KINDS, incident.kind, visit),
        severity=incident.severity,
        team=_team(incident.team_id, visit),
        state=incident.state,
        state_label=say(STATES, incident.state, visit),
        state_note=visit.texts.gettext(STATE_NOTES[incident.state]),
        since=display.date(onset),
        age=_age(onset, now, visit),
        excess=display.money(figure.accrued, incident.currency) if figure else None,
        is_rise=figure.accrued > 0 if figure and figure.accrued else None,
        rate=display.money(figure.rate_per_hour, incident.currency)
        if figure and figure.rate_per_hour
        else None,
        provisional=figure is None,
        version=incident.version,
        acts=_incident_acts(incident, visit),
        currency=incident.currency,
        money=figure.accrued if figure else incident.per_day,
        speed=speed,
        onset=onset,
    )


def _incident_acts(incident: Incident, visit: Visit) -> tuple[Act, ...]:
    words = visit.texts.gettext
    dismissals = (Act("planned", words("Planned"), "p"), Act("false", words("False alarm"), "f"))
    match incident.state:
        case "open":
            take = Act("acknowledge", words("Acknowledge"), "a")
            return (take, *dismissals, Act("contain", words("Contained"), "e"))
        case "acknowledged":
            return (*dismissals, Act("contain", words("Contained"), "e"))
        case "contained":
            return dismissals
        case "verified":
            return (Act("close", words("Close"), "e"),)
        case _:
            return ()


def _team(team: str | None, visit: Visit) -> str:
    return visit.value("x_TeamId", team) if team else visit.texts.gettext("nobody")


def _age(onset: date, now: datetime, visit: Visit) -> str:
    days = (now - as_utc(onset)).days
    return visit.texts.ngettext("%(num)s day", "%(num)s days", max(days, 0))


def _teams(wanted: Wanted, visit: Visit) -> tuple[Choice, ...]:
    teams: Iterable[str] = sorted(visit.workspace.catalog.teams, key=lambda t: visit.value("x_TeamId", t))
    return tuple(Choice(team, visit.value("x_TeamId", team), wanted.team == team) for team in teams)


def _choices(
    words: Mapping[str, str], chosen: str, visit: Visit, url: Callable[[str], str]
) -> tuple[Choice, ...]:
    return tuple(Choice(v, visit.texts.gettext(label), v == chosen, url(v)) for v, label in words.items())
