"""The jobs of one workspace: what is due runs once, in whichever process asks first."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal
from uuid import uuid4

from sqlalchemy import Connection, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from warikan.focus.errors import Conflict, NotFound, WarikanError
from warikan.operate.jobs.registry import Job, list_jobs
from warikan.operate.jobs.schedule import next_due
from warikan.state.tables.jobs import jobs as rows

if TYPE_CHECKING:
    # See registry.py.
    from warikan.operate.operations import Operations

log = logging.getLogger(__name__)
LEASE = timedelta(minutes=30)
"""A job that has not ended by then is dead; one that is only slow may run beside itself and does no harm."""
LONGEST = 1000
Result = Literal["ok", "failed"]


@dataclass(frozen=True)
class JobReport:
    """One run: what it did in a few words, or why it failed."""

    name: str
    result: Result
    said: str


@dataclass(frozen=True)
class JobStatus:
    """
    A job as it stands.

    Attributes:
        due_at: When it runs next; None before anything has looked at it.
        is_running: In some process, as far as is known.
        result: Of the last run; None where there was none, or it never ended.
        failures: In a row.
    """

    name: str
    schedule: str
    due_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    is_running: bool
    result: Result | None
    said: str
    failures: int


class Jobs:
    """
    What runs by itself, by a lease in the state: two processes never do the same job at a time.

    A dead process's lease ends after half an hour; then another runs the job again.
    """

    def __init__(self, operations: Operations) -> None:
        self._operations = operations
        self._state = operations.state
        self._clock = operations.clock
        self._jobs = {str(name): job for name, job in list_jobs(operations.settings).items()}
        self._zone = operations.settings.jobs.zone or operations.settings.notify.zone
        digest = operations.settings.notify.digest
        self._zones = {"digests": digest.zone} if digest is not None and digest.zone is not None else {}

    def list(self) -> tuple[JobStatus, ...]:
        """Every job that is not off, in the order in which those due at once run."""
        now = self._clock()
        with self._state.read() as connection:
            found = {row.name: row for row in connection.execute(select(rows))}
        return tuple(
            JobStatus(
                name=name,
                schedule=f"{job.schedule} ({self._zone_of(job)})" if "*" in job.schedule else job.schedule,
                due_at=row.due_at if row else None,
                started_at=row.started_at if row else None,
                finished_at=row.finished_at if row else None,
                is_running=bool(row and row.lease_until and row.lease_until > now),
                result=row.result if row else None,
                said=(row.said if row else None) or "",
                failures=row.failures if row else 0,
            )
            for name, job in self._jobs.items()
            for row in [found.get(name)]
        )

    def run(self, name: str) -> JobReport:
        """
        Run *name* now, whether it is due or not.

        Raises:
            NotFound: there is no such job, or it is off.
            Conflict: it is running already.
        """
        if name not in self._jobs:
            raise NotFound(f"there is no job {name!r}", hint=f"there is: {', '.join(self._jobs)}")
        job, now = self._jobs[name], self._clock()
        token = self._take(job, now, is_due=False)
        if token is None:
            raise Conflict(f"{name} is running already", hint="warikan jobs list")
        return self._work(job, token)

    def run_due(self, now: datetime | None = None) -> tuple[JobReport, ...]:
        """Run every job that is due and that nobody else is running; one that fails stops no other."""
        reports = []
        for job in self._jobs.values():
            token = self._take(job, now or self._clock(), is_due=True)
            if token is not None:
                reports.append(self._work(job, token, now))
        return tuple(reports)

    def _take(self, job: Job, now: datetime, *, is_due: bool) -> str | None:
        """The lease of *job*; None where it is not due, or somebody else has it."""
        token = str(uuid4())
        with self._state.begin() as connection:
            row = connection.execute(
                select(rows).where(rows.c.name == job.name).with_for_update()
            ).one_or_none()
            due_at = row.due_at if row is not None else self._first_due(job, now)
            if row is None:
                row_is_ours = _add(connection, job, due_at)
                if not row_is_ours:
                    return None  # another process has just begun to run it
            elif row.schedule != job.schedule:
                due_at = min(due_at, next_due(job.schedule, self._zone_of(job), now))
                connection.execute(
                    update(rows).where(rows.c.name == job.name).values(schedule=job.schedule, due_at=due_at)
                )
            if is_due and due_at > now:
                return None
            is_free = or_(rows.c.lease_until.is_(None), rows.c.lease_until <= now)
            taken = connection.execute(
                update(rows)
                .where(rows.c.name == job.name, is_free)
                .values(lease_by=token, lease_until=now + LEASE, started_at=now, result=None)
            )
            return token if taken.rowcount == 1 else None

    def _first_due(self, job: Job, now: datetime) -> datetime:
        return now if job.at_once else next_due(job.schedule, self._zone_of(job), now)

    def _work(self, job: Job, token: str, now: datetime | None = None) -> JobReport:
        try:
            report = JobReport(job.name, "ok", job.work(self._operations)[:LONGEST])
        except WarikanError as error:
            log.warning("job %s failed: %s", job.name, error.message)
            report = JobReport(job.name, "failed", error.message[:LONGEST])
        except Exception as error:  # whatever it is, the other jobs run, and people see it in the list
            log.exception("job %s failed", job.name)
            report = JobReport(job.name, "failed", f"{type(error).__name__}: {error}"[:LONGEST])
        self._finish(job, token, report, now or self._clock())
        return report

    def _finish(self, job: Job, token: str, report: JobReport, now: datetime) -> None:
        failures = 0 if report.result == "ok" else rows.c.failures + 1
        with self._state.begin() as connection:
            connection.execute(
                update(rows)
                .where(rows.c.name == job.name, rows.c.lease_by == token)
                .values(
                    lease_by=None,
                    lease_until=None,
                    finished_at=now,
                    result=report.result,
                    said=report.said,
                    failures=failures,
                    due_at=next_due(job.schedule, self._zone_of(job), now),
                )
            )

    def _zone_of(self, job: Job) -> str:
        return self._zones.get(job.name) or self._zone


def _add(connection: Connection, job: Job, due_at: datetime) -> bool:
    """Make the row of *job*; False where another process made it meanwhile."""
    maker = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    values = {"name": job.name, "schedule": job.schedule, "due_at": due_at, "failures": 0}
    made = maker(rows).values(**values).on_conflict_do_nothing().returning(rows.c.name)
    return connection.execute(made).first() is not None
