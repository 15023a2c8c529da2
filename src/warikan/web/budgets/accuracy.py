"""How good forecasts were on the past of the same cost, in words: no forecast is shown without it."""

import math
from dataclasses import dataclass
from decimal import Decimal

from warikan.operate.forecasts import Asked
from warikan.web.texts import N_
from warikan.web.visit import Visit

RIGHT = 0.8
"""Share of days that should lie within p10 and p90."""


@dataclass(frozen=True)
class Measure:
    """One measure, and what is good."""

    label: str
    value: str
    note: str


@dataclass(frozen=True)
class AccuracyView:
    """Measures of one currency; *measures* is empty where the past is too short."""

    currency: str
    measures: tuple[Measure, ...]
    windows: str | None


_LABELS = {
    "wape": (N_("Off on a usual day"), N_("WAPE: all errors of days, as a part of what was billed")),
    "month": (N_("Off on 30 days together"), N_("mean error of the total of each month tried")),
    "mase": (
        N_("Against “as last week”"),
        N_("MASE: below 1 is better than taking the same day of last week"),
    ),
    "coverage": (N_("Days within the band"), N_("80 % is right: more is too careful, less too sure")),
}


def load_accuracy(visit: Visit, where: str, currency: str | None, metric: str) -> tuple[AccuracyView, ...]:
    """
    How well the cost of *where* could have been forecast, by rolling origin, in each of its currencies.

    Raises:
        UsageError: the filter cannot be read any more.
    """
    asked = Asked(where=where or None, metric=metric, currency=currency)
    found = []
    for expected in visit.workspace.operations.forecasts.of(asked):
        report = expected.accuracy
        windows = None
        if report is not None:
            windows = visit.texts.ngettext(
                "Tried from %(num)d earlier day, each time without knowing what came.",
                "Tried from %(num)d earlier days, each time without knowing what came.",
                report.overall.windows,
            )
        one = report.overall if report else None
        values = () if one is None else _values(one.wape, one.month_error, one.mase, one.coverage, visit)
        found.append(AccuracyView(expected.currency, values, windows))
    return tuple(found)


def _values(wape: float, month: float, mase: float, coverage: float, visit: Visit) -> tuple[Measure, ...]:
    percent, number = visit.display.percent, visit.display.quantity
    told = {"wape": wape, "month": month, "mase": mase, "coverage": coverage}
    if all(math.isnan(value) for value in told.values()):
        return ()
    return tuple(
        Measure(
            visit.texts.gettext(_LABELS[name][0]),
            "–" if math.isnan(value) else number(Decimal(repr(value))) if name == "mase" else percent(value),
            visit.texts.gettext(_LABELS[name][1]),
        )
        for name, value in told.items()
    )
