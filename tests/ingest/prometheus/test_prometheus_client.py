"""The client against a server that is slow, busy, hostile or not Prometheus at all."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from warikan.focus.errors import ConfigError
from warikan.ingest.sources.prometheus.client import (
    Access,
    Limits,
    PrometheusClient,
    PrometheusError,
    TooManySamples,
)

Answer = Callable[[httpx.Request], httpx.Response]


def client(answer: Answer, pauses: list[float], **more: object) -> PrometheusClient:
    """A client of a server that answers so; its pauses are written down instead of waited for."""
    return PrometheusClient(
        "https://metrics.example/prom/", transport=httpx.MockTransport(answer), pause=pauses.append, **more
    )


def test_a_busy_server_is_asked_again(tmp_path: Path) -> None:
    """429 and 503 are repeated, longer each time, at least as long as the server asks for."""
    answers = [
        httpx.Response(429, headers={"Retry-After": "7"}),
        httpx.Response(503),
        httpx.Response(200, text="{}"),
    ]
    pauses: list[float] = []

    with client(lambda _: answers.pop(0), pauses) as server:
        size = server.ask("api/v1/query", {"query": "up"}, tmp_path / "a")

    assert size == 2
    assert pauses == [7.0, 2.0]


def test_silence_is_repeated_and_then_told(tmp_path: Path) -> None:
    """A server that never answers is asked as often as allowed; the message names its address."""

    def silent(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("slow", request=request)

    pauses: list[float] = []
    with (
        client(silent, pauses, limits=Limits(attempts=3)) as server,
        pytest.raises(PrometheusError, match=r"https://metrics.example/prom/api/v1/query .*ReadTimeout"),
    ):
        server.ask("api/v1/query", {}, tmp_path / "a")

    assert pauses == [1.0, 2.0]


@pytest.mark.parametrize(
    "access",
    [
        Access(bearer="s3cret-token"),
        Access(basic=("reader", "s3cret-token")),
        Access(headers={"X-Scope-OrgID": "s3cret-token"}),
    ],
)
def test_no_secret_is_told(tmp_path: Path, access: Access) -> None:
    """What authorises is sent, and appears in no message even when the server repeats it."""
    seen: list[httpx.Headers] = []

    def refuse(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers)
        return httpx.Response(401, text="bad s3cret-token \x1b[31m")

    with client(refuse, [], access=access) as server, pytest.raises(PrometheusError) as caught:
        server.ask("api/v1/query", {}, tmp_path / "a")

    assert "authorization" in seen[0] or seen[0]["x-scope-orgid"] == "s3cret-token"
    assert "s3cret" not in caught.value.message + repr(access)
    assert "\x1b" not in caught.value.message
    assert caught.value.hint == "check the token, the password or the tenant header"


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (422, '{"error":"query processing would load too many samples into memory in query execution"}'),
        (422, "the query exceeded the maximum number of series (limit: 100000)"),
        (400, "exceeded maximum resolution of 11,000 points per timeseries"),
        (413, "too large"),
    ],
)
def test_too_large_a_question_is_known(tmp_path: Path, status: int, text: str) -> None:
    """Refusals that a smaller question avoids are told apart."""
    with client(lambda _: httpx.Response(status, text=text), []) as server, pytest.raises(TooManySamples):
        server.ask("api/v1/query_range", {}, tmp_path / "a")


def test_an_endless_answer_ends(tmp_path: Path) -> None:
    """No more is read than allowed."""
    answer = httpx.Response(200, content=b"x" * 5000)
    with (
        client(lambda _: answer, [], limits=Limits(response_bytes=1000)) as server,
        pytest.raises(TooManySamples, match="more than 1,000 bytes"),
    ):
        server.ask("api/v1/query", {}, tmp_path / "a")


def test_redirects_are_not_followed(tmp_path: Path) -> None:
    """Credentials go to the server that was named and to no other."""
    answer = httpx.Response(302, headers={"Location": "https://evil.example/"})
    with client(lambda _: answer, []) as server, pytest.raises(PrometheusError, match="answered 302"):
        server.ask("api/v1/query", {}, tmp_path / "a")


@pytest.mark.parametrize(
    "url", ["metrics.example", "ftp://metrics.example", "https://u:p4ss@metrics.example"]
)
def test_addresses_that_are_none(url: str) -> None:
    """What cannot be an address, or holds a password, is refused without repeating the password."""
    with pytest.raises(ConfigError) as caught:
        PrometheusClient(url)

    assert "p4ss" not in str(caught.value)


def test_one_way_to_show_who_we_are() -> None:
    """A token and a password together are a mistake."""
    with pytest.raises(ConfigError):
        Access(bearer="a", basic=("b", "c"))
