"""Burns of budgets: each time that one burnt too fast."""

from sqlalchemy import Column, Date, Index, Integer, String, Table, UniqueConstraint

from warikan.state.schema import METADATA, MoneyType, UtcTime

budget_burns = Table(
    "budget_burns",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("budget_id", String(64), nullable=False),
    Column("period_start", Date, nullable=False),
    Column("number", Integer, nullable=False),
    Column("level", String(20), nullable=False),
    Column("worst", String(20), nullable=False),
    Column("onset", Date, nullable=False),
    Column("detected_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime),
    Column("spent", MoneyType, nullable=False),
    Column("amount", MoneyType, nullable=False),
    Column("currency", String(64), nullable=False),
    UniqueConstraint("budget_id", "period_start", "number"),
    Index(None, "ended_at"),
)
"""*number* counts the burns of a budget in a period, from 1: two judges cannot both start the same one."""
