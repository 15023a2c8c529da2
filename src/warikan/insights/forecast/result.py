"""What a forecast is: a distribution for each day and for each month, never one number."""

from dataclasses import dataclass
from datetime import date, timedelta

from warikan.insights.panel import Key, Matrix


@dataclass(frozen=True)
class MonthForecast:
    """
    The whole of one calendar month of one series: what was billed of it plus what is expected (float).

    Attributes:
        month: Its first day.
        billed: Cost of its complete days before the forecast starts.
        p10, p50, p90: Of the month's total, *billed* included; from errors of totals, not of days.
        is_whole: The forecast reaches the month's last day and the panel its first.
    """

    key: Key
    month: date
    billed: float
    p10: float
    p50: float
    p90: float
    is_whole: bool


@dataclass(frozen=True, eq=False)
class Forecast:
    """
    Daily quantiles of each series of a panel, and the month totals they lead to.

    Attributes:
        start: The first forecast day: the first that is not complete in any series.
        p10, p50, p90: One row per series and one column per day; p10 <= p50 <= p90 everywhere.
        totals: p10, p50 and p90 (rows) of the sum over all forecast days of each series (columns).
        months: One per series and month touched, in the order of *keys*, then of months.
        models: The library models that were combined.
    """

    keys: tuple[Key, ...]
    currency: str
    start: date
    p10: Matrix
    p50: Matrix
    p90: Matrix
    totals: Matrix
    months: tuple[MonthForecast, ...]
    models: tuple[str, ...]

    @property
    def days(self) -> tuple[date, ...]:
        """The day of each column."""
        return tuple(self.start + timedelta(days=i) for i in range(self.p50.shape[1]))
