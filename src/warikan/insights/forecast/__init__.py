"""Forecasts of daily cost and of month totals, with their accuracy measured on the same history."""

from warikan.insights.forecast.accuracy import Accuracy, AccuracyReport, measure_accuracy
from warikan.insights.forecast.calendar import Calendar, make_calendar
from warikan.insights.forecast.forecasting import forecast
from warikan.insights.forecast.result import Forecast, MonthForecast

__all__ = [
    "Accuracy",
    "AccuracyReport",
    "Calendar",
    "Forecast",
    "MonthForecast",
    "forecast",
    "make_calendar",
    "measure_accuracy",
]
