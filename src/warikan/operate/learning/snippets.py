"""The place of a text that shows best why it was found."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 160
MOST_SCANNED = 100_000


@dataclass(frozen=True)
class Snippet:
    """
    A part of a text on one line.

    Attributes:
        marks: Half-open places in *text* that a search looked for, ascending, apart.
    """

    text: str
    marks: tuple[tuple[int, int], ...]


def snippet(text: str, terms: Sequence[str], *, width: int = WIDTH) -> Snippet:
    """About *width* characters of *text* around the most different *terms* (as ``query_terms`` has them)."""
    flat = " ".join(text[:MOST_SCANNED].split())
    folded, places = _folded(flat)
    hits = sorted((at, at + len(term), term) for term in terms for at in _find(folded, term))
    if not hits:
        return Snippet(flat[:width] + ("…" if len(flat) > width else ""), ())
    start = max((hit[0] for hit in hits), key=lambda at: (_richness(hits, at, width), -at))
    first = max(0, places[start] - width // 4)
    last = min(len(flat), first + width)
    head, tail = "…" * (first > 0), "…" * (last < len(flat))
    marks = [
        (max(places[a], first), min(places[b - 1] + 1, last))
        for a, b, _ in hits
        if first <= places[a] and places[b - 1] < last
    ]
    shift = len(head) - first
    return Snippet(head + flat[first:last] + tail, tuple((a + shift, b + shift) for a, b in _joined(marks)))


def _folded(flat: str) -> tuple[str, list[int]]:
    """*flat* folded, and for each folded character the place that it comes from."""
    folded: list[str] = []
    places: list[int] = []
    for place, character in enumerate(flat):
        for one in unicodedata.normalize("NFKC", character).casefold():
            folded.append(one)
            places.append(place)
    return "".join(folded), places


def _find(folded: str, term: str) -> list[int]:
    found: list[int] = []
    at = folded.find(term)
    is_word = term.isascii()
    while at >= 0 and len(found) < 500:
        before, after = folded[at - 1 : at], folded[at + len(term) : at + len(term) + 1]
        if not is_word or not (
            (before.isascii() and before.isalnum()) or (after.isascii() and after.isalnum())
        ):
            found.append(at)
        at = folded.find(term, at + 1)
    return found


def _richness(hits: Sequence[tuple[int, int, str]], start: int, width: int) -> int:
    return len({term for at, _, term in hits if start <= at < start + width * 3 // 4})


def _joined(marks: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in sorted(set(marks)):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
