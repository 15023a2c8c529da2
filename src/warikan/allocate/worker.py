"""The files of one billing month: slices written and proven, days added up. Several months run at once."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import ibis.expr.types as ir

from warikan.allocate.bill import list_present, read_charges
from warikan.allocate.conservation import prove_month
from warikan.allocate.month import Month
from warikan.allocate.plan import AllocationPlan
from warikan.allocate.rollup import daily_costs
from warikan.allocate.scratch import Scratch
from warikan.allocate.sharing import SHARED_COLUMNS
from warikan.engine.statements import to_sql
from warikan.lake import DataFile, Lake, may_be_absent


@dataclass(frozen=True)
class MonthFiles:
    """
    What was written for a month.

    Attributes:
        bill: The charges files it was made of.
        paths: Files of ``allocations``, proven and not yet committed.
        slices: Rows in them.
        shared: Charges that a share took.
        kept: Why shared cost stayed at its source: sentence → how many splits.
    """

    month: date
    bill: tuple[DataFile, ...]
    paths: tuple[Path, ...]
    slices: int
    shared: int
    kept: Mapping[str, int]


class Worker:
    """Writes one month after the other on a connection and a scratch of its own."""

    def __init__(
        self, lake: Lake, plan: AllocationPlan, connection: duckdb.DuckDBPyConnection, scratch: Scratch
    ) -> None:
        self._lake = lake
        self._plan = plan
        self._connection = connection
        self._scratch = scratch

    def allocate(self, month: date, bill: Collection[DataFile]) -> MonthFiles:
        """
        Write the slices of *month*: per source one file of direct slices, and one of shared ones.

        Raises:
            CheckFailed: a sum is not conserved.
        """
        charges = self._charges("month", bill)
        work = Month(self._plan, self._scratch, charges)
        direct, shared = [], []
        for source in sorted({f.source_id for f in bill if f.source_id is not None}):
            files = [f for f in bill if f.source_id == source]
            of_source = self._charges("source", files)
            present = list_present([f.path for f in files], self._lake.schema("charges"))
            direct.append(self._write(work.direct(of_source, has_taken=source in work.taken), present))
            if source in work.taken:
                shared.append(self._write(work.shared(of_source), present | SHARED_COLUMNS))
        prove_month(
            self._scratch,
            month,
            charges,
            direct=self._read("direct", direct),
            shared=self._read("shared", shared),
            taken=work.taken,
        )
        written = direct + shared
        self._scratch.clear()
        return MonthFiles(
            month=month,
            bill=tuple(bill),
            paths=tuple(path for path, rows in written if rows),
            slices=sum(rows for _, rows in written),
            shared=sum(work.taken.values()),
            kept=work.kept,
        )

    def add_up(self, slices: Iterable[DataFile]) -> Path:
        """Write the ``daily_costs`` of a month from its files of ``allocations``."""
        table = self._scratch.read("slices", [f.path for f in slices])
        columns = [
            name
            for name in self._lake.schema("daily_costs").names
            if name in table.columns or not may_be_absent(name)
        ]
        path = self._lake.new_file("daily_costs")
        select = to_sql(self._plan.built(("days", table, *columns), lambda: daily_costs(table, columns)))
        self._lake.copy(self._connection, select, "daily_costs", path)
        return path

    def _charges(self, name: str, files: Iterable[DataFile]) -> ir.Table:
        return read_charges(self._scratch, name, [f.path for f in files], self._lake.schema("charges"))

    def _write(self, slices: ir.Table, present: frozenset[str]) -> tuple[Path, int]:
        """Write *slices* without what the bill does not have: it is null in every row."""
        path = self._lake.new_file("allocations")
        columns = [name for name in slices.columns if name in present or not may_be_absent(name)]
        filled = self._plan.built(("filled", slices, *columns), lambda: slices.select(columns))
        return path, self._lake.copy(self._connection, to_sql(filled), "allocations", path)

    def _read(self, name: str, written: Sequence[tuple[Path, int]]) -> ir.Table | None:
        paths = [path for path, rows in written if rows]
        return self._scratch.read(name, paths) if paths else None
