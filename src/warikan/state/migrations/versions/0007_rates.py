"""The table of rates that are kept."""

import sqlalchemy as sa
from alembic import op

from warikan.state.schema import UtcTime

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make it."""
    op.create_table(
        "frozen_rates",
        sa.Column("month", sa.Date, nullable=False),
        sa.Column("currency", sa.String(64), nullable=False),
        sa.Column("base", sa.String(64), nullable=False),
        sa.Column("rate", sa.String(60), nullable=False),
        sa.Column("source", sa.String(400), nullable=False),
        sa.Column("frozen_at", UtcTime, nullable=False),
        sa.PrimaryKeyConstraint("month", "currency", name="pk_frozen_rates"),
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_table("frozen_rates")
