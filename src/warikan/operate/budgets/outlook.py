"""How periods of budgets are expected to end: forecasts of what is left of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from warikan.catalog.entities import Catalog
from warikan.focus.money import EXACT
from warikan.insights.forecast import Calendar, forecast, make_calendar
from warikan.insights.panel import Panel
from warikan.insights.planned import PlannedEvent
from warikan.operate.budgets.budget import Budget, Outlook
from warikan.operate.daily import DailyCost

FEWEST = 14
"""Complete days from which a period's end is forecast."""
PLACES = Decimal("0.000001")
_BUDGET = "x_BudgetId"


@dataclass(frozen=True, eq=False)
class Asked:
    """One budget whose period ``[start, end)`` is not over: *cost* has its days ``[first, data_end)``."""

    budget: Budget
    cost: DailyCost
    first: date
    data_end: date
    start: date
    end: date
    actual: Decimal


def forecast_ends(
    asked: Sequence[Asked], planned: Sequence[PlannedEvent], catalog: Catalog, holidays: Sequence[str]
) -> dict[str, Outlook]:
    """
    Budget → how its period ends: what is billed of it, and the quantiles of the sum of the days left.

    Those with too little history are missing.
    """
    groups: dict[tuple[str, date, date], list[Asked]] = {}
    for one in asked:
        if (one.data_end - one.first).days >= FEWEST and one.data_end < one.end:
            groups.setdefault((one.budget.currency, one.data_end, one.end), []).append(one)
    found: dict[str, Outlook] = {}
    for group in groups.values():
        found |= _forecast_group(group, planned, catalog, holidays)
    return found


def _forecast_group(
    group: Sequence[Asked], planned: Sequence[PlannedEvent], catalog: Catalog, holidays: Sequence[str]
) -> dict[str, Outlook]:
    end = group[0].data_end
    first = min(one.first for one in group)
    days = [first + timedelta(days=i) for i in range((end - first).days)]
    values = np.array([[float(one.cost.on(day)) for day in days] for one in group])
    keys = tuple({_BUDGET: one.budget.id} for one in group)
    panel = Panel(keys, group[0].budget.currency, first, values, (end,) * len(group))
    until = group[0].end
    events = [e for one in group for e in _events(one.budget, planned, catalog)]
    made = forecast(panel, (until - end).days, planned=events, calendar=_calendar(holidays, first, until))
    return {
        one.budget.id: Outlook(*(_ended(one.actual, float(rest)) for rest in made.totals[:, i]))
        for i, one in enumerate(group)
    }


def _ended(actual: Decimal, rest: float) -> Decimal:
    return EXACT.add(actual, Decimal(repr(rest))).quantize(PLACES, context=EXACT)


def _events(budget: Budget, planned: Sequence[PlannedEvent], catalog: Catalog) -> list[PlannedEvent]:
    """What is planned for the budget's owner; of a part of it only amounts, which add to the whole too."""
    if budget.team_id is None and budget.service_id is None and budget.where:
        return []  # nobody knows what of a filter is planned
    mine: dict[str, str | None] = {_BUDGET: budget.id}
    found = []
    for event in planned:
        service, team = event.scope.get("x_ServiceId"), event.scope.get("x_TeamId")
        known = catalog.services.get(service or "")
        owner = known.team_id if known is not None else team
        if budget.service_id is not None:
            is_mine, is_whole = service == budget.service_id, set(event.scope) == {"x_ServiceId"}
        elif budget.team_id is not None:
            is_mine, is_whole = owner == budget.team_id, set(event.scope) == {"x_TeamId"}
        else:
            is_mine, is_whole = True, not event.scope
        if is_mine and (is_whole or event.kind == "amount"):
            found.append(PlannedEvent(mine, event.start, event.end, event.kind, event.value, event.title))
    return found


def _calendar(holidays: Sequence[str], first: date, last: date) -> Calendar:
    days = [make_calendar(country, first, last).holidays for country in holidays]
    return Calendar(frozenset[date]().union(*days))
