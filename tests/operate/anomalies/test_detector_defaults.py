"""What is measured (docs/incidents-method.md) is what users get who set nothing."""

from datetime import date

import numpy as np
import pyarrow as pa

from warikan.catalog.anomalies import AnomalySettings
from warikan.insights.anomaly import CostCube, Settings
from warikan.insights.panel import Panel
from warikan.operate.anomalies.judge import HISTORY_DAYS, detector_settings
from warikan.operate.anomalies.reading import Judged


def test_defaults_are_the_measured_ones() -> None:
    """Thresholds in money and share, sensitivity, and when a step is the level; only history is longer."""
    values = np.full((2, 30), 500.0)
    keys = tuple({"x_ServiceId": name} for name in ("cart", "search"))
    panel = Panel(keys, "USD", date(2026, 1, 1), values, (date(2026, 1, 31),) * 2)
    made = detector_settings(AnomalySettings(), Judged("USD", CostCube(panel), pa.table({})))
    measured = Settings()

    assert made.default.money(0) == measured.default.money(1000.0)
    assert (made.default.share, made.default.days) == (measured.default.share, measured.default.days)
    assert (made.sensitivity, made.absorb_after_days) == (measured.sensitivity, measured.absorb_after_days)
    assert made.history_days == HISTORY_DAYS > measured.history_days
