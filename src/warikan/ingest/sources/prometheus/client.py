"""Questions to a server with Prometheus' HTTP API: authorised, bounded, repeated when it is busy."""

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from ssl import SSLContext
from types import TracebackType
from typing import Self

import httpx

from warikan.focus.errors import ConfigError, DataError

_BUSY = {
    HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT,
}  # fmt: skip
_MOST_SHOWN = 300
_MOST_PAUSE_SECONDS = 60.0
_TOO_MANY = (
    "too many samples",
    "exceeded maximum resolution",
    "limit",
    "too large",
    "too long",
    "maximum number",
)
"""Words of Prometheus, Thanos, Mimir and VictoriaMetrics in refusals that a smaller question avoids."""


class PrometheusError(DataError):
    """A metrics server that cannot be reached, refuses, or answers what is no answer."""


class TooManySamples(PrometheusError):
    """The server or we refused because the answer is too large; a smaller question may pass."""


@dataclass(frozen=True)
class Access:
    """
    How to show who we are; at most one of bearer and basic.

    Attributes:
        basic: User and password.
        headers: Sent with each question, for instance ``X-Scope-OrgID`` of Mimir.
        tls: Trust and client certificate (mTLS), as :func:`ssl.create_default_context` and its
            ``load_cert_chain`` make it; None trusts the machine's authorities.
    """

    bearer: str | None = field(default=None, repr=False)
    basic: tuple[str, str] | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    tls: SSLContext | None = None

    def __post_init__(self) -> None:
        if self.bearer is not None and self.basic is not None:
            raise ConfigError("a metrics server takes a bearer token or a user and password, not both")


@dataclass(frozen=True)
class Limits:
    """
    What one question may cost.

    Attributes:
        samples: Most values that one answer is planned to have; servers refuse from 50 million on, loaded at
            the scrape interval, so this stays far below.
        response_bytes: Most bytes of one answer, unpacked.
        timeout_seconds: Longest silence of the server.
        attempts: How often a question is put before giving up.
    """

    samples: int = 2_000_000
    response_bytes: int = 256 << 20
    timeout_seconds: float = 120.0
    attempts: int = 5


class PrometheusClient:
    """
    One server; use it as a context manager.

    Redirects are not followed, since they would carry credentials elsewhere. No message holds a header, a
    user or a token.
    """

    address_hint = "give the address below which api/v1 lies (Mimir: .../prometheus)"
    """What to do where the server knows no such address."""

    def __init__(
        self,
        url: str,
        *,
        access: Access | None = None,
        limits: Limits | None = None,
        pause: Callable[[float], None] = time.sleep,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._access = access or Access()
        self.limits = limits or Limits()
        self._pause = pause
        self._url = _check_url(url)
        self.name = str(self._url.copy_with(query=None)).rstrip("/")
        headers = dict(self._access.headers)
        if self._access.bearer is not None:
            headers["Authorization"] = f"Bearer {self._access.bearer}"
        self._http = httpx.Client(
            headers=headers,
            auth=self._access.basic,
            verify=self._access.tls or True,
            timeout=self.limits.timeout_seconds,
            transport=transport,
            follow_redirects=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def ask(self, path: str, parameters: Mapping[str, str], into: Path) -> int:
        """
        Put the answer of *path* (``api/v1/query_range``) into the file *into*; its size in bytes.

        Raises:
            TooManySamples: refused as too large, or larger than ``Limits.response_bytes``.
            PrometheusError: unreachable, unauthorised, or still busy after all attempts.
        """
        for attempt in range(1, self.limits.attempts + 1):
            wait = self._try(path, parameters, into, is_last=attempt == self.limits.attempts)
            if wait is None:
                return into.stat().st_size
            self._pause(min(max(wait, 2.0 ** (attempt - 1)), _MOST_PAUSE_SECONDS))
        raise AssertionError  # the last attempt returns or raises

    def _try(self, path: str, parameters: Mapping[str, str], into: Path, *, is_last: bool) -> float | None:
        """One attempt: None when answered, else the seconds the server asked to wait (0: it did not say)."""
        url = f"{self.name}/{path}"
        try:
            with self._stream(url, parameters) as response:
                if response.status_code == HTTPStatus.OK:
                    self._save(response, url, into)
                    return None
                text = self._read_refusal(response)
                if response.status_code not in _BUSY or is_last or _is_too_many(response.status_code, text):
                    raise _refused(response.status_code, url, text, self.address_hint)
                return _retry_after(response.headers.get("Retry-After"))
        except httpx.HTTPError as error:
            if is_last or not isinstance(error, httpx.TransportError):
                raise PrometheusError(
                    f"{url} did not answer ({type(error).__name__}, {self.limits.attempts} attempts)",
                    hint="check the address, the network and the certificate of the server",
                ) from None
            return 0.0

    def _stream(self, url: str, parameters: Mapping[str, str]) -> AbstractContextManager[httpx.Response]:
        """Put the question; a form, since queries may be longer than addresses."""
        return self._http.stream("POST", url, data=dict(parameters))

    def _save(self, response: httpx.Response, url: str, into: Path) -> None:
        size = 0
        with into.open("wb") as file:
            for part in response.iter_bytes():
                size += len(part)
                if size > self.limits.response_bytes:
                    raise TooManySamples(
                        f"the answer of {url} has more than {self.limits.response_bytes:,} bytes",
                        hint="ask for fewer hours at once",
                    )
                file.write(part)

    def _read_refusal(self, response: httpx.Response) -> str:
        """The beginning of what the server says, without control characters and without our secrets."""
        body = b""
        for part in response.iter_bytes():
            body += part
            if len(body) > 4 * _MOST_SHOWN:
                break
        text = body.decode("utf-8", "replace")
        secrets = [self._access.bearer, *(self._access.basic or ()), *self._access.headers.values()]
        for secret in sorted(filter(None, secrets), key=len, reverse=True):
            text = text.replace(secret, "…")
        return "".join(c if c.isprintable() else " " for c in text)[:_MOST_SHOWN]


def _check_url(text: str) -> httpx.URL:
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        raise ConfigError(
            "the address of a metrics server cannot be read", hint="https://host:port"
        ) from None
    if url.scheme not in ("http", "https") or not url.host:
        raise ConfigError(
            "the address of a metrics server begins with http:// or https:// and names a host",
            hint="for instance https://prometheus.example:9090",
        )
    if url.userinfo:
        raise ConfigError(
            f"the address of {url.host} holds a user or a password", hint="give them as basic access instead"
        )
    return url


def _is_too_many(status: int, text: str) -> bool:
    low = text.lower()
    is_size = status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE or any(word in low for word in _TOO_MANY)
    return is_size and status != HTTPStatus.TOO_MANY_REQUESTS


def _refused(status: int, url: str, text: str, address_hint: str) -> PrometheusError:
    said = f"{url} answered {status}: {text}" if text else f"{url} answered {status}"
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return PrometheusError(said, hint="check the token, the password or the tenant header")
    if _is_too_many(status, text):
        return TooManySamples(said, hint="ask for fewer hours at once")
    if status == HTTPStatus.NOT_FOUND or 300 <= status < 400:
        return PrometheusError(said, hint=address_hint)
    return PrometheusError(said, hint="see the log of the metrics server")


def _retry_after(text: str | None) -> float:
    return float(text) if text is not None and text.isascii() and text.isdigit() else 0.0
