"""The picture of a table."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from warikan.engine.query import Freshness, SourceFreshness
from warikan.focus.period import Granularity, Period
from warikan.web.chart import Series, draw, incomplete_from, list_buckets, pick_granularity
from warikan.web.display import Display
from warikan.web.texts import load_texts

DISPLAY = Display(load_texts("en"))


def day(number: int, month: int = 11) -> datetime:
    """A day of 2026."""
    return datetime(2026, month, number, tzinfo=UTC)


def freshness(**ends: datetime) -> Freshness:
    """Sources and where they end."""
    newest = max(ends.values())
    return Freshness(
        data=Period(day(1, 9), newest),
        sources=tuple(SourceFreshness(name, end, end) for name, end in sorted(ends.items())),
        late=tuple(name for name, end in sorted(ends.items()) if newest - end >= timedelta(days=1)),
    )


@pytest.mark.parametrize(
    ("days", "granularity"), [(1, "hour"), (7, "day"), (90, "day"), (120, "week"), (400, "month")]
)
def test_bars_suit_the_period(days: int, granularity: Granularity) -> None:
    """Neither three bars nor three hundred."""
    assert granularity == pick_granularity(Period(day(1) - timedelta(days=days), day(1)))


def test_buckets_cover_the_period() -> None:
    """Every moment of the period is in a bar; weeks begin on Monday."""
    period = Period(day(4), day(20))

    assert len(list_buckets(period, "day")) == 16
    assert [day(2), day(9), day(16)] == list_buckets(period, "week")
    assert [day(1)] == list_buckets(period, "month")


def test_what_is_still_arriving() -> None:
    """From the end of the source that is late; a source that ended long ago is not late."""
    assert day(18) == incomplete_from(freshness(aws=day(20), azure=day(18), old=day(1, 10)))
    assert incomplete_from(freshness(aws=day(20), gcp=day(20))) is None
    assert incomplete_from(Freshness(None)) is None


def test_drawing() -> None:
    """Series, hatched bars and a summary in words; the total of each bar is exact before it is drawn."""
    buckets = [day(18), day(19)]
    series = (
        Series("shop", "Shop", 0, is_other=False, amounts=(Decimal("0.1"), Decimal(3))),
        Series("~other", "Other", None, is_other=True, amounts=(Decimal("0.2"), Decimal(0))),
    )
    chart = draw(series, buckets, "day", "USD", day(19), DISPLAY)
    data = json.loads(chart.data)

    assert data["hatched"] == [1]
    assert data["totals"] == [0.3, 3.0]
    assert "Highest: $3.00 on Thu 19 Nov 2026" in chart.summary
