"""Queries over one window in one currency, and their rows by the sets that the window is cut into."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from warikan.allocate.allocation_sets import METRICS
from warikan.api.currency import require_currency
from warikan.api.kubecost.steps import Cut
from warikan.bootstrap import Workspace
from warikan.engine.query import CostAnswer, CurrencyAnswer, Freshness, Query
from warikan.focus.errors import UsageError
from warikan.focus.period import Period

MAX_CELLS = 100_000
"""Rows that are read for one answer."""
IN_CLUSTERS, OUTSIDE = "x_ClusterId IS NOT NULL", "x_ClusterId IS NULL"

Row = Mapping[str, Any]


class Asking:
    """Queries over one window, all answered in one currency."""

    def __init__(self, workspace: Workspace, cut: Cut, currency: str | None) -> None:
        self._workspace = workspace
        self.cut = cut
        self._wanted = currency
        self._others: set[str] = set()
        self.currency: str | None = currency
        self.freshness = Freshness(data=None)

    def rows(self, columns: Sequence[str], where: str) -> list[tuple[int, Row]]:
        """
        The rows of METRICS by *columns*, each with the number of its set.

        Raises:
            UsageError: nothing is allocated yet or billed in the currency, or there are too many.
        """
        answer = self._workspace.ask(
            Query(
                metrics=METRICS,
                by=tuple(dict.fromkeys(columns)),
                where=where,
                period=period_text(self.cut.window),
                granularity=self.cut.granularity,
            )
        )
        self.freshness = answer.freshness
        one = self._choose(answer)
        if one is None:
            return []
        if one.rows.num_rows > MAX_CELLS:
            raise UsageError(
                f"the answer would be of {one.rows.num_rows:,} rows, more than {MAX_CELLS:,}",
                hint="aggregate by less, a longer step, a shorter window, or a filter",
            )
        return list(self._placed(one))

    def notes(self) -> Iterator[str]:
        """What is not in the answer because of its currency and because of its age."""
        if self._others:
            others = ", ".join(sorted(self._others))
            yield f"answered in {self.currency}; there is also cost in {others}: ask with currency="
        data = self.freshness.data
        if data is not None and data.end < self.cut.window.end:
            yield f"bills reach to {moment_text(data.end)}; what is later is not there yet"
        if self.freshness.stale_months:
            months = ", ".join(f"{day:%Y-%m}" for day in self.freshness.stale_months)
            yield f"bills or rules of {months} have changed since: warikan allocate"

    def _choose(self, answer: CostAnswer) -> CurrencyAnswer | None:
        found = {one.currency: one for one in answer.answers}
        if self.currency is None:
            told = self._workspace.settings.currency
            self.currency = told if told in found else next(iter(found), None)
        self._others |= {currency for currency in found if currency != self.currency}
        if self.currency is not None and self.currency not in found:
            require_currency(self._workspace, self._wanted)
        return found.get(self.currency) if self.currency is not None else None

    def _placed(self, one: CurrencyAnswer) -> Iterator[tuple[int, Row]]:
        table = one.rows
        names = [name for name in table.column_names if name != "period_start"]
        columns = [table.column(name).to_pylist() for name in names]
        if "period_start" in table.column_names:
            places = [self.cut.place_of(start) for start in table.column("period_start").to_pylist()]
        else:
            places = [0] * table.num_rows
        for place, row in zip(places, zip(*columns, strict=True), strict=True):
            yield place, dict(zip(names, row, strict=True))


def seen_part(period: Period, data: Period | None) -> Period:
    """The part of *period* that there is data of; all of it where there is none."""
    if data is None or data.end <= period.start or data.start >= period.end:
        return period
    return Period(max(period.start, data.start), min(period.end, data.end))


def join_filters(where: str, more: str | None) -> str:
    """Both filters, as text."""
    return where if more is None else f"{where} AND ({more})"


def period_text(period: Period) -> str:
    """*period* as queries write it."""
    start, end = (moment.astimezone(UTC).isoformat() for moment in (period.start, period.end))
    return f"{start}..{end}"


def moment_text(moment: datetime) -> str:
    """RFC 3339 in UTC, as Kubecost writes it."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
