"""The addresses of anomalies, incidents and changes."""

from fastapi import APIRouter

from warikan.web.incidents.anomaly_routes import add_anomaly
from warikan.web.incidents.declare_routes import add_declaring
from warikan.web.incidents.incident_routes import add_incident
from warikan.web.incidents.ledger import add_ledger
from warikan.web.incidents.queue_routes import add_queue
from warikan.web.pages import Pages


def add_incidents(web: APIRouter, pages: Pages) -> None:
    """Put the pages of anomalies, incidents and changes into *web*."""
    add_queue(web, pages)
    add_anomaly(web, pages)
    add_declaring(web, pages)
    add_incident(web, pages)
    add_ledger(web, pages)
