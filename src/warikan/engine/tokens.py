"""A filter's text cut into SQLGlot's tokens, each of a kind that filters may have."""

from collections.abc import Sequence
from typing import NoReturn

import sqlglot.errors
from sqlglot.dialects.dialect import Dialect
from sqlglot.tokenizer_core import Token, TokenType

from warikan.focus.errors import FilterError

MAX_DEPTH = 20
"""Parentheses and NOTs within one another."""

DIALECT = Dialect.get_or_raise("duckdb")

_WORDS = {
    TokenType.AND,
    TokenType.OR,
    TokenType.NOT,
    TokenType.IN,
    TokenType.LIKE,
    TokenType.ILIKE,
    TokenType.BETWEEN,
    TokenType.IS,
    TokenType.NULL,
    TokenType.TRUE,
    TokenType.FALSE,
}
_SIGNS = {TokenType.EQ, TokenType.NEQ, TokenType.LT, TokenType.LTE, TokenType.GT, TokenType.GTE}
_VALUES = {TokenType.STRING, TokenType.NUMBER}
_NAMES = {TokenType.VAR, TokenType.IDENTIFIER}
_MARKS = {
    TokenType.L_PAREN,
    TokenType.R_PAREN,
    TokenType.L_BRACKET,
    TokenType.R_BRACKET,
    TokenType.COMMA,
    TokenType.DASH,
}
_ALLOWED = _WORDS | _SIGNS | _VALUES | _NAMES | _MARKS
_BEFORE_PARENTHESIS = {TokenType.AND, TokenType.OR, TokenType.NOT, TokenType.IN} | _SIGNS | _MARKS
_BEFORE_MINUS = _SIGNS | {TokenType.COMMA, TokenType.L_PAREN, TokenType.BETWEEN, TokenType.AND}


def tokenize(text: str) -> list[Token]:
    """
    The tokens of *text*; their ``start`` and ``end`` are the first and last character.

    Raises:
        FilterError: a quote is not closed, a token is none of a filter's, there is a comment, or
            parentheses and NOTs go deeper than MAX_DEPTH. So no later reader recurses far.
    """
    if "\0" in text:
        _fail(text, "a filter cannot hold a NUL character", text.index("\0"))
    try:
        tokens = list(DIALECT.tokenize(text))
    except sqlglot.errors.TokenError:
        position = _open_quote(text)
        _fail(
            text, "this cannot be read" if position is None else "this quote is never closed", position or 0
        )
    end = 0
    for i, token in enumerate(tokens):
        _check_gap(text, end, token.start)
        end = token.end + 1
        before = tokens[i - 1].token_type if i else TokenType.L_PAREN
        after = tokens[i + 1].token_type if i + 1 < len(tokens) else None
        _check_token(text, token, before, after)
    _check_gap(text, end, len(text))
    _check_depth(text, tokens)
    return tokens


def _check_gap(text: str, start: int, end: int) -> None:
    """Only white space may stand between tokens; SQLGlot drops comments."""
    gap = text[start:end]
    rest = gap.lstrip()
    if rest:
        what = "a comment" if rest.startswith(("--", "/*", "#", "//")) else repr(rest[:10])
        _fail(text, f"{what} is not allowed in a filter", start + len(gap) - len(rest))


def _check_token(text: str, token: Token, before: TokenType, after: TokenType | None) -> None:
    kind, at = token.token_type, token.start
    word = text[token.start : token.end + 1]
    if kind == TokenType.SEMICOLON:
        _fail(text, "a filter is one condition; ';' is not allowed", at)
    if after == TokenType.L_PAREN and kind not in _BEFORE_PARENTHESIS and word.isidentifier():
        _fail(text, f"{word!r} looks like a function; filters have none", at)
    if kind not in _ALLOWED:
        _fail(text, f"{word!r} is not allowed in a filter", at)
    if kind == TokenType.NULL and before not in (TokenType.IS, TokenType.NOT):
        _fail(text, "nothing equals NULL; write IS NULL or IS NOT NULL", at)
    if kind == TokenType.STRING and (not word.startswith("'") or before == TokenType.STRING):
        _fail(text, "strings are written in single quotes, one at a time", at)
    if kind == TokenType.DASH and (before not in _BEFORE_MINUS or after != TokenType.NUMBER):
        _fail(text, "filters have no arithmetic", at)


def _check_depth(text: str, tokens: Sequence[Token]) -> None:
    """Bound what the parser recurses into: open parentheses, and the NOTs before them."""
    opened: list[int] = []
    nots = 0
    for token in tokens:
        match token.token_type:
            case TokenType.L_PAREN:
                opened.append(nots)
            case TokenType.R_PAREN if opened:
                nots = opened.pop()
            case TokenType.NOT:
                nots += 1
            case TokenType.AND | TokenType.OR:
                nots = opened[-1] if opened else 0
        if len(opened) + nots > MAX_DEPTH:
            _fail(text, f"parentheses and NOTs go deeper than {MAX_DEPTH}", token.start)


def _open_quote(text: str) -> int | None:
    """Where the quote starts that is never closed."""
    quote, start = "", 0
    for i, character in enumerate(text):
        if not quote and character in "'\"":
            quote, start = character, i
        elif character == quote:
            quote = ""
    return start if quote else None


def _fail(text: str, message: str, position: int) -> NoReturn:
    raise FilterError(message, text=text, position=position)
