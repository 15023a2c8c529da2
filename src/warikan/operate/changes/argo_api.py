"""Argo CD's API, asked for its applications."""

import ssl
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx

from warikan.catalog.changes import ChangeSource
from warikan.focus.errors import ConfigError, DataError
from warikan.ingest.usage.secrets import secret
from warikan.operate.changes.document import UnreadableEvent, clean, parse_json

MOST_BYTES = 64 * 1024 * 1024
_FIELDS = (
    "metadata.name", "metadata.namespace", "metadata.labels", "metadata.annotations", "spec",
    "status.history", "status.operationState",
)  # fmt: skip


class FetchError(DataError):
    """A server that could not be asked; nothing of its answer was kept."""


def fetch_applications(
    name: str, source: ChangeSource, environment: Mapping[str, str], *, root: Path, timeout: float = 30
) -> Any:
    """
    The applications of the server of *source*, as its API lists them: with the histories it still has.

    Redirects are not followed, so that the token goes nowhere else. Argo CD has no question for what is
    new since: what is known already changes nothing.

    Raises:
        FetchError: it does not answer, refuses, or answers with what is no list of applications.
        ConfigError: the variable with the token is not set, or the file of authorities cannot be read.
    """
    headers = {"Accept": "application/json"}
    if source.token_from is not None:
        token = secret(environment, source.token_from, f"changes.sources.{name}.token_from")
        headers["Authorization"] = f"Bearer {token}"
    url = f"{(source.url or '').rstrip('/')}/api/v1/applications"
    try:
        with (
            httpx.Client(headers=headers, timeout=timeout, verify=_trust(name, source, root)) as client,
            client.stream("GET", url, params={"fields": ",".join(f"items.{f}" for f in _FIELDS)}) as response,
        ):
            if response.status_code != HTTPStatus.OK:
                raise FetchError(f"{url} answers {response.status_code}", hint=_advice(response.status_code))
            body = _read(response, url)
    except httpx.HTTPError as error:
        raise FetchError(
            f"{url} did not answer ({type(error).__name__})",
            hint="check the address, the network and the certificate",
        ) from None
    try:
        found = parse_json(body, where=url)
    except UnreadableEvent as error:
        raise FetchError(clean(error.message, 300), hint="is this the address of Argo CD?") from None
    if not isinstance(found, dict) or "items" not in found:
        raise FetchError(
            f"{url} answers with no list of applications", hint="is this the address of Argo CD?"
        )
    return found


def _read(response: httpx.Response, url: str) -> bytes:
    body = bytearray()
    for part in response.iter_bytes():
        body += part
        if len(body) > MOST_BYTES:
            raise FetchError(f"the answer of {url} has more than {MOST_BYTES:,} bytes")
    return bytes(body)


def _trust(name: str, source: ChangeSource, root: Path) -> ssl.SSLContext | bool:
    if source.ca is None:
        return True
    try:
        return ssl.create_default_context(cafile=str(root / source.ca))
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"changes.sources.{name}.ca: {source.ca} cannot be read: {error}") from error


def _advice(status: int) -> str:
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return "the token must be of an account that may `applications, get` (docs/changes.md)"
    return "url is Argo CD's address, the one that its page has"
