"""A forecast as JSON: statistics, so numbers and not exact text, rounded to what they can tell."""

import math
from typing import Any

from warikan.api.answers import Document, to_document
from warikan.insights.forecast import Accuracy
from warikan.operate.forecasts import Expected

PLACES = 6


def forecast_document(expected: Expected) -> Document:
    """
    One currency: ``series`` with ``days`` and ``months`` (p10, p50, p90), and ``accuracy`` by rolling origin.

    A number that could not be measured is null.
    """
    made, report = expected.forecast, expected.accuracy
    series = [
        {
            "key": dict(key),
            "days": [
                {"day": day.isoformat(), "p10": _of(low), "p50": _of(middle), "p90": _of(high)}
                for day, low, middle, high in zip(
                    made.days, made.p10[i], made.p50[i], made.p90[i], strict=True
                )
            ],
            "months": [
                {
                    "month": f"{one.month:%Y-%m}",
                    "billed": _of(one.billed),
                    "p10": _of(one.p10),
                    "p50": _of(one.p50),
                    "p90": _of(one.p90),
                    "whole": one.is_whole,
                }
                for one in made.months
                if one.key == key
            ],
            "accuracy": None if report is None else accuracy_document(report.series[i]),
        }
        for i, key in enumerate(made.keys)
    ]
    return {
        "currency": expected.currency,
        "complete": expected.complete.isoformat(),
        "models": list(made.models),
        "planned": to_document(expected.planned),
        "accuracy": None if report is None else accuracy_document(report.overall),
        "seasonal_naive": None if report is None else accuracy_document(report.naive),
        "series": series,
    }


def accuracy_document(accuracy: Accuracy) -> dict[str, Any]:
    """How far off forecasts were: ratios; null where there was nothing to measure."""
    return {
        "wape": _of(accuracy.wape),
        "mase": _of(accuracy.mase),
        "month_error": _of(accuracy.month_error),
        "coverage": _of(accuracy.coverage),
        "month_coverage": _of(accuracy.month_coverage),
        "windows": accuracy.windows,
    }


def _of(number: float) -> float | None:
    return round(float(number), PLACES) if math.isfinite(number) else None
