"""Incidents: declared, dealt with, and followed on the bill until their end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Connection

from warikan.catalog.entities import Catalog
from warikan.catalog.settings import Settings
from warikan.engine.engine import Engine
from warikan.focus.errors import UsageError
from warikan.operate.anomalies.anomalies import Anomalies
from warikan.operate.budgets.budgets import Budgets
from warikan.operate.changes.changes import Changes
from warikan.operate.incidents import store, tasks
from warikan.operate.incidents.declaring import Declaration, from_anomaly, from_burn
from warikan.operate.incidents.editing import Desk
from warikan.operate.incidents.entries import change_line
from warikan.operate.incidents.facts import facts_of, ticket_text
from warikan.operate.incidents.following import Also, Following, nothing_else
from warikan.operate.incidents.incident import (
    Asked,
    Entry,
    Figure,
    Incident,
    IncidentDetail,
    Refreshed,
    Severity,
    Task,
    TaskState,
    Ticket,
)
from warikan.operate.incidents.moving import Moves
from warikan.operate.incidents.past import read_past
from warikan.operate.incidents.tickets import Tickets
from warikan.operate.incidents.told import Told, declaration_of
from warikan.operate.notify.notifier import Notifier
from warikan.operate.reviews.facts import IncidentFacts
from warikan.operate.scope import Scope
from warikan.state.database import Database

LONGEST_TITLE = 300


class Incidents(Moves):
    """
    Unexpected rises of cost that people deal with. Safe to share between threads and processes.

    Every change is one transaction with its record, its line in the timeline and its notice. A *version* is
    the one that the caller saw: where somebody changed the incident since, ``Conflict`` is raised and nothing
    is written; None takes it as it is now. ``refresh`` is for jobs; the bill decides there, not people.
    """

    def __init__(
        self,
        state: Database,
        engine: Engine,
        catalog: Catalog,
        settings: Settings,
        clock: Callable[[], datetime],
        *,
        changes: Changes,
        anomalies: Anomalies,
        budgets: Budgets,
        notify: Notifier,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        desk = Desk(state, clock, notify)
        following = Following(desk, engine, catalog, settings, changes=changes, anomalies=anomalies)
        super().__init__(desk, anomalies, following)
        self._state = state
        self._catalog = catalog
        self._settings = settings
        self._clock = clock
        self._budgets = budgets
        self._tickets = Tickets(self._desk, settings.incidents, environment)

    # --- declare ---

    def declare_from_anomaly(self, anomaly_id: str, *, actor: str, title: str = "") -> Incident:
        """
        Declare an incident from ``ANO-7``, or find the one that was.

        The anomaly's expected days are frozen with it. Where nobody said anything of it, it is real.

        Raises:
            NotFound: there is no such anomaly.
        """
        anomaly = self._anomalies.get(anomaly_id)

        def confirm(connection: Connection, incident_id: str) -> None:
            self._anomalies.confirm_within(connection, anomaly.id, actor=actor, note=incident_id)

        return self._declare(from_anomaly(anomaly, title), actor, confirm)

    def declare_from_budget(self, burn_id: str, *, actor: str, title: str = "") -> Incident:
        """
        Declare an incident from ``BURN-3``, or find the one that was.

        Raises:
            NotFound: there is no such burn.
        """
        burn = self._budgets.get_burn(burn_id)
        return self._declare(from_burn(burn, self._budgets.get(burn.budget_id), title), actor)

    def declare(
        self,
        *,
        actor: str,
        onset: date | datetime,
        scope: Scope | None = None,
        where: str | None = None,
        currency: str | None = None,
        title: str = "",
        severity: Severity | None = None,
        expected_per_day: Decimal | None = None,
        lead: str | None = None,
        everything: bool = False,
        again: bool = False,
    ) -> Incident:
        """
        Declare an incident by hand.

        Args:
            onset: When it began; a date is its midnight in UTC.
            scope: Columns and values, e.g. ``{"x_ServiceId": "checkout"}``: who causes the cost.
            where: A filter; with *scope*, both hold.
            currency: Default: that of the settings, else the one most charges are in.
            severity: Judged by the money where it is None.
            expected_per_day: What a day usually costs; None asks the forecast from before the onset.
            everything: It is of all costs: said instead of *scope* and *where*.
            again: Although an incident of the same cost since the same moment is not over.

        Raises:
            UsageError: nothing says whose cost it is, the filter cannot be read, the onset lies in the
                future, there is no such service, team or currency, or nothing is loaded.
            Conflict: it is declared already.
        """
        told = Told(
            onset, dict(scope or {}), where or "", currency, title, severity, expected_per_day, lead,
            everything, again,
        )  # fmt: skip
        bill = self._following.bill()
        return self._declare(declaration_of(told, self._catalog, self._settings, bill, self._clock()), actor)

    # --- read ---

    def detail(self, incident_id: str) -> IncidentDetail:
        """
        ``INC-12`` with its days, timeline, payers, tasks, tickets and every figure told.

        Raises:
            NotFound: there is none.
        """
        with self._state.read() as connection:
            return store.read_detail(connection, incident_id, now=self._clock())

    def list(self, asked: Asked | None = None) -> tuple[Incident, ...]:
        """Those that are asked for, per currency by money (up or down), the most first."""
        with self._state.read() as connection:
            return store.list_incidents(connection, asked or Asked(), now=self._clock())

    def timeline(self, incident_id: str, *, hidden: bool = False) -> tuple[Entry, ...]:
        """What happened, in order, from two days before the onset; with *hidden* also what people hid."""
        return tuple(e for e in self.detail(incident_id).timeline if hidden or not e.hidden)

    def figures(self, incident_id: str) -> tuple[Figure, ...]:
        """Every figure that was ever told, oldest first: none is changed, a new one is added."""
        return self.detail(incident_id).figures

    def facts(self, incident_id: str) -> IncidentFacts:
        """
        All that a review needs to know.

        Raises:
            NotFound: there is no such incident.
        """
        with self._state.read() as connection:
            detail = store.read_detail(connection, incident_id, now=self._clock())
            return facts_of(detail, store.find_row(connection, incident_id))

    def list_facts(self) -> tuple[IncidentFacts, ...]:
        """Of every incident but dismissed ones, as ``FactsSource.list_facts`` says."""
        with self._state.read() as connection:
            return read_past(connection, now=self._clock())

    # --- timeline, tasks, tickets ---

    def change_entry(
        self,
        incident_id: str,
        entry_id: int,
        *,
        actor: str,
        pinned: bool | None = None,
        hidden: bool | None = None,
        annotation: str | None = None,
        version: int | None = None,
    ) -> Entry:
        """
        Pin, hide or annotate a line of the timeline; *version* is the line's.

        Raises:
            NotFound: no such incident or line. Conflict: the line has changed.
        """
        asked = {"pinned": pinned, "hidden": hidden, "annotation": annotation}
        changes = {name: value for name, value in asked.items() if value is not None}
        if annotation is not None:
            changes["annotation"] = annotation.strip()[:4000]
        with self._desk.edit(incident_id, "entry", actor=actor) as editing:
            before = change_line(editing.connection, editing.number, entry_id, changes, version=version)
            editing.note(f"change line {entry_id}", before, changes)
            entries = store.read_entries(editing.connection, editing.number)
        return next(entry for entry in entries if entry.id == entry_id)

    def add_task(
        self, incident_id: str, *, title: str, owner: str, actor: str, due: date | None = None
    ) -> Task:
        """
        Add a task; of an incident in any state, for work goes on after its end.

        Raises:
            NotFound: no such incident. UsageError: no title or owner.
        """
        with self._desk.edit(incident_id, "task", actor=actor) as editing:
            return tasks.add(editing, title=title, owner=owner, due=due)

    def update_task(
        self,
        incident_id: str,
        number: int,
        *,
        actor: str,
        title: str = tasks.UNSET,
        owner: str = tasks.UNSET,
        due: date | None = tasks.UNSET,
        state: TaskState = tasks.UNSET,
        version: int | None = None,
    ) -> Task:
        """
        Change what is given of a task; *version* is the task's.

        Raises:
            NotFound: no such incident or task. Conflict: it has changed. UsageError: a value cannot be.
        """
        with self._desk.edit(incident_id, "task", actor=actor) as editing:
            return tasks.change(
                editing, number, title=title, owner=owner, due=due, state=state, version=version
            )

    def link_ticket(
        self, incident_id: str, url: str, *, actor: str, title: str = "", task: int | None = None
    ) -> Ticket:
        """
        Link a ticket that is there already; the same address again is the same link.

        Raises:
            NotFound: no such incident or task. UsageError: *url* is no address.
        """
        with self._desk.edit(incident_id, "ticket", actor=actor) as editing:
            made = self._tickets.link(editing, url, title=title, task=task)
        return self._ticket(incident_id, made)

    def create_ticket(
        self, incident_id: str, tracker: str, *, actor: str, task: int | None = None, title: str = ""
    ) -> Ticket:
        """
        Make a ticket in *tracker* for the incident, or for one of its tasks: once, however often it is asked.

        Its intention is kept before anything is sent: what does not succeed now stays ``pending`` and is
        tried again by ``refresh``; what the tracker refuses is ``failed``, and asking again tries again.

        Raises:
            NotFound: no such incident, task or tracker.
        """
        detail = self.detail(incident_id)
        told = title.strip() or next(
            (t.title for t in detail.tasks if t.number == task), detail.incident.title
        )
        body = ticket_text(detail.incident, task, self._settings.notify.base_url)
        with self._desk.edit(incident_id, "ticket", actor=actor) as editing:
            made = self._tickets.intend(
                editing, tracker, title=f"{detail.incident.id}: {told}"[:300], body=body, task=task
            )
        return self._tickets.make(made)

    # --- jobs ---

    def refresh(self, *, only: str | None = None) -> Refreshed:
        """
        Read the bill beside every incident that is not long closed, or *only* one.

        Accrues and restates, verifies what is contained, fills timelines, makes pending tickets. Doing it
        again changes nothing. What fails for one incident does not keep the others from it.
        """
        self._tickets.make_pending()
        return self._following.refresh(only)

    def _declare(self, told: Declaration, actor: str, also: Also = nothing_else) -> Incident:
        if len(told.title) > LONGEST_TITLE:
            raise UsageError(f"a title has at most {LONGEST_TITLE} characters, not {len(told.title):,}")
        incident_id = self._following.declare(told, actor, also)
        return self.get(incident_id)

    def _ticket(self, incident_id: str, ticket_id: int) -> Ticket:
        return next(t for t in self.detail(incident_id).tickets if t.id == ticket_id)
