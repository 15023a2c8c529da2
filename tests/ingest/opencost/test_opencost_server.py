"""OpenCost asked over HTTP: a real server on the loopback address, busy, hostile or too talkative."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from opencost_world import Asked, answer, at, serve, small_world
from read_hours import Hours, hour, read_files, read_hours

from warikan.catalog.clusters import OpenCostUsage
from warikan.focus.errors import ConfigError, DataError, UnreadableFile
from warikan.ingest.sources.opencost.client import OpenCostClient
from warikan.ingest.sources.opencost.server import OpenCostServer
from warikan.ingest.sources.prometheus.client import Access, Limits, PrometheusError, TooManySamples

DAY = (date(2026, 10, 1), date(2026, 10, 2))


@pytest.fixture
def server() -> Iterator[Asked]:
    """The small world, served."""
    with serve(small_world()) as asked:
        yield asked


def read(server: Asked, **more: object) -> Hours:
    """The hours of the day, as ``warikan collect`` reads them."""
    usage = OpenCostUsage.model_validate({"type": "opencost_api", "url": server.url} | more)
    return read_hours(usage, since=DAY[0], until=DAY[1], environment={"TOKEN": "s3cret"})


def parts(server: Asked, folder: Path, **limits: int) -> list[tuple[int, int]]:
    """Start and length in hours of the parts of the first six hours; who must wait does not."""
    pauses: list[float] = []
    limit = Limits(**({"response_bytes": 1 << 20} | limits))
    with OpenCostClient(server.url, limits=limit, pause=pauses.append) as client:
        source = OpenCostServer(client, "prod", (), folder, datetime(2026, 11, 1, tzinfo=UTC))
        found = source.parts(at("2026-10-01T00:00"), at("2026-10-01T06:00"))
        return [(p.start.hour, (p.end - p.start) // timedelta(hours=1)) for p in found]


def test_the_same_as_its_files(server: Asked, tmp_path: Path) -> None:
    """What is asked is what an export of the same hours holds; hours without anything are zeros."""
    asked = read(server)
    start, end = at("2026-10-01T00:00"), at("2026-10-02T00:00")
    (tmp_path / "a.json").write_bytes(answer(small_world().allocations(start, end, timedelta(hours=1))))
    (tmp_path / "b.json").write_bytes(answer(small_world().assets(start, end)))

    files = read_files("opencost", tmp_path)

    assert {t: asked.rows[t] for t in asked.rows if t != "coverage"} == {
        t: files.rows[t] for t in files.rows if t != "coverage"
    }
    assert asked.coverage[:3] == files.coverage
    assert len(asked.coverage) == 24
    assert {row["NodeMinutes"] for row in asked.coverage[3:]} == {0}
    assert asked.days == {DAY[0]: "opencost_api"}


def test_what_is_asked(server: Asked) -> None:
    """By GET, hour by hour, without idle, with who we are; a day at once."""
    read(server, bearer_from="TOKEN", headers={"X-Scope-OrgID": "blue"})

    assert [path for path, _, _ in server.questions] == ["/allocation", "/assets"]
    _, parameters, headers = server.questions[0]
    assert parameters["window"] == "2026-10-01T00:00:00Z,2026-10-02T00:00:00Z"
    assert (parameters["step"], parameters["includeIdle"], parameters["accumulate"]) == (
        "1h",
        "false",
        "false",
    )
    assert "aggregate" not in parameters
    assert (headers["Authorization"], headers["X-Scope-OrgID"]) == ("Bearer s3cret", "blue")


def test_only_hours_that_are_over(server: Asked, tmp_path: Path) -> None:
    """An hour is asked for a quarter of an hour after its end, and days up to today."""
    with OpenCostClient(server.url) as client:
        source = OpenCostServer(client, "prod", (), tmp_path, at("2026-10-01T02:14"))
        found = list(source.parts(at("2026-10-01T00:00"), at("2026-10-02T00:00")))
        days = source.days(None, None)

    assert [(part.start, part.end) for part in found] == [(hour("2026-10-01T00"), hour("2026-10-01T01"))]
    assert (min(days), max(days), len(days)) == (date(2026, 9, 16), date(2026, 10, 1), 16)


def test_an_answer_that_is_too_large_is_asked_for_in_halves(server: Asked, tmp_path: Path) -> None:
    """Halves until it fits; an hour that is too large by itself is said."""
    assert parts(server, tmp_path, response_bytes=4000) == [(0, 1), (1, 1), (2, 1), (3, 1), (4, 1), (5, 1)]
    assert [w[11:13] + w[32:34] for w in server.windows("/allocation")][:4] == [
        "0006",
        "0003",
        "0001",
        "0102",
    ]
    with pytest.raises(TooManySamples, match="more than 1,000 bytes"):
        parts(server, tmp_path, response_bytes=1000)


def test_a_busy_server_is_asked_again(server: Asked, tmp_path: Path) -> None:
    """503 is repeated; what came is whole."""
    server.instead += [(503, b"computing", {}), (429, b"", {"Retry-After": "1"})]

    assert parts(server, tmp_path) == [(0, 6)]
    assert len(server.questions) == 4


@pytest.mark.parametrize(
    ("status", "body", "error", "words"),
    [
        (401, b"no s3cret", PrometheusError, r"/allocation answered 401: no …"),
        (404, b"", PrometheusError, "answered 404"),
        (302, b"", PrometheusError, "answered 302"),
        (200, b"<html>log in</html>", UnreadableFile, "is not JSON as OpenCost answers it"),
        (200, b'{"code": 500, "message": "no prometheus"}', DataError, "has code 500: no prometheus"),
        (200, b'{"status": "success"}', DataError, "neither code nor data"),
    ],
)
def test_a_server_that_is_none(
    server: Asked, status: int, body: bytes, error: type[Exception], words: str
) -> None:
    """Refusals, login pages and errors are told in words, without secrets; redirects are not followed."""
    server.instead.append((status, body, {"Location": "http://127.0.0.1:1/"} if status == 302 else {}))

    with pytest.raises(error, match=words) as caught:
        read(server, bearer_from="TOKEN")

    assert "s3cret" not in str(caught.value)
    assert len(server.questions) == 1


def test_the_address_below_which_allocation_lies(server: Asked) -> None:
    """Kubecost's is below /model; what to do is said."""
    server.instead.append((404, b"", {}))
    with pytest.raises(PrometheusError) as caught:
        read(server)

    assert caught.value.hint == "give the address below which /allocation lies (Kubecost: .../model)"
    assert len(read(server, url=f"{server.url}/model/").containers) == 6
    assert server.questions[-1][0] == "/model/assets"


def test_a_secret_that_is_not_there(server: Asked) -> None:
    """The variable is named, and nothing is asked."""
    with pytest.raises(ConfigError, match="MISSING is not set"):
        read(server, bearer_from="MISSING")

    assert server.questions == []


def test_silence(tmp_path: Path) -> None:
    """Nobody listens: said after all attempts."""
    with serve(small_world()) as asked:
        pass
    limits = Limits(attempts=2, timeout_seconds=5)
    with (
        OpenCostClient(asked.url, access=Access(), limits=limits, pause=lambda _: None) as client,
        pytest.raises(PrometheusError, match="did not answer"),
    ):
        list(OpenCostServer(client, "prod", (), tmp_path, at("2026-11-01T00:00")).parts(
            at("2026-10-01T00:00"), at("2026-10-01T01:00")))  # fmt: skip
