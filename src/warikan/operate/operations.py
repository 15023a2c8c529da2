"""Everything that people and jobs do about cost, over one workspace's engine, catalogue and state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from warikan.catalog.entities import Catalog
from warikan.catalog.settings import Settings
from warikan.engine.engine import Engine
from warikan.state.database import Database

if TYPE_CHECKING:
    # Types only: a command imports the one part that it needs.
    from warikan.operate.anomalies.anomalies import Anomalies
    from warikan.operate.budgets.budgets import Budgets
    from warikan.operate.changes.changes import Changes
    from warikan.operate.currencies import Currencies
    from warikan.operate.forecasts import Forecasts
    from warikan.operate.incidents.incidents import Incidents
    from warikan.operate.jobs.jobs import Jobs
    from warikan.operate.notify.notifier import Notifier
    from warikan.operate.reviews.reviews import Reviews


@dataclass
class Operations:
    """
    The parts of `operate`, each made when it is first asked for.

    Safe to share between the threads of one server, and with other processes on the same state.
    """

    folder: Path
    settings: Settings
    catalog: Catalog
    engine: Engine
    state: Database
    clock: Callable[[], datetime]

    @cached_property
    def changes(self) -> Changes:
        """The ledger of what happened to services."""
        from warikan.operate.changes.changes import Changes

        return Changes(self.state, self.catalog, self.settings, self.clock, root=self.folder)

    @cached_property
    def anomalies(self) -> Anomalies:
        """What costs more, or less, than expected."""
        from warikan.operate.anomalies.anomalies import Anomalies

        return Anomalies(self.state, self.engine, self.catalog, self.settings, self.clock, notify=self.notify)

    @cached_property
    def currencies(self) -> Currencies:
        """What one currency was in another, month by month."""
        from warikan.operate.currencies import Currencies

        return Currencies(self.state, self.engine, self.settings.currencies, self.clock, root=self.folder)

    @cached_property
    def forecasts(self) -> Forecasts:
        """What cost is expected to be."""
        from warikan.operate.forecasts import Forecasts

        return Forecasts(self.state, self.engine, self.settings.anomalies, self.clock)

    @cached_property
    def budgets(self) -> Budgets:
        """What may be spent, and how fast it burns."""
        from warikan.operate.budgets.budgets import Budgets

        return Budgets(self.state, self.engine, self.catalog, self.settings, self.clock, notify=self.notify)

    @cached_property
    def incidents(self) -> Incidents:
        """Unexpected rises that people deal with, from declared to closed."""
        from warikan.operate.incidents.incidents import Incidents

        return Incidents(
            self.state,
            self.engine,
            self.catalog,
            self.settings,
            self.clock,
            changes=self.changes,
            anomalies=self.anomalies,
            budgets=self.budgets,
            notify=self.notify,
        )

    @cached_property
    def reviews(self) -> Reviews:
        """What was learned from incidents."""
        from warikan.operate.reviews.reviews import Reviews

        return Reviews(
            self.state,
            self.catalog,
            self.settings,
            self.clock,
            incidents=self.incidents,
            notify=self.notify,
        )

    @cached_property
    def notify(self) -> Notifier:
        """Who is told, through which channel, exactly once."""
        from warikan.operate.notify.notifier import Notifier

        return Notifier(self.state, self.catalog, self.settings, self.clock)

    @cached_property
    def jobs(self) -> Jobs:
        """What runs by itself."""
        from warikan.operate.jobs.jobs import Jobs

        return Jobs(self)
