"""
Kubecost's filter language (v2), read into conditions of ours.

``namespace:"a","b" + (label[app]:"x" | controllerKind!:"job")``. Grammar and meaning as in opencost's
core/pkg/filter/ast: ``:`` equal, ``~:`` contains, ``<~:`` begins with, ``~>:`` ends with, ``!`` before any of
them for not; ``+`` and, ``|`` or, never both without parentheses. A value may be without quotes when it is a
plain word, and a space between two comparisons is a ``+``: a plus sign in an address arrives as a space.
"""

import re
from typing import NamedTuple, NoReturn

from warikan.api.kubecost.conditions import Fields, Match, none_of
from warikan.engine.condition import Condition, all_of, any_of
from warikan.focus.errors import FilterError

MAX_LENGTH = 4000
MAX_DEPTH = 10
MAX_VALUES = 200

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<operator>!?(?:<~|~>|~)?:)
      | (?P<mark>[,+|()])
      | "(?P<value>[^"]*)"
      | \[(?P<key>[^\]]*)\]
      | (?P<word>[\w.*/-]+)
    )""",
    re.VERBOSE,
)
_MATCHES: dict[str, Match] = {":": "equal", "~:": "contains", "<~:": "prefix", "~>:": "suffix"}


class _Token(NamedTuple):
    kind: str
    text: str
    place: int


def parse_filter(text: str, fields: Fields) -> Condition | None:
    """
    The condition that *text* is; None when it is blank.

    Raises:
        FilterError: it is none of the language; ``position`` is the character where it went wrong.
        UsageError: a field is not known or cannot be asked.
    """
    if len(text) > MAX_LENGTH:
        raise FilterError(
            f"the filter has {len(text)} characters; at most {MAX_LENGTH} are read",
            text=text,
            position=MAX_LENGTH,
        )
    return _Reader(text, fields).read()


class _Reader:
    """Reads one filter; made for a single use."""

    def __init__(self, text: str, fields: Fields) -> None:
        self.text = text
        self.fields = fields
        self.tokens = self._tokenize()
        self.at = 0
        self.values = 0

    def read(self) -> Condition | None:
        if self._peek().kind == "end":
            return None
        condition = self._group(0)
        if self._peek().kind != "end":
            self._fail(f"{self._peek().text!r} is not expected here")
        return condition

    def _tokenize(self) -> list[_Token]:
        tokens, place = [], 0
        end = len(self.text.rstrip())
        while place < end:
            match = _TOKEN.match(self.text, place)
            if match is None or match.lastgroup is None:
                start = place + len(self.text[place:]) - len(self.text[place:].lstrip())
                what = "this quote is never closed" if self.text[start] == '"' else "this cannot be read"
                raise FilterError(what, text=self.text, position=start)
            tokens.append(_Token(match.lastgroup, match[match.lastgroup], match.start(match.lastgroup)))
            place = match.end()
        return [*tokens, _Token("end", "", len(self.text))]

    def _group(self, depth: int) -> Condition:
        """Comparisons and groups joined by one operator, up to a parenthesis or the end."""
        if depth > MAX_DEPTH:
            self._fail(f"parentheses go deeper than {MAX_DEPTH}")
        parts = [self._element(depth)]
        joined = ""
        while self._peek().text != ")" and self._peek().kind != "end":
            sign = self._join()
            if joined and sign != joined:
                self._fail("'+' and '|' are mixed; say with parentheses which goes first")
            joined = sign
            parts.append(self._element(depth))
        return any_of(*parts) if joined == "|" else all_of(*parts)

    def _join(self) -> str:
        token = self._peek()
        if token.kind == "mark" and token.text in "+|":
            self.at += 1
            return token.text
        if token.kind == "word" or token.text == "(":
            return "+"
        return self._fail("'+' or '|' is expected here")

    def _element(self, depth: int) -> Condition:
        if self._peek().text == "(" and self._peek().kind == "mark":
            self.at += 1
            condition = self._group(depth + 1)
            if self._peek().text != ")":
                self._fail("a parenthesis is not closed")
            self.at += 1
            return condition
        return self._comparison()

    def _comparison(self) -> Condition:
        name = self._take("word", "a field is expected here, such as namespace")
        key = self._take("key", "").text.strip() if self._peek().kind == "key" else None
        operator = self._take("operator", "an operator is expected here: : !: ~: <~: ~>:").text
        field = self.fields.field(name.text, key)
        match = _MATCHES[operator.removeprefix("!")]
        values = [self._value()]
        while self._peek().text == "," and self._peek().kind == "mark":
            self.at += 1
            values.append(self._value())
        found = [field(value, match) for value in values]
        return none_of(found) if operator.startswith("!") else any_of(*found)

    def _value(self) -> str:
        self.values += 1
        if self.values > MAX_VALUES:
            self._fail(f"the filter has more than {MAX_VALUES} values")
        if self._peek().kind == "word":
            return self._take("word", "").text
        return self._take("value", "a value in double quotes is expected here").text

    def _take(self, kind: str, otherwise: str) -> _Token:
        token = self._peek()
        if token.kind != kind:
            self._fail(otherwise)
        self.at += 1
        return token

    def _peek(self) -> _Token:
        return self.tokens[self.at]

    def _fail(self, message: str) -> NoReturn:
        raise FilterError(message, text=self.text, position=self._peek().place)
