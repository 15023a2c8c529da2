"""A real server's whole history into the lake: from its first day on, once, and kept when it forgets."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import parse_qsl

import httpx
import pyarrow.parquet as pq
import pytest
from guarded_server import guarded
from metrics_world import HOUR, START, Series, Serve, busy_world, container_truth, exposition, owners
from server_settings import DAY, FIRST, amounts_in, take_server

from warikan.focus.errors import ConfigError
from warikan.ingest.sources.prometheus import history
from warikan.ingest.usage.coverage import coverage
from warikan.lake import Lake

LATER = timedelta(hours=5)
WORLD = busy_world()
TRUTH = {k: v for k, v in container_truth(WORLD).items() if k[0] < START + 4 * HOUR}
"""Of all hours that are over LATER, those before START among them."""


def every_series(shift: timedelta = timedelta()) -> list[Series]:
    """All that the exporters of the busy world show, *shift* later."""
    seconds = int(shift.total_seconds())
    return [
        replace(s, points=[(t + seconds, v) for t, v in s.points]) for s in [*WORLD.series(), *owners(WORLD)]
    ]


def test_a_server_is_read_from_its_first_day(serve: Serve, lake: Lake) -> None:
    """Without a first day the history is found: hours before midnight too, and nothing before them."""
    report = take_server(lake, serve(every_series()), LATER)

    assert report.error is None
    assert report.days[-1] == FIRST.date()
    assert report.days[0] >= FIRST.date() - DAY
    assert amounts_in(lake) == TRUTH
    assert report.container_hours == len(TRUTH)


def test_collecting_again_reads_nothing(serve_prometheus: Serve, lake: Lake) -> None:
    """Of days that are whole nothing is asked but whether they are there; what is in the lake stays."""
    url = serve_prometheus(every_series())
    take_server(lake, url, timedelta(days=9))
    before, commit = amounts_in(lake), lake.snapshot("kubernetes_coverage")
    asked: list[str] = []

    with guarded(url, lambda _, body: asked.append(body) or 0) as door:
        report = take_server(lake, door, timedelta(days=9))

    assert (report.error, report.days) == (None, ())
    assert amounts_in(lake) == before
    assert lake.snapshot("kubernetes_coverage") == commit
    assert all("count%28last_over_time" in body for body in asked)


def test_the_newest_day_grows(serve_prometheus: Serve, lake: Lake) -> None:
    """The hours that are over are taken in, only new ones are read; in the end it is as if read at once."""
    url = serve_prometheus(every_series())
    bodies: list[str] = []
    before = 0
    with guarded(url, lambda _, body: bodies.append(body) or 0) as door:
        for minutes, hours in ((130, 1), (135, 2), (134, 2), (200, 3), (255, 4)):
            report = take_server(lake, door, timedelta(minutes=minutes), start=FIRST.date())
            assert report.error is None
            (row,) = coverage(lake).to_pylist()
            assert row["Hours"] == hours
            asked = [dict(parse_qsl(body)) for body in bodies]
            starts = [int(one["start"]) for one in asked if "start" in one and "[1d]" not in one["query"]]
            assert (not starts) == (hours == before)
            assert all(start >= START + before * HOUR - 600 for start in starts)
            before = hours
            bodies.clear()
    assert amounts_in(lake) == {k: v for k, v in TRUTH.items() if k[0] >= START}


def test_what_the_server_forgets_stays(serve_prometheus: Serve, lake: Lake) -> None:
    """A server that lost its history, or some of it, takes nothing out of the lake, also with *again*."""
    whole = serve_prometheus(every_series())
    take_server(lake, whole, timedelta(days=9))
    before = amounts_in(lake)
    later = timedelta(days=20)

    url = serve_prometheus(every_series(later))
    report = take_server(lake, url, later + LATER)
    take_server(lake, url, later + LATER, again=True)

    assert report.error is None
    after = amounts_in(lake)
    assert {k: v for k, v in after.items() if k in before} == before
    assert len(after) > len(before)


def test_history_with_a_long_hole(serve_prometheus: Serve, lake: Lake) -> None:
    """What lies behind weeks without anything is found; the hole is told, not filled."""
    shift = timedelta(days=100)
    url = serve_prometheus([*every_series(), *every_series(shift)])

    report = take_server(lake, url, shift + LATER)

    days = sorted(report.days)
    assert FIRST.date() in days
    assert FIRST.date() + shift in days
    assert len(days) <= 4
    assert any("nothing there of" in sentence for sentence in report.notes)


def test_late_samples_are_fetched(tmp_path: Path, lake: Lake, victoria_metrics: Serve) -> None:
    """A day with a gap is read again for two days: an agent may send what it held back."""
    series = every_series()
    gap = range(START + HOUR, START + 2 * HOUR)
    early = [replace(s, points=[p for p in s.points if p[0] not in gap]) for s in series]
    url = victoria_metrics(early)
    first = take_server(lake, url, timedelta(days=2), start=FIRST.date())
    late = [replace(s, points=[p for p in s.points if p[0] in gap]) for s in series]
    lines = "\n".join(exposition([s for s in late if s.points])) + "\n"
    httpx.post(f"{url}/api/v1/import/prometheus", content=lines.encode(), timeout=60).raise_for_status()
    httpx.get(f"{url}/internal/force_flush").raise_for_status()

    second = take_server(lake, url, timedelta(days=2), start=FIRST.date())

    assert first.gaps[0].start == FIRST + timedelta(hours=1)
    assert (second.error, len(second.days)) == (None, 1)
    assert {k: v for k, v in amounts_in(lake).items() if k[0] < START + 4 * HOUR} == {
        k: v for k, v in TRUTH.items() if k[0] >= START
    }


def test_a_server_that_breaks_leaves_whole_days(serve_prometheus: Serve, lake: Lake) -> None:
    """Days read before it broke are kept; the next collection goes on after them."""
    shift = timedelta(days=3)
    url = serve_prometheus([*every_series(), *every_series(shift)])

    with guarded(url, refuse_from(START + 3 * 86_400)) as door:
        broken = take_server(lake, door, shift + LATER)
    kept = set(amounts_in(lake))
    whole = take_server(lake, url, shift + LATER)

    assert broken.error is not None
    assert "answered 403" in broken.error.message
    assert kept
    assert max(hour for hour, *_ in kept) < START + 3 * 86_400
    assert whole.error is None
    assert not set(whole.days) & {day for day in broken.days if day < FIRST.date()}
    assert len(amounts_in(lake)) > len(kept)


def refuse_from(moment: int) -> Callable[[object, str], int]:
    """A guard that refuses surveys of hours that end after *moment*, and lets all else pass."""

    def refuse(_: object, body: str) -> int:
        asked = dict(pair.split("=") for pair in body.split("&"))
        return 403 if int(asked.get("time", 0)) > moment + 7200 else 0

    return refuse


def test_series_under_other_names(serve_prometheus: Serve, lake: Lake) -> None:
    """Recording rules that keep the series under a name of their own are read by it: the same truth."""
    names = {
        "container_cpu_usage_seconds_total": "cluster:container_cpu_usage_seconds:total",
        "kube_node_info": "my_node_info",
    }
    renamed = [replace(s, name=names.get(s.name, s.name)) for s in every_series()]

    report = take_server(lake, serve_prometheus(renamed), LATER, names=names)

    assert report.error is None
    assert amounts_in(lake) == TRUTH


@pytest.mark.parametrize(
    ("names", "said", "hint"),
    [
        (
            {"container_cpu_usage_seconds": "x"},
            "is no series that is read",
            "container_cpu_usage_seconds_total",
        ),
        ({"kube_node_info": 'x{a="b"}'}, "is no name of a series", "letters, digits"),
    ],
)
def test_names_that_are_none(names: dict[str, str], said: str, hint: str, lake: Lake) -> None:
    """A name that is not read, or that PromQL would take for more than a name, is a mistake."""
    report = take_server(lake, "http://127.0.0.1:9", LATER, names=names)

    assert isinstance(report.error, ConfigError)
    assert said in report.error.message
    assert "clusters.c1.usage" in report.error.message
    assert hint in str(report.error.hint)


def test_labels_that_no_series_has(serve_prometheus: Serve, lake: Lake) -> None:
    """Nothing is kept as if it had been seen; the labels are named."""
    url = serve_prometheus(every_series())

    report = take_server(lake, url, LATER, labels={"cluster": "prod"}, start=date(2025, 6, 1))

    assert report.error is not None
    assert 'has no nodes of kube-state-metrics with cluster="prod" from 2025-06-01 on' in report.error.message
    assert coverage(lake).num_rows == 0


def test_windows_of_the_search_do_not_matter(
    serve_prometheus: Serve, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked two days at a time, the same days are found."""
    url = serve_prometheus(every_series())
    whole = take_server(lake, url, timedelta(days=9))
    monkeypatch.setattr(history, "_WINDOW", 2)

    cut = take_server(lake, url, timedelta(days=9), again=True)

    assert cut.days == whole.days


def test_into_a_folder(serve_prometheus: Serve, tmp_path: Path) -> None:
    """Files for a machine that cannot be reached: no lake is made, nothing temporary stays."""
    url = serve_prometheus(every_series())
    take_server(None, url, timedelta(hours=3), out=tmp_path / "out")

    report = take_server(None, url, LATER, out=tmp_path / "out")

    assert (report.error, report.days[-1]) == (None, FIRST.date())
    days = {p.name.partition(".")[0] for p in (tmp_path / "out" / "c1").iterdir()}
    assert days == {str(FIRST.date() - DAY), str(FIRST.date())}
    last = pq.read_table(tmp_path / "out" / "c1" / f"{FIRST.date()}.containers.parquet")
    assert last.num_rows == len([key for key in TRUTH if key[0] >= START])
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["c1"]
