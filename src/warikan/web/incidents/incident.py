"""One incident: its clock, its money, what happened, who paid, what is to do."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from urllib.parse import quote

from warikan.focus.errors import NotFound, UsageError
from warikan.operate.anomalies.anomaly import Anomaly
from warikan.operate.incidents.accrual import last_day
from warikan.operate.incidents.incident import Entry, Figure, Incident, IncidentDetail, Task, Ticket
from warikan.operate.incidents.states import AFTER
from warikan.state.audit import AuditEntry, list_entries
from warikan.web.bounds import MAX_LINKED, shorten
from warikan.web.chart import Chart
from warikan.web.display import Amount
from warikan.web.incidents.anomaly import DriverRow, list_drivers
from warikan.web.incidents.marks import changes_url
from warikan.web.incidents.picture import Expected, Money, load_picture
from warikan.web.incidents.words import CHANGE_KINDS, ENTRIES, OUTCOMES, ROLES, SENDERS, TASKS, say
from warikan.web.overlay import MomentKind
from warikan.web.said import translate
from warikan.web.state import ViewState
from warikan.web.texts import N_
from warikan.web.visit import Visit

MOST_HISTORY = 60
OURS = frozenset({"state", "anomaly", "budget", "price", "commitment", "ticket"})
"""Kinds of entries whose titles are our words, not those of people or senders."""
MOST_NEAR = 12
"""Changes by rank that the timeline shows at once."""
MOMENTS = (
    ("onset", N_("Onset")),
    ("detected", N_("Detected")),
    ("acknowledged", N_("Acknowledged")),
    ("contained", N_("Contained")),
    ("verified", N_("Verified on the bill")),
)
VERIFIED_BY_HAND = N_("Verified by hand")


@dataclass(frozen=True)
class Tick:
    """One moment of the clock; *after*: how long after the one before it that has happened."""

    name: str
    label: str
    at: str | None
    after: str | None


@dataclass(frozen=True)
class MoneyRows:
    """What it cost, as the page says it; amounts rounded alike."""

    accrued: Amount
    low: Amount
    high: Amount
    first: Amount
    restated: Amount
    is_restated: bool
    rate: Amount | None
    live: Amount | None
    recurring: Amount | None
    one_off: Amount | None
    after: Amount | None
    avoided: Amount | None
    until: str
    days: int


@dataclass(frozen=True)
class EntryRow:
    """A line of the timeline as shown."""

    entry: Entry
    at: str
    kind: str
    title: str
    detail: str
    source: str
    service: str | None
    nearness: str | None


@dataclass(frozen=True)
class PayerRow:
    """Who paid: a service and its team; *href* to what they paid for."""

    service: str
    team: str
    excess: Amount
    actual: Amount
    is_rise: bool | None
    width: float


@dataclass(frozen=True)
class TaskRow:
    """Something to do, and its ticket."""

    task: Task
    state: str
    due: str | None
    is_late: bool
    tickets: tuple[Ticket, ...]


@dataclass(frozen=True)
class IncidentPage:
    """Everything that the page of an incident shows."""

    incident: Incident
    title: str
    detail: IncidentDetail
    can: frozenset[str]
    chart: Chart | None
    problem: str | None
    clock: tuple[Tick, ...]
    money: MoneyRows | None
    timeline: tuple[EntryRow, ...]
    hidden: int
    folded: int
    coincident: tuple[EntryRow, ...]
    payers: tuple[PayerRow, ...]
    drivers: tuple[DriverRow, ...]
    tasks: tuple[TaskRow, ...]
    tickets: tuple[Ticket, ...]
    trackers: tuple[str, ...]
    roles: tuple[tuple[str, str, str], ...]
    scope: tuple[tuple[str, str], ...]
    costs: str | None
    changes: str
    anomaly_id: str | None
    over_since: str
    verified_because: str
    history: tuple[AuditEntry, ...]
    share: str | None
    now: str


def load_incident_page(
    incident_id: str,
    visit: Visit,
    *,
    with_marks: bool = True,
    with_hidden: bool = False,
    with_all: bool = False,
) -> IncidentPage:
    """
    The incident ``INC-12`` as a page shows it.

    Raises:
        NotFound: there is none.
    """
    operations = visit.workspace.operations
    detail = operations.incidents.detail(incident_id)
    incident = detail.incident
    chart, problem = _chart(detail, visit, with_marks=with_marks)
    anomaly = _anomaly_of(incident, visit)
    with operations.state.read() as connection:
        history = list_entries(connection, f"incident/{incident.id}", limit=MOST_HISTORY)
    rows = [_entry(one, visit) for one in detail.timeline]
    shown = [row for row in rows if with_hidden or not row.entry.hidden]
    near = [row for row in shown if with_all or _is_near(row.entry)]
    today = operations.clock().date()
    return IncidentPage(
        incident=incident,
        title=incident.titled(visit.texts.lang),
        detail=detail,
        can=frozenset(action for action, states in AFTER.items() if incident.state in states),
        chart=chart,
        problem=problem,
        clock=_clock(incident, visit),
        money=_money(incident, visit),
        timeline=tuple(near),
        hidden=sum(row.entry.hidden for row in rows),
        folded=len(shown) - len(near),
        coincident=_coincident(rows),
        payers=_payers(detail, visit),
        drivers=list_drivers(anomaly, visit) if anomaly else (),
        tasks=tuple(_task(one, detail.tickets, visit, today) for one in detail.tasks),
        tickets=tuple(ticket for ticket in detail.tickets if ticket.task is None),
        trackers=tuple(visit.workspace.settings.incidents.trackers),
        roles=tuple((role, say(ROLES, role, visit), name) for role, name in sorted(incident.roles.items())),
        scope=tuple(
            (visit.column(column), visit.value(column, value)) for column, value in incident.scope.items()
        ),
        costs=_costs(incident),
        changes=changes_url(_owner(incident), first=_day_before(incident), last=None),
        anomaly_id=anomaly.id if anomaly else None,
        over_since=f"{anomaly.end.isoformat()}T00:00" if anomaly and anomaly.end else "",
        verified_because=translate(incident.verified_because, visit.texts),
        history=history,
        share=visit.display.percent(incident.share) if incident.share is not None else None,
        now=visit.display.minute(operations.clock()),
    )


def _chart(detail: IncidentDetail, visit: Visit, *, with_marks: bool) -> tuple[Chart | None, str | None]:
    incident, clock = detail.incident, detail.incident.clock
    moments: list[tuple[datetime | date, MomentKind, str]] = [
        (clock.onset, "onset", visit.texts.gettext("Onset"))
    ]
    if clock.detected.date() != clock.onset.date():
        moments.append((clock.detected, "detected", visit.texts.gettext("Detected")))
    if clock.contained is not None:
        moments.append((clock.contained, "contained", visit.texts.gettext("Contained")))
    if clock.verified is not None:
        moments.append((clock.verified, "verified", visit.texts.gettext("Verified")))
    expected = [Expected(day.day, day.low, day.expected, day.high) for day in detail.days]
    onset = clock.onset.astimezone(UTC).date()
    end = last_day(clock.contained) + timedelta(days=1) if clock.contained else None
    money = Money(incident.where, incident.currency, _owner(incident))
    try:
        chart = load_picture(visit, money, expected, moments, onset=onset, end=end, with_marks=with_marks)
    except UsageError as error:
        return None, error.message
    return chart, None


def _clock(incident: Incident, visit: Visit) -> tuple[Tick, ...]:
    display = visit.display
    found: list[Tick] = []
    before: datetime | None = None
    for name, label in MOMENTS:
        at: datetime | None = getattr(incident.clock, name)
        by_hand = name == "verified" and incident.verified_by not in (None, "warikan")
        words = visit.texts.gettext(VERIFIED_BY_HAND if by_hand else label)
        after = display.span(at - before) if at and before and at >= before else None
        found.append(Tick(name, words, display.minute(at) if at else None, after))
        before = at or before
    return tuple(found)


def _money(incident: Incident, visit: Visit) -> MoneyRows | None:
    figure = incident.figure
    if figure is None:
        return None
    display, currency = visit.display, incident.currency
    largest = max(abs(figure.accrued), abs(figure.low), abs(figure.high))
    places = display.places(largest, currency)

    def money(amount: Decimal) -> Amount:
        return display.money(amount, currency, places)

    is_live = incident.state in {"open", "acknowledged"}
    return MoneyRows(
        accrued=money(figure.accrued),
        low=money(min(figure.low, figure.high)),
        high=money(max(figure.low, figure.high)),
        first=money(figure.first_accrued),
        restated=money(figure.restated),
        is_restated=bool(figure.restated),
        rate=display.money(figure.rate_per_hour, currency) if is_live and figure.rate_per_hour else None,
        live=money(figure.live) if is_live and figure.live else None,
        recurring=money(figure.recurring) if figure.recurring is not None else None,
        one_off=money(figure.one_off) if figure.one_off is not None else None,
        after=money(figure.after_containment) if figure.after_containment else None,
        avoided=money(figure.avoided) if figure.avoided else None,
        until=display.date(_last_day(figure)),
        days=figure.days,
    )


def _last_day(figure: Figure) -> date:
    return date.fromordinal(figure.data_end.toordinal() - 1)


def _entry(entry: Entry, visit: Visit) -> EntryRow:
    source = "Warikan" if entry.source == "warikan" else say(SENDERS, entry.source, visit)
    return EntryRow(
        entry=entry,
        at=visit.display.minute(entry.at),
        kind=say(ENTRIES, entry.kind, visit),
        title=translate(entry.title, visit.texts) if entry.kind in OURS else shorten(entry.title, 300),
        detail=_detail(entry, visit),
        source=source,
        service=visit.value("x_ServiceId", entry.service_id) if entry.service_id else None,
        nearness=visit.display.percent(entry.coincidence) if entry.coincidence is not None else None,
    )


def _detail(entry: Entry, visit: Visit) -> str:
    """What is said besides the title: of a change its kind and revision; the bill's measures are none."""
    if entry.source == "bill":
        return ""
    is_change = entry.kind in {"change", "scaling", "price", "commitment"}
    parts = entry.detail.split(" · ") if is_change else [entry.detail]
    words = {**CHANGE_KINDS, **OUTCOMES}
    said = [say(words, part, visit) for part in parts if part != "succeeded"]
    return shorten(" · ".join(said), 1000)


def _is_near(entry: Entry) -> bool:
    """Whether it is shown at once: all but the changes that are far from the onset and that nobody pinned."""
    is_far = entry.rank is None or entry.rank > MOST_NEAR
    return entry.pinned or bool(entry.annotation) or entry.kind not in {"change", "scaling"} or not is_far


def _coincident(rows: list[EntryRow]) -> tuple[EntryRow, ...]:
    ranked = [row for row in rows if row.entry.rank is not None and not row.entry.hidden]
    return tuple(sorted(ranked, key=lambda row: row.entry.rank or 0)[:3])


def _payers(detail: IncidentDetail, visit: Visit) -> tuple[PayerRow, ...]:
    currency, payers = detail.incident.currency, detail.payers
    largest = max((abs(payer.excess) for payer in payers), default=None)
    display = visit.display
    return tuple(
        PayerRow(
            service=visit.value("x_ServiceId", payer.service_id),
            team=visit.value("x_TeamId", payer.team_id),
            excess=display.money(payer.excess, currency),
            actual=display.money(payer.actual, currency),
            is_rise=payer.excess > 0 if payer.excess else None,
            width=float(abs(payer.excess) / largest) * 100 if largest else 0.0,
        )
        for payer in payers[:20]
    )


def _task(task: Task, tickets: tuple[Ticket, ...], visit: Visit, today: date) -> TaskRow:
    is_over = task.state in {"done", "dropped"}
    return TaskRow(
        task=task,
        state=say(TASKS, task.state, visit),
        due=visit.display.date(task.due) if task.due else None,
        is_late=bool(task.due and not is_over and task.due < today),
        tickets=tuple(ticket for ticket in tickets if ticket.task == task.number),
    )


def _anomaly_of(incident: Incident, visit: Visit) -> Anomaly | None:
    prefix, _, anomaly_id = (incident.origin or "").partition("/")
    if prefix != "anomaly":
        return None
    try:
        return visit.workspace.operations.anomalies.get(anomaly_id)
    except NotFound:
        return None


def _owner(incident: Incident) -> dict[str, str | None]:
    if incident.service_id is not None:
        return {"x_ServiceId": incident.service_id}
    return {"x_TeamId": incident.team_id} if incident.team_id is not None else {}


def _day_before(incident: Incident) -> str:
    return date.fromordinal(incident.clock.onset.date().toordinal() - 2).isoformat()


def _costs(incident: Incident) -> str | None:
    if len(quote(incident.where)) > MAX_LINKED * 6:
        return None
    return ViewState(where=incident.where or None, currency=incident.currency, period="90d").url()
