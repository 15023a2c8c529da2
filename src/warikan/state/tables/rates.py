"""Rates that are kept: those of final months, which a changed file of rates does not move."""

from sqlalchemy import Column, Date, String, Table

from warikan.state.schema import METADATA, UtcTime

frozen_rates = Table(
    "frozen_rates",
    METADATA,
    Column("month", Date, primary_key=True),
    Column("currency", String(64), primary_key=True),
    Column("base", String(64), nullable=False),
    Column("rate", String(60), nullable=False),
    Column("source", String(400), nullable=False),
    Column("frozen_at", UtcTime, nullable=False),
)
"""*rate*: how much of *currency* one of *base* is, as text: it has up to 34 digits, and is only read."""
