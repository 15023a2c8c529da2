"""Owners found again: catalogues are completed after the changes have come."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select, update

from warikan.catalog.changes import ChangeSource
from warikan.operate.changes.change import Location, Subject
from warikan.operate.changes.drafting import Drafting, evidence_rows
from warikan.state.tables.changes import changes

_AT_ONCE = 1_000


def remap(connection: Connection, drafting: Drafting, sources: Mapping[str, ChangeSource]) -> int:
    """Give every change the service, team and evidence of today's catalogue; how many have another owner."""
    count, last = 0, 0
    columns = ("id", "source", "at", "service_id", "team_id", "subject", "evidence")
    while True:
        asked = select(*(changes.c[name] for name in columns)).where(changes.c.id > last)
        found = connection.execute(asked.order_by(changes.c.id).limit(_AT_ONCE)).mappings().all()
        if not found:
            return count
        for row in found:
            last = row["id"]
            evidence = drafting.owners.find(subject_of(row["subject"]), sources.get(row["source"]))
            service = next((e.service_id for e in evidence if e.service_id is not None), None)
            # The team of what has no service was told by its sender, and stays.
            team = (
                row["team_id"]
                if service is None and row["service_id"] is None
                else drafting.team_of(service, row["at"])
            )
            told = {"service_id": service, "team_id": team, "evidence": evidence_rows(evidence)}
            if any(told[name] != row[name] for name in told):
                connection.execute(update(changes).where(changes.c.id == last).values(**told))
            count += (service, team) != (row["service_id"], row["team_id"])


def subject_of(told: Mapping[str, Any]) -> Subject:
    """The subject that was kept as *told*."""
    values = dict(told)
    values["locations"] = tuple(Location(**one) for one in values.get("locations", ()))
    values["names"] = tuple(values.get("names", ()))
    return Subject(**values)
