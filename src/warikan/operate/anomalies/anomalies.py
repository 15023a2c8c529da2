"""Anomalies: judged on the lake, kept with what people say of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Literal

from sqlalchemy import Connection, select

from warikan.catalog.entities import Catalog
from warikan.catalog.settings import Settings
from warikan.engine.engine import Engine
from warikan.focus.errors import Conflict, UsageError
from warikan.operate.anomalies.anomaly import VERDICTS, Anomaly, JudgeReport, Verdict
from warikan.operate.anomalies.judge import Judge
from warikan.operate.anomalies.notices import notice_of, was_told
from warikan.operate.anomalies.planned import (
    Planned,
    add_planned,
    check_planned,
    list_planned,
    remove_planned,
)
from warikan.operate.anomalies.store import change, load_all, load_anomaly
from warikan.operate.notify.notifier import Notifier
from warikan.state.audit import record
from warikan.state.database import Database
from warikan.state.tables.anomalies import anomalies

Wanted = Literal["open", "ended", "withdrawn", "all"]
LONGEST_NOTE = 4000


class Anomalies:
    """
    What costs more, or less, than expected, by who causes it. Safe to share between threads and processes.

    ``judge`` looks at the lake; everything else reads and writes the state.
    """

    def __init__(
        self,
        state: Database,
        engine: Engine,
        catalog: Catalog,
        settings: Settings,
        clock: Callable[[], datetime],
        *,
        notify: Notifier,
    ) -> None:
        self._state = state
        self._engine = engine
        self._catalog = catalog
        self._settings = settings
        self._clock = clock
        self._notify = notify

    def judge(self, *, force: bool = False) -> JudgeReport:
        """
        Judge all complete days of the last 400, and tell owners what is new.

        Judging again without new data, settings or verdicts does nothing, unless *force*; judging what
        arrived late changes the anomalies that are there and never makes a second one of them.

        Raises:
            UsageError: the charges are not allocated yet.
        """
        judge = Judge(self._state, self._engine, self._catalog, self._settings, self._notify)
        return judge.run(self._clock(), force=force)

    def get(self, anomaly_id: str) -> Anomaly:
        """
        The anomaly ``ANO-7``.

        Raises:
            NotFound: there is none.
        """
        with self._state.read() as connection:
            return load_anomaly(connection, anomaly_id)

    def list(
        self,
        *,
        state: Wanted = "open",
        team: str | None = None,
        service: str | None = None,
        judged: bool | None = None,
        start: date | None = None,
        end: date | None = None,
        limit: int = 500,
    ) -> tuple[Anomaly, ...]:
        """
        Anomalies by money, the largest excess (up or down) first, each currency after the other.

        *judged* False: only those of which nobody has said anything; *start* and *end*: those that touch
        ``[start, end)``. ``open`` leaves out what a person called false or planned.
        """
        statement = select(anomalies)
        columns = anomalies.c
        if state != "all":
            statement = statement.where(columns.state == state)
        if state == "open":
            statement = statement.where((columns.verdict == "real") | columns.verdict.is_(None))
        if team is not None:
            statement = statement.where(columns.team_id == team)
        if service is not None:
            statement = statement.where(columns.service_id == service)
        if judged is not None:
            statement = statement.where(columns.verdict.is_not(None) if judged else columns.verdict.is_(None))
        if end is not None:
            statement = statement.where(columns.onset < end)
        if start is not None:
            statement = statement.where(columns.end.is_(None) | (columns.end > start))
        with self._state.read() as connection:
            found = load_all(connection, statement)
        return tuple(sorted(found, key=lambda a: (a.currency, -abs(a.excess.point), a.id)))[:limit]

    def say(
        self,
        anomaly_id: str,
        verdict: Verdict | None,
        *,
        actor: str,
        note: str | None = None,
        version: int | None = None,
    ) -> Anomaly:
        """
        Say that an anomaly was *planned*, is *false*, or is *real*; None takes back what was said.

        The detector learns from it at the next judgement (docs/anomalies.md); the message of it is resolved.

        Raises:
            NotFound: there is no such anomaly.
            UsageError: there is no such verdict.
            Conflict: it is no longer as it was in *version*.
        """
        with self._state.begin() as connection:
            return self.say_within(connection, anomaly_id, verdict, actor=actor, note=note, version=version)

    def say_within(
        self,
        connection: Connection,
        anomaly_id: str,
        verdict: Verdict | None,
        *,
        actor: str,
        note: str | None = None,
        version: int | None = None,
    ) -> Anomaly:
        """As `say`, in a transaction that has begun: for a change of something else that says it too."""
        if verdict is not None and verdict not in VERDICTS:
            raise UsageError(f"there is no verdict {verdict!r}; say one of {', '.join(VERDICTS)}")
        if note is not None and len(note) > LONGEST_NOTE:
            raise UsageError(f"a note has at most {LONGEST_NOTE} characters")
        now = self._clock()
        known = load_anomaly(connection, anomaly_id, lock=True)
        if version is not None and version != known.version:
            raise Conflict(
                f"{known.id} has changed since you saw it: it is version {known.version}, not {version}",
                hint="look at it again, then say it again",
            )
        values = {"verdict": verdict, "note": note, "updated_at": now}
        told = {"verdict_at": now if verdict else None, "verdict_by": actor if verdict else None}
        change(connection, known, values | told)
        record(
            connection,
            at=now,
            actor=actor,
            subject=f"anomaly/{known.id}",
            action=verdict or "unsay",
            before={"verdict": known.verdict, "note": known.note},
            after=values,
        )
        said = load_anomaly(connection, anomaly_id)
        if was_told(connection, f"anomaly/{said.id}"):
            self._notify.tell(connection, notice_of(said, self._catalog))
        return said

    def confirm_within(self, connection: Connection, anomaly_id: str, *, actor: str, note: str) -> None:
        """In a transaction that has begun: where nobody said anything of it yet, it is real."""
        if load_anomaly(connection, anomaly_id, lock=True).verdict is None:
            self.say_within(connection, anomaly_id, "real", actor=actor, note=note)

    def planned(self) -> tuple[Planned, ...]:
        """What is known beforehand, by its first day: of ``warikan.yaml``, and what people added."""
        with self._state.read() as connection:
            return list_planned(connection, self._settings.anomalies)

    def plan(self, planned: Planned, *, actor: str) -> str:
        """
        Add what is known beforehand; its id. Forecasts and judgements count with it from now on.

        Raises:
            UsageError: it cannot be; see `check_planned`.
        """
        check_planned(planned, self._catalog)
        with self._state.begin() as connection:
            return add_planned(connection, planned, actor=actor, now=self._clock())

    def unplan(self, planned_id: str, *, actor: str) -> None:
        """
        Remove what was added.

        Raises:
            NotFound: there is none with this id; those of ``warikan.yaml`` are removed there.
        """
        with self._state.begin() as connection:
            remove_planned(connection, planned_id, actor=actor, now=self._clock())

    def of_service(self, connection: Connection, service_id: str, day: date) -> Sequence[Anomaly]:
        """The anomalies of a service around *day*, for what else happened then."""
        near = timedelta(days=7)
        statement = select(anomalies).where(
            anomalies.c.service_id == service_id,
            anomalies.c.onset.between(day - near, day + near),
            anomalies.c.state != "withdrawn",
        )
        return load_all(connection, statement)
