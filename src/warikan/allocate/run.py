"""
The run: which months are due, their slices written and proven, then two commits.

First all months' ``allocations`` in one commit, then ``daily_costs`` in another. Each commit carries, per
month, a fingerprint of what it was made from; so unchanged months are skipped, and a run that died between
the commits is finished by the next one. Until then readers add up the slices themselves.
"""

import os
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from queue import SimpleQueue
from shutil import rmtree
from typing import TypeVar

import duckdb

from warikan.allocate.estimates import refresh_estimates
from warikan.allocate.hour_files import HourFiles, deciding_files, hours_by_month
from warikan.allocate.plan import AllocationPlan, digest, plan_allocation
from warikan.allocate.scratch import Scratch
from warikan.allocate.worker import MonthFiles, Worker
from warikan.catalog.entities import Catalog
from warikan.catalog.settings import Settings
from warikan.engine.engine import Engine
from warikan.engine.plan import ADDED_UP_FROM
from warikan.focus.errors import LakeError
from warikan.ingest.progress import Progress
from warikan.lake import DataFile, Lake, Unit

_Result = TypeVar("_Result")
_MOST_WORKERS = 4
_INPUT = "made-from."


@dataclass(frozen=True)
class AllocationReport:
    """
    What a run did.

    Attributes:
        months: Billing months computed, ascending.
        unchanged: Months whose bill, rules and catalogue are as they were at their last run.
        removed: Months that have no charges any more.
        charges: Charges read in *months*.
        slices: Rows of ``allocations`` written for them; at least one for each charge.
        shared: Charges that a share took.
        kept: Why shared cost stayed at its source, one sentence each.
        notes: What the catalogue does not say.
        finished_at: The *now* of the run.
    """

    months: tuple[date, ...]
    unchanged: tuple[date, ...]
    removed: tuple[date, ...]
    charges: int
    slices: int
    shared: int
    finished_at: datetime
    kept: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def allocate(
    engine: Engine,
    lake: Lake,
    settings: Settings,
    catalog: Catalog,
    *,
    now: datetime,
    months: Collection[date] | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> AllocationReport:
    """
    Give every charge to its owners and write ``allocations`` and ``daily_costs``.

    Args:
        months: Only these billing months (their first days); None looks at all.
        force: Compute months again that have not changed.

    Raises:
        ConfigError: a rule or share cannot run; nothing was written.
        CheckFailed: a sum is not conserved; nothing was written.
        LakeError: another process is writing, or the disk or memory is full; nothing was written.
    """
    with lake.writing():
        plan = load_plan(lake, settings, catalog)
        folder = lake.temp / "allocate"
        try:
            with ExitStack() as stack:
                workers = [_worker(engine, lake, plan, folder, i, stack) for i in range(_workers())]
                report = _Run(lake, plan, workers).run(now=now, only=months, force=force, progress=progress)
                refresh_estimates(engine, lake, plan, workers[0].scratch)
                return report
        except (duckdb.IOException, duckdb.OutOfMemoryException) as error:
            raise LakeError(
                f"the allocation stopped: {str(error).splitlines()[0]}",
                hint="nothing was changed; is there enough space on the disk?",
            ) from error
        finally:
            rmtree(folder, ignore_errors=True)


def _workers() -> int:
    """Months that run at once: DuckDB uses all processors for a large month, but one for a small one."""
    return max(1, min(_MOST_WORKERS, os.cpu_count() or 1))


def _worker(
    engine: Engine, lake: Lake, plan: AllocationPlan, folder: Path, number: int, stack: ExitStack
) -> Worker:
    # A cursor of its own: a server answers others on the same database meanwhile.
    connection = stack.enter_context(engine.connection.cursor())
    return Worker(
        lake, plan, connection, Scratch(connection, folder / str(number), prefix=f"scratch{number}_")
    )


def load_plan(lake: Lake, settings: Settings, catalog: Catalog) -> AllocationPlan:
    """
    The rules of *settings* over the tables as they are.

    Raises:
        ConfigError: a rule or share cannot run.
    """
    return plan_allocation(
        settings, catalog, charges=lake.schema("charges"), allocations=lake.schema("allocations")
    )


class _Run:
    """One run; workers share the months that are due."""

    def __init__(self, lake: Lake, plan: AllocationPlan, workers: Sequence[Worker]) -> None:
        self._lake = lake
        self._plan = plan
        self._idle: SimpleQueue[Worker] = SimpleQueue()
        for worker in workers:
            self._idle.put(worker)
        self._threads = len(workers)

    def run(
        self, *, now: datetime, only: Collection[date] | None, force: bool, progress: Progress | None
    ) -> AllocationReport:
        bill = files_by_month(self._lake, "charges")
        before = files_by_month(self._lake, "allocations")
        hours = hours_by_month(self._lake, bill)
        wanted = {m: _made_from(self._plan, files, hours[m]) for m, files in bill.items()}
        known = self._lake.properties("allocations")
        chosen = sorted(m for m in {*bill, *before} if only is None or m in only)
        removed = [m for m in chosen if m not in bill]
        due = [m for m in chosen if m in bill and (force or known.get(_key(m)) != wanted[m])]
        if due or removed:
            self._lake.expect_commit()
        written = self._allocate({m: bill[m] for m in due}, hours, progress)
        changed = (*due, *removed)
        units = {Unit(f.source_id, m) for m in changed for f in (*bill.get(m, ()), *before.get(m, ()))}
        if units:
            made_from = {_key(m): wanted.get(m, "") for m in changed}
            files = [path for one in written for path in one.paths]
            self._lake.replace("allocations", units, files, properties=made_from)
        self._refresh_daily_costs(force=frozenset(due) if force else frozenset())
        kept = sum((Counter(one.kept) for one in written), Counter[str]())
        return AllocationReport(
            months=tuple(due),
            unchanged=tuple(m for m in chosen if m in bill and m not in due),
            removed=tuple(removed),
            charges=sum(f.rows for one in written for f in one.bill),
            slices=sum(one.slices for one in written),
            shared=sum(one.shared for one in written),
            finished_at=now,
            kept=tuple(f"{sentence}: {n:,} times" for sentence, n in sorted(kept.items())),
            notes=self._plan.catalog.notes,
        )

    def _allocate(
        self,
        months: Mapping[date, Collection[DataFile]],
        hours: Mapping[date, HourFiles],
        progress: Progress | None,
    ) -> list[MonthFiles]:
        if progress is not None:
            progress.start(sum(f.bytes for files in months.values() for f in files), "allocating")
        written = []
        for one in self._each(
            lambda worker, month: worker.allocate(month, months[month], hours[month]), months
        ):
            written.append(one)
            if progress is not None:
                progress.advance(sum(f.bytes for f in one.bill), sum(f.rows for f in one.bill))
        if progress is not None:
            progress.stop()
        return written

    def _each(self, do: Callable[[Worker, date], _Result], months: Iterable[date]) -> Iterator[_Result]:
        """The result for each month, in their order; the first error stops what has not begun."""

        def one(month: date) -> _Result:
            worker = self._idle.get()
            try:
                return do(worker, month)
            finally:
                self._idle.put(worker)

        with ThreadPoolExecutor(self._threads, thread_name_prefix="allocate") as pool:
            try:
                yield from pool.map(one, months)
            except BaseException:
                pool.shutdown(wait=True, cancel_futures=True)
                raise

    def _refresh_daily_costs(self, *, force: Collection[date]) -> None:
        """Bring ``daily_costs`` to what ``allocations`` is now, also after a run that died before it did."""
        slices = files_by_month(self._lake, "allocations")
        before = files_by_month(self._lake, "daily_costs")
        columns = ",".join(self._lake.schema("daily_costs").names)
        wanted = {
            m: digest(columns, *sorted(Path(f.path).name for f in files)) for m, files in slices.items()
        }
        known = self._lake.properties("daily_costs")
        due = sorted(m for m in slices if known.get(_key(m)) != wanted[m] or m in force)
        removed = sorted(m for m in before if m not in slices)
        files = list(self._each(lambda worker, month: worker.add_up(slices[month]), due))
        made_of = str(self._lake.snapshot("allocations") or "")
        if due or removed or known.get(ADDED_UP_FROM, "") != made_of:
            # Readers take these days only while the slices are of that very snapshot.
            made_from = {_key(m): wanted.get(m, "") for m in (*due, *removed)} | {ADDED_UP_FROM: made_of}
            units = {Unit(None, m) for m in (*due, *removed)}
            self._lake.replace("daily_costs", units, files, properties=made_from)


def files_by_month(lake: Lake, table: str) -> Mapping[date, list[DataFile]]:
    """Billing month → the files that *table* has for it now."""
    months: dict[date, list[DataFile]] = {}
    for file in lake.data_files(table):
        if file.start is not None:
            months.setdefault(file.start, []).append(file)
    return months


def list_stale_months(lake: Lake, plan: AllocationPlan) -> list[date]:
    """Months whose allocations are not of the bill, rules and catalogue as they are, ascending."""
    bill, known = files_by_month(lake, "charges"), lake.properties("allocations")
    hours = hours_by_month(lake, bill)
    stale = {m for m, files in bill.items() if known.get(_key(m)) != _made_from(plan, files, hours[m])}
    return sorted(stale | (files_by_month(lake, "allocations").keys() - bill.keys()))


def _made_from(plan: AllocationPlan, files: Iterable[DataFile], hours: HourFiles) -> str:
    # A file is never written twice under one name, so its name stands for its content.
    every = (*files, *deciding_files(hours))
    return digest(plan.fingerprint, *sorted(Path(f.path).name for f in every))


def _key(month: date) -> str:
    return f"{_INPUT}{month:%Y-%m}"
