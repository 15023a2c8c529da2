"""What could come next in a half-written filter."""

import re
from dataclasses import dataclass
from typing import Any, Literal

from warikan.focus.errors import WarikanError
from warikan.web.bounds import is_linkable, shorten
from warikan.web.visit import Visit

MAX_ITEMS = 12
_TOKEN = re.compile(
    r"""\s*(?:(?P<text>'(?:[^']|'')*')|(?P<open>'(?:[^']|'')*$)|(?P<sign><>|<=|>=|!=|[=<>(),\[\]])
    |(?P<word>[\w.]+)|(?P<else>\S))""",
    re.VERBOSE,
)
_KEYWORDS = {"and", "or", "not"}
_OPERATORS = ("=", "<>", "IN (", "LIKE", "ILIKE", "IS NULL", "IS NOT NULL")
_AFTER_OPERATOR = {"=", "<>", "!=", "<", "<=", ">", ">=", "like", "ilike", "(", ","}


@dataclass(frozen=True)
class Item:
    """One proposal: *insert* replaces the text from the completion's start to the caret."""

    insert: str
    label: str
    detail: str = ""


@dataclass(frozen=True)
class Completion:
    """Proposals for the text from character *start* on."""

    start: int
    items: tuple[Item, ...]


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    start: int


def complete(text: str, visit: Visit, *, period: str) -> Completion:
    """What may follow *text*, which ends at the caret: columns, operators, values by cost, AND/OR."""
    tokens = _tokens(text)
    last = tokens[-1] if tokens else None
    if last is not None and last.kind == "open":
        return _values(tokens, last.text[1:].replace("''", "'"), last.start, visit, period)
    touching = last is not None and last.kind == "word" and not text[-1].isspace()
    before = tokens[:-1] if touching else tokens
    start, typed = (last.start, last.text) if touching and last else (len(text), "")
    match _expects(before):
        case "column":
            return Completion(start, _columns(typed, visit))
        case "operator":
            return Completion(start, _words(_OPERATORS, typed))
        case "value":
            return _values([*before, _Token("open", "'", start)], typed, start, visit, period)
        case _:
            return Completion(start, _words(("AND", "OR"), typed))


def _tokens(text: str) -> list[_Token]:
    found = []
    for match in _TOKEN.finditer(text):
        kind = str(match.lastgroup)
        found.append(_Token(kind, match[kind], match.start(kind)))
    return found


def _expects(tokens: list[_Token]) -> Literal["column", "operator", "value", "joint"]:
    if not tokens:
        return "column"
    word = tokens[-1].text.lower()
    if word in {"(", ","} and _is_list(tokens):
        return "value"
    if word in _KEYWORDS or word == "(":
        return "column"
    if word in _AFTER_OPERATOR:
        return "value"
    if tokens[-1].kind == "text" or word in {"null", ")"} or word.isdigit():
        return "joint"
    return "operator"


def _is_list(tokens: list[_Token]) -> bool:
    """Whether the innermost open parenthesis belongs to IN."""
    depth = 0
    for i in range(len(tokens) - 1, -1, -1):
        if tokens[i].text == ")":
            depth += 1
        elif tokens[i].text == "(":
            if depth == 0:
                return i > 0 and tokens[i - 1].text.lower() == "in"
            depth -= 1
    return False


def _column_before(tokens: list[_Token]) -> str | None:
    """The column that the value at the end of *tokens* is compared with."""
    i = len(tokens) - 2
    if i >= 0 and tokens[i].text in {",", "("}:
        while i >= 0 and tokens[i].text != "(":
            i -= 1
        i -= 1
    while i >= 0 and tokens[i].text.lower() in _AFTER_OPERATOR | {"not", "in", "is"}:
        i -= 1
    if i >= 3 and tokens[i].text == "]" and tokens[i - 1].kind == "text":
        return f"{tokens[i - 3].text}[{tokens[i - 1].text}]"
    return tokens[i].text if i >= 0 and tokens[i].kind == "word" else None


def _values(tokens: list[_Token], typed: str, start: int, visit: Visit, period: str) -> Completion:
    if len(tokens) > 1 and tokens[-2].text == "[":
        return Completion(start, _tag_keys(typed, visit))
    column = _column_before(tokens)
    if column is None:
        return Completion(start, ())
    try:
        found: Any = visit.workspace.values(
            column, where=None, period=period, limit=MAX_ITEMS, search=typed or None
        )
    except WarikanError:
        return Completion(start, ())
    return Completion(
        start,
        tuple(
            Item(
                _quote(one.value),
                shorten(one.value),
                "" if (name := visit.value(column, one.value)) == shorten(one.value) else name,
            )
            for one in found
            if one.value is not None and is_linkable(one.value)
        ),
    )


def _columns(typed: str, visit: Visit) -> tuple[Item, ...]:
    small = typed.lower()
    ranked: list[tuple[bool, int, Item]] = []
    for dimension in visit.dimensions:
        label = visit.column(dimension.id)
        places = [p for p in (dimension.id.lower().find(small), label.lower().find(small)) if p >= 0]
        if places:
            ranked.append((min(places) > 0, len(ranked), Item(dimension.id, dimension.id, label)))
    return tuple(item for _, _, item in sorted(ranked, key=lambda r: r[:2])[:MAX_ITEMS])


def _tag_keys(typed: str, visit: Visit) -> tuple[Item, ...]:
    keys = [d.id[6:-2].replace("''", "'") for d in visit.dimensions if d.id.startswith("Tags['")]
    return tuple(Item(f"{_quote(k)}]", k) for k in keys if typed.lower() in k.lower())[:MAX_ITEMS]


def _words(words: tuple[str, ...], typed: str) -> tuple[Item, ...]:
    return tuple(Item(word, word) for word in words if word.lower().startswith(typed.lower()))


def _quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
