"""The tables of a database, brought to the newest form, or back."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from warikan.focus.errors import StateError

FOLDER = Path(__file__).with_name("migrations")
_LOCK = 5_223_478_011  # any number: PostgreSQL's advisory lock of those who migrate


def upgrade(engine: Engine) -> None:
    """
    Bring the tables to this Warikan's form; two processes that do so follow each other.

    Raises:
        StateError: they are of a newer Warikan.
    """
    script = ScriptDirectory.from_config(_config())
    head = script.get_current_head()
    with engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
        connection.rollback()
        if found == head:
            return
        if found is not None and found not in {revision.revision for revision in script.walk_revisions()}:
            raise StateError(
                f"the state is of a newer Warikan (its form is {found}, ours is {head})",
                hint="install the newer one",
            )
        _run(connection, "upgrade", "head")


def is_newest(engine: Engine) -> bool:
    """Whether the tables are of this Warikan's form; nothing is written."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == head


def downgrade(engine: Engine, revision: str) -> None:
    """Bring the tables back to the form of *revision* (``base``: none); what the newer ones held is lost."""
    with engine.connect() as connection:
        _run(connection, "downgrade", revision)


def revisions() -> tuple[str, ...]:
    """Every form that the tables ever had, oldest first."""
    return tuple(r.revision for r in ScriptDirectory.from_config(_config()).walk_revisions())[::-1]


def _run(connection: Connection, direction: str, revision: str) -> None:
    is_sqlite = connection.dialect.name == "sqlite"
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_sqlite else f"SELECT pg_advisory_xact_lock({_LOCK})")
    config = _config()
    config.attributes["connection"] = connection
    getattr(command, direction)(config, revision)
    connection.commit()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    return config
