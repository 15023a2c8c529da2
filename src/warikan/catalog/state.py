"""``state`` of ``warikan.yaml``: the database that keeps what people and jobs change."""

from pydantic import Field

from warikan.catalog.clusters import Variable
from warikan.catalog.strict import Strict


class StateSettings(Strict):
    """
    By default the file ``.warikan/state.db`` (SQLite); PostgreSQL where several machines serve.

    Where its folder cannot be written it can still be read.
    """

    url_from: Variable | None = Field(
        None,
        description="Variable with the address of a PostgreSQL database, "
        "e.g. `postgresql://user:password@host/warikan`.",
    )
