"""What people wrote as Markdown that can be put into a larger document: it stays in place, runs nothing."""

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

from warikan.operate.reviews.markdown import is_web_address, plain

_MAIL = re.compile(r"^mailto:[^\s@<>\"]{1,64}@[A-Za-z0-9.-]{1,253}$")
_CLOSED = re.compile(r"^ {0,3}(`{3,}|~{3,})\s*$")


def is_address(address: str) -> bool:
    """Whether a link may lead there: a page of the web, or somebody's mailbox."""
    return is_web_address(address) or bool(_MAIL.match(address))


def harmless(text: str, *, below: int) -> str:
    """
    *text* with its headings *below* levels deeper, its last code block closed, and without markup of HTML.

    Lines that have HTML, a picture, or a link to elsewhere than the web or a mailbox show it as text.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    tokens, has_bad_definition = _parse(text)
    lines = text.split("\n")
    bad = {at for token in tokens if _is_bad(token) for at in range(*(token.map or (0, len(lines))))}
    if bad or has_bad_definition:
        lines = [_escaped(line) if at in bad or has_bad_definition else line for at, line in enumerate(lines)]
        text = "\n".join(lines)
        tokens, has_bad_definition = _parse(text)
        if has_bad_definition or any(map(_is_bad, tokens)):
            return "\n".join(plain(line, longest=10_000) for line in lines)
    return "\n".join(_lowered(lines, tokens, below))


def _parse(text: str) -> tuple[list[Token], bool]:
    environment: dict[str, dict[str, dict[str, str]]] = {}
    tokens = _EVERYTHING.parse(text, environment)
    references = environment.get("references", {})
    return tokens, any(not is_address(one["href"]) for one in references.values())


def _is_bad(token: Token) -> bool:
    if token.type in {"html_block", "html_inline", "image"}:
        return True
    if token.type == "link_open" and not is_address(str(token.attrGet("href") or "")):
        return True
    return any(map(_is_bad, token.children or ()))


def _escaped(line: str) -> str:
    return re.sub(r"\\*(?=[<\[\]])", "", line).replace("<", "&lt;").replace("[", r"\[").replace("]", r"\]")


def _lowered(lines: list[str], tokens: list[Token], below: int) -> Iterator[str]:
    headings = {token.map[0]: token for token in tokens if token.type == "heading_open" and token.map}
    skipped: set[int] = set()
    for at, line in enumerate(lines):
        token = headings.get(at)
        if token is None or token.map is None:
            if at not in skipped:
                yield line
        elif token.markup.startswith("#"):
            yield line.replace(token.markup, "#" * min(6, len(token.markup) + below), 1)
        else:
            skipped |= set(range(at + 1, token.map[1]))
            level = "#" * min(6, int(token.tag[1]) + below)
            yield f"{level} {' '.join(part.strip() for part in lines[at : token.map[1] - 1])}"
    last = next((token for token in reversed(tokens) if token.type == "fence" and token.level == 0), None)
    if last is not None and last.map and last.map[1] >= len(lines):
        closing = _CLOSED.match(lines[-1])
        if closing is None or last.map[1] - last.map[0] == 1 or not closing[1].startswith(last.markup):
            yield last.markup


def _everything() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": True}).enable("table")
    made.validateLink = lambda _address: True  # type: ignore[method-assign, assignment]
    return made


_EVERYTHING = _everything()
