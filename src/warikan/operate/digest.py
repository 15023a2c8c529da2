"""What a team's digest says, asked of every other part of `operate`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from warikan.engine.query import CurrencyAnswer, Query
from warikan.focus.money import EXACT, Money
from warikan.operate.anomalies.notices import notice_of
from warikan.operate.budgets.budget import BudgetStatus
from warikan.operate.forecasts import Asked as AskedForecast
from warikan.operate.incidents.incident import LIVE, Asked, Incident
from warikan.operate.incidents.notices import title_text
from warikan.operate.notify.digest.content import (
    BudgetLine,
    Cadence,
    DigestContent,
    DueAction,
    Likelihood,
    MonthForecast,
    Mover,
    OpenMatter,
    Spent,
    Verified,
)
from warikan.operate.operations import Operations
from warikan.operate.scope import where_of

MOST_MOVERS = 5
CHART_DAYS = 14
DAYS_OF: dict[Cadence, int] = {"daily": 1, "weekly": 7}
SOON = timedelta(days=7)
"""Actions that are due within it are said."""
_METRIC = "EffectiveCost"
_HOURS = Decimal(24)


def digest_content(operations: Operations, team: str, cadence: Cadence, day: date) -> DigestContent | None:
    """
    What *team* is told on *day*: of the last complete day, or the last seven.

    Cost is what the team bears (shares included), anomalies are of what it causes. None while there are no
    bills, or no such team.
    """
    known = operations.catalog.teams.get(team)
    now = operations.clock()
    freshness = operations.engine.freshness(now=now)
    if known is None or freshness.data is None:
        return None
    end = min(operations.forecasts.complete(freshness), day)
    start = end - timedelta(days=DAYS_OF[cadence])
    where = where_of({"x_TeamId": team})
    return DigestContent(
        team_id=team,
        team_title=known.title or known.id,
        cadence=cadence,
        start=start,
        end=end,
        data_until=end - timedelta(days=1),
        spent=tuple(_spent(operations, where, start, end, now)),
        movers=tuple(_movers(operations, where, start, end, now)),
        open_matters=tuple(_open_matters(operations, team)),
        budgets=tuple(_budget(one) for one in operations.budgets.list(team=team)),
        actions=tuple(_actions(operations, team, day)),
        verified=tuple(_verified(operations, team, start)),
        forecasts=tuple(_forecasts(operations, where, end)),
        path=f"/teams/{team}",
    )


def _spent(operations: Operations, where: str, start: date, end: date, now: datetime) -> Iterator[Spent]:
    engine = operations.engine
    whole = engine.run(Query(where=where, period=f"{start}..{end}", compare="previous"), now=now)
    first = end - timedelta(days=CHART_DAYS)
    by_day = engine.run(Query(where=where, period=f"{first}..{end}", granularity="day"), now=now)
    days = {one.currency: one for one in by_day.answers}
    for one in whole.answers:
        change = one.changes[_METRIC]
        yield Spent(
            cost=Money(change.current, one.currency),
            previous=Money(change.previous, one.currency),
            days=_days(days.get(one.currency), first, end),
        )


def _days(answer: CurrencyAnswer | None, first: date, end: date) -> tuple[Money, ...]:
    """The cost of each day, 0 on days without charges."""
    if answer is None:
        return ()
    rows = {row["period_start"].astimezone(UTC).date(): row[_METRIC] for row in answer.rows.to_pylist()}
    days = [first + timedelta(days=i) for i in range((end - first).days)]
    return tuple(Money(rows.get(day, Decimal(0)), answer.currency) for day in days)


def _movers(operations: Operations, where: str, start: date, end: date, now: datetime) -> Iterator[Mover]:
    asked = Query(
        by=("x_ServiceId",), where=where, period=f"{start}..{end}", compare="previous", order="change"
    )
    services = operations.catalog.services
    for answer in operations.engine.run(asked, now=now).answers:
        for row in answer.rows.slice(0, MOST_MOVERS).to_pylist():
            if row[f"delta_{_METRIC}"] == 0:
                continue
            service = services.get(row["x_ServiceId"] or "")
            yield Mover(
                name=(service.title or service.id) if service else row["x_ServiceId"] or "–",
                cost=Money(row[_METRIC], answer.currency),
                change=Money(row[f"delta_{_METRIC}"], answer.currency),
                path="/",
            )


def _open_matters(operations: Operations, team: str) -> Iterator[OpenMatter]:
    incidents = operations.incidents.list(Asked(states=LIVE, team=team))
    for one in incidents:
        yield _of_incident(one)
    told = {one.origin for one in incidents}
    for anomaly in operations.anomalies.list(team=team):
        if f"anomaly/{anomaly.id}" in told:
            continue
        per_day = EXACT.multiply(anomaly.rate_per_hour, _HOURS)
        yield OpenMatter(
            id=anomaly.id,
            title=notice_of(anomaly, operations.catalog).title,
            since=anomaly.onset,
            excess=Money(anomaly.excess.point, anomaly.currency),
            per_day=Money(per_day, anomaly.currency) if per_day else None,
            is_acknowledged=anomaly.verdict == "real",
            path=f"/anomalies/{anomaly.id}",
        )


def _of_incident(one: Incident) -> OpenMatter:
    accrued = one.figure.accrued if one.figure else Decimal(0)
    rate = EXACT.multiply(one.figure.rate_per_hour, _HOURS) if one.figure else Decimal(0)
    return OpenMatter(
        id=one.id,
        title=title_text(one),
        since=one.clock.onset.astimezone(UTC).date(),
        excess=Money(accrued, one.currency),
        per_day=Money(rate, one.currency) if rate else None,
        is_acknowledged=one.state != "open",
        path=f"/incidents/{one.id}",
    )


def _budget(status: BudgetStatus) -> BudgetLine:
    likelihood: Likelihood = "within"
    if status.level == "exhausted":
        likelihood = "over"
    elif status.level != "ok":
        likelihood = "at risk"
    budget = status.budget
    return BudgetLine(
        name=budget.title or budget.id,
        amount=Money(status.amount, budget.currency),
        actual=Money(status.actual, budget.currency),
        forecast=Money(status.outlook.p50, budget.currency) if status.outlook else None,
        status=likelihood,
        path=f"/budgets/{budget.id}",
    )


def _actions(operations: Operations, team: str, day: date) -> Iterator[DueAction]:
    for one in operations.incidents.list(Asked(states=LIVE, team=team)):
        for task in operations.incidents.detail(one.id).tasks:
            if task.due is not None and task.done_at is None and task.due <= day + SOON:
                path = f"/incidents/{one.id}"
                yield DueAction(task.title, task.due, task.due < day, task.owner, path)
    for due in operations.reviews.due_actions(team, day + SOON):
        action = due.action
        if action.due is not None:
            is_overdue = action.is_overdue(day)
            yield DueAction(
                action.text, action.due, is_overdue, action.owner or "", f"/reviews/{due.review_id}"
            )


def _verified(operations: Operations, team: str, start: date) -> Iterator[Verified]:
    for one in operations.incidents.list(Asked(states=("verified", "closed"), team=team)):
        moment = one.clock.verified
        if moment is None or one.figure is None or moment.astimezone(UTC).date() < start:
            continue
        avoided = None if one.clock.ended_by_itself else Money(one.figure.avoided, one.currency)
        yield Verified(title_text(one), avoided, f"/incidents/{one.id}")


def _forecasts(operations: Operations, where: str, end: date) -> Iterator[MonthForecast]:
    month = end.replace(day=1)
    for expected in operations.forecasts.of(AskedForecast(where=where)):
        for one in expected.forecast.months:
            if one.month == month and one.is_whole:
                low, middle, high = (
                    Money(Decimal(f"{number:.2f}"), expected.currency)
                    for number in (one.p10, one.p50, one.p90)
                )
                yield MonthForecast(month, low, middle, high)
