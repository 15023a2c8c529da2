"""Coincident changes are ranked by time, scope and size; none is left out because it is unlikely."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

from planted_costs import Company, day

from warikan.insights.anomaly import Change, Episode, coincident_window, detect, rank_changes


@cache
def episode() -> Episode:
    """A step of one SKU of the service search."""
    company = Company()
    company.multiply(company.place("search", "compute"), 100, 150, 1.5)
    (told,) = detect(company.cube())
    return told


def change(key: str, hours: float, service: str | None = "search", **more: object) -> Change:
    """A deploy so many hours after the day of the onset begins."""
    at = datetime.combine(day(100), datetime.min.time(), UTC) + timedelta(hours=hours)
    return Change(key, at, service, "deploy", **more)  # type: ignore[arg-type]


def keys(*changes: Change, depends_on: dict[str, list[str]] | None = None) -> list[str]:
    """The keys in the order of their ranks."""
    return [r.change.key for r in rank_changes(episode(), changes, depends_on=depends_on)]


def test_the_nearest_in_time_is_first() -> None:
    """What happened on the day of the onset comes before the day before, and that before two days."""
    assert keys(change("two days", -40), change("same day", 3), change("day before", -10)) == [
        "same day",
        "day before",
        "two days",
    ]


def test_what_is_too_early_or_later_is_not_coincident() -> None:
    """48 hours before the onset to the end of its day."""
    assert keys(change("early", -49), change("later", 25)) == []


def test_what_is_noticed_late_is_no_nearer_to_the_onset() -> None:
    """Seen five weeks later, changes count up to a week after the onset, the less the further from it."""
    late = replace(episode(), detected=day(135))
    told = [change("before", -10), change("same day", 3), change("after", 40), change("late", 34 * 24)]

    ranked = rank_changes(late, told)

    assert [r.change.key for r in ranked] == ["same day", "before", "after"]
    assert coincident_window(late) == coincident_window(replace(episode(), detected=day(107)))


def test_the_own_service_is_before_what_it_stands_on_and_that_before_others() -> None:
    """A platform counts less than the service itself, a stranger least."""
    depends = {"search": ["platform"]}
    order = keys(
        change("other", 2, "cart"), change("platform", 2, "platform"), change("own", 2), depends_on=depends
    )

    assert order == ["own", "platform", "other"]


def test_the_same_sku_is_before_another() -> None:
    """A change that names what moved stands before one that names nothing, and that before one beside it."""
    order = keys(
        change("beside", 2, scope={"SkuId": "search-storage"}),
        change("nothing", 2),
        change("named", 2, scope={"SkuId": "search-compute"}),
    )

    assert order == ["named", "nothing", "beside"]


def test_a_larger_change_is_before_a_smaller() -> None:
    """Size counts where it is told."""
    assert keys(change("small", 2, size=1), change("large", 2, size=100)) == ["large", "small"]


def test_each_part_of_the_score_lies_between_0_and_1() -> None:
    """The parts and the score are ratios, and the order does not depend on the order given."""
    changes = [change(str(i), -40 + i, size=i) for i in range(40)]
    ranked = rank_changes(episode(), changes)

    assert all(0 <= part <= 1 for r in ranked for part in (r.time, r.scope, r.size, r.score))
    assert ranked == rank_changes(episode(), changes[::-1])
