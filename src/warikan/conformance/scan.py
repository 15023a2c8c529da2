"""
One pass over a bill that answers every question of every rule.

Each question about a row becomes a bit; rows with the same bits and currency are one group, with how many
they are, what they cost and where the first of them lie. A bill has few kinds of rows, so that the rules,
asked of the groups, cost nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice

import duckdb

from warikan.conformance.bill import Bill
from warikan.conformance.predicates import Found
from warikan.focus.columns import iso_currencies
from warikan.ingest.relation import literal

ORIGIN = ("_file", "_place")
"""Under what names ``Scan.values`` tells where a charge of the lake comes from."""
_BITS = 62
"""Of a BIGINT, without its sign."""
_RULES = 100
"""Rules asked in one statement."""
WEIGHT = "DECIMAL(38,12)"
_MOST = 10**15
"""A cost beyond this weighs no more: a broken file must not overflow the sum."""


class Questions:
    """The distinct questions about a row, each with its bit."""

    def __init__(self) -> None:
        self._places: dict[str, int] = {}

    def ask(self, sql: str) -> str:
        """Put the question *sql* once; what tells its answer in the table ``groups``."""
        word, bit = divmod(self._places.setdefault(sql, len(self._places)), _BITS)
        return f"((m{word} & {1 << bit}) <> 0)"

    def words(self) -> tuple[str, ...]:
        """The bits of all questions, as SQL of the scan."""
        asked = [
            f"CASE WHEN {sql} THEN {1 << place % _BITS} ELSE 0 END" for sql, place in self._places.items()
        ]
        return tuple(f"({' + '.join(asked[at : at + _BITS])})::BIGINT" for at in range(0, len(asked), _BITS))


@dataclass(frozen=True)
class Tally:
    """Of one rule: rows it speaks of, rows that break it, what these cost by currency, some of them."""

    asked: int = 0
    failed: int = 0
    cost: dict[str, Decimal] = field(default_factory=dict)
    rows: tuple[int, ...] = ()


@dataclass(frozen=True)
class Ask:
    """A rule about rows, in the words of the groups (or, for ``pair``, of the bill)."""

    rule: str
    meets: str
    breaks: str = "false"
    pair: tuple[Found, Found, int | None] | None = None
    """Two columns, and how many of the second the first must have; None: at most one."""


def weight_of(cost: Found | None) -> str:
    """How much a row weighs: the size of its cost; nothing where that is no number (see is_unweighed)."""
    if cost is None:
        return f"0::{WEIGHT}"
    value = _amount(cost)
    # Not least() alone, which passes over nulls.
    return f"coalesce(CASE WHEN abs({value}) > {_MOST} THEN {_MOST} ELSE abs({value}) END, 0)::{WEIGHT}"


def is_unweighed(cost: Found | None) -> str:
    """Whether a row has a cost that is no number, or none that a sum can hold."""
    return "false" if cost is None else f"({cost.sql} IS NOT NULL AND {_amount(cost)} IS NULL)"


def _amount(cost: Found) -> str:
    if not cost.is_text:
        return f"try_cast({cost.sql} AS {WEIGHT})"
    # Text to a wide decimal takes DuckDB 9 µs, to a narrow one 0.1 µs; few are too large for that.
    return (
        f"coalesce(try_cast({cost.sql} AS DECIMAL(18, 9))::{WEIGHT}, "
        f"try_cast(try_cast({cost.sql} AS DOUBLE) AS {WEIGHT}))"
    )


def currency_of(currency: Found | None) -> str:
    """A row's currency; empty where it is none, so that a broken column makes no group for each row."""
    if currency is None:
        return "''"
    codes = ", ".join(map(literal, sorted(iso_currencies())))
    return f"CASE WHEN {currency.text} IN ({codes}) THEN {currency.text} ELSE '' END"


class Scan:
    """The groups of one bill, in the table ``groups`` of *connection*."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        bill: Bill,
        *,
        cost: Found | None,
        currency: Found | None,
        samples: int,
    ) -> None:
        self._connection = connection
        self._bill = bill
        self._weight, self._currency, self._samples = weight_of(cost), currency_of(currency), samples

    def run(self, questions: Questions) -> dict[str, tuple[int, Decimal]]:
        """Read the bill once; rows and weight by currency."""
        words = questions.words()
        shown = "".join(f", {sql} AS m{place}" for place, sql in enumerate(words))
        keys = "".join(f", m{place}" for place in range(len(words)))
        self._connection.execute(
            f"""CREATE OR REPLACE TEMP TABLE groups AS
            SELECT currency{keys}, count(*) AS n, sum(weight)::{WEIGHT} AS weight,
                   {self._first("_row")} AS rows
            FROM (SELECT {self._currency} AS currency, {self._weight} AS weight, _row{shown}
                  FROM {self._bill.relation})
            GROUP BY ALL"""
        )
        rows = self._connection.execute(
            f"SELECT currency, sum(n)::BIGINT, sum(weight)::{WEIGHT} FROM groups "
            "GROUP BY ALL ORDER BY 2 DESC, 1"
        ).fetchall()
        return {str(row[0]): (int(row[1]), Decimal(row[2])) for row in rows}

    def _first(self, row: str) -> str:
        return f"min({row}, {self._samples})" if self._samples else "NULL::BIGINT[]"

    def holds_somewhere(self, answers: Sequence[str]) -> list[bool]:
        """For each of *answers*, whether some row has it."""
        if not answers:
            return []
        shown = ", ".join(f"coalesce(bool_or({answer}), false)" for answer in answers)
        row = self._connection.execute(f"SELECT {shown} FROM groups").fetchone()
        return [bool(found) for found in row or [False] * len(answers)]

    def tally(self, asks: Sequence[Ask]) -> dict[str, Tally]:
        """What each of *asks* found."""
        found: dict[str, Tally] = {}
        grouped = iter([ask for ask in asks if ask.pair is None])
        while chunk := list(islice(grouped, _RULES)):
            found |= self._tally_groups(chunk)
        for ask in asks:
            if ask.pair is not None:
                found[ask.rule] = self._tally_pairs(ask)
        return found

    def _tally_groups(self, asks: Sequence[Ask]) -> dict[str, Tally]:
        shown = ", ".join(
            f"coalesce(sum(n) FILTER (WHERE {ask.meets}), 0)::BIGINT, "
            f"coalesce(sum(n) FILTER (WHERE {ask.meets} AND {ask.breaks}), 0)::BIGINT, "
            f"coalesce(sum(weight) FILTER (WHERE {ask.meets} AND {ask.breaks}), 0)::{WEIGHT}"
            for ask in asks
        )
        rows = self._connection.execute(f"SELECT currency, {shown} FROM groups GROUP BY currency").fetchall()
        tallies: dict[str, Tally] = {}
        for place, ask in enumerate(asks):
            parts = [(str(row[0]), *row[1 + 3 * place : 4 + 3 * place]) for row in rows]
            cost = {currency: Decimal(weight) for currency, _, failed, weight in parts if failed}
            tallies[ask.rule] = Tally(sum(p[1] for p in parts), sum(p[2] for p in parts), cost)
        broken = [ask for ask in asks if tallies[ask.rule].failed]
        for ask, first in zip(broken, self._samples_of(broken), strict=True):
            tally = tallies[ask.rule]
            tallies[ask.rule] = Tally(tally.asked, tally.failed, tally.cost, first)
        return tallies

    def _samples_of(self, asks: Sequence[Ask]) -> Iterator[tuple[int, ...]]:
        """The first rows that break each of *asks*."""
        if not asks or not self._samples:
            yield from (() for _ in asks)
            return
        shown = ", ".join(
            # Of each group its first rows: the first of all are among them.
            f"min(r, {self._samples}) FILTER (WHERE {ask.meets} AND {ask.breaks})"
            for ask in asks
        )
        row = self._connection.execute(
            f"SELECT {shown} FROM (SELECT *, unnest(rows) AS r FROM groups)"
        ).fetchone()
        yield from (tuple(int(r) for r in rows or ()) for rows in row or ())

    def _tally_pairs(self, ask: Ask) -> Tally:
        """Rows whose first column has another number of second ones than it must; nulls are no values."""
        if ask.pair is None:
            return Tally()
        a, b, expected = ask.pair
        source = f"FROM {self._bill.relation} WHERE {ask.meets} AND {a.sql} IS NOT NULL"
        if expected in (1, None):
            # Lowest and highest are cheaper than a set of all.
            wrong = f"min({b.text}) <> max({b.text})" + (f" OR min({b.text}) IS NULL" if expected else "")
        else:
            wrong = f"count(DISTINCT {b.text}) <> {int(expected)}"
        bad = f"SELECT {a.text} AS a {source} GROUP BY 1 HAVING {wrong}"
        asked = self._connection.execute(
            f"SELECT count(*), (SELECT count(*) FROM ({bad})) {source}"
        ).fetchone()
        if not asked or not asked[1]:
            return Tally(int(asked[0]) if asked else 0)
        rows = self._connection.execute(
            f"""SELECT {self._currency} AS currency, count(*), sum({self._weight})::{WEIGHT},
                       {self._first("_row")}
                {source} AND {a.text} IN ({bad}) GROUP BY 1"""
        ).fetchall()
        cost = {str(row[0]): Decimal(row[2]) for row in rows}
        first = sorted(int(r) for row in rows for r in row[3] or ())[: self._samples]
        return Tally(int(asked[0]), sum(int(row[1]) for row in rows), cost, tuple(first))

    def values(self, rows: Sequence[int], columns: Sequence[str]) -> dict[int, dict[str, str | None]]:
        """
        What *rows* have in *columns*, cut to what a person reads.

        Of charges in the lake also where each comes from, under ``_file`` and ``_place``.
        """
        if not rows:
            return {}
        named = {c: self._bill.columns[c].text for c in columns}
        if self._bill.origin is not None:
            named |= {name: found.text for name, found in zip(ORIGIN, self._bill.origin, strict=True)}
        shown = "".join(f", left({text}, 200)" for text in named.values())
        found = self._connection.execute(
            f"SELECT _row{shown} FROM {self._bill.relation} "
            f"WHERE _row IN ({', '.join(map(str, sorted(rows)))})"
        ).fetchall()
        return {int(row[0]): dict(zip(named, row[1:], strict=True)) for row in found}
