"""Budgets: what may be spent, how it stands, and how fast it burns."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy.exc import IntegrityError

from warikan.catalog.budgets import MONTHS
from warikan.catalog.entities import Catalog
from warikan.catalog.settings import Settings
from warikan.engine.engine import Engine
from warikan.focus.errors import NotFound
from warikan.focus.money import EXACT
from warikan.insights.planned import PlannedEvent
from warikan.operate.anomalies.planned import list_planned
from warikan.operate.budgets.budget import (
    Budget,
    BudgetHistory,
    BudgetNode,
    BudgetStatus,
    Burn,
    Judged,
    PastPeriod,
)
from warikan.operate.budgets.burns import read_burn, read_burns, write_burns
from warikan.operate.budgets.course import CourseDay, load_course
from warikan.operate.budgets.periods import period_of, previous_period
from warikan.operate.budgets.standing import Standing
from warikan.operate.notify.notifier import Notifier
from warikan.state.database import Database

PERIODS = 13
ZERO = Decimal(0)


class Budgets:
    """
    The budgets of ``warikan.yaml`` beside the bill. Safe to share between threads and processes.

    Everything but ``judge`` only reads. Actual cost is exact; what a budget pays for is what its owner bears,
    shared cost included.
    """

    def __init__(
        self,
        state: Database,
        engine: Engine,
        catalog: Catalog,
        settings: Settings,
        clock: Callable[[], datetime],
        *,
        notify: Notifier,
    ) -> None:
        self._state = state
        self._settings = settings
        self._clock = clock
        self._notify = notify
        self._standing = Standing(engine, catalog, settings, clock)

    def list(self, *, team: str | None = None) -> tuple[BudgetStatus, ...]:
        """
        How each one stands, in the order of the settings; only those of *team* where one is given.

        Raises:
            UsageError: one of them is of a service or team that the catalogue does not have.
        """
        names = tuple(self._settings.budgets)
        return self._statuses(
            names if team is None else tuple(n for n in names if self._standing.team_of(n) == team)
        )

    def status(self, budget_id: str) -> BudgetStatus:
        """
        How one stands.

        Raises:
            NotFound: there is no such budget.
        """
        return self._statuses((self._known(budget_id),))[0]

    def get(self, budget_id: str) -> Budget:
        """
        One budget, without how it stands.

        Raises:
            NotFound: there is no such budget.
        """
        return self._standing.budget(self._known(budget_id), self._standing.bill())

    def course(self, status: BudgetStatus) -> tuple[CourseDay, ...]:
        """The period of *status* added up day by day: spent, planned, and how it may end."""
        return load_course(self._standing, status)

    def tree(self) -> tuple[BudgetNode, ...]:
        """
        Those that are part of no other, each with its parts.

        A node says when its parts may spend more than it has.
        """
        statuses = {status.budget.id: status for status in self.list()}
        return tuple(self._node(s, statuses) for s in statuses.values() if s.budget.parent is None)

    def judge(self) -> Judged:
        """
        Look at each budget, and tell people which began to burn, changed, or are on plan again.

        One burn has one message; judging again without new data changes and tells nothing.
        """
        statuses = self.list()
        try:
            with self._state.begin() as connection:
                return write_burns(connection, statuses, self._notify, now=self._clock())
        except IntegrityError:  # somebody judged at the same time, and started the same burn
            with self._state.begin() as connection:
                return write_burns(connection, statuses, self._notify, now=self._clock())

    def burns(self, *, only_open: bool = True) -> tuple[Burn, ...]:
        """Burns of all budgets, newest first."""
        with self._state.read() as connection:
            return read_burns(connection, only_open=only_open)

    def get_burn(self, burn_id: str) -> Burn:
        """
        ``BURN-3``.

        Raises:
            NotFound: there is none.
        """
        with self._state.read() as connection:
            return read_burn(connection, burn_id)

    def history(self, budget_id: str) -> BudgetHistory:
        """
        Its last periods that have bills, and all its burns, newest first.

        Raises:
            NotFound: there is no such budget.
        """
        budget = self.get(budget_id)
        span = timedelta(days=31 * MONTHS[budget.period] * PERIODS)
        read = self._standing.read(budget_id, self._standing.bill(), history=span)
        periods: builtins.list[PastPeriod] = []
        start, end = read.start, read.end
        while len(periods) < PERIODS and end > max(read.first, budget.start or read.first):
            until = min(end, read.data_end)
            amount = self._standing.amount(budget_id, start)
            actual = read.cost.total(start, until)
            periods.append(PastPeriod(start, end, amount, actual, is_complete=read.data_end >= end))
            start, end = previous_period(start, budget.period)
        with self._state.read() as connection:
            burns = read_burns(connection, budget_id=budget_id)
        return BudgetHistory(budget, tuple(periods), burns)

    def _statuses(self, only: tuple[str, ...]) -> tuple[BudgetStatus, ...]:
        with self._state.read() as connection:
            planned: builtins.list[PlannedEvent] = [
                p.event for p in list_planned(connection, self._settings.anomalies)
            ]
            burns = {(b.budget_id, b.period_start): b for b in read_burns(connection, only_open=True)}
        return self._standing.statuses(planned, burns, only)

    def _known(self, budget_id: str) -> str:
        if budget_id not in self._settings.budgets:
            known = ", ".join(self._settings.budgets) or "none"
            raise NotFound(f"there is no budget {budget_id[:64]!r}; warikan.yaml has: {known}")
        return budget_id

    def _node(self, status: BudgetStatus, statuses: dict[str, BudgetStatus]) -> BudgetNode:
        children = [s for s in statuses.values() if s.budget.parent == status.budget.id]
        promised = ZERO
        for child in children:
            promised = EXACT.add(promised, self._within(child.budget, status.start, status.end))
        over = max(EXACT.subtract(promised, status.amount), ZERO)
        return BudgetNode(status, tuple(self._node(c, statuses) for c in children), promised, over)

    def _within(self, budget: Budget, start: date, end: date) -> Decimal:
        """What *budget* may spend in ``[start, end)``: its periods that begin there."""
        total, day = ZERO, start
        while day < end:
            first, after = period_of(day, budget.period, self._settings.fiscal_year_start)
            is_held = (budget.start is None or after > budget.start) and (
                budget.end is None or first < budget.end
            )
            if is_held:
                total = EXACT.add(total, self._standing.amount(budget.id, first))
            day = after
        return total
