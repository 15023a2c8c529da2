"""The tables of messages and jobs."""

import sqlalchemy as sa
from alembic import op

from warikan.state.schema import JsonText, UtcTime

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make them."""
    _make_threads()
    _make_outbox()
    op.create_table(
        "jobs",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("schedule", sa.String(200), nullable=False),
        sa.Column("due_at", UtcTime, nullable=False),
        sa.Column("started_at", UtcTime),
        sa.Column("finished_at", UtcTime),
        sa.Column("result", sa.String(20)),
        sa.Column("said", sa.String(1000)),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("lease_by", sa.String(36)),
        sa.Column("lease_until", UtcTime),
    )


def downgrade() -> None:
    """Take them away."""
    for table in ("jobs", "outbox", "threads"):
        op.drop_table(table)


def _make_threads() -> None:
    op.create_table(
        "threads",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("uid", sa.String(36), nullable=False),
        sa.Column("channel", sa.String(400), nullable=False),
        sa.Column("key", sa.String(300), nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("version", sa.String(64), nullable=False),
        sa.Column("remote", JsonText),
        sa.Column("uncertain_since", UtcTime),
        sa.Column("sent_at", UtcTime),
        sa.Column("sent_state", sa.String(20)),
        sa.Column("sent_severity", sa.String(20)),
        sa.Column("repeat_at", UtcTime),
        sa.Column("lease_by", sa.String(36)),
        sa.Column("lease_until", UtcTime),
        sa.UniqueConstraint("channel", "key", name="uq_threads_channel_key"),
    )
    op.create_index("ix_threads_repeat_at", "threads", ["repeat_at"])
    op.create_index("ix_threads_key", "threads", ["key"])


def _make_outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("uid", sa.String(36), nullable=False),
        sa.Column(
            "thread_id", sa.Integer, sa.ForeignKey("threads.id", name="fk_outbox_thread_id"), nullable=False
        ),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("team_id", sa.String(200)),
        sa.Column("content", JsonText, nullable=False),
        sa.Column("created_at", UtcTime, nullable=False),
        sa.Column("due_at", UtcTime, nullable=False),
        sa.Column("give_up_at", UtcTime, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("error", sa.String(1000)),
        sa.Column("sent_at", UtcTime),
        sa.UniqueConstraint("thread_id", "sequence", name="uq_outbox_thread_id_sequence"),
    )
    op.create_index("ix_outbox_state_due_at", "outbox", ["state", "due_at"])
