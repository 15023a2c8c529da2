"""What one version of a text changed of another, line by line."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

CONTEXT = 2
"""Unchanged lines that are shown around a change."""
MOST_LINES = 4000
DiffKind = Literal["same", "added", "removed", "skipped"]


@dataclass(frozen=True)
class DiffLine:
    """One line; ``skipped`` stands for *text* many unchanged ones."""

    kind: DiffKind
    text: str


def diff(old: str, new: str) -> tuple[DiffLine, ...]:
    """The lines that *new* took away and added, with a few around them; empty where nothing differs."""
    before, after = old.split("\n")[:MOST_LINES], new.split("\n")[:MOST_LINES]
    groups = SequenceMatcher(None, before, after, autojunk=False).get_grouped_opcodes(CONTEXT)
    found: list[DiffLine] = []
    seen = 0
    for group in groups:
        if group[0][1] > seen:
            found.append(DiffLine("skipped", str(group[0][1] - seen)))
        for kind, start, end, new_start, new_end in group:
            found += _lines(kind, before[start:end], after[new_start:new_end])
        seen = group[-1][2]
    if found and len(before) > seen:
        found.append(DiffLine("skipped", str(len(before) - seen)))
    return tuple(found)


def _lines(kind: str, old: list[str], new: list[str]) -> Iterator[DiffLine]:
    if kind == "equal":
        yield from (DiffLine("same", line) for line in old)
        return
    yield from (DiffLine("removed", line) for line in old)
    yield from (DiffLine("added", line) for line in new)
