"""One database with the state of a workspace: opened, brought up to date, written in transactions."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from warikan.focus.errors import StateError

_WRITABLE = "let the one who runs this write there, or set `state`: docs/configuration.md"
BUSY_SECONDS = 30
"""How long a writer of SQLite waits for another one."""


class Database:
    """
    The state. Safe to share between threads and, on either database, between processes.

    ``begin`` is one transaction that writes: all of it happens, or nothing. On SQLite it takes the one lock
    for writing at once, so that two of them follow each other instead of failing in the middle.
    """

    def __init__(self, engine: Engine, *, refusal: str | None = None) -> None:
        """*refusal*: why nothing can be written; None where it can."""
        self.engine = engine
        self._refusal = refusal

    @classmethod
    def open(cls, url: str | URL) -> Database:
        """
        The database at *url* (``sqlite:///...`` or ``postgresql+psycopg://...``), its tables up to date.

        Raises:
            StateError: it cannot be opened, or is of a newer Warikan.
        """
        from warikan.state.migrate import upgrade  # Alembic costs 0.1 s: only where a database is opened

        engine = _make_engine(make_url(url))
        try:
            upgrade(engine)
        except DBAPIError as error:
            raise StateError(
                f"{_shown(engine.url)}: the state cannot be opened: {error.orig}",
                hint="see `state` in docs/configuration.md",
            ) from error
        return cls(engine)

    @classmethod
    def in_folder(cls, folder: Path) -> Database:
        """SQLite's file ``state.db`` in *folder*, which is made where it is not there."""
        file = folder / "state.db"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            is_kept = not file.exists() or os.access(file, os.W_OK)
            if is_kept and os.access(folder, os.W_OK):
                return cls.open(URL.create("sqlite", database=str(file)))
        except OSError as error:
            raise StateError(f"{folder} cannot be written: {error.strerror}", hint=_WRITABLE) from error
        return cls.read_only(file)

    @classmethod
    def read_only(cls, file: Path) -> Database:
        """
        SQLite's *file* in a folder that cannot be written: everything but ``begin`` works.

        Raises:
            StateError: there is no such file, it cannot be read, or its tables are of another Warikan.
        """
        if not file.exists():
            raise StateError(f"{file.parent} cannot be written, and has no state yet", hint=_WRITABLE)
        # Where nobody writes there is no -wal beside it, and SQLite could not make the -shm that it wants.
        is_still = not file.with_name(f"{file.name}-wal").exists()
        more = {"mode": "ro", "uri": "true"} | ({"immutable": "1"} if is_still else {})
        database = f"file:{quote(str(file.absolute()))}"
        engine = _make_engine(URL.create("sqlite", database=database, query=more))
        from warikan.state.migrate import is_newest  # Alembic: as above

        try:
            is_ours = is_newest(engine)
        except DBAPIError as error:
            raise StateError(f"{file} cannot be read: {error.orig}", hint=_WRITABLE) from error
        if not is_ours:
            raise StateError(
                f"{file} is of another Warikan, and its folder cannot be written", hint=_WRITABLE
            )
        return cls(engine, refusal=f"{file.parent} cannot be written; nothing was changed")

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """
        A transaction that writes; committed at the end, rolled back by an error.

        Raises:
            StateError: the state can only be read.
        """
        if self._refusal is not None:
            raise StateError(self._refusal, hint=_WRITABLE)
        with self.engine.connect() as connection:
            if self.engine.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection
            connection.commit()  # an error goes past: leaving `connect` rolls back

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view; nothing written through it is kept."""
        with self.engine.connect() as connection:
            if self.engine.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN")
            yield connection
            connection.rollback()

    def close(self) -> None:
        """Close all connections; the next use opens new ones."""
        self.engine.dispose()


def _make_engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True)
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    # The driver must not begin transactions by itself: Database.begin does, with the lock for writing.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")  # WAL with NORMAL may lose the last commits with the power
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


@lru_cache
def _shown(url: URL) -> str:
    return url.render_as_string(hide_password=True)
