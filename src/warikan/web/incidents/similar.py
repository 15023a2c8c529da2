"""Incidents that were like this one: of the same service, or of the same kind in the same team."""

from dataclasses import dataclass

from warikan.operate.incidents.incident import Asked, Incident
from warikan.web.bounds import shorten
from warikan.web.display import Amount
from warikan.web.incidents.words import KINDS, STATES, say
from warikan.web.visit import Visit

MOST = 5


@dataclass(frozen=True)
class Similar:
    """A past incident, and what it has in common with this one."""

    id: str
    href: str
    title: str
    because: str
    state: str
    when: str
    excess: Amount | None


def list_similar(visit: Visit, service: str | None, this: str, *, kind: str | None) -> tuple[Similar, ...]:
    """At most five incidents of *service* besides *this*, those of the same *kind* first, then the newest."""
    if service is None:
        return ()
    found = visit.workspace.operations.incidents.list(Asked(service=service, limit=200))
    others = [one for one in found if one.id != this and one.origin != f"anomaly/{this}"]
    others.sort(key=lambda one: one.clock.onset, reverse=True)
    others.sort(key=lambda one: one.kind != kind)
    return tuple(_similar(one, visit, kind) for one in others[:MOST])


def _similar(incident: Incident, visit: Visit, kind: str | None) -> Similar:
    because = visit.texts.gettext("same service")
    if kind is not None and incident.kind == kind:
        because = visit.texts.gettext("same service, same kind: %(kind)s", kind=say(KINDS, kind, visit))
    figure = incident.figure
    return Similar(
        id=incident.id,
        href=f"/incidents/{incident.id}",
        title=shorten(incident.title, 160),
        because=because,
        state=say(STATES, incident.state, visit),
        when=visit.display.day(incident.clock.onset),
        excess=visit.display.money(figure.accrued, incident.currency) if figure else None,
    )
