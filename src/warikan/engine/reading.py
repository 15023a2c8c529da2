"""From text to a checked condition: SQLGlot's tokens and tree against a white list."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import NoReturn

import pyarrow as pa
import sqlglot.errors
from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from warikan.engine.column import Column, Operand, close_matches, find_column, map_value_of
from warikan.engine.condition import (
    Among,
    Comparison,
    Condition,
    Constant,
    IsNull,
    Like,
    Operator,
    Value,
    all_of,
    any_of,
    complement_of,
)
from warikan.engine.tokens import DIALECT, tokenize
from warikan.focus.errors import FilterError, UnknownColumn
from warikan.focus.money import PRECISION, SCALE

MAX_CONDITIONS = 200
"""Comparisons in one filter."""

_OPERATORS: dict[type[exp.Expr], tuple[Operator, Operator]] = {
    # the operator, and the one that says the same with the sides exchanged
    exp.EQ: ("=", "="),
    exp.NEQ: ("<>", "<>"),
    exp.LT: ("<", ">"),
    exp.LTE: ("<=", ">="),
    exp.GT: (">", "<"),
    exp.GTE: (">=", "<="),
}


class Reader:
    """Reads one filter text over one table; made for a single use."""

    def __init__(self, text: str, schema: pa.Schema) -> None:
        self.text = text
        self.schema = schema
        self.conditions = 0
        self.truths: list[int] = []

    def read(self) -> Condition:
        """The condition; raises FilterError at the character that is wrong."""
        tokens = tokenize(self.text)
        self.truths = [t.start for t in tokens if t.token_type in (TokenType.TRUE, TokenType.FALSE)]
        try:
            trees = DIALECT.parser().parse_into(exp.Condition, tokens, self.text)
        except sqlglot.errors.ParseError as error:
            self._fail_at_parse_error(error, tokens)
        tree = trees[0]
        if tree is None:
            self._fail("the filter is empty", 0)
        return self._condition(tree)

    def _condition(self, node: exp.Expr) -> Condition:
        match node:
            case exp.Paren():
                return self._condition(node.this)
            case exp.And():
                return all_of(*(self._condition(n) for n in node.flatten(unnest=False)))
            case exp.Or():
                return any_of(*(self._condition(n) for n in node.flatten(unnest=False)))
            case exp.Not():
                return complement_of(self._condition(node.this))
            case _:
                return self._leaf(node)

    def _leaf(self, node: exp.Expr) -> Condition:
        self.conditions += 1
        if self.conditions > MAX_CONDITIONS:
            self._fail(f"the filter has more than {MAX_CONDITIONS} conditions", self._place(node))
        match node:
            case exp.Boolean():
                return Constant(bool(node.this))
            case exp.In(expressions=[_, *_] as values) if not node.args.get("query"):
                operand = self._operand(node.this)
                return Among(operand, tuple(self._value(v, operand) for v in values))
            case exp.Like() | exp.ILike():
                return self._like(node)
            case exp.Is() if isinstance(node.expression, exp.Null):
                return IsNull(self._operand(node.this))
            case exp.Between():
                operand = self._operand(node.this)
                low = self._value(node.args["low"], operand)
                high = self._value(node.args["high"], operand)
                return all_of(Comparison(operand, ">=", low), Comparison(operand, "<=", high))
            case _ if type(node) in _OPERATORS:
                return self._comparison(node)
            case _:
                raise self._no_condition(node)

    def _no_condition(self, node: exp.Expr) -> FilterError:
        at = self._place(node)
        if isinstance(node, exp.In):
            return self._error("IN needs at least one value in parentheses", at)
        if _is_operand(node):
            name = self._operand(node).render()
            return self._error(f"{name} alone is no condition; compare it with something", at)
        return self._error("this is not a condition", at)

    def _comparison(self, node: exp.Expr) -> Condition:
        left, right = node.this, node.expression
        same, exchanged = _OPERATORS[type(node)]
        operator = same
        if not _is_operand(left):
            left, right, operator = right, left, exchanged
        operand = self._operand(left)
        if _is_operand(right):
            other = self._operand(right)
            if other.kind != operand.kind:
                self._fail(
                    f"{operand.render()} ({operand.kind}) cannot be compared with "
                    f"{other.render()} ({other.kind})",
                    self._place(right),
                )
            return Comparison(operand, operator, other)
        return Comparison(operand, operator, self._value(right, operand))

    def _like(self, node: exp.Expr) -> Condition:
        operand = self._operand(node.this)
        if operand.kind != "text":
            self._fail(f"LIKE reads text, and {operand.render()} is {operand.kind}", self._place(node.this))
        pattern = self._value(node.expression, operand)
        like = Like(operand, str(pattern), ignores_case=isinstance(node, exp.ILike))
        return complement_of(like) if node.args.get("negate") else like

    def _operand(self, node: exp.Expr) -> Operand:
        at = self._place(node)
        match node.unnest():
            case exp.Column(this=exp.Identifier() as name) as column if not column.args.get("table"):
                found = self._column(name)
                if found.kind == "map":
                    self._fail(f"{found.id} needs a key, as in {found.id}['team']", at)
                if found.kind == "other":
                    self._fail(f"{found.id} holds lists; filters cannot read it", at)
                return found
            case exp.Bracket(this=exp.Column(this=name), expressions=[exp.Literal(is_string=True) as key]):
                found = self._column(name)
                if found.kind != "map":
                    self._fail(f"{found.id} has no keys; only maps such as Tags have", at)
                return map_value_of(found, str(key.this), self.schema)
            case exp.Bracket():
                raise self._error("a key is one string in single quotes, as in Tags['team']", at)
            case _:
                raise self._error("a column is expected here", at)

    def _column(self, identifier: exp.Expr) -> Column:
        name = str(identifier.this)
        try:
            return find_column(name, self.schema)
        except UnknownColumn as error:
            hint = close_matches(name, self.schema.names)
            raise self._error(error.message, self._place(identifier), hint) from None

    def _value(self, node: exp.Expr, operand: Operand) -> Value:
        at = self._place(node)
        negative = isinstance(node, exp.Neg)
        literal = node.this if isinstance(node, exp.Neg | exp.Paren) else node
        if operand.kind == "truth" and isinstance(literal, exp.Boolean):
            return bool(literal.this)
        if not isinstance(literal, exp.Literal):
            self._fail("a value is expected here: 'text', a number or a date in quotes", at)
        text = str(literal.this)
        if operand.kind == "number" and not literal.is_string:
            return self._number(text, at) * (-1 if negative else 1)
        if operand.kind == "number":
            self._fail(f"{operand.render()} is a number: write it without quotes", at)
        if operand.kind == "truth":
            self._fail(f"{operand.render()} is TRUE or FALSE", at)
        if not literal.is_string:
            what = "text" if operand.kind == "text" else "a date"
            written = ("-" if negative else "") + text
            self._fail(f"{operand.render()} is {what}: write '{written}' in quotes", at)
        if operand.kind == "text":
            return text
        return self._moment(text, at) if operand.kind == "time" else self._day(text, at)

    def _number(self, text: str, at: int) -> Decimal:
        try:
            number = Decimal(text)
        except InvalidOperation:
            self._fail(f"{text!r} is not a number", at)
        digits = "".join(map(str, number.as_tuple().digits)).rstrip("0")
        scale = len(digits) - 1 - number.adjusted() if digits else 0
        if number and (number.adjusted() >= PRECISION - SCALE or scale > SCALE):
            self._fail(
                f"{text[:30]} has more than {PRECISION - SCALE} digits before or {SCALE} after the point", at
            )
        return number or Decimal(0)

    def _moment(self, text: str, at: int) -> datetime:
        try:
            moment = datetime.fromisoformat(text.strip())
            return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        except (ValueError, OverflowError):
            self._fail(f"{text!r} is no time; write '2026-09-01' or '2026-09-01T06:00:00Z'", at)

    def _day(self, text: str, at: int) -> date:
        try:
            return date.fromisoformat(text.strip())
        except ValueError:
            self._fail(f"{text!r} is no day; write '2026-09-01'", at)

    def _fail_at_parse_error(self, error: sqlglot.errors.ParseError, tokens: Sequence[Token]) -> NoReturn:
        if not tokens:
            self._fail("the filter is empty", 0)
        said = error.errors[0] if error.errors else {}
        place = (said.get("line"), said.get("col"))
        token = next((t for t in tokens if (t.line, t.col) == place), tokens[-1])
        description = str(said.get("description", ""))
        if description.startswith("Expecting"):
            self._fail(f"{description[0].lower()}{description[1:]} here", token.end + 1)
        if "missing" in description:
            self._fail("something is missing here", token.end + 1)
        self._fail(f"{self.text[token.start : token.end + 1]!r} is not expected here", token.start)

    def _place(self, node: exp.Expr) -> int:
        """Where *node* starts in the text: the first of its parts that knows."""
        starts = [n.meta["start"] for n in node.walk() if "start" in n.meta]
        if starts or node.parent is None:
            return min(starts, default=0)
        # TRUE and FALSE do not know: the first one after the column they are compared with.
        beside = self._place(node.parent)
        return next((place for place in self.truths if place > beside), beside)

    def _fail(self, message: str, position: int) -> NoReturn:
        raise self._error(message, position)

    def _error(self, message: str, position: int, hint: str | None = None) -> FilterError:
        return FilterError(message, text=self.text, position=position, hint=hint)


def _is_operand(node: exp.Expr) -> bool:
    return isinstance(node.unnest(), exp.Column | exp.Bracket)
