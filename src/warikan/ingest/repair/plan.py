"""
Which repairs fire on a bill, what they touch, and the relation that they make of it.

Counting first: one aggregate asks every test at once. Where none holds, there is nothing to repair, and that
was all. Where some do, a second one runs these and the rules that read what they set, one after the other,
and counts rows and money; only rules that really change something are compiled into what is loaded.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from importlib.resources import files

import duckdb

from warikan.focus.columns import COST_METRICS, columns_by_id
from warikan.focus.money import EXACT
from warikan.ingest.conversion import Companies
from warikan.ingest.header import Header
from warikan.ingest.relation import literal, quote
from warikan.ingest.repair.layers import OLD, REPAIRS, Firing, layered, marks, with_names
from warikan.ingest.repair.provider import Providers, find_providers
from warikan.ingest.repair.rules import Rule, load_rules

_NOTHING = Decimal(0)


@dataclass(frozen=True)
class Change:
    """By how much a cost changed in total, and how much was moved at all (rise and fall do not cancel)."""

    by: Decimal
    moved: Decimal


@dataclass(frozen=True)
class Tally:
    """
    What one rule did to the rows of one billing month and currency.

    Attributes:
        billed: The BilledCost of these rows, which no rule changes.
        changes: Cost → what it changed by; only costs that it changed.
    """

    rule: str
    version: int
    month: date | None
    currency: str | None
    rows: int
    billed: Decimal
    changes: Mapping[str, Change]


@dataclass(frozen=True)
class RepairPlan:
    """
    The repairs of one bill.

    Attributes:
        firings: The rules that change something in it, with the columns that they change.
        tallies: What they do, by rule, month and currency.
        columns: How SQL names the columns of the bill.
        providers: Whose rows it has.
    """

    firings: tuple[Firing, ...]
    tallies: tuple[Tally, ...]
    columns: Mapping[str, str]
    providers: Providers | None

    @property
    def changed(self) -> tuple[str, ...]:
        """The columns that changed in some row: FOCUS ids, and names of the bill's own columns."""
        return tuple(dict.fromkeys(column for firing in self.firings for column in firing.columns))

    @property
    def extras(self) -> dict[str, str]:
        """Name in x_Extra → SQL: what the changed columns said before."""
        return {OLD + column: quote(OLD + column) for column in self.changed}

    @property
    def marks(self) -> str:
        """SQL of x_Repairs in the repaired relation."""
        return REPAIRS if self.firings else "NULL::VARCHAR[]"

    def constants(self, found: Mapping[str, str]) -> dict[str, str]:
        """What of *found* (constants.py) still holds after the repairs."""
        touched = {self.columns.get(c, quote(c)) for c in self.changed}
        return {name: sql for name, sql in found.items() if not {name, quote(name)} & touched}

    def apply(self, relation: str, header: Header) -> tuple[str, Header]:
        """
        *relation* repaired, with the same columns, those that repairs add, ``_repairs`` and ``old.<Column>``.

        Rows and their order stay as they are. Without firing rules it is *relation* itself.
        """
        if not self.firings:
            return relation, header
        base, aliases = _base(relation, self.columns, self.firings, self.providers)
        kept = {c for c in self.changed if c not in self.columns}
        own = {c: self.columns[c] for c in self.changed if self.columns.get(c, quote(c)) != quote(c)}
        dropped = [quote(name) for name in aliases if name not in kept]
        dropped += ["_provider"] if _is_mixed(self.firings) else []
        dropped += [f"_f{n}" for n in range(len(self.firings))]
        back = f" REPLACE ({', '.join(f'{quote(c)} AS {e}' for c, e in own.items())})" if own else ""
        sql = (
            f"(SELECT * EXCLUDE ({', '.join(dropped)}){back}, {marks(self.firings)} AS {REPAIRS} "
            f"FROM {layered(base, self.firings, is_counted=False)})"
        )
        return sql, replace(header, focus=header.focus | dict.fromkeys(sorted(kept), -1))


def columns_of(header: Header) -> dict[str, str]:
    """How SQL names the columns of a typed relation: FOCUS ids, and the bill's own that rules may read."""
    wanted = {name.casefold(): name for name in load_rules().extras}
    own = {
        wanted[header.names[i].casefold()]: f"e{i}"
        for i in reversed(header.extra)
        if header.names[i].casefold() in wanted
    }
    return own | {column: quote(column) for column in header.focus}


def plan_repairs(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    columns: Mapping[str, str],
    rules: Sequence[Rule],
    companies: Companies,
    *,
    is_good: str = "true",
) -> RepairPlan:
    """
    What *rules* would do to the typed *relation*.

    Args:
        columns: As columns_of.
        rules: In their order; active.py.
        companies: Spellings of providers.
        is_good: SQL: which rows are charges. Others are rejected anyway, so nothing is counted for them.
    """
    if not rules:
        return RepairPlan((), (), columns, None)
    create_macros(connection, companies)
    providers = find_providers(connection, relation, columns, load_rules(), companies)
    candidates = _candidates(rules, columns, providers)
    passed = _screen(connection, relation, columns, candidates, providers)
    if not passed:
        return RepairPlan((), (), columns, None)
    asked = [f for f in candidates if f.rule.id in _with_readers(candidates, passed)]
    # A row on which no test holds as it is stays as it is: a later rule sees no more than it does.
    touched = " OR ".join(f.condition for f in candidates if f.rule.id in passed)
    firings, tallies = _count(connection, relation, columns, asked, providers, is_good, touched)
    return RepairPlan(firings, tallies, columns, providers)


def create_macros(connection: duckdb.DuckDBPyConnection, companies: Companies) -> None:
    """What the rules are written with, in this session."""
    connection.execute(macros())
    cases = " ".join(
        f"WHEN regexp_full_match(lower(trim(v)), {literal(pattern)}) THEN {literal(company)}"
        for company, pattern in companies.patterns.items()
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP MACRO company_of(v) AS CASE {cases} ELSE lower(trim(v)) END"
        if cases
        else "CREATE OR REPLACE TEMP MACRO company_of(v) AS lower(trim(v))"
    )


def macros() -> str:
    """macros.sql."""
    return files(__package__).joinpath("macros.sql").read_text(encoding="utf-8")


def _candidates(rules: Sequence[Rule], columns: Mapping[str, str], providers: Providers) -> list[Firing]:
    """The rules that could fire on such a bill, by its columns and providers alone."""
    there, found = set(columns), []
    for rule in rules:
        settable = [c for c in rule.set if c in columns_by_id() or c in columns]
        if not settable or not there.issuperset(rule.needs):
            continue
        firing = providers.firing(rule, settable)
        if firing is not None:
            found.append(firing)
            there.update(settable)
    return found


def _is_mixed(firings: Sequence[Firing]) -> bool:
    return any(firing.rows is not None for firing in firings)


def _base(
    relation: str,
    columns: Mapping[str, str],
    firings: Sequence[Firing],
    providers: Providers | None,
    only: Sequence[str] | None = None,
) -> tuple[str, list[str]]:
    """*relation* with all that *firings* read (with *only*, and nothing else), and the names added to it."""
    is_mixed = _is_mixed(firings) and providers is not None
    read = {*(only or ()), *(c for f in firings for c in (*f.rule.reads, *f.columns))}
    read |= providers.reads if is_mixed and providers else set()
    names = sorted(read)
    base = with_names(relation, columns, names, is_narrow=only is not None)
    old = [f"NULL::VARCHAR AS {quote(OLD + c)}" for c in dict.fromkeys(c for f in firings for c in f.columns)]
    whose = [f"{providers.term} AS _provider"] if is_mixed and providers else []
    return f"(SELECT {', '.join(['*', *whose, *old])} FROM {base})", [
        name for name in names if columns.get(name) != quote(name)
    ]


def _screen(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    columns: Mapping[str, str],
    candidates: Sequence[Firing],
    providers: Providers,
) -> set[str]:
    """Ids of the rules whose test holds on some row as it is. Where that is none, no rule fires at all."""
    if not candidates:
        return set()
    base, _ = _base(relation, columns, candidates, providers, only=())
    tests = ", ".join(f"count(*) FILTER (WHERE {f.condition})" for f in candidates)
    found = connection.execute(f"SELECT {tests} FROM {base}").fetchone()
    return {f.rule.id for f, count in zip(candidates, found or (), strict=True) if count}


def _with_readers(candidates: Sequence[Firing], passed: set[str]) -> set[str]:
    """*passed*, and the later rules that read what these set."""
    taken: set[str] = set()
    touched: set[str] = set()
    for firing in candidates:
        if firing.rule.id in passed or firing.rule.reads & touched:
            taken.add(firing.rule.id)
            touched.update(firing.columns)
    return taken


def _count(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    columns: Mapping[str, str],
    asked: Sequence[Firing],
    providers: Providers,
    is_good: str,
    touched: str,
) -> tuple[tuple[Firing, ...], tuple[Tally, ...]]:
    """Run *asked* one after the other, and count."""
    places = ["BilledCost", "BillingCurrency", "BillingPeriodStart"]
    base, _ = _base(f"(SELECT * FROM {relation} WHERE {is_good})", columns, asked, providers, only=places)
    base = f"(SELECT * FROM {base} WHERE {touched})"
    wanted: list[tuple[int, str, str]] = []
    for n, firing in enumerate(asked):
        wanted += [(n, "rows", f"count(*) FILTER (WHERE _f{n})")]
        wanted += [(n, "billed", f'sum("BilledCost") FILTER (WHERE _f{n})')]
        for column in firing.columns:
            wanted.append((n, f"has {column}", f"count(*) FILTER (WHERE {quote(f'_c{n}.{column}')})"))
        for cost in COST_METRICS:
            if cost in firing.columns:
                wanted += [(n, f"{part} {cost}", sql) for part, sql in _sums(n, cost).items()]
    query = (
        f'SELECT month_of("BillingPeriodStart")::DATE, to_currency("BillingCurrency"), '
        f"{', '.join(sql for _, _, sql in wanted)} "
        f"FROM {layered(base, asked, is_counted=True)} GROUP BY ALL ORDER BY ALL"
    )
    counted = []
    for month, currency, *values in connection.execute(query).fetchall():
        said: list[dict[str, Decimal | int | None]] = [{} for _ in asked]
        for (n, what, _), value in zip(wanted, values, strict=True):
            said[n][what] = value
        counted.append((month, currency, said))
    firings = tuple(
        replace(
            firing, columns=tuple(c for c in firing.columns if any(s[n][f"has {c}"] for _, _, s in counted))
        )
        for n, firing in enumerate(asked)
        if any(s[n]["rows"] for _, _, s in counted)
    )
    tallies = tuple(
        _tally(firing.rule, month, currency, said[n])
        for n, firing in enumerate(asked)
        for month, currency, said in counted
        if said[n]["rows"]
    )
    return firings, tallies


def _sums(n: int, cost: str) -> dict[str, str]:
    """Sums of what rose and fell, before and after: never the difference in a row, which may not fit."""
    before, after = quote(f"_b{n}.{cost}"), quote(f"_a{n}.{cost}")
    rose, fell = f"FILTER (WHERE {after} > {before})", f"FILTER (WHERE {after} < {before})"
    return {
        "rose to": f"sum({after}) {rose}",
        "rose from": f"sum({before}) {rose}",
        "fell to": f"sum({after}) {fell}",
        "fell from": f"sum({before}) {fell}",
    }


def _tally(
    rule: Rule, month: date | None, currency: str | None, said: Mapping[str, Decimal | int | None]
) -> Tally:
    changes = {}
    for cost in COST_METRICS:
        if f"rose to {cost}" not in said:
            continue
        to, since, down, top = (
            Decimal(said[f"{part} {cost}"] or 0) for part in ("rose to", "rose from", "fell to", "fell from")
        )
        rise, fall = EXACT.subtract(to, since), EXACT.subtract(top, down)
        if rise or fall:
            changes[cost] = Change(EXACT.subtract(rise, fall), EXACT.add(rise, fall))
    rows = int(said["rows"] or 0)
    billed = Decimal(said["billed"] or _NOTHING)
    return Tally(rule.id, rule.version, month, currency, rows, billed, changes)
