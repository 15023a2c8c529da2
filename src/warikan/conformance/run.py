"""Check a bill against FOCUS: open it, scan it, ask the rules, put the answers together."""

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import duckdb

from warikan.conformance.asking import Plan, blank_result, join_results, plan_rules
from warikan.conformance.bill import ROW_BITS, Bill, lake_bill, open_bill
from warikan.conformance.books import COST_AND_USAGE, datasets, rule_book
from warikan.conformance.choosing import choose_files
from warikan.conformance.criteria import decide_criteria
from warikan.conformance.predicates import Found, Predicates
from warikan.conformance.repeats import find_repeats
from warikan.conformance.report import ConformanceReport, Outcome, RuleResult, Sample, Share
from warikan.conformance.rules import RuleBook
from warikan.conformance.scan import ORIGIN, Ask, Questions, Scan, Tally, is_unweighed
from warikan.engine.connection import connect
from warikan.focus.columns import VERSIONS, Version, columns_by_id, list_columns
from warikan.focus.errors import UnreadableFile, UsageError
from warikan.ingest.files import find_files, name_of
from warikan.ingest.header import infer_version
from warikan.ingest.places import Candidate, Candidates, Reach, find_candidates, is_place

MEMORY_LIMIT = "1GB"
"""What DuckDB may count as used, which is more than it holds: about 300 MB for a million rows."""
_THREADS = 2
"""Each one holds a piece of every column, about 100 MB."""
SAMPLES = 3
_COSTS = ("EffectiveCost", "BilledCost", "ContractCommitmentCost")
_CURRENCIES = ("BillingCurrency", "InvoiceCurrency")
_UNWEIGHED = "unweighed"
"""By what name the scan tells of rows whose cost is no number; no rule has it."""


@dataclass(frozen=True)
class Wanted:
    """
    What a person wants checked.

    Attributes:
        version: None takes the oldest that has all columns of the bill.
        criteria: See ``decide_criteria``.
        samples: Rows shown of each failed rule.
        with_errata: False asks the rules as published.
        null_is_other: See ``Predicates``; False is how the official validator reads.
    """

    version: Version | None = None
    criteria: str | None = None
    samples: int = SAMPLES
    with_errata: bool = True
    null_is_other: bool = True


def check_file(
    path: str | Path,
    wanted: Wanted | None = None,
    *,
    root: Path | None = None,
    temp: Path | None = None,
    reach: Reach | None = None,
) -> ConformanceReport:
    """
    Check the file, folder, glob or place *path* (all its files of one dataset as one bill) against FOCUS.

    Args:
        path: Relative to *root*; or an address in an object store.
        wanted: What to check; by default everything, as the data shows it.
        root: What relative paths start at, by default the current folder. Objects are fetched into the cache
            of this workspace; without one they are gone afterwards.
        temp: Folder for CSV that is staged; by default the system's.
        reach: How an object store is reached; needed for one.

    Raises:
        UsageError: there is nothing there, or no such criterion.
        UnreadableFile: a file is damaged or no table.
        NotFocus: a table, but of no FOCUS dataset.
        PlaceError: an object store cannot be read.
    """
    if is_place(path) and reach is None:
        raise UsageError(f"{path}: nothing says how object stores are reached")
    base = root or Path.cwd()
    with _database(temp) as (connection, folder):
        if reach is not None and is_place(path):
            found = find_candidates(path, root or folder, reach)
        else:
            here, is_single = find_files(path, base)
            found = Candidates(tuple(Candidate(one, name_of(one, base)) for one in here), is_single)
        try:
            chosen = choose_files(found, base, str(path))
            bill = open_bill(connection, chosen.files, folder)
            report = _check(connection, bill, wanted or Wanted(), chosen.dataset)
        finally:
            if found.fetched is not None:
                found.fetched.release()
    return replace(report, passed_over=chosen.passed_over)


def check_charges(
    paths: Sequence[Path], *, name: str, wanted: Wanted | None = None, temp: Path | None = None
) -> ConformanceReport:
    """
    Check charges of the lake: the Parquet files *paths*, which reports call *name*.

    Against the newest version that a row was read as. The lake has every column of FOCUS: one that may be
    left out and is null in each row counts as not there, and later versions' columns, which loading fills
    in, are not looked at.
    """
    if not paths:
        raise UsageError(f"{name} has no charges", hint="`warikan ingest` loads them")
    with _database(temp) as (connection, _):
        bill = lake_bill(connection, paths, name)
        asked = wanted or Wanted()
        version = asked.version or _read_as(connection, bill)
        known = [c for c in list_columns(version) if c.id in bill.columns]
        shown = ", ".join(f"count({bill.columns[c.id].sql})" for c in known)
        counted = connection.execute(f"SELECT {shown} FROM {bill.relation}").fetchone() or ()
        filled = {c.id for c, values in zip(known, counted, strict=True) if values}
        there = {
            # The files of the lake leave out what is null in each row.
            c.id: bill.columns.get(c.id, Found(c.id, "NULL::VARCHAR", "VARCHAR"))
            for c in list_columns(version)
            if c.id in filled or (c.level_in(version) == "mandatory" and c.is_nullable_in(version))
        }
        found = replace(bill, columns=there, names=tuple(there))
        return _check(connection, found, replace(asked, version=version), COST_AND_USAGE)


def _read_as(connection: duckdb.DuckDBPyConnection, bill: Bill) -> Version:
    row = connection.execute(f'SELECT max("x_FocusVersion") FROM {bill.relation}').fetchone()
    return next((v for v in VERSIONS if row and v == row[0]), VERSIONS[-1])


@contextmanager
def _database(temp: Path | None) -> Iterator[tuple[duckdb.DuckDBPyConnection, Path]]:
    with tempfile.TemporaryDirectory(prefix="warikan-", dir=temp) as folder:
        connection = connect(
            Path(folder), memory_limit=MEMORY_LIMIT, threads=min(_THREADS, os.cpu_count() or 1)
        )
        try:
            yield connection, Path(folder)
        finally:
            connection.close()


def _check(
    connection: duckdb.DuckDBPyConnection, bill: Bill, wanted: Wanted, dataset: str
) -> ConformanceReport:
    version = wanted.version or _version_of(bill, dataset)
    book = rule_book(version, dataset, with_errata=wanted.with_errata)
    questions = Questions()
    plan = plan_rules(book, bill, questions, null_is_other=wanted.null_is_other)
    asker = Predicates(bill.columns, questions.ask)
    filled = {name: f"(NOT {asker.is_null(name)})" for name in book.columns if asker.has(name)}
    virtual = asker.breaks(("national", "PricingCurrency")) if asker.has("PricingCurrency") else "false"
    cost = next((bill.columns[c] for c in _COSTS if c in bill.columns), None)
    currency = next((bill.columns[c] for c in _CURRENCIES if c in bill.columns), None)
    unweighed = questions.ask(is_unweighed(cost))
    scan = Scan(connection, bill, cost=cost, currency=currency, samples=wanted.samples)
    try:
        totals = scan.run(questions)
        *has, is_virtual = scan.holds_somewhere([*filled.values(), virtual])
        there = {name for name, found in zip(filled, has, strict=True) if found}
        criteria = decide_criteria(book, wanted.criteria, there, is_virtual=is_virtual)
        results = _results(book, bill, plan, scan, {c.id for c in criteria if c.is_on}, totals)
        odd = scan.tally([Ask(_UNWEIGHED, unweighed, unweighed)])[_UNWEIGHED]
        shown = [cost.name] if cost else []
        values = scan.values(odd.rows, shown)
    except duckdb.Error as error:
        raise UnreadableFile(
            f"{', '.join(bill.files[:3])} cannot be read through: {str(error).splitlines()[0][:300]}",
            hint="the file is damaged: get it again",
        ) from error
    return ConformanceReport(
        files=bill.files,
        dataset=dataset,
        version=version,
        model=book.model,
        rows=sum(rows for rows, _ in totals.values()),
        broken=bill.broken,
        cost=cost.name if cost else None,
        spend=tuple(Share(name, Decimal(0), weight) for name, (_, weight) in totals.items()),
        criteria=criteria,
        results=results,
        unweighed=odd.failed,
        unweighed_samples=tuple(_sample(bill, row, values[row], shown) for row in odd.rows),
    )


def _version_of(bill: Bill, dataset: str) -> Version:
    if dataset != COST_AND_USAGE:
        said = datasets()[dataset]
        found = max((said[n]["since"] for n in bill.names if n in said), default="1.4")
        return next((v for v in VERSIONS if v == found), "1.4")
    known = columns_by_id()
    return infer_version({name: place for place, name in enumerate(bill.names) if name in known})


def _results(
    book: RuleBook,
    bill: Bill,
    plan: Plan,
    scan: Scan,
    on: set[str],
    totals: Mapping[str, tuple[int, Decimal]],
) -> tuple[RuleResult, ...]:
    off = {r: missing for r in book.rules if (missing := _missing(book, r, on))}
    results: dict[str, RuleResult] = {}
    for rule_id, missing in off.items():
        blank = blank_result(book, book.rules[rule_id])
        dynamic = plan.settled.get(rule_id)
        is_dynamic = dynamic is not None and dynamic.outcome == "dynamic"
        results[rule_id] = dynamic if dynamic and is_dynamic else replace(blank, why=f"{missing} is off")
    results |= {r: found for r, found in plan.settled.items() if r not in off}
    tallies = scan.tally([ask for r, ask in plan.asks.items() if r not in off])
    results |= _answered(book, bill, scan, tallies, totals)
    for rule_id, told in find_repeats(book, results, bill.columns).items():
        results[rule_id] = replace(results[rule_id], repeats=told)
    join_results(book, plan.made, results)
    return tuple(results[rule_id] for rule_id in book.rules)


def _missing(book: RuleBook, rule_id: str, on: set[str]) -> str:
    """The criteria that keep a rule from applying; empty when it does."""
    lacking: list[list[str]] = [sorted(way - on) for way in book.asked[rule_id].criteria]
    fewest = min(lacking, key=len)
    return ", ".join(fewest)


def _answered(
    book: RuleBook,
    bill: Bill,
    scan: Scan,
    tallies: Mapping[str, Tally],
    totals: Mapping[str, tuple[int, Decimal]],
) -> dict[str, RuleResult]:
    rows = sorted({row for tally in tallies.values() for row in tally.rows})
    blanks = {r: blank_result(book, book.rules[r]) for r in tallies}
    failing = [r for r, tally in tallies.items() if tally.failed]
    columns = sorted({c for r in failing for c in blanks[r].columns if c in bill.columns})
    values = scan.values(rows, columns)
    answered = {}
    for rule_id, tally in tallies.items():
        blank = blanks[rule_id]
        spend = tuple(Share(name, weight, totals[name][1]) for name, weight in tally.cost.items())
        shown = [c for c in blank.columns if c in bill.columns]
        samples = tuple(_sample(bill, row, values[row], shown) for row in tally.rows)
        if not totals:
            answered[rule_id] = replace(blank, why="there are no rows")
            continue
        outcome: Outcome = "failed" if tally.failed else "passed"
        answered[rule_id] = replace(
            blank, outcome=outcome, asked=tally.asked, failed=tally.failed, spend=spend, samples=samples
        )
    return answered


def _sample(bill: Bill, row: int, values: Mapping[str, str | None], shown: Sequence[str]) -> Sample:
    cells = tuple((column, values[column]) for column in shown)
    if bill.origin is None:
        return Sample(bill.files[row >> ROW_BITS], (row & ((1 << ROW_BITS) - 1)) + 1, cells)
    file, place = (values[name] for name in ORIGIN)
    return Sample(file or bill.files[0], int(place or 0), cells)
