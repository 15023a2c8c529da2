"""The record of every change of state."""

import sqlalchemy as sa
from alembic import op

from warikan.state.schema import JsonText, UtcTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make it."""
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("action", sa.String(80), nullable=False),
        sa.Column("before", JsonText),
        sa.Column("after", JsonText),
    )
    op.create_index("ix_audit_subject_id", "audit", ["subject", "id"])


def downgrade() -> None:
    """Take it away."""
    op.drop_table("audit")
