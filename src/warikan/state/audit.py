"""The record of every change of state."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from warikan.state.tables.audit import audit

SYSTEM = "warikan"
"""Who acts where nobody does: a job, a detector, a webhook."""
LONGEST = 1000


@dataclass(frozen=True)
class AuditEntry:
    """
    One change of state.

    Attributes:
        subject: What was changed, e.g. ``incident/INC-12``.
        action: What was done to it, e.g. ``acknowledge``.
        before, after: The fields that differ; None where there was, or is, nothing.
    """

    id: int
    at: datetime
    actor: str
    subject: str
    action: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


def record(
    connection: Connection,
    *,
    at: datetime,
    actor: str,
    subject: str,
    action: str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Write down a change, in the transaction that makes it: neither is there without the other."""
    row = {"at": at, "actor": actor[:200], "subject": subject, "action": action}
    connection.execute(insert(audit).values(**row, before=_plain(before), after=_plain(after)))


def list_entries(connection: Connection, subject: str, *, limit: int = LONGEST) -> tuple[AuditEntry, ...]:
    """What happened to *subject*, newest first."""
    found = connection.execute(
        select(audit).where(audit.c.subject == subject).order_by(audit.c.id.desc()).limit(limit)
    )
    return tuple(AuditEntry(**row) for row in found.mappings())


def _plain(values: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """*values* as JSON has them: moments and amounts as text."""
    if values is None:
        return None
    kept = (str, int, float, bool, list, dict, type(None))
    return {name: value if isinstance(value, kept) else str(value) for name, value in values.items()}
