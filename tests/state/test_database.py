"""The state keeps what it is given, on every database, and all of a change or none of it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, MetaData, Table, insert, select

from warikan.catalog.state import StateSettings
from warikan.focus.errors import ConfigError, StateError
from warikan.state import Database
from warikan.state.audit import list_entries, record
from warikan.state.migrate import downgrade
from warikan.state.opening import open_state
from warikan.state.schema import JsonText, MoneyType, UtcTime

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SAMPLE = Table(
    "sample",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("cost", MoneyType),
    Column("at", UtcTime),
    Column("what", JsonText),
)


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A state with one more table."""
    database = Database.in_folder(tmp_path_factory.mktemp("state"))
    SAMPLE.create(database.engine)
    yield database
    database.close()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """A new state."""
    made = Database.in_folder(tmp_path)
    yield made
    made.close()


@given(
    cost=st.decimals(allow_nan=False, allow_infinity=False, places=18, max_value=10**19, min_value=-(10**19))
)
def test_money_keeps_every_digit(samples: Database, cost: Decimal) -> None:
    """What is stored is what was given, to the last of 18 places."""
    with samples.begin() as connection:
        key = connection.execute(insert(SAMPLE).values(cost=cost)).inserted_primary_key
        assert cost == connection.execute(select(SAMPLE.c.cost).where(SAMPLE.c.id == key[0])).scalar_one()


def test_moments_come_back_in_utc(samples: Database) -> None:
    """Whatever zone they were given in; a moment without a zone is refused."""
    there = NOW.astimezone(timezone(timedelta(hours=9)))
    with samples.begin() as connection:
        connection.execute(insert(SAMPLE).values(id=10**6, at=there, what={"あ": [1, None]}))
        row = connection.execute(select(SAMPLE).where(SAMPLE.c.id == 10**6)).one()
    assert (row.at, row.at.tzinfo, row.what) == (NOW, UTC, {"あ": [1, None]})
    with samples.begin() as connection, pytest.raises(Exception, match="has no time zone"):
        connection.execute(insert(SAMPLE).values(at=NOW.replace(tzinfo=None)))


def test_an_error_leaves_nothing(database: Database) -> None:
    """Of a transaction that fails nothing is there; and of one that only reads."""
    with pytest.raises(ValueError, match="no time zone"), database.begin() as connection:  # noqa: PT012 - both
        record(connection, at=NOW, actor="a", subject="x", action="y")
        UtcTime().process_bind_param(NOW.replace(tzinfo=None), connection.dialect)
    with database.read() as connection:
        record(connection, at=NOW, actor="a", subject="x", action="y")
    with database.read() as connection:
        assert list_entries(connection, "x") == ()


def test_writers_follow_each_other(tmp_path: Path) -> None:
    """Those who read before they write do not lose each other's work, nor fail."""
    databases = [Database.in_folder(tmp_path) for _ in range(2)]

    def count_up(database: Database) -> None:
        for _ in range(20):
            with database.begin() as connection:
                seen = len(list_entries(connection, "x"))
                record(connection, at=NOW, actor="a", subject="x", action="count", after={"seen": seen})

    threads = [Thread(target=count_up, args=(database,)) for database in (*databases, *databases)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with databases[0].read() as connection:
        entries = list_entries(connection, "x")
    assert list(range(79, -1, -1)) == [entry.after["seen"] for entry in entries if entry.after]
    for database in databases:
        database.close()


def test_the_record_has_amounts_and_moments_as_text(database: Database) -> None:
    """Newest first; values of other types are written as people read them."""
    with database.begin() as connection:
        record(connection, at=NOW, actor="aya", subject="x", action="open", after={"cost": Decimal("1.50")})
        record(connection, at=NOW, actor="bo", subject="x", action="close", before={"at": NOW})
        entries = list_entries(connection, "x")
    assert [("close", {"at": str(NOW)}, None), ("open", None, {"cost": "1.50"})] == [
        (entry.action, entry.before, entry.after) for entry in entries
    ]


def test_a_newer_form_is_refused(database: Database, tmp_path: Path) -> None:
    """An older Warikan does not touch what it does not understand."""
    with database.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StateError, match="newer Warikan"):
        Database.in_folder(tmp_path)


def test_a_file_that_is_no_database_is_said(tmp_path: Path) -> None:
    """The error names the file and not only the driver's words."""
    (tmp_path / "state.db").write_bytes(b"no database at all, but long enough to have a header" * 30)
    with pytest.raises(StateError, match=r"state\.db"):
        Database.in_folder(tmp_path)


@pytest.mark.parametrize("is_open", [False, True])
def test_what_cannot_be_written_can_be_read(tmp_path: Path, is_open: bool) -> None:
    """Also while somebody who may write has it open; who writes is told why they cannot."""
    writer = Database.in_folder(tmp_path)
    with writer.begin() as connection:
        record(connection, at=NOW, actor="aya", subject="x", action="open")
    if not is_open:
        writer.close()

    reader = Database.read_only(tmp_path / "state.db")

    with reader.read() as connection:
        assert [entry.action for entry in list_entries(connection, "x")] == ["open"]
    with pytest.raises(StateError, match="cannot be written"), reader.begin():
        pass
    writer.close()


def test_a_folder_without_a_state_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """Instead of what the driver says of it."""
    with pytest.raises(StateError, match="cannot be written, and has no state"):
        Database.read_only(tmp_path / "state.db")
    (tmp_path / "file").touch()
    with pytest.raises(StateError, match="file cannot be written"):
        Database.in_folder(tmp_path / "file")


@pytest.mark.parametrize("told", ["", "mysql://u:secret@h/d", "no address secret"])
def test_an_address_is_named_and_never_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: str
) -> None:
    """What the variable has is not repeated: it has a password."""
    monkeypatch.setenv("STATE_ADDRESS", told)
    with pytest.raises(ConfigError, match="STATE_ADDRESS") as raised:
        open_state(StateSettings(url_from="STATE_ADDRESS"), tmp_path)
    assert "secret" not in f"{raised.value.message} {raised.value.hint}"


def test_tables_go_and_come_back(database: Database, tmp_path: Path) -> None:
    """Down to nothing and up again."""
    downgrade(database.engine, "base")
    with Database.in_folder(tmp_path).read() as connection:
        assert list_entries(connection, "x") == ()
