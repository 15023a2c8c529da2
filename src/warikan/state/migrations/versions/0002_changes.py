"""The ledger of changes."""

import sqlalchemy as sa
from alembic import op

from warikan.state.schema import JsonText, UtcTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make it."""
    op.create_table(
        "changes",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("event_id", sa.String(200), nullable=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("ended_at", UtcTime),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("title", sa.String(300), nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("service_id", sa.String(64)),
        sa.Column("team_id", sa.String(64)),
        sa.Column("environment", sa.String(100)),
        sa.Column("cluster", sa.String(100)),
        sa.Column("scope", JsonText, nullable=False),
        sa.Column("actor_kind", sa.String(20), nullable=False),
        sa.Column("actor", sa.String(200)),
        sa.Column("revision", sa.String(200)),
        sa.Column("url", sa.String(2000)),
        sa.Column("subject", JsonText, nullable=False),
        sa.Column("evidence", JsonText, nullable=False),
        sa.Column("summary", JsonText, nullable=False),
        sa.Column("received_at", UtcTime, nullable=False),
        sa.UniqueConstraint("source", "event_id", name="uq_changes_source_event_id"),
    )
    op.create_index("ix_changes_at", "changes", ["at"])
    op.create_index("ix_changes_service_id_at", "changes", ["service_id", "at"])
    op.create_index("ix_changes_team_id_at", "changes", ["team_id", "at"])
    op.create_index("ix_changes_cluster_at", "changes", ["cluster", "at"])
    op.create_table(
        "change_sources",
        sa.Column("source", sa.String(64), primary_key=True),
        sa.Column("last_received_at", UtcTime),
        sa.Column("last_fetched_at", UtcTime),
        sa.Column("last_error", sa.Text),
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_table("change_sources")
    op.drop_table("changes")
