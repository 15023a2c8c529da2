"""
What is to be told and what was: a row in `threads` for each (channel, key), one in `outbox` for each version.

A version's state: ``waiting`` → ``sent``, or ``superseded`` by a newer one before it was sent, or ``failed``
after three days; ``held`` → ``digested``: too small for a message of its own, told in a digest.
"""

import sqlalchemy as sa

from warikan.state.schema import METADATA, JsonText, UtcTime

threads = sa.Table(
    "threads",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("uid", sa.String(36), nullable=False),  # ours, at receivers
    sa.Column("channel", sa.String(400), nullable=False),  # NAME, or NAME:ADDRESS of an owner
    sa.Column("key", sa.String(300), nullable=False),
    sa.Column("sequence", sa.Integer, nullable=False),  # of the newest version
    sa.Column("version", sa.String(64), nullable=False),  # hash of its content
    sa.Column("remote", JsonText),  # what the receiver called our message
    sa.Column("uncertain_since", UtcTime),  # an attempt began whose end nobody knows
    sa.Column("sent_at", UtcTime),
    sa.Column("sent_state", sa.String(20)),
    sa.Column("sent_severity", sa.String(20)),
    sa.Column("repeat_at", UtcTime),  # receivers that forget are told again
    sa.Column("lease_by", sa.String(36)),
    sa.Column("lease_until", UtcTime),
    sa.UniqueConstraint("channel", "key", name="uq_threads_channel_key"),
    sa.Index("ix_threads_repeat_at", "repeat_at"),
    sa.Index("ix_threads_key", "key"),
)

outbox = sa.Table(
    "outbox",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("uid", sa.String(36), nullable=False),  # the same over all attempts
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
    sa.Index("ix_outbox_state_due_at", "state", "due_at"),
)
