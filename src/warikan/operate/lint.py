"""What is wrong, or unwise, in the settings of what people act on: every problem at once."""

from collections.abc import Iterator

from warikan.catalog.entities import Catalog
from warikan.catalog.settings import Settings
from warikan.operate.changes.lint import lint_changes

Name = tuple[str, str | None, str | None]
"""Where it stands, the service that it names, the team that it names."""


def lint_operations(settings: Settings, catalog: Catalog) -> tuple[str, ...]:
    """One sentence for each problem; none when all is well. Nothing is read but the files."""
    return (*lint_changes(settings, catalog), *_unknown(settings, catalog))


def _unknown(settings: Settings, catalog: Catalog) -> Iterator[str]:
    for where, service, team in _names(settings):
        if service is not None and service not in catalog.services:
            yield f"{where}: {service!r} is no service of the catalogue"
        if team is not None and team not in catalog.teams:
            yield f"{where}: {team!r} is no team of the catalogue"


def _names(settings: Settings) -> Iterator[Name]:
    """Every service and team that budgets, thresholds, planned events and routes name."""
    for budget_id, budget in settings.budgets.items():
        yield f"budgets.{budget_id}", budget.service, budget.team
    for team in settings.anomalies.teams:
        yield "anomalies.teams", None, team
    for number, planned in enumerate(settings.anomalies.planned, start=1):
        yield f"anomalies.planned, number {number}", planned.service, planned.team
    for number, route in enumerate(settings.notify.routes, start=1):
        for team in route.teams:
            yield f"notify.routes, number {number}", None, team
