"""Anomalies, of what they were judged, and planned events."""

import sqlalchemy as sa
from alembic import op

from warikan.state.schema import JsonText, MoneyType, UtcTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "anomalies",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("key", sa.String(40), nullable=False),
        sa.Column("scope", JsonText, nullable=False),
        sa.Column("where", sa.Text, nullable=False),
        sa.Column("service_id", sa.String(200)),
        sa.Column("team_id", sa.String(200)),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("currency", sa.String(10), nullable=False),
        sa.Column("onset", sa.Date, nullable=False),
        sa.Column("detected", sa.Date, nullable=False),
        sa.Column("noticed_at", UtcTime, nullable=False),
        sa.Column("end", sa.Date),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("excess", MoneyType, nullable=False),
        sa.Column("excess_low", MoneyType, nullable=False),
        sa.Column("excess_high", MoneyType, nullable=False),
        sa.Column("first_excess", MoneyType, nullable=False),
        sa.Column("rate_per_hour", MoneyType, nullable=False),
        sa.Column("provisional", sa.Boolean, nullable=False),
        sa.Column("absorbed", sa.Boolean, nullable=False),
        sa.Column("days", JsonText, nullable=False),
        sa.Column("drivers", JsonText, nullable=False),
        sa.Column("evidence", JsonText, nullable=False),
        sa.Column("verdict", sa.String(20)),
        sa.Column("verdict_at", UtcTime),
        sa.Column("verdict_by", sa.String(200)),
        sa.Column("note", sa.Text),
        sa.Column("updated_at", UtcTime, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_index("ix_anomalies_state_onset", "anomalies", ["state", "onset"])
    op.create_index("ix_anomalies_service_id_onset", "anomalies", ["service_id", "onset"])
    op.create_index("uq_anomalies_key", "anomalies", ["key"], unique=True)
    op.create_table(
        "judgements",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("made_from", sa.String(64), nullable=False),
    )
    op.create_table(
        "planned_events",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("scope", JsonText, nullable=False),
        sa.Column("start", sa.Date, nullable=False),
        sa.Column("end", sa.Date),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("value", sa.Float, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("anomaly_id", sa.Integer, sa.ForeignKey("anomalies.id")),
        sa.Column("added_at", UtcTime, nullable=False),
        sa.Column("added_by", sa.String(200), nullable=False),
        sa.Column("removed_at", UtcTime),
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_table("planned_events")
    op.drop_table("judgements")
    op.drop_table("anomalies")
