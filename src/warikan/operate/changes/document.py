"""A body that somebody sent, as plain values: bounded, and read without trusting any of its types."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn
from urllib.parse import urlsplit

from warikan.focus.errors import UsageError

MOST_BODY_BYTES = 1024 * 1024
MOST_DEPTH = 40
MOST_TEXT = 2000
_UNSEEN = re.compile(r"[\x00-\x1f\x7f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+")
_SPACED_OFFSET = re.compile(r"^(.*\d) (?:([+-]\d{2}):?(\d{2})|UTC)$")
_AHEAD, _BACK = timedelta(days=400), timedelta(days=365 * 30)


class UnreadableEvent(UsageError):
    """One event, or a whole body, that cannot be read; the others of the same delivery can."""


def parse_json(body: bytes | str, *, where: str) -> Any:
    """
    The JSON value of *body*: nested at most 40 deep, every number finite.

    Raises:
        UnreadableEvent: it is none; *where* names it in the message.
    """
    try:
        text = body.decode("utf-8-sig") if isinstance(body, bytes) else body
        value = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
        _check_depth(value)
    except RecursionError as error:
        raise UnreadableEvent(f"{where} is nested too deeply") from error
    except UnicodeDecodeError as error:
        raise UnreadableEvent(f"{where} is not UTF-8 text") from error
    except ValueError as error:
        raise UnreadableEvent(f"{where} is not JSON: {clean(str(error), 200)}") from error
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError("a number is too large")
    return number


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(MOST_DEPTH):
        level = [child for one in level for child in _children(one)]
        if not level:
            return
    raise ValueError(f"it is nested more than {MOST_DEPTH} deep")


def _children(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, list):
        yield from value


def clean(text: str, most: int = MOST_TEXT) -> str:
    """
    *text* on one line, at most *most* characters, with nothing that is not seen.

    No control characters, no marks that turn the direction of writing, no halves of characters: what
    databases, terminals and pages choke on.
    """
    seen = _UNSEEN.sub(" ", text[: 4 * most].encode("utf-8", "replace").decode("utf-8"))
    line = " ".join(seen.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def dig(value: Any, *path: str) -> Any:
    """What lies at *path* of mappings in *value*; None where any step is missing or no mapping."""
    for step in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(step)
    return value


def text_at(value: Any, *path: str, most: int = MOST_TEXT) -> str | None:
    """The text (or whole number, as text) at *path*, cleaned; None where there is none, or it is blank."""
    found = dig(value, *path)
    if isinstance(found, int) and not isinstance(found, bool) and abs(found) < 10**18:
        return str(found)
    return (clean(found, most) or None) if isinstance(found, str) else None


def number_at(value: Any, *path: str) -> int | None:
    """The whole number at *path*, below 10^18; None where there is none."""
    found = dig(value, *path)
    is_whole = isinstance(found, int) and not isinstance(found, bool)
    return found if is_whole and abs(found) < 10**18 else None


def list_at(value: Any, *path: str) -> list[Any]:
    """The list at *path*; empty where there is none."""
    found = dig(value, *path)
    return found if isinstance(found, list) else []


def texts_at(value: Any, *path: str, most: int = 200) -> dict[str, str]:
    """The mapping of texts at *path*, at most 64 of them; what is no text is left out."""
    found = dig(value, *path)
    if not isinstance(found, Mapping):
        return {}
    pairs = (
        (clean(str(k), most), text_at(found, k, most=most)) for k in list(found)[:64] if isinstance(k, str)
    )
    return {key: text for key, text in pairs if key and text is not None}


def time_at(value: Any, *path: str) -> datetime | None:
    """
    The moment at *path* in UTC: ISO 8601 or RFC 3339, or as GitLab writes it (``2026-11-01 09:00:00 +0900``).

    Without a zone it is UTC. None where there is none.

    Raises:
        UnreadableEvent: there is something, and it is no moment.
    """
    found = dig(value, *path)
    if found is None or found == "":
        return None
    if isinstance(found, str) and (moment := parse_time(found)) is not None:
        return moment
    raise UnreadableEvent(f"{'.'.join(path)}: {clean(repr(found), 60)} is no time")


def parse_time(text: str) -> datetime | None:
    """*text* as a moment in UTC; None where it is none."""
    words = text.strip()[:60]
    if spaced := _SPACED_OFFSET.match(words):
        words = f"{spaced[1]}{spaced[2]}:{spaced[3]}" if spaced[2] else f"{spaced[1]}Z"
    try:
        moment = datetime.fromisoformat(words)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def check_time(moment: datetime, *, now: datetime) -> None:
    """
    Refuse what no clock shows.

    Raises:
        UnreadableEvent: *moment* is more than 30 years before, or 400 days after, *now*.
    """
    if not now - _BACK <= moment <= now + _AHEAD:
        raise UnreadableEvent(f"{moment.isoformat()} is no time at which something can have happened")


def safe_url(text: str | None) -> str | None:
    """*text* where a page may link to it (http or https, with a host, no password), else None."""
    if text is None or len(text) > MOST_TEXT or text != clean(text) or any(c in text for c in " <>\"'`\\"):
        return None
    try:
        parts = urlsplit(text)
        _ = parts.port  # raises where it is none
    except ValueError:
        return None
    is_plain = parts.scheme in {"http", "https"} and parts.hostname and "@" not in parts.netloc
    return text if is_plain else None
