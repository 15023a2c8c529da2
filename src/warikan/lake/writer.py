"""What the one writer does; the lock is held around all of it (lake.py)."""

import os
import shutil
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow.parquet as pq

from warikan.focus.errors import LakeError
from warikan.lake import loads as loads_log
from warikan.lake import parquet
from warikan.lake.clean import CleanReport, clean_table
from warikan.lake.plan import DataFile
from warikan.lake.snapshots import Snapshots
from warikan.lake.spec import TableSpec, Unit
from warikan.lake.tables import table_spec, tables

Incoming = Mapping[DataFile, pq.FileMetaData]
"""New files with their footers, so that each is opened once."""
_MARK = "unclean"
"""This file in the lake says that a writer is at work, or died: there may be files that nothing names."""
_SYNCS = 8
"""Files that are put on the disk at once: it waits for one as long as for eight."""
_SLACK = 10
"""Snapshots are forgotten this many at a time, so that not every commit leaves files to clean."""


class Writer:
    """Writes the lake below *folder* (``.warikan``): sessions, commits, cleaning."""

    def __init__(self, folder: Path, snapshots: Snapshots) -> None:
        self._temp = folder / "cache" / "tmp"
        self._snapshots = snapshots
        self._fresh: set[Path] = set()
        self._has_forgotten = False

    def mark(self) -> None:
        """Say that from now on there may be files that nothing names."""
        self._snapshots.folder.mkdir(parents=True, exist_ok=True)
        (self._snapshots.folder / _MARK).touch()

    def start(self) -> None:
        """Finish or remove what a killed writer left behind."""
        for folder in self._temp.glob("*"):
            if not _is_running(folder.name):
                shutil.rmtree(folder, ignore_errors=True)
        self._fresh.clear()
        if (self._snapshots.folder / _MARK).exists():
            self.clean()
        self.mark()
        self._roll_forward()

    def stop(self) -> None:
        """End a session that had no error; nothing is left to clean but forgotten snapshots."""
        for path in self._fresh:
            path.unlink(missing_ok=True)
        self._fresh.clear()
        if not self._has_forgotten:
            (self._snapshots.folder / _MARK).unlink(missing_ok=True)
        self._has_forgotten = False

    def new_file(self, table: str) -> Path:
        """A path for a file of *table* that cleaning spares in this session."""
        path = self._data(table_spec(table)) / f"{uuid4().hex}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        self._fresh.add(path)
        return path

    def replace(
        self,
        table: str,
        units: frozenset[Unit],
        files: Collection[Path],
        properties: Mapping[str, str],
        loads: Sequence[Mapping[str, Any]] | None,
    ) -> bool:
        """As Lake.replace; whether there was anything to do."""
        spec = table_spec(table)
        _check_units(spec, units)
        come = self._incoming(spec, units, files)
        changes = self._changes(table, properties)
        if loads is not None:
            if table != "charges":
                raise LakeError(f"load rows go with a commit of charges, not of {table}")
            # One commit carries one load: what an earlier one still carries must go on first.
            self._roll_forward()
            schema = self._snapshots.state("loads").schema
            changes[loads_log.PENDING] = loads_log.encode(units, loads, schema)
        plan = self._snapshots.plan(table)
        gone = [f for f in (plan.files if plan else ()) if Unit(f.source_id, f.start) in units]
        if not (come or gone or changes):
            return False
        self._commit(table, gone, come, changes)
        if loads is not None:
            self._roll_forward()
        return True

    def clean(self) -> CleanReport:
        """Remove every file that no kept snapshot names and that is not being written in this session."""
        home = self._snapshots.require_home()
        files = size = 0
        for table in tables():
            state = self._snapshots.state(table)
            report = clean_table(home, table, state, self._snapshots.plan_of(table, state), self._fresh)
            files, size = files + report.files, size + report.bytes
        return CleanReport(files, size)

    def _data(self, spec: TableSpec) -> Path:
        return self._snapshots.folder / spec.name / "data"

    def _incoming(self, spec: TableSpec, units: Collection[Unit], files: Collection[Path]) -> Incoming:
        state, plan = self._snapshots.state(spec.name), self._snapshots.plan(spec.name)
        present = {f.path for f in (plan.files if plan else ())}
        come: dict[DataFile, pq.FileMetaData] = {}
        for path in dict.fromkeys(f.resolve() for f in files):
            if path.parent != self._data(spec):
                raise LakeError(f"{path} is not in {self._data(spec)}; write to a path from Lake.new_file")
            if str(path) in present:
                raise LakeError(f"{path} is already in the table {spec.name}; a committed file never changes")
            file, footer = parquet.describe(path, spec, state.fields)
            if file.rows and units and Unit(file.source_id, file.start) not in units:
                raise LakeError(f"{path} is of {file.source_id} {file.start}, which is not being replaced")
            if file.rows:
                come[file] = footer
        return come

    def _changes(self, table: str, properties: Mapping[str, str]) -> dict[str, str]:
        reserved = [key for key in properties if key.startswith("_") or not key]
        if reserved:
            raise LakeError(f"a property key must not be empty or begin with _: {', '.join(reserved)}")
        present = self._snapshots.state(table).properties
        return {k: v for k, v in properties.items() if present.get(k, "") != v}

    def _commit(
        self,
        table: str,
        gone: Collection[DataFile],
        come: Incoming,
        changes: Mapping[str, str],
    ) -> None:
        from warikan.lake.commit import commit  # slow import, see iceberg.py

        if come:
            with ThreadPoolExecutor(_SYNCS) as pool:
                list(pool.map(_sync, [Path(file.path) for file in come]))
        kept, history = self._snapshots.state(table).snapshots, table_spec(table).history
        forget = kept[: 1 - history] if len(kept) >= history + _SLACK else ()
        self._has_forgotten = self._has_forgotten or bool(forget)
        home = self._snapshots.require_home()
        commit(self._snapshots.catalog, home, table, gone=gone, come=come, properties=changes, forget=forget)
        self._fresh.difference_update(Path(file.path) for file in come)

    def _roll_forward(self) -> None:
        """Give `loads` the rows that the last commit of `charges` carries for it."""
        if loads_log.PENDING not in self._snapshots.state("charges").properties:
            return
        change = loads_log.pending(self._snapshots)
        if change is not None:
            path = self.new_file("loads")
            pq.write_table(loads_log.read(self._snapshots), path, compression="zstd")
            come = self._incoming(table_spec("loads"), (), [path])
            plan = self._snapshots.plan("loads")
            self._commit("loads", plan.files if plan else (), come, {loads_log.ROLLED: change.id})
        self._commit("charges", (), {}, {loads_log.PENDING: ""})


def _check_units(spec: TableSpec, units: Collection[Unit]) -> None:
    for unit in units:
        has_source, has_start = unit.source_id is not None, unit.start is not None
        if has_source != (spec.source is not None) or has_start != (spec.time is not None):
            parts = [spec.source, spec.time.length if spec.time else None]
            split = " and ".join(part for part in parts if part) or "nothing"
            raise LakeError(f"{unit} is no unit of {spec.name}, which is split by {split}")
        if unit.start is not None and spec.time and spec.time.length == "month" and unit.start.day != 1:
            raise LakeError(f"{unit} is no unit of {spec.name}: a month is given by its first day")


def _sync(path: Path) -> None:
    """Have *path* on the disk, not only in the page cache: a commit is about to refer to it."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _is_running(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        return True
    return True
