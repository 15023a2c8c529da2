"""What people and jobs change: rows in SQLite, or in PostgreSQL."""

from warikan.state.database import Database

__all__ = ["Database"]
