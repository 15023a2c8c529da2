"""The files of one billing month: slices written and proven, days added up. Several months run at once."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import ibis.expr.types as ir
import pyarrow as pa

from warikan.allocate.bill import list_present, read_files
from warikan.allocate.clusters import CLUSTER_COLUMNS, ClusterCosts, find_cluster_costs
from warikan.allocate.conservation import prove_month
from warikan.allocate.month import Month
from warikan.allocate.plan import AllocationPlan
from warikan.allocate.rollup import daily_costs
from warikan.allocate.scratch import Scratch
from warikan.allocate.sharing import SHARED_COLUMNS
from warikan.engine.statements import to_sql
from warikan.focus.columns import PART_METRICS
from warikan.lake import DataFile, Lake, may_be_absent
from warikan.lake.schema import quote

_OF_SHARED = SHARED_COLUMNS.difference(PART_METRICS)
"""What shared slices have; parts of a node's cost they have not."""


@dataclass(frozen=True)
class MonthFiles:
    """
    What was written for a month.

    Attributes:
        bill: The charges files it was made of.
        paths: Files of ``allocations``, proven and not yet committed.
        slices: Rows in them.
        shared: Slices that a share took.
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

    @property
    def scratch(self) -> Scratch:
        """Where its tables are while it works."""
        return self._scratch

    def allocate(
        self, month: date, bill: Collection[DataFile], hours: Mapping[str, Collection[DataFile]]
    ) -> MonthFiles:
        """
        Write the slices of *month*: per source one file of whole charges, one of clusters, one of shared.

        Args:
            hours: Files of the hour tables by table; empty where no cluster's hours are known.

        Raises:
            CheckFailed: a sum is not conserved.
        """
        schema = self._lake.schema("charges")
        decide = self._plan.deciding_columns(has_clusters=bool(hours))
        deciding = pa.schema([f for f in schema if f.name in decide])
        charges = read_files(self._scratch, "month", [f.path for f in bill], deciding)
        work = Month(self._plan, self._scratch, charges, self._clusters(charges, hours))
        whole, split = [], []
        for source in sorted({f.source_id for f in bill if f.source_id is not None}):
            paths = [f.path for f in bill if f.source_id == source]
            of_source, present = (
                read_files(self._scratch, "source", paths, schema),
                list_present(paths, schema),
            )
            has_taken = source in work.taken
            slices = work.whole(of_source, has_taken=has_taken)
            whole.append(self._write(slices, "allocations", present))
            of_clusters = work.of_clusters(of_source, has_taken=has_taken)
            if of_clusters is not None and source in work.split:
                present = present | CLUSTER_COLUMNS
                split.append(self._write(of_clusters, "allocations", present))
            if has_taken:
                split.append(self._write(work.shared(of_source), "allocations", present | _OF_SHARED))
        prove_month(
            self._scratch,
            month,
            charges,
            whole=self._read("whole", whole),
            split=self._read("split", split),
            charges_split=work.split,
        )
        written = whole + split
        self._scratch.clear()
        return MonthFiles(
            month=month,
            bill=tuple(bill),
            paths=tuple(path for path, rows in written if rows),
            slices=sum(rows for _, rows in written),
            shared=sum(work.taken.values()),
            kept=work.kept,
        )

    def _clusters(self, charges: ir.Table, hours: Mapping[str, Collection[DataFile]]) -> ClusterCosts | None:
        if not hours:
            return None

        def read(table: str) -> ir.Table:
            paths, schema = [f.path for f in hours.get(table, ())], self._lake.schema(table)
            if not paths:
                return self._scratch.put(table, schema.empty_table())
            return read_files(self._scratch, table, paths, schema)

        return find_cluster_costs(self._plan, self._scratch, charges, read)

    def add_up(self, slices: Iterable[DataFile]) -> Path:
        """Write the ``daily_costs`` of a month from its files of ``allocations``."""
        paths, schema = [f.path for f in slices], self._lake.schema("allocations")
        table, columns = (
            read_files(self._scratch, "slices", paths, schema),
            self._lake.schema("daily_costs").names,
        )
        days = self._plan.built(("days", table, *columns), lambda: daily_costs(table, columns))
        path, _ = self._write(days, "daily_costs", list_present(paths, schema))
        return path

    def _write(self, rows: ir.Table, table: str, present: frozenset[str]) -> tuple[Path, int]:
        """Write *rows* of *table* without what the bill does not have: it is null in every row."""
        path = self._lake.new_file(table)
        columns = ", ".join(quote(c) for c in rows.columns if c in present or not may_be_absent(c))
        select = f"SELECT {columns} FROM ({to_sql(rows)})"
        return path, self._lake.copy(self._connection, select, table, path)

    def _read(self, name: str, written: Sequence[tuple[Path, int]]) -> ir.Table | None:
        paths = [str(path) for path, rows in written if rows]
        return read_files(self._scratch, name, paths, self._lake.schema("allocations")) if paths else None
