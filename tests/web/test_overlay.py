"""What lies over the bars of a chart."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from warikan.web.chart import Series, draw
from warikan.web.display import Display
from warikan.web.overlay import Band, ChangeMark, Moment, Overlay, place_of
from warikan.web.texts import load_texts

DISPLAY = Display(load_texts("en"))
BUCKETS = [datetime(2026, 11, 18, tzinfo=UTC), datetime(2026, 11, 19, tzinfo=UTC)]


def test_band_moments_and_marks_reach_the_element() -> None:
    """Gaps of the band stay gaps; marks are counted; nothing is added where nothing lies over the bars."""
    series = (Series("actual", "Actual", 0, is_other=False, amounts=(Decimal(1), Decimal(3))),)
    overlay = Overlay(
        band=Band((None, Decimal("0.5")), (None, Decimal(1)), (None, Decimal("1.5"))),
        moments=(Moment(1, "onset", "Onset"),),
        off=frozenset({1}),
        changes=(ChangeMark(0, 2, "2 changes", "/changes", date(2026, 11, 18), date(2026, 11, 18)),),
    )
    chart = draw(series, BUCKETS, "day", "USD", None, DISPLAY, overlay=overlay)
    data = json.loads(chart.data)

    assert data["band"]["middle"] == [None, 1.0]
    assert (data["off"], data["changes"][0]["count"], chart.changes) == ([1], 2, overlay.changes)
    plain = json.loads(draw(series, BUCKETS, "day", "USD", None, DISPLAY).data)
    assert not {"band", "moments", "off", "changes"} & plain.keys()


def test_where_a_moment_stands() -> None:
    """On the bar that it lies in; nowhere where it lies before the first."""
    assert place_of(date(2026, 11, 19), BUCKETS) == 1
    assert place_of(BUCKETS[0] + timedelta(hours=23), BUCKETS) == 0
    assert place_of(date(2026, 11, 17), BUCKETS) is None


def test_how_long() -> None:
    """In the two largest units, in the visitor's language; what has not begun is no time."""
    japanese = Display(load_texts("ja"))

    assert DISPLAY.span(timedelta(days=2, hours=5, minutes=3)) == "2 days 5 hours"
    assert DISPLAY.span(timedelta(minutes=61)) == "1 hour 1 minute"
    assert DISPLAY.span(timedelta(seconds=-5)) == "0 minutes"
    assert japanese.span(timedelta(days=1)) == "1 日"
