"""The lake: immutable facts as Iceberg tables in a folder, replaced one unit at a time."""

import errno
import os
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import Any

import duckdb
import pyarrow as pa

from warikan.focus.errors import LakeError
from warikan.lake import loads as loads_log
from warikan.lake import parquet
from warikan.lake.by_day import write_by_day
from warikan.lake.clean import CleanReport
from warikan.lake.layout import complete, is_complete, layout
from warikan.lake.lock import WriterLock
from warikan.lake.plan import DataFile
from warikan.lake.snapshots import Snapshots
from warikan.lake.spec import Unit
from warikan.lake.tables import table_spec
from warikan.lake.writer import Writer


class Lake:
    """
    The tables of a workspace (tables.py lists them).

    One process at a time writes, inside ``with lake.writing():``. Any number read at any time, without a
    lock, and see each table as one whole commit left it. A process killed at any moment leaves each table as
    before its commit or as after it.
    """

    def __init__(self, folder: Path, *, lock_timeout: float) -> None:
        """Private; use :meth:`open`."""
        self._folder = folder.resolve()
        self._lock = WriterLock(self._folder, timeout=lock_timeout)
        self._snapshots = Snapshots(self._folder / "lake")
        self._writer = Writer(self._folder, self._snapshots)

    @classmethod
    def open(cls, folder: Path, *, promoted_tags: Sequence[str] = (), lock_timeout: float = 10.0) -> "Lake":
        """
        Open the lake in *folder* (``<workspace>/.warikan``).

        Makes it on first use, and adds columns that are new in this version or in *promoted_tags*. A tag
        column is null in files written before it was added; a tag that is no longer promoted keeps its
        column. *lock_timeout* is how many seconds to wait for another writer.

        Raises:
            ConfigError: two promoted tag keys would share a column.
            LakeError: the lake is damaged, was made by another version, or is locked while it must be
                changed.
        """
        lake = cls(folder, lock_timeout=lock_timeout)
        wanted = layout(promoted_tags)
        if not is_complete(lake._snapshots, wanted):
            with lake._lock.hold():
                lake._writer.mark()
                complete(lake._snapshots, wanted)
        return lake

    @property
    def folder(self) -> Path:
        """``<workspace>/.warikan``, absolute."""
        return self._folder

    @property
    def temp(self) -> Path:
        """A folder of this process for spill and staging; those of dead processes go when a writer starts."""
        path = self._folder / "cache" / "tmp" / str(os.getpid())
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            if error.errno not in (errno.EROFS, errno.EACCES, errno.EPERM):
                raise
            # Who may only read the workspace spills elsewhere.
            path = Path(tempfile.gettempdir()) / f"warikan-{os.getpid()}"
            path.mkdir(mode=0o700, exist_ok=True)
        return path

    # -- reading

    def schema(self, table: str) -> pa.Schema:
        """Columns of *table* in order; each field's metadata carries its id."""
        return self._snapshots.state(table).schema

    def snapshot(self, table: str) -> int | None:
        """Id of the newest commit of *table* that changed files; None while it never had any."""
        return self._snapshots.state(table).snapshot

    def history(self, table: str) -> Mapping[int, datetime]:
        """Every snapshot of *table* that is kept → when it was committed (UTC), oldest first."""
        state = self._snapshots.state(table)
        return {snapshot: state.committed[snapshot] for snapshot in state.snapshots}

    def properties(self, table: str) -> Mapping[str, str]:
        """Key → value as the newest commit that named the key set it."""
        return self.newest(table)[1]

    def newest(self, table: str) -> tuple[int | None, Mapping[str, str]]:
        """``snapshot`` and ``properties`` as one and the same commit left them."""
        state = self._snapshots.state(table)
        return state.snapshot, {k: v for k, v in state.properties.items() if not k.startswith("_")}

    def data_files(
        self,
        table: str,
        *,
        between: tuple[date, date] | None = None,
        source_ids: Collection[str] | None = None,
        snapshot: int | None = None,
    ) -> list[DataFile]:
        """
        The Parquet files of one snapshot of *table*, by month, then source, then path.

        A file stays on the disk for at least the next nine commits that change its table.

        Only those of months or days *between* ``[first, end)`` and of *source_ids*, where given and where the
        table is partitioned by them. *snapshot* is an earlier one; None is the newest.

        Raises:
            LakeError: *snapshot* is not kept any more.
        """
        plan = self._snapshots.plan(table, snapshot)
        return [
            f
            for f in (plan.files if plan else ())
            if (between is None or f.start is None or between[0] <= f.start < between[1])
            and (source_ids is None or f.source_id is None or f.source_id in source_ids)
        ]

    def loads(self) -> pa.Table:
        """
        What `charges` is made of now: `loads`, with what the last load has not yet written there.

        Returns: one row per (x_SourceId, x_SourceFile, BillingMonth, BillingCurrency), columns of `loads`.
        """
        return loads_log.read(self._snapshots)

    # -- writing

    @contextmanager
    def writing(self) -> Iterator[None]:
        """
        Be the one writer; may be entered again by the thread that is.

        On entry, what a killed writer left behind is finished (`loads`) or removed.

        Raises:
            LakeError: another process or thread is writing; names it.
        """
        with self._lock.hold() as outermost:
            if not outermost:
                yield
                return
            self._writer.start()
            yield
            self._writer.stop()

    def expect_commit(self) -> None:
        """Load what a commit needs while the caller works: PyIceberg takes a second to import."""
        self._require_writing("expect_commit")
        Thread(target=import_module, args=("warikan.lake.commit",), name="pyiceberg").start()

    def new_file(self, table: str) -> Path:
        """A path for a new file of *table*; removed if it is not committed in this `writing()`."""
        self._require_writing("new_file")
        return self._writer.new_file(table)

    def copy(self, connection: duckdb.DuckDBPyConnection, select: str, table: str, path: Path) -> int:
        """
        Write the rows of *select*, in its order, to *path* as a file of *table*.

        *select* is a DuckDB query with the columns of *table*, in any order, each of exactly its type:
        nothing is cast. A column that is null in all rows may be left out (``may_be_absent``). Rows keep the
        order that *select* gives them.
        Returns the number of rows.

        Raises:
            LakeError: a column is missing, unknown or of another type.
        """
        return parquet.write(connection, select, table, self._snapshots.state(table).fields, path)

    def copy_by_day(self, connection: duckdb.DuckDBPyConnection, select: str, table: str) -> list[Path]:
        """
        As :meth:`copy`, into a new file for each day; *table* is partitioned by day, *select* ordered by it.

        Returns the files, by day; none where there are no rows.

        Raises:
            LakeError: as :meth:`copy`; or the rows are not in order.
        """
        self._require_writing("copy_by_day")
        fields = self._snapshots.state(table).fields
        return write_by_day(connection, select, table_spec(table), fields, lambda: self.new_file(table))

    def replace(
        self,
        table: str,
        units: Collection[Unit],
        files: Collection[Path],
        *,
        properties: Mapping[str, str] = {},
        loads: Sequence[Mapping[str, Any]] | None = None,
    ) -> int | None:
        """
        In one commit: every file of *units* goes, *files* come, *properties* are set.

        With no units, *files* are added. Files without rows are dropped. Replacing twice with the same
        content leaves the same content.

        Args:
            table: Its name.
            units: What is replaced; each file must lie in one of them.
            files: From :meth:`new_file`, written.
            properties: Set in the same commit; an empty value removes a key.
            loads: With `charges`: the rows that `loads` has from now on for *units*, visible in
                :meth:`loads` from the same commit on. None leaves `loads` alone.

        Returns:
            The id of the newest snapshot; None when there was nothing to do.

        Raises:
            LakeError: outside `writing()`, or a file does not fit; the table is then as before.
        """
        self._require_writing("replace")
        if not self._writer.replace(table, frozenset(units), files, properties, loads):
            return None
        return self.snapshot(table)

    def clean(self) -> CleanReport:
        """Remove every file of the lake that no kept snapshot refers to."""
        with self._lock.hold():
            return self._writer.clean()

    def _require_writing(self, what: str) -> None:
        if not self._lock.held:
            raise LakeError(f"Lake.{what} was called outside `with lake.writing():`")
