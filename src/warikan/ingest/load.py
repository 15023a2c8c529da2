"""Load one source: find its files, type them, write each billing month whole, prove it, commit once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

import duckdb

from warikan.focus.columns import COST_METRICS
from warikan.focus.errors import NotFocus, RejectedRows, UnreadableFile, UsageError
from warikan.focus.money import EXACT, format_exact
from warikan.ingest.bill import Bill, prepare
from warikan.ingest.charges import Identity, create_names, select_charges
from warikan.ingest.csvfile import NoRows
from warikan.ingest.files import BillFile, find_files, looks_like_bill, name_of, open_file, source_id_of
from warikan.ingest.header import read_csv_header
from warikan.ingest.history import (
    Known,
    files_to_read,
    load_id_of,
    load_properties,
    months_before,
    read_known,
    refuse_duplicates,
    storage_form,
)
from warikan.ingest.integrity import content_hash
from warikan.ingest.parquetfile import read_parquet_header
from warikan.ingest.progress import Meter, Progress
from warikan.ingest.proof import Sum, prove, typed_sums
from warikan.ingest.record import load_rows
from warikan.ingest.rejects import count_rejected, rejected_cost, write_rejects
from warikan.ingest.report import FileReport, LoadReport
from warikan.ingest.session import open_session
from warikan.ingest.sources.focus.source import load_mapping
from warikan.lake import Lake, Unit

__all__ = ["FileReport", "LoadReport", "load", "source_id_of"]


def load(
    lake: Lake,
    source_id: str,
    path: str | Path,
    *,
    root: Path,
    source_type: str = "focus",
    promoted_tags: Sequence[str] = (),
    strict: bool = False,
    allow_duplicate: bool = False,
    now: datetime,
    progress: Progress | None = None,
) -> LoadReport:
    """
    Take the bill at *path* (a file, a folder, a glob; relative to *root*) in as source *source_id*.

    Each billing month that changed is replaced whole, all in one commit. Loading the same content again
    commits nothing. A month of a file that is gone is kept as it was when no other file has it.

    Args:
        promoted_tags: Tag keys that become columns ``x_Tag_<key>``.
        strict: Refuse the load when any row is rejected.
        allow_duplicate: The source was named on purpose, so bytes that another source brought may come again.
        now: Stored as LoadedAt.

    Raises:
        UsageError: nothing at *path*, or no such *source_type*.
        UnreadableFile, NotFocus, RejectedRows, DuplicateContent: the lake is exactly as before.
        CheckFailed: the written charges do not add up to the bill; nothing was committed.
    """
    if source_type != "focus":
        raise UsageError(f"there is no source type {source_type!r}; Warikan reads: focus")
    found = _find(path, root)
    form = storage_form(load_mapping().version, promoted_tags)
    load_id = load_id_of(source_id, found.hashes, form)
    identity = Identity(source_id, load_id, tuple(promoted_tags))
    if not allow_duplicate:
        refuse_duplicates(lake, source_id, found.files)
    with lake.writing():
        known = read_known(lake, source_id)
        if known.load_id == load_id:
            return _unchanged(identity, known, found)
        return _Load(lake, identity, form, found, known, strict=strict, now=now, meter=Meter(progress)).run()


@dataclass(frozen=True)
class _Found:
    """The files of a source: name → (file, hash) of the bills, and what was passed over."""

    files: Mapping[str, tuple[BillFile, str]]
    skipped: tuple[tuple[str, str], ...]

    @property
    def hashes(self) -> dict[str, str]:
        return {name: digest for name, (_, digest) in self.files.items()}


def _find(path: str | Path, root: Path) -> _Found:
    """
    Open the files of *path*; in a folder or glob, what is no bill is passed over with a reason.

    Raises:
        UnreadableFile: a file that should be a bill is damaged; or nothing that can be loaded remains.
        NotFocus: likewise.
    """
    paths, is_single = find_files(path, root)
    files: dict[str, tuple[BillFile, str]] = {}
    skipped: list[tuple[str, str]] = []
    for one in paths:
        if not is_single and not looks_like_bill(one):
            skipped.append((name_of(one, root), "not a bill by its name"))
            continue
        file = open_file(one, root)
        try:
            if file.format == "parquet":
                read_parquet_header(file)
            else:
                read_csv_header(file.head, file.name)
        except NotFocus as error:
            if is_single:
                raise
            skipped.append((file.name, error.message.removeprefix(f"{file.name} ")))
            continue
        files[file.name] = (file, content_hash(one))
    if not files:
        reasons = "".join(f"\n  {name}: {reason}" for name, reason in skipped)
        raise NotFocus(f"there is no FOCUS Cost and Usage bill in {path}:{reasons}", hint="check the path")
    return _Found(dict(sorted(files.items())), tuple(skipped))


class _Load:
    """One load under way; the lake's lock is held."""

    def __init__(
        self,
        lake: Lake,
        identity: Identity,
        form: str,
        found: _Found,
        known: Known,
        *,
        strict: bool,
        now: datetime,
        meter: Meter,
    ) -> None:
        self._lake, self._identity, self._form = lake, identity, form
        self._found, self._known = found, known
        self._strict, self._now, self._meter = strict, now, meter
        self._ordinals = {name: i for i, name in enumerate(found.files)}
        self._skipped = list(found.skipped)
        self._bills: dict[str, Bill] = {}

    def run(self) -> LoadReport:
        """Read, write, prove, commit."""
        folder = Path(mkdtemp(prefix="load-", dir=self._lake.temp))
        try:
            with open_session(folder) as connection:
                return self._run(connection, folder)
        finally:
            rmtree(folder, ignore_errors=True)

    def _run(self, connection: duckdb.DuckDBPyConnection, folder: Path) -> LoadReport:
        changed = files_to_read(self._known, self._found.hashes, self._form)
        gone = set(self._known.hashes) - set(self._found.files)
        total = sum(self._found.files[name][0].bytes for name in changed)
        with self._meter.load(total, self._identity.source_id):
            self._prepare(connection, folder, changed)
            before = months_before(self._known, changed | gone)
            months = before | frozenset().union(*(b.months for b in self._bills.values()))
            # The other files of these months are written again with them.
            sharing = {n for n in self._found.files if months_before(self._known, {n}) & months} - changed
            self._prepare(connection, folder, sharing)
            months = self._leave_history(months, gone)
            self._refuse_if_strict()
            files = self._write(connection, months)
            self._check_same_still()
            self._commit(connection, months, files, gone)
        return self._report(months)

    def _prepare(self, connection: duckdb.DuckDBPyConnection, folder: Path, names: set[str]) -> None:
        companies = load_mapping().companies
        for name in sorted(names):
            file, digest = self._found.files[name]
            try:
                bill = prepare(connection, file, digest, folder, self._ordinals[name], companies, self._meter)
            except NoRows as error:
                if len(self._found.files) == 1:
                    raise
                self._skipped.append((name, error.message.removeprefix(f"{name} ")))
                continue
            create_names(connection, bill)
            self._bills[name] = bill

    def _leave_history(self, months: frozenset[date], gone: set[str]) -> frozenset[date]:
        """Only months that a file still has are replaced; the others stay as they were loaded."""
        present = frozenset().union(*(b.months for b in self._bills.values()))
        for name in sorted(gone):
            kept = sorted(self._known.months.get(name, frozenset()) - present)
            if kept:
                words = ", ".join(f"{month:%Y-%m}" for month in kept)
                self._skipped.append((name, f"no longer in the source; {words} stays as it was loaded"))
        return months & present

    def _refuse_if_strict(self) -> None:
        rejected = {name: count_rejected(bill) for name, bill in self._bills.items()}
        if self._strict and any(rejected.values()):
            costs = rejected_cost(list(self._bills.values()))
            words = ", ".join(f"{format_exact(c)} {currency or 'unknown'}" for currency, c in costs.items())
            places = ", ".join(f"{name}: {count:,}" for name, count in rejected.items() if count)
            raise RejectedRows(
                f"{sum(rejected.values()):,} rows cannot be typed ({places}; BilledCost {words}); "
                "with --strict nothing was loaded",
                hint="load without --strict, then see them with: warikan doctor",
            )

    def _write(self, connection: duckdb.DuckDBPyConnection, months: frozenset[date]) -> list[Path]:
        """One sorted and proven file per month, not yet committed."""
        files = []
        for month in sorted(months):
            bills = [bill for bill in self._bills.values() if month in bill.months]
            bills.sort(key=lambda b: b.ordinal)
            expected = typed_sums(bills, month)
            path = self._lake.new_file("charges")
            rows = sum(total.rows for total in expected.values())
            with self._meter.step(connection, self._bytes_of(bills, rows), rows):
                self._lake.copy(connection, select_charges(bills, month, self._identity), "charges", path)
            prove(connection, path, expected, f"{self._identity.source_id} {month:%Y-%m}")
            files.append(path)
        return files

    def _bytes_of(self, bills: Sequence[Bill], rows: int) -> int:
        """The bytes of the bills that a month of *rows* rows stands for in the progress."""
        total = sum(bill.rows for bill in bills)
        weight = sum(bill.file.bytes // 2 if bill.is_staged else bill.file.bytes for bill in bills)
        return weight * rows // max(total, 1)

    def _check_same_still(self) -> None:
        for bill in self._bills.values():
            if not bill.file.is_same_still():
                raise UnreadableFile(
                    f"{bill.file.name} was written to while it was read; nothing was loaded",
                    hint="wait until the export is complete, then load it again",
                )

    def _commit(
        self, connection: duckdb.DuckDBPyConnection, months: frozenset[date], files: list[Path], gone: set[str]
    ) -> None:
        bills = sorted(self._bills.values(), key=lambda b: b.ordinal)
        replaced = [n for n in sorted(gone) if self._known.months.get(n, frozenset()) <= months]
        # Rejects first: a load that dies in between is repeated, since charges do not yet know of it.
        write_rejects(self._lake, connection, bills, self._identity, gone=replaced)
        self._lake.replace(
            "charges",
            {Unit(self._identity.source_id, month) for month in months},
            files,
            properties=load_properties(self._identity.source_id, self._identity.load_id, self._form),
            loads=load_rows(bills, set(months), self._identity, self._now),
        )

    def _report(self, months: frozenset[date]) -> LoadReport:
        bills = sorted(self._bills.values(), key=lambda b: b.ordinal)
        totals: dict[str, Sum] = {}
        for month in months:
            for currency, total in typed_sums(bills, month).items():
                totals[currency] = totals[currency] + total if currency in totals else total
        return LoadReport(
            source_id=self._identity.source_id,
            load_id=self._identity.load_id,
            files=tuple(_file_report(bill) for bill in bills),
            months=tuple(sorted(months)),
            rows=sum(total.rows for total in totals.values()),
            rejected_rows=sum(map(count_rejected, bills)),
            rejected_cost=rejected_cost(bills),
            totals={c: dict(zip(COST_METRICS, total.costs, strict=True)) for c, total in sorted(totals.items())},
            rounded_values=sum(part.rounded for bill in bills for part in bill.slices if part.is_good),
            unchanged=False,
            skipped=tuple(self._skipped),
        )


def _file_report(bill: Bill) -> FileReport:
    file = bill.file
    return FileReport(
        file.name, bill.hash, file.format, bill.header.version, file.bytes, bill.rows, count_rejected(bill)
    )


def _unchanged(identity: Identity, known: Known, found: _Found) -> LoadReport:
    """The report of a load that had nothing to do: what the lake already has."""
    totals: dict[str, Sum] = {}
    rejected: dict[str | None, Decimal] = {}
    for row in known.rows:
        currency = row["BillingCurrency"]
        if row["Rows"]:
            total = Sum(row["Rows"], tuple(row[m] for m in COST_METRICS))
            totals[currency] = totals[currency] + total if currency in totals else total
        if row["RejectedRows"]:
            cost = row["RejectedBilledCost"] or Decimal(0)
            rejected[currency] = EXACT.add(rejected.get(currency, Decimal(0)), cost)
    by_file = {name: [r for r in known.rows if r["x_SourceFile"] == name] for name in found.files}
    return LoadReport(
        source_id=identity.source_id,
        load_id=identity.load_id,
        files=tuple(
            FileReport(
                name,
                rows[0]["ContentHash"],
                rows[0]["Format"],
                rows[0]["FocusVersion"],
                rows[0]["Bytes"],
                sum(r["Rows"] + r["RejectedRows"] for r in rows),
                sum(r["RejectedRows"] for r in rows),
            )
            for name, rows in by_file.items()
            if rows
        ),
        months=tuple(sorted({r["BillingMonth"] for r in known.rows if r["BillingMonth"] is not None})),
        rows=sum(total.rows for total in totals.values()),
        rejected_rows=sum(r["RejectedRows"] for r in known.rows),
        rejected_cost=rejected,
        totals={c: dict(zip(COST_METRICS, total.costs, strict=True)) for c, total in sorted(totals.items())},
        rounded_values=sum(r["RoundedValues"] for r in known.rows),
        unchanged=True,
        skipped=found.skipped,
    )
