"""What the detector found, what people said of it, and what they know beforehand."""

from sqlalchemy import Boolean, Column, Date, Float, ForeignKey, Index, Integer, String, Table, Text

from warikan.state.schema import METADATA, JsonText, MoneyType, UtcTime

anomalies = Table(
    "anomalies",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("key", String(40), nullable=False),
    Column("scope", JsonText, nullable=False),
    Column("where", Text, nullable=False),
    Column("service_id", String(200)),
    Column("team_id", String(200)),
    Column("kind", String(20), nullable=False),
    Column("currency", String(10), nullable=False),
    Column("onset", Date, nullable=False),
    Column("detected", Date, nullable=False),
    Column("noticed_at", UtcTime, nullable=False),
    Column("end", Date),
    Column("state", String(20), nullable=False),
    Column("excess", MoneyType, nullable=False),
    Column("excess_low", MoneyType, nullable=False),
    Column("excess_high", MoneyType, nullable=False),
    Column("first_excess", MoneyType, nullable=False),
    Column("rate_per_hour", MoneyType, nullable=False),
    Column("provisional", Boolean, nullable=False),
    Column("absorbed", Boolean, nullable=False),
    Column("days", JsonText, nullable=False),
    Column("drivers", JsonText, nullable=False),
    Column("evidence", JsonText, nullable=False),
    Column("verdict", String(20)),
    Column("verdict_at", UtcTime),
    Column("verdict_by", String(200)),
    Column("note", Text),
    Column("updated_at", UtcTime, nullable=False),
    Column("version", Integer, nullable=False),
    Index("uq_anomalies_key", "key", unique=True),
    Index(None, "state", "onset"),
    Index(None, "service_id", "onset"),
)

judgements = Table(
    "judgements",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("made_from", String(64), nullable=False),
)
"""Of which data, settings and verdicts each judgement was made: the same ones need no other."""

planned_events = Table(
    "planned_events",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("scope", JsonText, nullable=False),
    Column("start", Date, nullable=False),
    Column("end", Date),
    Column("kind", String(20), nullable=False),
    Column("value", Float, nullable=False),
    Column("title", Text, nullable=False),
    Column("anomaly_id", Integer, ForeignKey("anomalies.id")),
    Column("added_at", UtcTime, nullable=False),
    Column("added_by", String(200), nullable=False),
    Column("removed_at", UtcTime),
)
