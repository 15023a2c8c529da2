"""
What the lake holds now, read without PyIceberg.

PyIceberg takes one to two seconds to import, and a question should not wait for it. The catalogue row names
one metadata file; that file, which never changes, names the schema, the properties and the snapshots. Only
the manifests of a snapshot are Avro, and for them there is a plan (plan.py). A reader that has one metadata
file therefore has one whole snapshot.
"""

import json
import os
import sqlite3
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa

from warikan.focus.errors import LakeError
from warikan.lake.home import Home
from warikan.lake.schema import IcebergField, arrow_schema

NAMESPACE = "warikan"
CATALOG = "warikan"
CATALOG_FILE = "catalog.db"
HOME_PROPERTY = "location"
PREFIX = "warikan."
"""Our own table properties begin with it; the rest are Iceberg's."""
_ATTEMPTS = 20

_TABLES = """
    SELECT table_name, metadata_location FROM iceberg_tables
    WHERE catalog_name = ? AND table_namespace = ? AND metadata_location IS NOT NULL
"""
_HOME = """
    SELECT property_value FROM iceberg_namespace_properties
    WHERE catalog_name = ? AND namespace = ? AND property_key = ?
"""


@dataclass(frozen=True)
class TableState:
    """
    One table as one metadata file describes it.

    Attributes:
        location: Where the metadata file is, as the catalogue has it.
        fields: Columns of the current schema, as Iceberg's JSON has them.
        properties: Our properties, without their prefix.
        snapshot: Id of the current snapshot; None before the first commit.
        snapshots: Ids of all snapshots that are kept, oldest first.
        committed: Snapshot id → when it was committed, UTC.
        manifest_lists: Snapshot id → location of its manifest list.
        metadata_files: This metadata file and the earlier ones that it still names.
    """

    location: str
    table_location: str
    fields: tuple[IcebergField, ...]
    properties: Mapping[str, str]
    snapshot: int | None
    snapshots: tuple[int, ...]
    committed: Mapping[int, datetime]
    manifest_lists: Mapping[int, str]
    metadata_files: tuple[str, ...]

    @cached_property
    def schema(self) -> pa.Schema:
        """``fields`` in Arrow's words."""
        return arrow_schema(self.fields)


class StateReader:
    """Reads table states; keeps the last one of each table, as a metadata file never changes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._last: dict[str, TableState] = {}
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None
        self._lock = threading.Lock()

    def home(self) -> Home | None:
        """Where the lake was made; None when there is no lake yet."""
        rows = self._query(_HOME, (CATALOG, NAMESPACE, HOME_PROPERTY))
        return Home(rows[0][0], self._folder) if rows else None

    def tables(self) -> dict[str, str]:
        """Table name → location of its newest metadata file; empty when there is no lake yet."""
        return dict(self._query(_TABLES, (CATALOG, NAMESPACE)))

    def state(self, table: str, home: Home) -> TableState:
        """
        The newest state of *table*.

        Raises:
            LakeError: the table or its metadata file is missing or damaged.
        """
        problem: Exception | None = None
        # A writer may drop an old metadata file between our two reads; then the row names a newer one by now.
        for _ in range(_ATTEMPTS):
            location = self.tables().get(table)
            if location is None:
                raise LakeError(
                    f"the lake in {self._folder} has no table {table}; open the workspace once to make it"
                )
            last = self._last.get(table)
            if last is not None and last.location == location:
                return last
            try:
                state = _parse(location, home)
            except FileNotFoundError as error:
                problem = error
                continue
            except (OSError, ValueError, KeyError, TypeError) as error:
                problem = error
                break
            self._last[table] = state
            return state
        raise LakeError(
            f"the metadata of table {table} in {self._folder} cannot be read: {problem}",
            hint="restore the folder .warikan from a backup, or remove it and load the bills again",
        ) from problem

    def _query(self, sql: str, values: tuple[str, ...]) -> list[Any]:
        path = self._folder / CATALOG_FILE
        try:
            with self._lock:
                connection = self._connect(path)
                return [] if connection is None else connection.execute(sql, values).fetchall()
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):  # killed while the catalogue was being made
                return []
            raise LakeError(f"the catalogue {path} cannot be read: {error}") from error
        except sqlite3.DatabaseError as error:
            raise LakeError(
                f"the catalogue {path} is damaged: {error}",
                hint="restore the folder .warikan from a backup, or remove it and load the bills again",
            ) from error

    def _connect(self, path: Path) -> sqlite3.Connection | None:
        """The connection to the file that is there now; kept, as opening it takes longer than a question."""
        try:
            found = path.stat()
        except FileNotFoundError:
            return None
        if self._connection is None or self._file != (found.st_dev, found.st_ino):
            # Without the right to write beside it, SQLite cannot take part in a write-ahead log: then the
            # file is read as it is, which is whole whenever no writer is at work.
            may_write = os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)
            uri = f"{path.as_uri()}?{'mode=rw' if may_write else 'mode=ro&immutable=1'}"
            self._connection = sqlite3.connect(
                uri, uri=True, timeout=30, isolation_level=None, check_same_thread=False
            )
            self._file = (found.st_dev, found.st_ino)
        return self._connection


def _parse(location: str, home: Home) -> TableState:
    metadata = json.loads(home.resolve(location).read_text(encoding="utf-8"))
    schema_id = metadata["current-schema-id"]
    schema = next(s for s in metadata["schemas"] if s["schema-id"] == schema_id)
    snapshots = sorted(metadata.get("snapshots") or [], key=lambda s: int(s["sequence-number"]))
    current = metadata.get("current-snapshot-id")
    properties = metadata.get("properties") or {}
    return TableState(
        location=location,
        table_location=metadata["location"],
        fields=tuple(schema["fields"]),
        properties={k.removeprefix(PREFIX): v for k, v in properties.items() if k.startswith(PREFIX)},
        snapshot=None if current in (None, -1) else int(current),
        snapshots=tuple(int(s["snapshot-id"]) for s in snapshots),
        committed={int(s["snapshot-id"]): _moment(int(s["timestamp-ms"])) for s in snapshots},
        manifest_lists={int(s["snapshot-id"]): s["manifest-list"] for s in snapshots},
        metadata_files=(location, *(e["metadata-file"] for e in metadata.get("metadata-log") or [])),
    )


def _moment(milliseconds: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
