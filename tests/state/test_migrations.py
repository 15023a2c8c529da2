"""Every form that the state ever had can be reached and left, with what is in it, on both databases."""

import importlib
import pkgutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Boolean, Column, Date, Float, Integer, create_engine, insert, inspect, select
from sqlalchemy.engine import URL

import warikan.state.tables
from postgres_server import new_database
from warikan.state import Database
from warikan.state.migrate import _config, downgrade, revisions
from warikan.state.schema import METADATA, JsonText, MoneyType, UtcTime

for _, _name, _ in pkgutil.iter_modules(warikan.state.tables.__path__):
    importlib.import_module(f"warikan.state.tables.{_name}")

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@contextmanager
def new_url(kind: str, folder: Path) -> Iterator[URL]:
    """The address of an empty database."""
    if kind == "sqlite":
        yield URL.create("sqlite", database=str(folder / "state.db"))
    else:
        with new_database() as url:
            yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[URL]:
    """An empty database of each kind."""
    with new_url(request.param, tmp_path) as made:
        yield made


def value_for(column: Column[Any]) -> Any:
    """Something that fits into *column*."""
    kinds: tuple[tuple[type, Any], ...] = (
        (MoneyType, Decimal("12.345678901234567890")),
        (UtcTime, NOW),
        (JsonText, {"割り勘": [1]}),
        (Boolean, True),
        (Integer, 1),
        (Float, 0.5),
        (Date, date(2026, 11, 23)),
    )
    return next((value for kind, value in kinds if isinstance(column.type, kind)), "x")


def fill(database: Database) -> dict[str, int]:
    """One row in every table; how many each has."""
    with database.begin() as connection:
        for table in METADATA.sorted_tables:
            values = {c.name: value_for(c) for c in table.columns}
            connection.execute(insert(table).values(values))
    return count(database)


def count(database: Database) -> dict[str, int]:
    """Rows by table."""
    with database.read() as connection:
        return {t.name: len(connection.execute(select(t)).all()) for t in METADATA.sorted_tables}


def test_the_migrations_make_what_the_code_reads(url: URL) -> None:
    """Column by column, with types and indices."""
    database = Database.open(url)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
    database.close()


def test_up_and_down_with_data(url: URL) -> None:
    """Each step down takes its own tables and leaves the rows of the others; up again they come back."""
    database = Database.open(url)
    before = fill(database)
    assert set(before.values()) == {1}
    names = revisions()
    for revision in ("base", *names)[-2::-1]:
        downgrade(database.engine, revision)
        left = set(inspect(database.engine).get_table_names()) - {"alembic_version"}
        with database.read() as connection:
            rows = [len(connection.execute(select(METADATA.tables[t])).all()) for t in left]
        assert all(number == 1 for number in rows)
    assert set() == left
    again = Database.open(url)
    assert set(count(again).values()) == {0}
    assert before == fill(again)
    for each in (database, again):
        each.close()


def test_each_form_grows_into_the_newest_with_its_rows(tmp_path: Path) -> None:
    """Whoever comes from any older Warikan keeps what there was."""
    for revision in revisions():
        path = tmp_path / f"{revision}.db"
        engine = create_engine(f"sqlite:///{path}")
        with engine.connect() as connection:
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
            connection.commit()
            tables = [t for t in METADATA.sorted_tables if t.name in inspect(engine).get_table_names()]
            for table in tables:
                connection.execute(insert(table).values({c.name: value_for(c) for c in table.columns}))
            connection.commit()
        engine.dispose()
        database = Database.open(f"sqlite:///{path}")
        found = count(database)
        assert all(found[t.name] == 1 for t in tables)
        database.close()


def test_two_that_open_an_empty_database_at_once_make_it_once(url: URL) -> None:
    """One migrates, the other waits and finds it done."""
    from threading import Thread

    opened: list[Database] = []
    threads = [Thread(target=lambda: opened.append(Database.open(url))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 4
    assert set(count(opened[0]).values()) == {0}
    for database in opened:
        database.close()
