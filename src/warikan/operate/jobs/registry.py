"""Every job there is: its name, its schedule unless the settings say another, and what it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from warikan.catalog.jobs import JobName
from warikan.catalog.settings import Settings
from warikan.focus.errors import CheckFailed

if TYPE_CHECKING:
    # Operations holds the jobs, and the jobs call operations: one of the two knows the other by type only.
    from warikan.operate.operations import Operations


MAX_SAID = 6
"""Rates that a job names; `warikan currencies freeze` names more."""


@dataclass(frozen=True)
class Job:
    """
    One job.

    Attributes:
        work: Does it and says in a few words what it did. Doing it again does no harm: it may have been cut
            off at any point before.
        at_once: Whether it runs when it is first seen, and not only when its schedule next comes.
    """

    name: JobName
    schedule: str
    work: Callable[[Operations], str]
    at_once: bool = True


def list_jobs(settings: Settings) -> Mapping[JobName, Job]:
    """The jobs that *settings* have run by themselves, in the order in which those due at once run."""
    jobs = [
        Job("changes", "every 5 minutes", _fetch_changes),
        Job("judge", "every hour", _judge),
        Job("budgets", "every hour", _judge_budgets),
        Job("incidents", "every hour", _refresh_incidents),
        Job("reminders", "0 9 * * *", _remind, at_once=False),
        Job("digests", _digest_time(settings), _send_digests, at_once=False),
        Job("deliver", "every minute", _deliver),
        Job("tidy", "20 3 * * *", _tidy, at_once=False),
    ]
    if settings.currencies.has_rates:
        jobs.insert(0, Job("rates", "every hour", _freeze_rates))
    if settings.jobs.sync:
        jobs.insert(0, Job("sync", "every hour", _sync))
    chosen = settings.jobs.schedules
    return {
        job.name: Job(job.name, chosen.get(job.name, job.schedule), job.work, job.at_once)
        for job in jobs
        if job.name not in settings.jobs.off
    }


def _digest_time(settings: Settings) -> str:
    digest = settings.notify.digest
    if digest is None or digest.daily is None:
        return "0 9 * * *"
    return f"{digest.daily.minute} {digest.daily.hour} * * *"


def _fetch_changes(operations: Operations) -> str:
    receipts = operations.changes.fetch()
    failed = [f"{one.source}: {one.error}" for one in receipts if one.error is not None]
    if failed:
        raise CheckFailed("; ".join(failed))
    return f"{sum(one.added for one in receipts)} new, {sum(one.updated for one in receipts)} updated"


def _judge(operations: Operations) -> str:
    report = operations.anomalies.judge()
    if report.unchanged:
        return "nothing new to judge"
    return f"{len(report.opened)} opened, {len(report.updated)} updated, {len(report.ended)} ended"


def _judge_budgets(operations: Operations) -> str:
    operations.budgets.judge()
    return "judged"


def _refresh_incidents(operations: Operations) -> str:
    report = operations.incidents.refresh()
    if report.failed:
        raise CheckFailed("; ".join(f"{name}: {why}" for name, why in report.failed.items()))
    return f"{len(report.restated)} restated, {len(report.verified)} verified"


def _remind(operations: Operations) -> str:
    operations.reviews.remind()
    return "reminded"


def _send_digests(operations: Operations) -> str:
    from warikan.operate.digest import digest_content  # asks every other part: only where a digest is due

    told = operations.notify.send_digests(
        lambda team, cadence, day: digest_content(operations, team, cadence, day)
    )
    return f"{told} teams told"


def _deliver(operations: Operations) -> str:
    report = operations.notify.deliver_due()
    said = f"{report.sent} sent, {report.failed} to be tried again, {report.given_up} given up"
    if report.given_up:
        raise CheckFailed("; ".join([said, *report.errors]))
    return said


def _tidy(operations: Operations) -> str:
    return f"{operations.notify.forget_old()} old messages forgotten"


def _freeze_rates(operations: Operations) -> str:
    months = operations.currencies.freeze_final()
    said = f"frozen: {', '.join(f'{month:%Y-%m}' for month in months) or 'nothing new'}"
    # No failure: it would be one every hour until somebody finds a rate.
    gaps = [f"{gap.currency} of {gap.month:%Y-%m}" for gap in operations.currencies.list_gaps()]
    more = f" and {len(gaps) - MAX_SAID} more" if len(gaps) > MAX_SAID else ""
    return f"{said}; no final rate: {', '.join(gaps[:MAX_SAID])}{more}" if gaps else said


def _sync(operations: Operations) -> str:
    from warikan.operate.jobs.syncing import sync  # brings the rooms that load and allocate

    return sync(operations)
