"""The database that a workspace's settings name."""

import os
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from warikan.catalog.state import StateSettings
from warikan.focus.errors import ConfigError
from warikan.state.database import Database


def open_state(settings: StateSettings, folder: Path) -> Database:
    """
    The state of *settings*: PostgreSQL where an address is named, else ``state.db`` in *folder*.

    Raises:
        ConfigError: the named variable is not set, or has no address of a PostgreSQL database; the message
            does not have the address.
        StateError: the database cannot be opened.
    """
    if settings.url_from is None:
        return Database.in_folder(folder)
    told = os.environ.get(settings.url_from, "").strip()
    try:
        url = make_url(told)
    except ArgumentError:
        url = None
    if url is None or url.get_backend_name() != "postgresql":
        raise ConfigError(
            f"state.url_from: the variable {settings.url_from} has no address of a PostgreSQL database",
            hint=f"export {settings.url_from}=postgresql://USER:PASSWORD@HOST/DATABASE",
        )
    return Database.open(url.set(drivername="postgresql+psycopg"))
