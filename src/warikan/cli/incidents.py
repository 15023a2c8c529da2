"""What ``warikan incidents`` does: ask the workspace, print its answer; no arithmetic here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from warikan.api.answers import to_document
from warikan.bootstrap import open_workspace
from warikan.catalog.known import require_known
from warikan.cli.options import Output
from warikan.cli.output import note, print_csv, print_json, print_table, shown_amount
from warikan.focus.errors import UsageError
from warikan.operate.incidents.incident import LIVE, Asked, Figure, Incident, IncidentDetail, Severity
from warikan.operate.incidents.incidents import Incidents

_HEADER = (
    "incident", "severity", "state", "title", "team", "since", "over expected", "currency", "per hour",
    "lead",
)  # fmt: skip
_RIGHT = ("over expected", "per hour", "billed", "first", "expected", "low", "high", "excess", "#", "rank")


@dataclass(frozen=True)
class Declared:
    """What was said on the command line."""

    anomaly: str | None
    burn: str | None
    onset: datetime | None
    service: str | None
    team: str | None
    where: str | None
    title: str
    severity: Severity | None
    usual: str | None
    currency: str | None
    everything: bool
    again: bool


def run_list(
    folder: Path | None,
    state: Any,
    team: str | None,
    service: str | None,
    severity: Severity | None,
    limit: int,
    output: Output,
) -> None:
    """Print the list."""
    workspace = open_workspace(folder)
    require_known(workspace.catalog, service=service, team=team)
    states = LIVE if state == "live" else () if state == "all" else (state,)
    found = workspace.operations.incidents.list(Asked(states, team, service, severity, limit))
    note(f"{workspace.folder} · incidents: {state} · EffectiveCost")
    if output == "json":
        print_json({"rows": to_document(found)})
    elif output == "csv":
        print_csv(_HEADER, [_row(one) for one in found])
    else:
        print_table("Incidents", _HEADER, [_row(one) for one in found], right=_RIGHT)
        if not found:
            note("none; warikan anomalies lists what could be one")


def run_show(folder: Path | None, incident_id: str, output: Output) -> None:
    """Print one incident."""
    workspace = open_workspace(folder)
    detail = workspace.operations.incidents.detail(incident_id)
    incident = detail.incident
    note(f"{workspace.folder} · {incident.id} · EffectiveCost in {incident.currency}")
    if output == "json":
        print_json(to_document(detail))
        return
    print_table("Incident", _HEADER, [_row(incident)], right=_RIGHT)
    _print_money(incident)
    _print_clock(incident)
    _print_parts(detail)
    note(f'the charges: warikan explain --where "{incident.where}"')


_ONE_OF = "give one of --anomaly, --burn and --onset: what the incident is declared from"
_BY_HAND = ("service", "team", "where", "severity", "usual", "currency", "everything", "again")


def run_declare(folder: Path | None, told: Declared, actor: str, output: Output) -> None:
    """Declare, and print what was declared."""
    if (told.anomaly is not None) + (told.burn is not None) + (told.onset is not None) > 1:
        raise UsageError(_ONE_OF)
    if told.onset is None and (extra := [name for name in _BY_HAND if getattr(told, name)]):
        options = ", ".join("--all" if name == "everything" else f"--{name}" for name in extra)
        raise UsageError(f"{options}: known from the anomaly or burn; only with --onset")
    incidents = open_workspace(folder).operations.incidents
    if told.anomaly is not None:
        made = incidents.declare_from_anomaly(told.anomaly, actor=actor, title=told.title)
    elif told.burn is not None:
        made = incidents.declare_from_budget(told.burn, actor=actor, title=told.title)
    elif told.onset is None:
        raise UsageError(_ONE_OF)
    else:
        scope = {"x_ServiceId": told.service, "x_TeamId": told.team}
        made = incidents.declare(
            actor=actor,
            onset=told.onset.replace(tzinfo=UTC),
            scope={column: value for column, value in scope.items() if value is not None},
            where=told.where,
            currency=told.currency,
            title=told.title,
            severity=told.severity,
            expected_per_day=_amount(told.usual),
            everything=told.everything,
            again=told.again,
        )
    if output == "json":
        print_json(to_document(made))
        return
    _say(made)


def run_move(folder: Path | None, move: Callable[[Incidents], Incident]) -> None:
    """Do *move*, and say how the incident is then."""
    _say(move(open_workspace(folder).operations.incidents))


def run_refresh(folder: Path | None, output: Output) -> None:
    """Read the bill, and print what it changed."""
    done = open_workspace(folder).operations.incidents.refresh()
    if output == "json":
        print_json(to_document(done))
        return
    note(f"{len(done.restated)} with new figures, {len(done.verified)} verified on the bill")
    for incident_id, reason in done.failed.items():
        note(f"{incident_id}: {reason}")


def run_note(
    folder: Path | None, incident_id: str, text: str, at: datetime | None, link: str | None, actor: str
) -> None:
    """Add a note."""
    moment = None if at is None else at.replace(tzinfo=UTC)
    incidents = open_workspace(folder).operations.incidents
    made = incidents.add_note(incident_id, text, actor=actor, at=moment, link=link)
    note(f"noted as line {made.id}")


def run_task(
    folder: Path | None,
    incident_id: str,
    title: str | None,
    number: int | None,
    owner: str | None,
    due: date | None,
    state: Any,
    actor: str,
) -> None:
    """Add a task, or change one."""
    incidents = open_workspace(folder).operations.incidents
    if number is None:
        if title is None or state is not None:
            raise UsageError("a new task has a title, and is open", hint="--number N changes a task")
        made = incidents.add_task(incident_id, title=title, owner=owner or actor, due=due, actor=actor)
    else:
        given = {"title": title, "owner": owner, "due": due, "state": state}
        values: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        made = incidents.update_task(incident_id, number, actor=actor, **values)
    note(f"task {made.number} of {incident_id}: {made.state}, {made.owner}")


def run_ticket(
    folder: Path | None,
    incident_id: str,
    tracker: str | None,
    url: str | None,
    task: int | None,
    title: str,
    actor: str,
) -> None:
    """Make or link a ticket."""
    if (tracker is None) == (url is None):
        raise UsageError("give --tracker to make a ticket, or --url to link one")
    incidents = open_workspace(folder).operations.incidents
    if url is not None:
        made = incidents.link_ticket(incident_id, url, actor=actor, title=title, task=task)
    else:
        made = incidents.create_ticket(incident_id, tracker or "", actor=actor, task=task, title=title)
    note(f"{made.state}: {made.url or made.error or 'being made'}")


def _say(incident: Incident) -> None:
    money = (
        "" if incident.figure is None else f", {_money(incident.figure)} {incident.currency} over expected"
    )
    note(f"{incident.id} ({incident.severity}) is {incident.state}{money}: {incident.title}")


def _money(figure: Figure) -> str:
    return shown_amount(figure.accrued)


def _row(incident: Incident) -> list[str]:
    figure = incident.figure
    return [
        incident.id,
        incident.severity,
        incident.state,
        incident.title,
        incident.team_id or "–",
        f"{incident.clock.onset:%Y-%m-%d}",
        "–" if figure is None else _money(figure),
        incident.currency,
        "–" if figure is None else shown_amount(figure.rate_per_hour),
        incident.roles.get("lead", "–"),
    ]


def _print_money(incident: Incident) -> None:
    figure, first = incident.figure, incident.first_figure
    if figure is None or first is None:
        note("no complete day yet")
        return
    names = (
        ("over expected", figure.accrued),
        ("at least", figure.low),
        ("at most", figure.high),
        ("these days as first billed", figure.first_accrued),
        ("restated by", figure.restated),
        ("as first told", first.accrued),
        ("estimate since the last complete day", figure.live),
        ("recurring", figure.recurring),
        ("once", figure.one_off),
        ("after containment", figure.after_containment),
        ("avoided since containment", figure.avoided),
    )
    rows = [[name, "–" if amount is None else shown_amount(amount)] for name, amount in names]
    header = ("money", incident.currency)
    print_table(f"Money · {figure.days} complete days", header, rows, right=(incident.currency,))


def _print_clock(incident: Incident) -> None:
    clock = incident.clock
    names = ("onset", "detected", "declared", "acknowledged", "contained", "verified", "closed")
    rows = [
        [name, f"{moment:%Y-%m-%d %H:%M} UTC"]
        for name in names
        if (moment := getattr(clock, name)) is not None
    ]
    print_table("Clock", ("what", "when"), rows)


def _print_parts(detail: IncidentDetail) -> None:
    days = [
        [
            one.day.isoformat(),
            *(
                "–" if amount is None else shown_amount(amount)
                for amount in (one.actual, one.first_actual, one.expected, one.low, one.high)
            ),
        ]
        for one in detail.days
        if one.actual is not None
    ]
    print_table("Days", ("day", "billed", "first", "expected", "low", "high"), days, right=_RIGHT)
    payers = [[p.team_id or "–", p.service_id or "–", shown_amount(p.excess)] for p in detail.payers]
    print_table("Paid by", ("team", "service", "excess"), payers, right=_RIGHT)
    lines = [
        [
            f"{e.at:%m-%d %H:%M}",
            e.kind,
            e.title,
            e.source,
            "" if e.rank is None else str(e.rank),
            "pinned" if e.pinned else "",
        ]
        for e in detail.timeline
        if not e.hidden
    ]
    header = ("when", "what", "title", "source", "rank", "")
    print_table("Timeline (rank: how coincident a change is, never its cause)", header, lines, right=_RIGHT)
    tasks = [
        [str(t.number), t.title, t.owner, t.due.isoformat() if t.due else "–", t.state] for t in detail.tasks
    ]
    if tasks:
        print_table("Tasks", ("#", "task", "owner", "due", "state"), tasks, right=_RIGHT)
    tickets = [[t.state, t.title, t.url or t.error or "–"] for t in detail.tickets]
    if tickets:
        print_table("Tickets", ("state", "title", "where"), tickets)


def _amount(text: str | None) -> Decimal | None:
    if text is None:
        return None
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise UsageError(f"{text[:40]!r} is no amount") from error
