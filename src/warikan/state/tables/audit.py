"""Who changed what, and when: only ever added to."""

from sqlalchemy import Column, Index, Integer, String, Table

from warikan.state.schema import METADATA, JsonText, UtcTime

audit = Table(
    "audit",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("actor", String(200), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("action", String(80), nullable=False),
    Column("before", JsonText),
    Column("after", JsonText),
    Index(None, "subject", "id"),
)
