"""What happened, each event of a source once; and when each source last told something."""

from sqlalchemy import Column, Index, Integer, String, Table, Text, UniqueConstraint

from warikan.state.schema import METADATA, JsonText, UtcTime

changes = Table(
    "changes",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("source", String(64), nullable=False),
    Column("event_id", String(200), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("ended_at", UtcTime),
    Column("kind", String(40), nullable=False),
    Column("title", String(300), nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("service_id", String(64)),
    Column("team_id", String(64)),
    Column("environment", String(100)),
    Column("cluster", String(100)),
    Column("scope", JsonText, nullable=False),
    Column("actor_kind", String(20), nullable=False),
    Column("actor", String(200)),
    Column("revision", String(200)),
    Column("url", String(2000)),
    Column("subject", JsonText, nullable=False),
    Column("evidence", JsonText, nullable=False),
    Column("summary", JsonText, nullable=False),
    Column("received_at", UtcTime, nullable=False),
    UniqueConstraint("source", "event_id"),
    Index(None, "at"),
    Index(None, "service_id", "at"),
    Index(None, "team_id", "at"),
    Index(None, "cluster", "at"),
)

change_sources = Table(
    "change_sources",
    METADATA,
    Column("source", String(64), primary_key=True),
    Column("last_received_at", UtcTime),
    Column("last_fetched_at", UtcTime),
    Column("last_error", Text),
)
