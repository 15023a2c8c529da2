"""Two edits of the same text put together: line by line, where they touch different ones."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

Lines = Sequence[str]
_Region = tuple[int, int, int, int, int, int]


@dataclass(frozen=True)
class Merge:
    """
    Both edits in one text.

    Attributes:
        is_clean: Whether no line was changed by both; only then *text* may be saved unread.
        text: The merged text; where it is not clean, with both versions between conflict marks.
    """

    text: str
    is_clean: bool


def merge(base: str, yours: str, theirs: str) -> Merge:
    """
    Put what *yours* and *theirs* each changed of *base* into one text (three-way merge, as diff3 does).

    Lines that neither touched stay; a line that one of them changed is as that one says; where both made
    the same change it is there once. Both inserting at one place, or changing one line, is a conflict.
    """
    if yours in (base, theirs):
        return Merge(theirs, is_clean=True)
    if theirs == base:
        return Merge(yours, is_clean=True)
    ours, other, old = yours.split("\n"), theirs.split("\n"), base.split("\n")
    merged: list[str] = []
    is_clean = True
    base_at = yours_at = theirs_at = 0
    for region in _stable(old, ours, other):
        base_start, base_end, yours_start, yours_end, theirs_start, theirs_end = region
        part, fits = _between(
            old[base_at:base_start], ours[yours_at:yours_start], other[theirs_at:theirs_start]
        )
        merged += part
        is_clean = is_clean and fits
        merged += old[base_start:base_end]
        base_at, yours_at, theirs_at = base_end, yours_end, theirs_end
    return Merge("\n".join(merged), is_clean)


def marked_line(text: str) -> int | None:
    """
    The first line of *text*, from 1, that a conflict left in it; None where there is none.

    A line of ``=======`` counts beside another mark only: alone it underlines a heading of Markdown.
    """
    lines = enumerate(text.split("\n"), 1)
    return next((place for place, line in lines if line.startswith(("<<<<<<<", ">>>>>>>"))), None)


def _between(old: Lines, ours: Lines, other: Lines) -> tuple[list[str], bool]:
    """What stands between two stable regions, and whether both edits fit together there."""
    if list(ours) in (list(old), list(other)):
        return list(other), True
    if list(other) == list(old):
        return list(ours), True
    return ["<<<<<<< yours", *ours, "=======", *other, ">>>>>>> theirs"], False


def _stable(old: Lines, ours: Lines, other: Lines) -> Iterator[_Region]:
    """The runs of *old* that both edits left alone, in order; last an empty one at the end of all three."""
    mine = _matches(old, ours)
    its = _matches(old, other)
    i = j = 0
    while i < len(mine) and j < len(its):
        start = max(mine[i][0], its[j][0])
        end = min(mine[i][0] + mine[i][2], its[j][0] + its[j][2])
        if start < end:
            in_mine = mine[i][1] + start - mine[i][0]
            in_its = its[j][1] + start - its[j][0]
            yield start, end, in_mine, in_mine + end - start, in_its, in_its + end - start
        if mine[i][0] + mine[i][2] < its[j][0] + its[j][2]:
            i += 1
        else:
            j += 1
    yield len(old), len(old), len(ours), len(ours), len(other), len(other)


def _matches(old: Lines, new: Lines) -> list[tuple[int, int, int]]:
    return [(m.a, m.b, m.size) for m in SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()]
