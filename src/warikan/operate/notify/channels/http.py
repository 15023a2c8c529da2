"""One request to a receiver: bounded, and with errors that hold no secret and know what is certain."""

import json
import logging
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any

import httpx

from warikan.operate.notify.delivery import NotDelivered

MOST_BYTES = 4 * 1024 * 1024
"""Of an answer; a page of Slack's history is the largest."""
SHOWN = 200
HIDDEN = "[secret]"
TOO_MANY = 429
_silent: ContextVar[bool] = ContextVar("silent", default=False)


@dataclass(frozen=True)
class Answer:
    """A receiver's answer with a status below 300."""

    status: int
    body: bytes

    def document(self) -> Mapping[str, Any]:
        """
        The JSON object that it is.

        Raises:
            NotDelivered: it is none.
        """
        try:
            found = json.loads(self.body)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise NotDelivered("the receiver's answer is no JSON object", is_certain=False, is_away=True)
        return found


def new_client() -> httpx.Client:
    """Connections of one run. Redirects are not followed: a signed message goes nowhere else."""
    timeout = httpx.Timeout(10.0, connect=5.0)
    return httpx.Client(timeout=timeout, follow_redirects=False, verify=_trusted())


@cache
def _trusted() -> ssl.SSLContext:
    """The authorities of this machine; reading them takes longer than a delivery."""
    return httpx.create_ssl_context()


@dataclass(frozen=True)
class Post:
    """Posts to one channel's server; *secrets* are never in an error."""

    client: httpx.Client
    secrets: Sequence[str]

    def __call__(
        self,
        url: str,
        body: bytes,
        *,
        now: datetime,
        headers: Mapping[str, str],
        auth: tuple[str, str] | None = None,
    ) -> Answer:
        """
        Send *body*.

        Raises:
            NotDelivered: no answer, or one that is no success.
        """
        try:
            with (
                _said_by_nobody(),
                self.client.stream("POST", url, content=body, headers=dict(headers), auth=auth) as response,
            ):
                answer = Answer(response.status_code, _bounded(response))
                asked = response.headers.get("retry-after")
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise NotDelivered(
                f"cannot connect: {self._clean(error)}", is_certain=True, is_away=True
            ) from None
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, ValueError) as error:
            said = f"the address cannot be used: {self._clean(error)}"
            raise NotDelivered(said, is_certain=True, is_away=True) from None
        except httpx.HTTPError as error:
            said = f"no answer ({type(error).__name__}): {self._clean(error)}"
            raise NotDelivered(said, is_certain=False, is_away=True) from None
        if httpx.codes.is_success(answer.status):
            return answer
        is_busy = answer.status == TOO_MANY or answer.status >= 500
        raise NotDelivered(
            f"the receiver answered {answer.status}: {self._clean(answer.body.decode('utf-8', 'replace'))}",
            is_certain=answer.status < 500,
            is_away=is_busy,
            retry_after=_seconds(asked, now),
        )

    def _clean(self, said: object) -> str:
        text = str(said)
        for value in self.secrets:
            text = text.replace(value, HIDDEN)
        return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:SHOWN]


def _bounded(response: httpx.Response) -> bytes:
    found = bytearray()
    for chunk in response.iter_bytes():
        found += chunk
        if len(found) > MOST_BYTES:
            break
    return bytes(found[:MOST_BYTES])


def _seconds(retry_after: str | None, now: datetime) -> float | None:
    """What a Retry-After header asks for (RFC 9110, 10.2.3: seconds, or a date)."""
    if retry_after is None:
        return None
    text = retry_after.strip()[:64]
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        return max((parsedate_to_datetime(text) - now).total_seconds(), 0.0)
    except (ValueError, TypeError):  # no date, or one without a zone
        return None


@contextmanager
def _said_by_nobody() -> Iterator[None]:
    """Httpx writes addresses into its log, and an address may be a secret."""
    before = _silent.set(True)
    try:
        yield
    finally:
        _silent.reset(before)


logging.getLogger("httpx").addFilter(lambda _: not _silent.get())
