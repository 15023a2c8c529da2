"""The tables of incidents, and of the burns of budgets."""

import sqlalchemy as sa
from alembic import op

from warikan.state.schema import JsonText, MoneyType, UtcTime

revision = "0004"
down_revision = "0003"
TABLES = (
    "incidents",
    "incident_days",
    "incident_figures",
    "incident_entries",
    "incident_tasks",
    "incident_tickets",
    "budget_burns",
)


def upgrade() -> None:
    """Make them."""
    _incidents()
    _incident_days()
    _incident_figures()
    _incident_entries()
    _incident_tasks()
    _incident_tickets()
    _budget_burns()


def _incidents() -> None:
    op.create_table(
        "incidents",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("title", sa.String(300), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("severity", sa.String(4), nullable=False),
        sa.Column("is_manual_severity", sa.Boolean, nullable=False),
        sa.Column("source", sa.String(20), nullable=False),
        sa.Column("origin", sa.String(200)),
        sa.Column("detected_by", sa.String(20), nullable=False),
        sa.Column("scope", JsonText, nullable=False),
        sa.Column("where", sa.Text, nullable=False),
        sa.Column("currency", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(20)),
        sa.Column("direction", sa.Integer, nullable=False),
        sa.Column("team_id", sa.String(64)),
        sa.Column("service_id", sa.String(64)),
        sa.Column("per_day", MoneyType, nullable=False),
        sa.Column("owner_month", MoneyType),
        sa.Column("onset", UtcTime, nullable=False),
        sa.Column("detected", UtcTime, nullable=False),
        sa.Column("declared", UtcTime, nullable=False),
        sa.Column("acknowledged", UtcTime),
        sa.Column("contained", UtcTime),
        sa.Column("verified", UtcTime),
        sa.Column("closed", UtcTime),
        sa.Column("roles", JsonText, nullable=False),
        sa.Column("dismissed_as", sa.String(20)),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("verified_by", sa.String(200)),
        sa.Column("verified_because", sa.Text, nullable=False),
        sa.Column("declared_by", sa.String(200), nullable=False),
        sa.Column("drivers", JsonText, nullable=False),
        sa.UniqueConstraint("origin", name="uq_incidents_origin"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_incidents_state", "incidents", ["state"])


def _incident_days() -> None:
    op.create_table(
        "incident_days",
        sa.Column(
            "incident_id",
            sa.Integer,
            sa.ForeignKey("incidents.id", name="fk_incident_days_incident_id"),
            primary_key=True,
        ),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("expected", MoneyType, nullable=False),
        sa.Column("low", MoneyType, nullable=False),
        sa.Column("high", MoneyType, nullable=False),
        sa.Column("source", sa.String(20), nullable=False),
        sa.Column("actual", MoneyType),
        sa.Column("first_actual", MoneyType),
    )


def _incident_figures() -> None:
    op.create_table(
        "incident_figures",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "incident_id",
            sa.Integer,
            sa.ForeignKey("incidents.id", name="fk_incident_figures_incident_id"),
            nullable=False,
        ),
        sa.Column("as_of", UtcTime, nullable=False),
        sa.Column("data_end", sa.Date, nullable=False),
        sa.Column("accrued", MoneyType, nullable=False),
        sa.Column("low", MoneyType, nullable=False),
        sa.Column("high", MoneyType, nullable=False),
        sa.Column("first_accrued", MoneyType, nullable=False),
        sa.Column("restated", MoneyType, nullable=False),
        sa.Column("days", sa.Integer, nullable=False),
        sa.Column("rate_per_hour", MoneyType, nullable=False),
        sa.Column("recurring_per_day", MoneyType),
        sa.Column("one_off", MoneyType),
        sa.Column("recurring", MoneyType),
        sa.Column("after_containment", MoneyType, nullable=False),
        sa.Column("avoided", MoneyType, nullable=False),
        sa.Column("payers", JsonText, nullable=False),
    )
    op.create_index("ix_incident_figures_incident_id_id", "incident_figures", ["incident_id", "id"])


def _incident_entries() -> None:
    op.create_table(
        "incident_entries",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "incident_id",
            sa.Integer,
            sa.ForeignKey("incidents.id", name="fk_incident_entries_incident_id"),
            nullable=False,
        ),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("title", sa.String(500), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
        sa.Column("link", sa.String(2000)),
        sa.Column("service_id", sa.String(64)),
        sa.Column("actor", sa.String(200)),
        sa.Column("coincidence", sa.Float),
        sa.Column("rank", sa.Integer),
        sa.Column("pinned", sa.Boolean, nullable=False),
        sa.Column("hidden", sa.Boolean, nullable=False),
        sa.Column("annotation", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.UniqueConstraint("incident_id", "key", name="uq_incident_entries_incident_id_key"),
    )
    op.create_index("ix_incident_entries_incident_id_at", "incident_entries", ["incident_id", "at"])


def _incident_tasks() -> None:
    op.create_table(
        "incident_tasks",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "incident_id",
            sa.Integer,
            sa.ForeignKey("incidents.id", name="fk_incident_tasks_incident_id"),
            nullable=False,
        ),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("title", sa.String(300), nullable=False),
        sa.Column("owner", sa.String(200), nullable=False),
        sa.Column("due", sa.Date),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("created_at", UtcTime, nullable=False),
        sa.Column("created_by", sa.String(200), nullable=False),
        sa.Column("done_at", UtcTime),
        sa.Column("version", sa.Integer, nullable=False),
        sa.UniqueConstraint("incident_id", "number", name="uq_incident_tasks_incident_id_number"),
    )


def _incident_tickets() -> None:
    op.create_table(
        "incident_tickets",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "incident_id",
            sa.Integer,
            sa.ForeignKey("incidents.id", name="fk_incident_tickets_incident_id"),
            nullable=False,
        ),
        sa.Column("task", sa.Integer),
        sa.Column("tracker", sa.String(64)),
        sa.Column("marker", sa.String(200), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("url", sa.String(2000)),
        sa.Column("title", sa.String(300), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("claimed_until", UtcTime),
        sa.Column("created_at", UtcTime, nullable=False),
        sa.Column("created_by", sa.String(200), nullable=False),
        sa.UniqueConstraint("marker", name="uq_incident_tickets_marker"),
    )
    op.create_index("ix_incident_tickets_incident_id", "incident_tickets", ["incident_id"])
    op.create_index("ix_incident_tickets_state", "incident_tickets", ["state"])


def _budget_burns() -> None:
    op.create_table(
        "budget_burns",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("budget_id", sa.String(64), nullable=False),
        sa.Column("period_start", sa.Date, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("level", sa.String(20), nullable=False),
        sa.Column("worst", sa.String(20), nullable=False),
        sa.Column("onset", sa.Date, nullable=False),
        sa.Column("detected_at", UtcTime, nullable=False),
        sa.Column("ended_at", UtcTime),
        sa.Column("spent", MoneyType, nullable=False),
        sa.Column("amount", MoneyType, nullable=False),
        sa.Column("currency", sa.String(64), nullable=False),
        sa.UniqueConstraint(
            "budget_id", "period_start", "number", name="uq_budget_burns_budget_id_period_start_number"
        ),
    )
    op.create_index("ix_budget_burns_ended_at", "budget_burns", ["ended_at"])


def downgrade() -> None:
    """Take them away."""
    for table in reversed(TABLES):
        op.drop_table(table)
