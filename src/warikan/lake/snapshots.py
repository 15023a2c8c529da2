"""The newest state and plan of every table, kept while valid; PyIceberg only where a plan is missing."""

import threading
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from warikan.focus.errors import LakeError
from warikan.lake.home import Home
from warikan.lake.plan import Plan, read_plan, write_plan
from warikan.lake.state import StateReader, TableState
from warikan.lake.tables import table_spec

if TYPE_CHECKING:  # for the annotation alone: importing PyIceberg takes one to two seconds
    from pyiceberg.catalog.sql import SqlCatalog

_ATTEMPTS = 5


class Snapshots:
    """Reads the lake in *folder* (``.warikan/lake``), from any thread, while other processes write."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._reader = StateReader(folder)
        self._plans: dict[str, Plan] = {}
        self._connecting = threading.Lock()

    @property
    def home(self) -> Home | None:
        """Where the lake was made; None before it is."""
        return self._reader.home()

    def tables(self) -> frozenset[str]:
        """Names of the tables that exist."""
        return frozenset(self._reader.tables())

    def state(self, table: str) -> TableState:
        """
        The newest state of *table*.

        Raises:
            LakeError: there is no such table, or its metadata cannot be read.
        """
        return self._reader.state(table_spec(table).name, self.require_home())

    def require_home(self) -> Home:
        """Where the lake was made; raises LakeError before it is."""
        home = self.home
        if home is None:
            raise LakeError(f"there is no lake in {self.folder}", hint="open the workspace again to make it")
        return home

    def plan(self, table: str, snapshot: int | None = None) -> Plan | None:
        """
        The files of *snapshot*, or of the newest one; None while there is none.

        Raises:
            LakeError: *snapshot* is not kept any more.
        """
        for attempt in range(_ATTEMPTS):
            state = self.state(table)
            wanted = state.snapshot if snapshot is None else snapshot
            if wanted is None:
                return None
            last = self._plans.get(table)
            if last is not None and last.snapshot == wanted:
                return last
            try:
                plan = self.plan_of(table, state)(wanted)
            except (LakeError, OSError):
                # Forgotten between our looks at the state and at the plan: then there is a newer state.
                if snapshot is not None or attempt == _ATTEMPTS - 1 or self.state(table) is state:
                    raise
                continue
            if wanted == state.snapshot:
                self._plans[table] = plan
            return plan
        raise AssertionError("the last attempt returns or raises")

    def plan_of(self, table: str, state: TableState) -> Callable[[int], Plan]:
        """A function from a snapshot that *state* keeps to its plan; raises LakeError for any other."""
        folder = self.folder / table

        def read(snapshot: int) -> Plan:
            if snapshot not in state.snapshots:
                raise LakeError(f"the table {table} has no snapshot {snapshot} (any more)")
            plan = read_plan(folder, snapshot)
            if plan is None:
                from warikan.lake.commit import read_manifests  # slow import, see iceberg.py

                plan = read_manifests(self.catalog, self.require_home(), table, snapshot)
                with suppress(OSError):  # a reader without the right to write only stays slow
                    write_plan(folder, plan)
            return plan

        return read

    @property
    def catalog(self) -> "SqlCatalog":
        """PyIceberg's catalogue, connected on first use."""
        with self._connecting:
            return self._catalog

    @cached_property
    def _catalog(self) -> "SqlCatalog":
        from warikan.lake.iceberg import connect  # slow import, see iceberg.py

        return connect(self.home or Home(str(self.folder), self.folder))
