"""From which files a day comes, so that it is read again when one of them changed."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date


def origin(kind: str, digests: Iterable[str]) -> str:
    """What days made of files with *digests* (content_hash of each, in any order) have as their origin."""
    text = "\n".join(sorted(set(digests)))
    return f"{kind}:{hashlib.sha256(text.encode()).hexdigest()[:32]}"


def origins(kind: str, days_of: Mapping[str, Iterable[date]]) -> dict[date, str]:
    """The origin of each day, ascending, from *days_of*: digest of a file → the days it has rows of."""
    found: dict[date, list[str]] = {}
    for digest, days in days_of.items():
        for day in days:
            found.setdefault(day, []).append(digest)
    return {day: origin(kind, found[day]) for day in sorted(found)}
