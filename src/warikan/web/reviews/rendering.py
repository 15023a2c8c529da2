"""What people wrote, as HTML that can do nothing: Markdown without markup of its own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape

from warikan.operate.reviews.markdown import is_web_address

LONGEST = 200_000
"""Characters that are rendered; no section may be as long."""
HEADING_BELOW = 2
"""A heading in a section stands below the section's own."""
MOST_PIECES = 2000
"""Inline pieces of one paragraph that marks are looked for in."""


@dataclass(frozen=True)
class Spot:
    """
    Words to be marked.

    Attributes:
        phrases: What to mark, the best first: the first of them that is found in a paragraph is marked there.
        href: Where more is said about it.
        label: What it is, for those who do not see the line.
    """

    phrases: tuple[str, ...]
    href: str
    label: str


def render(text: str, spots: Sequence[Spot] = ()) -> Markup:
    """
    *text* as HTML: its markup is shown as text, pictures are not loaded, links lead to the web or this site.

    Every spot that stands in one paragraph is a link with the class ``blame``.
    """
    tokens = _MARKDOWN.parse(text[:LONGEST])
    left = list(spots)
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(6, int(token.tag[1]) + HEADING_BELOW)}"
        if token.type == "inline" and token.children and left and len(token.children) <= MOST_PIECES:
            token.children, left = _mark(token.children, left)
    return Markup(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}))  # noqa: S704 - html is off


def _mark(children: list[Token], spots: list[Spot]) -> tuple[list[Token], list[Spot]]:
    """*children* with those of *spots* that are in them marked, and the others."""
    left = []
    for spot in spots:
        plain = "".join(_text_of(child) for child in children)
        found = next(((at, p) for p in spot.phrases if p and (at := plain.find(p)) >= 0), None)
        if found is None:
            left.append(spot)
        else:
            children = list(_wrap(children, found[0], found[0] + len(found[1]), spot))
    return children, left


def _wrap(children: Sequence[Token], start: int, end: int, spot: Spot) -> Iterator[Token]:
    place = depth = 0
    for child in children:
        text = _text_of(child)
        first, last = max(start - place, 0), min(end - place, len(text))
        place += len(text)
        depth += (child.type == "link_open") - (child.type == "link_close")
        # Nothing is marked within a link: links do not nest, and earlier marks stay.
        if child.type != "text" or first >= last or depth or child.meta.get("marked"):
            yield child
            continue
        for part, is_marked in ((text[:first], False), (text[first:last], True), (text[last:], False)):
            if part:
                yield _piece(part, spot if is_marked else None)


def _piece(text: str, spot: Spot | None) -> Token:
    token = Token("text" if spot is None else "mark", "", 0, content=text)
    if spot is not None:
        token.meta = {"marked": True, "href": spot.href, "label": spot.label}
    return token


def _text_of(token: Token) -> str:
    if token.type in {"text", "mark", "code_inline"}:
        return token.content
    return "\n" if token.type in {"softbreak", "hardbreak"} else ""


def _render_mark(tokens: Sequence[Token], place: int, _options: Any, _environment: Any) -> str:
    token = tokens[place]
    return str(
        Markup('<a class="blame" href="{}" title="{}">{}</a>').format(
            token.meta["href"], token.meta["label"], escape(token.content)
        )
    )


def _leads_somewhere(address: str) -> bool:
    return is_web_address(address) or (address.startswith("/") and not address.startswith(("//", "/\\")))


def _make() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable(["image"])
    made.validateLink = _leads_somewhere  # type: ignore[assignment, method-assign]
    made.add_render_rule("mark", lambda _self, *rest: _render_mark(*rest))
    return made


_MARKDOWN = _make()
