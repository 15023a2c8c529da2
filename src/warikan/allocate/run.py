"""
The run: which months are due, their slices written and proven, then two commits.

First all months' ``allocations`` in one commit, then ``daily_costs`` in another. Each commit carries, per
month, a fingerprint of what it was made from; so unchanged months are skipped, and a run that died between
the commits is finished by the next one.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from shutil import rmtree

import duckdb
import ibis.expr.types as ir

from warikan.allocate.bill import read_charges
from warikan.allocate.conservation import prove_month
from warikan.allocate.month import Month
from warikan.allocate.plan import AllocationPlan, digest, plan_allocation
from warikan.allocate.rollup import daily_costs
from warikan.allocate.scratch import Scratch
from warikan.catalog.entities import Catalog
from warikan.catalog.settings import Settings
from warikan.engine.engine import Engine
from warikan.focus.period import add_months, as_utc
from warikan.ingest.progress import Progress
from warikan.lake import DataFile, Lake, Unit

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
        LakeError: another process is writing.
    """
    with lake.writing():
        plan = load_plan(lake, settings, catalog)
        folder = lake.temp / "allocate"
        try:
            # A cursor of its own: a server answers others on the same database meanwhile.
            with engine.connection.cursor() as connection:
                run = _Run(engine, lake, plan, connection, Scratch(connection, folder), progress)
                return run.run(now=now, only=months, force=force)
        finally:
            rmtree(folder, ignore_errors=True)


def load_plan(lake: Lake, settings: Settings, catalog: Catalog) -> AllocationPlan:
    """
    The rules of *settings* over the tables as they are.

    Raises:
        ConfigError: a rule or share cannot run.
    """
    return plan_allocation(
        settings, catalog, charges=lake.schema("charges"), allocations=lake.schema("allocations")
    )


@dataclass
class _Run:
    """The state of one run; *written* and *units* become one commit."""

    engine: Engine
    lake: Lake
    plan: AllocationPlan
    connection: duckdb.DuckDBPyConnection
    scratch: Scratch
    progress: Progress | None
    written: list[Path] = field(default_factory=list)
    charges: int = 0
    slices: int = 0
    shared: int = 0
    kept: Counter[str] = field(default_factory=Counter)

    def run(self, *, now: datetime, only: Collection[date] | None, force: bool) -> AllocationReport:
        bill = files_by_month(self.lake, "charges")
        before = files_by_month(self.lake, "allocations")
        wanted = {month: _made_from(self.plan, files) for month, files in bill.items()}
        known = self.lake.properties("allocations")
        chosen = sorted(m for m in {*bill, *before} if only is None or m in only)
        removed = [m for m in chosen if m not in bill]
        due = [m for m in chosen if m in bill and (force or known.get(_key(m)) != wanted[m])]
        if self.progress is not None:
            self.progress.start(sum(f.bytes for m in due for f in bill[m]), "allocating")
        for month in due:
            self._allocate_month(month, bill[month])
        units = {
            Unit(f.source_id, m) for m in (*due, *removed) for f in (*bill.get(m, ()), *before.get(m, ()))
        }
        if units:
            made_from = {_key(m): wanted.get(m, "") for m in (*due, *removed)}
            self.lake.replace("allocations", units, self.written, properties=made_from)
        self._refresh_daily_costs(force=frozenset(due) if force else frozenset())
        if self.progress is not None:
            self.progress.stop()
        return AllocationReport(
            months=tuple(due),
            unchanged=tuple(m for m in chosen if m in bill and m not in due),
            removed=tuple(removed),
            charges=self.charges,
            slices=self.slices,
            shared=self.shared,
            finished_at=now,
            kept=tuple(f"{sentence}: {n:,} times" for sentence, n in sorted(self.kept.items())),
            notes=self.plan.catalog.notes,
        )

    def _allocate_month(self, month: date, files: Collection[DataFile]) -> None:
        charges = self._charges("month", files)
        work = Month(self.plan, self.scratch, charges)
        direct, shared = [], []
        for source in sorted({f.source_id for f in files if f.source_id is not None}):
            of_source = self._charges("source", [f for f in files if f.source_id == source])
            direct += self._write(work.direct(of_source, has_taken=source in work.taken))
        if work.taken:
            slices = work.shared(self._charges("taken", [f for f in files if f.source_id in work.taken]))
            for source in work.taken:
                shared += self._write(slices.filter(slices.x_SourceId == source))
        prove_month(
            self.scratch,
            month,
            charges,
            direct=self.scratch.read("direct", direct) if direct else None,
            shared=self.scratch.read("shared", shared) if shared else None,
            taken=work.taken,
        )
        self.written += direct + shared
        self.charges += sum(f.rows for f in files)
        self.shared += sum(work.taken.values())
        self.kept.update(work.kept)
        if self.progress is not None:
            self.progress.advance(sum(f.bytes for f in files), sum(f.rows for f in files))

    def _charges(self, name: str, files: Iterable[DataFile]) -> ir.Table:
        return read_charges(self.scratch, name, [f.path for f in files], self.lake.schema("charges"))

    def _write(self, slices: ir.Table) -> list[Path]:
        path = self.lake.new_file("allocations")
        rows = self.lake.copy(self.connection, self.engine.sql(slices), "allocations", path)
        self.slices += rows
        return [path] if rows else []

    def _refresh_daily_costs(self, *, force: Collection[date]) -> None:
        """Bring ``daily_costs`` to what ``allocations`` is now, also after a run that died before it did."""
        slices = files_by_month(self.lake, "allocations")
        before = files_by_month(self.lake, "daily_costs")
        columns = self.lake.schema("daily_costs").names
        wanted = {
            m: digest(",".join(columns), *sorted(Path(f.path).name for f in files))
            for m, files in slices.items()
        }
        known = self.lake.properties("daily_costs")
        due = sorted(m for m in slices if known.get(_key(m)) != wanted[m] or m in force)
        removed = sorted(m for m in before if m not in slices)
        files = []
        for month in due:
            table = self.scratch.read("slices", [f.path for f in slices[month]])
            path = self.lake.new_file("daily_costs")
            select = self.engine.sql(daily_costs(table, columns))
            self.lake.copy(self.connection, select, "daily_costs", path)
            files.append(path)
        if due or removed:
            made_from = {_key(m): wanted.get(m, "") for m in (*due, *removed)}
            self.lake.replace(
                "daily_costs", {Unit(None, m) for m in (*due, *removed)}, files, properties=made_from
            )


def files_by_month(lake: Lake, table: str) -> Mapping[date, list[DataFile]]:
    """Billing month → the files that *table* has for it now."""
    months: dict[date, list[DataFile]] = {}
    for file in lake.data_files(table):
        if file.month is not None:
            months.setdefault(file.month, []).append(file)
    return months


def list_stale_months(lake: Lake, plan: AllocationPlan) -> list[date]:
    """Months whose allocations are not of the bill, rules and catalogue as they are, ascending."""
    bill, known = files_by_month(lake, "charges"), lake.properties("allocations")
    stale = {m for m, files in bill.items() if known.get(_key(m)) != _made_from(plan, files)}
    return sorted(stale | (files_by_month(lake, "allocations").keys() - bill.keys()))


def _made_from(plan: AllocationPlan, files: Iterable[DataFile]) -> str:
    # A file is never written twice under one name, so its name stands for its content.
    return digest(plan.fingerprint, *sorted(Path(f.path).name for f in files))


def _key(month: date) -> str:
    return f"{_INPUT}{month:%Y-%m}"


def _next(month: date) -> date:
    return add_months(as_utc(month), 1).date()
