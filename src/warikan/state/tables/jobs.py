"""What runs by itself: one row for each job, from its first run on."""

import sqlalchemy as sa

from warikan.state.schema import METADATA, UtcTime

jobs = sa.Table(
    "jobs",
    METADATA,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("schedule", sa.String(200), nullable=False),  # as of `due_at`: another one makes it due anew
    sa.Column("due_at", UtcTime, nullable=False),
    sa.Column("started_at", UtcTime),
    sa.Column("finished_at", UtcTime),
    sa.Column("result", sa.String(20)),  # ok, failed; None: never ended
    sa.Column("said", sa.String(1000)),
    sa.Column("failures", sa.Integer, nullable=False),  # in a row
    sa.Column("lease_by", sa.String(36)),
    sa.Column("lease_until", UtcTime),
)
