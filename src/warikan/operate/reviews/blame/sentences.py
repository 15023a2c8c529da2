"""A text cut into sentences, each with its place; what is quoted or code is nobody's sentence."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_SKIPPED = re.compile(
    r"^```.*?(?:^```|\Z)|^~~~.*?(?:^~~~|\Z)|^[ \t]*>[^\n]*$|`[^`\n]*`|https?://\S+|<!--.*?-->",
    re.MULTILINE | re.DOTALL,
)
_END = re.compile(
    r"(?<=[。！？!?])(?!$)|(?<=[a-z0-9)\]\"'][.!?])\s+(?=[\"'(]?[A-Z0-9ぁ-んァ-ヶ一-龥「])|\n(?=\s*(?:[-*+#|>]|\d+[.)]))|\n\s*\n"
)
_MARKUP = re.compile(r"[\s>#|*+-]*(?:\d+[.)]\s+)?(?:\[[ xX]\]\s*)?")


@dataclass(frozen=True)
class Sentence:
    """One sentence: *text* without the marks of a list or heading, at ``[start, end)`` of the whole."""

    start: int
    end: int
    text: str


def split_sentences(text: str) -> Iterator[Sentence]:
    """
    The sentences of *text* (Markdown, Japanese or English), in order.

    Code, block quotes, comments and addresses are blanked out first, at the same length: places stay those of
    the text as it was given.
    """
    blanked = _SKIPPED.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), text)
    start = 0
    for cut in [*(match.span() for match in _END.finditer(blanked)), (len(blanked), len(blanked))]:
        yield from _trimmed(blanked, start, cut[0])
        start = cut[1]


def _trimmed(text: str, start: int, end: int) -> Iterator[Sentence]:
    markup = _MARKUP.match(text, start, end)
    first = markup.end() if markup else start
    body = text[first:end].rstrip()
    if body.strip():
        yield Sentence(first, first + len(body), body)
