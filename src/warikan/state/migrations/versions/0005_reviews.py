"""The tables of reviews."""

import sqlalchemy as sa
from alembic import op

from warikan.state.schema import JsonText, MoneyType, UtcTime

revision = "0005"
down_revision = "0004"

_TABLES = (
    "review_terms",
    "review_documents",
    "review_keeps",
    "review_actions",
    "review_factors",
    "review_calibrations",
    "review_versions",
    "review_sections",
    "review_moves",
    "reviews",
)


def _review_id(*, is_key: bool = False) -> "sa.Column[int]":
    target = sa.ForeignKey("reviews.id", ondelete="CASCADE")
    return sa.Column("review_id", sa.Integer, target, primary_key=is_key, nullable=False, autoincrement=False)


def upgrade() -> None:
    """Make them."""
    _make_reviews()
    _make_texts()
    _make_outcomes()
    _make_index()


def downgrade() -> None:
    """Take them away."""
    for table in _TABLES:
        op.drop_table(table)


def _make_reviews() -> None:
    op.create_table(
        "reviews",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("incident_id", sa.String(40), nullable=False),
        sa.Column("title", sa.String(300), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("severity", sa.String(40), nullable=False),
        sa.Column("team_id", sa.String(200)),
        sa.Column("service_id", sa.String(200)),
        sa.Column("lead", sa.String(200)),
        sa.Column("facts", JsonText, nullable=False),
        sa.Column("created_at", UtcTime, nullable=False),
        sa.Column("created_by", sa.String(200), nullable=False),
        sa.Column("updated_at", UtcTime, nullable=False),
        sa.Column("meeting_at", UtcTime),
        sa.Column("calibrated_at", UtcTime),
        sa.Column("soak_skipped", sa.String(1000), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.UniqueConstraint("incident_id", name="uq_reviews_incident_id"),
    )
    op.create_index("ix_reviews_state_updated_at", "reviews", ["state", "updated_at"])
    op.create_table(
        "review_moves",
        sa.Column("id", sa.Integer, primary_key=True),
        _review_id(),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("source", sa.String(20)),
        sa.Column("target", sa.String(20), nullable=False),
        sa.Column("note", sa.String(1000), nullable=False),
    )
    op.create_index("ix_review_moves_review_id_id", "review_moves", ["review_id", "id"])


def _make_texts() -> None:
    op.create_table(
        "review_sections",
        _review_id(is_key=True),
        sa.Column("section_id", sa.String(40), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("prefilled", sa.Text, nullable=False),
        sa.Column("updated_at", UtcTime, nullable=False),
        sa.Column("updated_by", sa.String(200), nullable=False),
    )
    op.create_table(
        "review_versions",
        _review_id(is_key=True),
        sa.Column("section_id", sa.String(40), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("note", sa.String(300), nullable=False),
    )
    op.create_table(
        "review_calibrations",
        _review_id(is_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
    )


def _make_outcomes() -> None:
    op.create_table(
        "review_factors",
        sa.Column("id", sa.Integer, primary_key=True),
        _review_id(),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("text", sa.String(2000), nullable=False),
        sa.Column("label", sa.String(80), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_index("ix_review_factors_review_id_id", "review_factors", ["review_id", "id"])
    op.create_table(
        "review_actions",
        sa.Column("id", sa.Integer, primary_key=True),
        _review_id(),
        sa.Column("kind", sa.String(20)),
        sa.Column("text", sa.String(2000), nullable=False),
        sa.Column("owner", sa.String(200)),
        sa.Column("due", sa.Date),
        sa.Column("ticket_url", sa.String(1000)),
        sa.Column("money_at_risk", MoneyType),
        sa.Column("currency", sa.String(20)),
        sa.Column("done_at", UtcTime),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_index("ix_review_actions_review_id_id", "review_actions", ["review_id", "id"])
    op.create_index("ix_review_actions_due", "review_actions", ["due"])


def _make_index() -> None:
    op.create_table(
        "review_keeps",
        _review_id(is_key=True),
        sa.Column("fingerprint", sa.String(64), primary_key=True),
        sa.Column("sentence", sa.String(2000), nullable=False),
        sa.Column("reason", sa.String(1000), nullable=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
    )
    op.create_table(
        "review_documents",
        sa.Column("document", sa.String(40), primary_key=True),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("length", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_table(
        "review_terms",
        sa.Column("term", sa.String(80), primary_key=True),
        sa.Column("document", sa.String(40), primary_key=True),
        sa.Column("count", sa.Integer, nullable=False),
    )
    op.create_index("ix_review_terms_document", "review_terms", ["document"])
