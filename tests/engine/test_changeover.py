"""Blue, then green: what both cost together, and what blue left behind."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from small_lake import NOW, lake_of, open_engine, slice_of

from hour_lake import Row, container_hour, fill_hours
from warikan.engine.changeover import Changeover, list_changeovers, list_lives
from warikan.engine.engine import Engine
from warikan.focus.period import Period

START = date(2026, 10, 1)
CLUSTERS = ("blue", "green")


def on(day: int, hour: int = 0) -> str:
    """The *hour* of the day that is *day* days after START."""
    return f"{START + timedelta(days=day)}T{hour:02}:00"


def moment(day: int) -> datetime:
    """Midnight."""
    return datetime(2026, 10, 1, tzinfo=UTC) + timedelta(days=day)


def runs(cluster: str, first: int, last: int, **values: Any) -> list[Row]:
    """A container at noon of each day, both included."""
    return [container_hour(on(day, 12), x_ClusterId=cluster, **values) for day in range(first, last + 1)]


def costs(cluster: str, first: int, last: int, cost: str, **values: Any) -> list[Row]:
    """A slice on each day, both included."""
    own = {"x_ClusterId": cluster, "x_ClusterAsset": "node", "x_ClusterCostClass": "infrastructure_idle"}
    return [slice_of(on(day), cost, **(own | values)) for day in range(first, last + 1)]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """
    Blue for 10 a day until day 24, green for 12 a day from day 20: five days with both.

    Blue keeps its nodes two days longer, with nothing but daemons, and a volume for ever.
    """
    folder = tmp_path_factory.mktemp("blue-green")
    volume = {"x_ClusterAsset": "volume", "x_ClusterCostClass": "unmounted"}
    volume |= {"ResourceId": "vol-1", "ServiceName": "EBS"}
    engine = open_engine(
        folder,
        [
            *costs("blue", 0, 26, "10", ResourceId="i-1", ServiceName="EC2"),
            *costs("green", 20, 39, "12"),
            *costs("blue", 0, 39, "0.5", **volume),
            slice_of(on(30), "1000"),
        ],
    )
    system = {"Namespace": "kube-system", "Workload": "coredns"}
    hours = [
        *runs("blue", 0, 24),
        *runs("blue", 0, 26, WorkloadKind="DaemonSet", Workload="agent"),
        *runs("blue", 0, 26, **system),
        *runs("green", 20, 39),
        *runs("green", 15, 19, **system),
        *runs("staging", 0, 39),
    ]
    fill_hours(lake_of(folder), "kubernetes_container_hours", hours)
    return engine


def only(engine: Engine) -> Changeover:
    """The one change-over."""
    (found,) = list_changeovers(engine, CLUSTERS, now=NOW)
    return found


def test_lives_of_tenants(engine: Engine) -> None:
    """Daemons and what Kubernetes itself runs are no tenants."""
    blue, green = list_lives(engine, CLUSTERS, now=NOW)

    assert (blue.cluster_id, green.cluster_id) == CLUSTERS
    assert blue.period.end == moment(24) + timedelta(hours=13)
    assert green.period.start == moment(20) + timedelta(hours=12)


def test_what_the_overlap_cost(engine: Engine) -> None:
    """Five days of both, less five days as the two weeks before."""
    found = only(engine)
    (cost,) = found.costs

    assert found.overlap == Period(moment(20), moment(25))
    assert found.before == Period(moment(6), moment(20))
    assert cost.old is not None
    assert cost.new is not None
    assert (cost.old.cost, cost.new.cost) == (Decimal("52.5"), 60)
    assert (cost.both, cost.expected, cost.extra) == (Decimal("112.5"), Decimal("52.5"), 60)


def test_what_was_left_behind(engine: Engine) -> None:
    """From the day after the last tenant: nodes for two days, the volume to this day."""
    found = only(engine)
    (cost,) = found.costs

    assert found.after == Period(moment(25), moment(40))
    assert [(x.service, x.resource_id, x.cost) for x in cost.left] == [
        ("EC2", "i-1", 20),
        ("EBS", "vol-1", Decimal("7.5")),
    ]
    assert (cost.left_cost, cost.left_daily) == (Decimal("27.5"), Decimal("0.5"))


def test_what_a_filter_would_not_find(engine: Engine) -> None:
    """Another currency has nothing to say; a cluster alone has no change-over."""
    (yen,) = list_changeovers(engine, CLUSTERS, currency="JPY", now=NOW)

    assert yen.costs == ()
    assert list_changeovers(engine, ("blue",), now=NOW) == ()
    assert list_changeovers(engine, ("nobody", "nothing"), now=NOW) == ()


def test_no_day_in_common(tmp_path: Path) -> None:
    """Switched over night: no overlap, and nothing to compare with."""
    engine = open_engine(tmp_path, [*costs("blue", 0, 5, "1"), *costs("green", 6, 9, "1")])
    fill_hours(lake_of(tmp_path), "kubernetes_container_hours", [*runs("blue", 0, 5), *runs("green", 6, 9)])
    found = only(engine)

    assert (found.overlap, found.before, found.after) == (None, None, Period(moment(6), moment(10)))
    assert found.costs == ()


def test_still_both(tmp_path: Path) -> None:
    """While the old one has tenants, nothing is left behind yet."""
    engine = open_engine(tmp_path, [*costs("blue", 0, 9, "1"), *costs("green", 5, 9, "1")])
    fill_hours(lake_of(tmp_path), "kubernetes_container_hours", [*runs("blue", 0, 9), *runs("green", 5, 9)])
    found = only(engine)

    assert found.overlap == Period(moment(5), moment(10))
    assert found.before == Period(moment(0), moment(5))
    assert found.after is None
    assert (found.costs[0].expected, found.costs[0].extra) == (5, 5)


def test_the_bill_knows_more_days_than_hours(tmp_path: Path) -> None:
    """What one alone cost is on the bill, whenever its hours begin."""
    engine = open_engine(tmp_path, [*costs("blue", 0, 22, "1"), *costs("green", 20, 29, "1")])
    fill_hours(
        lake_of(tmp_path), "kubernetes_container_hours", [*runs("blue", 19, 22), *runs("green", 20, 29)]
    )

    assert only(engine).before == Period(moment(6), moment(20))


def test_nothing_before(tmp_path: Path) -> None:
    """Where both begin together, no one knows what one alone would have cost."""
    engine = open_engine(tmp_path, [*costs("blue", 0, 2, "1"), *costs("green", 0, 9, "1")])
    fill_hours(lake_of(tmp_path), "kubernetes_container_hours", [*runs("blue", 0, 2), *runs("green", 0, 9)])
    (cost,) = only(engine).costs

    assert (cost.both, cost.expected, cost.extra) == (6, None, None)
