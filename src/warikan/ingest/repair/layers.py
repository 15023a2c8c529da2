"""The SQL of repairs: one rule over another, each a query over the one before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from warikan.focus.columns import COST_METRICS, columns_by_id
from warikan.ingest.relation import INSTANT, MONEY, TEXT_MAP, literal, quote
from warikan.ingest.repair.rules import Rule

OLD = "old."
"""What a column was before the first repair is kept under its name behind this, in x_Extra."""
REPAIRS = "_repairs"
_TYPES = {"decimal": MONEY, "datetime": INSTANT}


@dataclass(frozen=True)
class Firing:
    """
    A rule as it is compiled for one bill.

    Attributes:
        columns: Those that it sets here.
        rows: SQL of whose rows it looks at; None: all rows.
    """

    rule: Rule
    columns: tuple[str, ...]
    rows: str | None = None

    @property
    def condition(self) -> str:
        """SQL of the test; never NULL."""
        first = " AND ".join(
            f"({said})" for said in (self.rows, self.rule.first) if said not in {None, "true"}
        )
        test = f"coalesce(({self.rule.test}), false)"
        # CASE, since all sides of an AND in a projection are worked out for every row.
        return f"CASE WHEN {first} THEN {test} ELSE false END" if first else test


def type_of(column: str) -> str:
    """The SQL type of *column*; what is not FOCUS is text."""
    if column == "Tags":
        return TEXT_MAP
    known = columns_by_id().get(column)
    return _TYPES.get(known.type, "VARCHAR") if known else "VARCHAR"


def with_names(
    relation: str,
    columns: Mapping[str, str],
    read: Sequence[str],
    more: Sequence[str] = (),
    *,
    is_narrow: bool = False,
) -> str:
    """
    *relation* with every column of *read* under its own name: as the bill has it, or NULL; and *more*.

    *columns* says how SQL names what the bill has.
    """
    added = [
        f"{columns.get(name, f'NULL::{type_of(name)}')} AS {quote(name)}"
        for name in read
        if is_narrow or columns.get(name) != quote(name)
    ]
    return f"(SELECT {', '.join([*added, *more] if is_narrow else ['*', *added, *more])} FROM {relation})"


def layered(base: str, firings: Sequence[Firing], *, is_counted: bool) -> str:
    """
    *base* after *firings*, one after the other; in it are ``old.<Column>``.

    It has ``_f<n>``: whether rule n fired. With *is_counted* also ``_c<n>.<column>``: whether it changed that
    column; and of costs ``_b<n>.<column>`` and ``_a<n>.<column>``: before and after, as numbers.
    """
    sql = base
    levels = _levels(firings)
    for level in range(max(levels, default=-1) + 1):
        here = [(n, f) for n, f in enumerate(firings) if levels[n] == level]
        sql = _fire(sql, here, is_counted=is_counted)
    return sql


def _levels(firings: Sequence[Firing]) -> list[int]:
    """
    Which layer each rule is in: as few as can be, since planning each takes DuckDB 5 ms.

    A rule is above each earlier one that sets what it reads or sets, never below one that reads what it sets.
    """
    levels: list[int] = []
    for n, one in enumerate(firings):
        sees = one.rule.reads | set(one.columns)
        above = [levels[i] + 1 for i, f in enumerate(firings[:n]) if sees.intersection(f.columns)]
        beside = [levels[i] for i, f in enumerate(firings[:n]) if f.rule.reads.intersection(one.columns)]
        levels.append(max(*above, *beside, 0, 0))
    return levels


def _fire(sql: str, here: Sequence[tuple[int, Firing]], *, is_counted: bool) -> str:
    """One layer: rules of which none reads or sets what another sets."""
    tests = [f"{firing.condition} AS _test{n}" for n, firing in here]
    values = [f"{_value(f.rule, c, n)} AS {quote(f'_new.{c}')}" for n, f in here for c in f.columns]
    replaced, added = [], []
    for n, firing in here:
        new = {column: quote(f"_new.{column}") for column in firing.columns}
        changed = {column: f"({name} IS DISTINCT FROM {quote(column)})" for column, name in new.items()}
        replaced += [f"{name} AS {quote(column)}" for column, name in new.items()] + [
            f"CASE WHEN {quote(OLD + column)} IS NULL AND {changed[column]} THEN {_text(column)} "
            f"ELSE {quote(OLD + column)} END AS {quote(OLD + column)}"
            for column in new
        ]
        added.append(f"{' OR '.join(changed.values())} AS _f{n}")
        if is_counted:
            added += [f"{is_so} AS {quote(f'_c{n}.{column}')}" for column, is_so in changed.items()]
            for column in (c for c in new if c in COST_METRICS):
                added.append(f"coalesce({quote(column)}, 0) AS {quote(f'_b{n}.{column}')}")
                added.append(f"coalesce({new[column]}, 0) AS {quote(f'_a{n}.{column}')}")
    dropped = [f"_test{n}" for n, _ in here] + [quote(f"_new.{c}") for _, f in here for c in f.columns]
    return (
        f"(SELECT * EXCLUDE ({', '.join(dropped)}) REPLACE ({', '.join(replaced)}), {', '.join(added)} "
        f"FROM (SELECT *, {', '.join(values)} FROM (SELECT *, {', '.join(tests)} FROM {sql})))"
    )


def _value(rule: Rule, column: str, n: int) -> str:
    kind, name = type_of(column), quote(column)
    value = f"try_cast(({rule.set[column]}) AS {kind})" if kind == MONEY else f"({rule.set[column]})::{kind}"
    return f"CASE WHEN _test{n} THEN {value if rule.clears else f'coalesce({value}, {name})'} ELSE {name} END"


def _text(column: str) -> str:
    """What *column* says now, as text; '' where it says nothing, which no text of a bill is."""
    name, kind = quote(column), type_of(column)
    if kind == MONEY:
        text = f"rtrim(rtrim({name}::VARCHAR, '0'), '.')"
    elif kind == INSTANT:
        text = f"replace(replace({name}::VARCHAR, ' ', 'T'), '+00', 'Z')"
    else:
        text = name
    return f"coalesce({text}, '')"


def marks(firings: Sequence[Firing]) -> str:
    """SQL of ``_repairs``: the ids of the rules that fired on the row, in order; NULL where none did."""
    if len(firings) == 1:
        return f"CASE WHEN _f0 THEN [{literal(firings[0].rule.id)}] END"
    ids = ", ".join(f"CASE WHEN _f{n} THEN {literal(f.rule.id)} END" for n, f in enumerate(firings))
    is_any = " OR ".join(f"_f{n}" for n in range(len(firings)))
    return f"CASE WHEN {is_any} THEN list_filter([{ids}], lambda v: v IS NOT NULL) END"
