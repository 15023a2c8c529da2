"""How every budget stands: the exact bill beside its plan, window by window."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from warikan.catalog.budgets import BudgetSettings
from warikan.catalog.entities import Catalog
from warikan.catalog.known import require_known
from warikan.catalog.settings import Settings
from warikan.engine.engine import Engine
from warikan.focus.errors import UsageError
from warikan.focus.money import EXACT
from warikan.insights.planned import PlannedEvent
from warikan.operate.budgets.budget import Budget, BudgetStatus, Burn, Outlook
from warikan.operate.budgets.burning import (
    LONG,
    MIDDLE,
    SHORT,
    burn_over,
    expected_shape,
    judge_level,
    planned_on,
)
from warikan.operate.budgets.outlook import Asked, forecast_ends
from warikan.operate.budgets.periods import amount_of, held_from, held_until, period_of, previous_period
from warikan.operate.daily import DailyBill, DailyCost
from warikan.operate.scope import both

HISTORY = timedelta(days=400)
ZERO = Decimal(0)


@dataclass(frozen=True, eq=False)
class Read:
    """One budget's bill in the period ``[start, end)`` that is judged."""

    budget: Budget
    settings: BudgetSettings
    cost: DailyCost
    first: date
    data_end: date
    start: date
    end: date


class Standing:
    """Reads the lake for budgets."""

    def __init__(
        self, engine: Engine, catalog: Catalog, settings: Settings, clock: Callable[[], datetime]
    ) -> None:
        self._engine = engine
        self._catalog = catalog
        self._settings = settings
        self._clock = clock

    def team_of(self, budget_id: str) -> str | None:
        """Whose budget it is: its team, or that of its service."""
        told = self._settings.budgets[budget_id]
        service = self._catalog.services.get(told.service or "")
        return service.team_id if told.team is None and service is not None else told.team

    def budget(self, budget_id: str, bill: DailyBill) -> Budget:
        """
        The budget of the settings; its currency is that of the workspace where it names none.

        Raises:
            UsageError: its service or team is not in the catalogue, or nothing says its currency.
        """
        told = self._settings.budgets[budget_id]
        currency = told.currency or self._settings.currency or bill.currency
        if currency is None:
            raise UsageError(
                f"budgets.{budget_id} has no currency, and no bill says one", hint="set currency: USD"
            )
        require_known(self._catalog, service=told.service, team=told.team, where=f"budgets.{budget_id}")
        scope = {c: v for c, v in (("x_TeamId", told.team), ("x_ServiceId", told.service)) if v is not None}
        return Budget(
            id=budget_id,
            title=told.title or budget_id,
            team_id=self.team_of(budget_id),
            service_id=told.service,
            where=both(scope, told.where),
            currency=currency,
            metric=told.metric,
            period=told.period,
            parent=told.parent,
            start=held_from(told),
            end=held_until(told),
        )

    def bill(self) -> DailyBill:
        """The bill as it is now."""
        return DailyBill(self._engine, self._settings.anomalies, self._clock())

    def read(self, budget_id: str, bill: DailyBill, *, history: timedelta = HISTORY) -> Read:
        """The bill of a budget, up to its last complete day, and the period that this day lies in."""
        budget, today = self.budget(budget_id, bill), self._clock().date()
        data_end = bill.complete_until(budget.where, budget.currency) or today
        last = data_end - timedelta(days=1)
        if budget.start is not None:
            last = max(last, budget.start)
        if budget.end is not None:
            last = min(last, budget.end - timedelta(days=1))
        start, end = period_of(last, budget.period, self._settings.fiscal_year_start)
        first = max(bill.first_day or data_end, min(data_end - history, start))
        first = min(first, data_end)
        cost = bill.cost(budget.where, budget.currency, first, data_end, metric=budget.metric)
        return Read(budget, self._settings.budgets[budget_id], cost, first, data_end, start, end)

    def statuses(
        self, planned: Sequence[PlannedEvent], burns: Mapping[tuple[str, date], Burn], only: Sequence[str]
    ) -> tuple[BudgetStatus, ...]:
        """How the budgets *only* stand, in the order of the settings."""
        bill = self.bill()
        reads = [self.read(name, bill) for name in self._settings.budgets if name in only]
        asked = [
            Asked(r.budget, r.cost, r.first, r.data_end, r.start, r.end, r.cost.total(r.start, r.data_end))
            for r in reads
        ]
        ends = forecast_ends(asked, planned, self._catalog, self._settings.anomalies.holidays)
        return tuple(self._status(r, ends.get(r.budget.id), burns.get((r.budget.id, r.start))) for r in reads)

    def amount(self, budget_id: str, start: date) -> Decimal:
        """What a budget may spend in the period that begins on *start*."""
        return amount_of(self._settings.budgets[budget_id], start, self._settings.fiscal_year_start)

    def _status(self, read: Read, outlook: Outlook | None, burn: Burn | None) -> BudgetStatus:
        planned = self._planned(read)
        amount = self.amount(read.budget.id, read.start)
        until = min(read.data_end, read.end)
        actual = read.cost.total(read.start, until)
        windows = tuple(
            window
            for days in (SHORT, MIDDLE, LONG)
            if (window := burn_over(days, read.cost, planned, until)) is not None
        )
        level, reasons = judge_level(
            actual=actual, amount=amount, windows=windows, outlook=outlook, burn=read.settings.burn
        )
        spent_by_now = ZERO
        for day, part in planned.items():
            if read.start <= day < until:
                spent_by_now = EXACT.add(spent_by_now, part)
        length = (read.end - read.start).days
        return BudgetStatus(
            budget=read.budget,
            amount=amount,
            start=read.start,
            end=read.end,
            data_end=read.data_end,
            elapsed=max((until - read.start).days, 0) / length,
            actual=actual,
            planned=spent_by_now,
            left=EXACT.subtract(amount, actual),
            consumed=float(actual) / float(amount),
            outlook=outlook,
            windows=windows,
            level=level,
            reasons=reasons,
            burn=burn,
        )

    def _planned(self, read: Read) -> Mapping[date, Decimal]:
        """What each day of this period and of the one before may spend, from the first day that is known."""
        periods = [(read.start, read.end)]
        while periods[-1][0] > read.data_end - timedelta(days=LONG):
            periods.append(previous_period(periods[-1][0], read.budget.period))
        since = max(read.first, read.budget.start or read.first)
        found: dict[date, Decimal] = {}
        for start, end in periods:
            amount = self.amount(read.budget.id, start)
            for day, part in expected_shape(read.cost, read.first, start, end).items():
                if day >= since:
                    found[day] = planned_on(amount, part)
        return found
