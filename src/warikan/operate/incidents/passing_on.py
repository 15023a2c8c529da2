"""What else changes with an incident, in the same transaction: what finds it, and its review."""

from datetime import datetime

from sqlalchemy import Connection

from warikan.operate.incidents.facts import facts_of
from warikan.operate.incidents.incident import Incident
from warikan.operate.incidents.store import find_row, read_detail
from warikan.operate.learning.index import index_text
from warikan.operate.reviews.facts import IncidentFacts
from warikan.operate.reviews.refilling import refill


def pass_on(connection: Connection, incident: Incident, *, now: datetime) -> None:
    """Have *incident* found by its words, and its review say what is known of it now."""
    said = dict.fromkeys((incident.title, incident.title_ja, incident.reason))
    index_text(connection, incident.id, "\n".join(text for text in said if text))

    def read() -> IncidentFacts:
        detail = read_detail(connection, incident.id, now=now)
        return facts_of(detail, find_row(connection, incident.id))

    refill(connection, incident.id, read, at=now)
