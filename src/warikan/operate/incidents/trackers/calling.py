"""One request to a tracker: bounded, without redirects, and without our token in any message."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import httpx

from warikan.operate.incidents.trackers.tracker import TrackerError

TIMEOUT_SECONDS = 20.0
MOST_BYTES = 8 * 1024 * 1024
MOST_SHOWN = 300
_BUSY = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}


class Caller:
    """Asks the tracker *name*, holding its *token*."""

    def __init__(self, name: str, token: str) -> None:
        self.name = name
        self.token = token

    def get(self, url: str, parameters: Mapping[str, str], headers: Mapping[str, str]) -> Any:
        """
        The JSON at *url*.

        Raises:
            TrackerError: there is none.
        """
        return self._ask("GET", url, headers, params=dict(parameters))

    def post(self, url: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> Any:
        """
        The JSON that *url* answers to *body*.

        Raises:
            TrackerError: it was refused (certain), or its answer did not come (not certain).
        """
        return self._ask("POST", url, headers, json=dict(body))

    def text_of(self, answer: Any, field: str) -> str:
        """
        The text *field* of *answer*.

        Raises:
            TrackerError: there is none: what answers is no such tracker.
        """
        value = answer.get(field) if isinstance(answer, dict) else None
        if not isinstance(value, str) or not value or len(value) > 2000:
            raise TrackerError(f"{self.name}: the answer has no {field}", is_certain=False)
        return value

    def _ask(self, method: str, url: str, headers: Mapping[str, str], **what: Any) -> Any:
        sent = {"User-Agent": "warikan", "Accept": "application/json", **headers}
        try:
            with (
                httpx.Client(timeout=TIMEOUT_SECONDS, follow_redirects=False) as http,
                http.stream(method, url, headers=sent, **what) as response,
            ):
                content = self._read(response)
                self._require_success(response.status_code, content, url)
                return json.loads(content)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            reason = type(error).__name__
            raise TrackerError(
                f"{self.name}: {_host(url)} did not answer as it should ({reason})",
                is_certain=False,
                hint="it is tried again by `warikan jobs run-due`",
            ) from None

    def _read(self, response: httpx.Response) -> bytes:
        content = b""
        for part in response.iter_bytes():
            content += part
            if len(content) > MOST_BYTES:
                raise TrackerError(
                    f"{self.name}: the answer has more than {MOST_BYTES:,} bytes", is_certain=False
                )
        return content

    def _require_success(self, status: int, content: bytes, url: str) -> None:
        if 200 <= status < 300:
            return
        text = content[: 4 * MOST_SHOWN].decode("utf-8", "replace").replace(self.token, "…")
        shown = "".join(c if c.isprintable() else " " for c in text)[:MOST_SHOWN]
        is_certain = 300 <= status < 500 and status not in _BUSY
        raise TrackerError(
            f"{self.name}: {_host(url)} answered {status}: {shown}",
            is_certain=is_certain,
            hint="check the address, the repository and what the token may do" if is_certain else None,
        )


def _host(url: str) -> str:
    return urlsplit(url).hostname or "the server"
