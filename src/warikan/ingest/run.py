"""One load under way: type the files, write each billing month whole, prove it, commit once."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

import duckdb

from warikan.focus.columns import COST_METRICS
from warikan.focus.errors import RejectedRows, UnreadableFile
from warikan.ingest.bill import Bill, prepare
from warikan.ingest.charges import Identity, create_names, select_charges
from warikan.ingest.conversion_proof import settle
from warikan.ingest.csvfile import NoRows
from warikan.ingest.dialects import Dialects
from warikan.ingest.discovery import Found
from warikan.ingest.history import Known, files_to_read, load_properties, months_before
from warikan.ingest.mapping import Mapping
from warikan.ingest.native import find_flavours
from warikan.ingest.notes import Note, notes_of_files, notes_of_months
from warikan.ingest.overlap import refuse_overlaps
from warikan.ingest.progress import Meter
from warikan.ingest.proof import Sum, prove, typed_sums
from warikan.ingest.record import load_rows
from warikan.ingest.rejects import count_rejected, rejected_cost, write_rejects
from warikan.ingest.relation import Staged
from warikan.ingest.repair import Rule
from warikan.ingest.report import FileReport, LoadReport, describe_rejected
from warikan.ingest.session import open_session
from warikan.ingest.sources.focus.source import load_mapping
from warikan.ingest.staging import stage
from warikan.lake import Lake, Unit


@dataclass(frozen=True)
class Manner:
    """
    How a load is done.

    Attributes:
        rules: Repairs that run, in their order.
        allow_overlap: Sources whose charges may be told again; None: nobody looks.
        is_strict: Refuse the load when any row is rejected.
        now: Stored as LoadedAt.
    """

    rules: Sequence[Rule]
    allow_overlap: Collection[str] | None
    is_strict: bool
    now: datetime


class Load:
    """One load under way; the lake's lock is held."""

    def __init__(
        self,
        lake: Lake,
        identity: Identity,
        form: str,
        found: Found,
        dialects: Dialects,
        known: Known,
        manner: Manner,
        meter: Meter,
    ) -> None:
        self._lake, self._identity, self._form = lake, identity, form
        self._found, self._dialects, self._known = found, dialects, known
        self._manner, self._meter = manner, meter
        self._ordinals = {name: i for i, name in enumerate(found.files)}
        self._skipped = list(found.skipped)
        self._notes: list[Note] = []
        self._staged: dict[str, tuple[Staged, Mapping | None]] = {}
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
        total = sum(self._found.files[name][0].size for name in changed)
        self._lake.expect_commit()
        with self._meter.load(total, self._identity.source_id):
            self._prepare(connection, folder, changed)
            before = months_before(self._known, changed | gone)
            months = before | frozenset().union(*(b.months for b in self._bills.values()))
            # The other files of these months are written again with them.
            sharing = {n for n in self._found.files if months_before(self._known, {n}) & months} - changed
            if sharing:
                self._prepare(connection, folder, sharing)
            months = self._leave_history(months, gone)
            self._refuse_if_strict()
            files = self._write(connection, months)
            if (allowed := self._manner.allow_overlap) is not None:
                source = self._identity.source_id
                few = refuse_overlaps(connection, self._lake, source, files, months, allowed=allowed)
                self._notes += [(source, text) for text in few]
            self._check_same_still()
            self._notes += notes_of_files(connection, self._bills.values())
            self._commit(connection, months, files, gone)
        return self._report(months)

    def _prepare(self, connection: duckdb.DuckDBPyConnection, folder: Path, names: set[str]) -> None:
        for name in sorted(names):
            self._stage(connection, folder, name)
        flavoured = {n for n, (_, form) in self._staged.items() if form is not None and form.flavours}
        if flavoured:
            forms = ((n, *self._staged[n]) for n in sorted(flavoured))
            found = {self._ordinals[n]: (staged, form, n) for n, staged, form in forms if form is not None}
            find_flavours(connection, found)
        # What a file with flavours becomes depends on the others: it is made ready again with them.
        for name in sorted((names | flavoured) & self._staged.keys()):
            file, digest = self._found.files[name]
            staged, form = self._staged[name]
            companies = load_mapping().companies
            bill = prepare(
                connection, file, digest, self._ordinals[name], staged, form, companies, self._manner.rules
            )
            create_names(connection, bill)
            self._bills[name] = bill

    def _stage(self, connection: duckdb.DuckDBPyConnection, folder: Path, name: str) -> None:
        file, _ = self._found.files[name]
        try:
            self._staged[name] = stage(
                connection, file, self._dialects, folder, self._ordinals[name], self._meter
            )
        except NoRows as error:
            if len(self._found.files) == 1:
                raise
            self._skipped.append((name, error.message.removeprefix(f"{name} ")))

    def _leave_history(self, months: frozenset[date], gone: set[str]) -> frozenset[date]:
        """Only months of which there still are charges are replaced; the others stay as they were loaded."""
        present = frozenset().union(*(b.months for b in self._bills.values()))
        for name in sorted(self._bills):
            rejected = {part.month for part in self._bills[name].slices if part.month is not None}
            for month in sorted(rejected & self._known.charged.get(name, frozenset()) - present):
                reason = f"all its rows of {month:%Y-%m} were rejected; the month stays as it was loaded"
                self._skipped.append((name, reason))
        for name in sorted(gone):
            kept = sorted(self._known.months.get(name, frozenset()) - present)
            if kept:
                words = ", ".join(f"{month:%Y-%m}" for month in kept)
                self._skipped.append((name, f"no longer in the source; {words} stays as it was loaded"))
        return months & present

    def _refuse_if_strict(self) -> None:
        rejected = {name: count_rejected(bill) for name, bill in self._bills.items()}
        if self._manner.is_strict and any(rejected.values()):
            costs = describe_rejected(rejected_cost(list(self._bills.values())))
            places = ", ".join(f"{name}: {count:,}" for name, count in rejected.items() if count)
            raise RejectedRows(
                f"{sum(rejected.values()):,} rows cannot be typed ({places}; {costs}); "
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
        weight = sum(bill.file.size // 2 if bill.is_staged else bill.file.size for bill in bills)
        return weight * rows // max(total, 1)

    def _check_same_still(self) -> None:
        for bill in self._bills.values():
            if not bill.file.is_same_still():
                raise UnreadableFile(
                    f"{bill.file.name} was written to while it was read; nothing was loaded",
                    hint="wait until the export is complete, then load it again",
                )

    def _commit(
        self,
        connection: duckdb.DuckDBPyConnection,
        months: frozenset[date],
        files: list[Path],
        gone: set[str],
    ) -> None:
        bills = sorted(self._bills.values(), key=lambda b: b.ordinal)
        settle([bill.proofs for bill in bills])
        replaced = [n for n in sorted(gone) if self._known.months.get(n, frozenset()) <= months]
        # Rejects first: a load that dies in between is repeated, since charges do not yet know of it.
        write_rejects(self._lake, connection, bills, self._identity, gone=replaced)
        self._lake.replace(
            "charges",
            {Unit(self._identity.source_id, month) for month in months},
            files,
            properties=load_properties(self._identity.source_id, self._identity.load_id, self._form),
            loads=load_rows(bills, set(months), self._identity, self._manner.now),
        )

    def _report(self, months: frozenset[date]) -> LoadReport:
        bills = sorted(self._bills.values(), key=lambda b: b.ordinal)
        totals: dict[str, Sum] = {}
        sums = {month: typed_sums(bills, month) for month in months}
        for by_currency in sums.values():
            for currency, total in by_currency.items():
                totals[currency] = totals[currency] + total if currency in totals else total
        return LoadReport(
            source_id=self._identity.source_id,
            load_id=self._identity.load_id,
            files=tuple(_file_report(bill) for bill in bills),
            months=tuple(sorted(months)),
            rows=sum(total.rows for total in totals.values()),
            rejected_rows=sum(map(count_rejected, bills)),
            rejected_cost=rejected_cost(bills),
            totals={
                c: dict(zip(COST_METRICS, total.costs, strict=True)) for c, total in sorted(totals.items())
            },
            rounded_values=sum(part.rounded for bill in bills for part in bill.slices if part.is_good),
            unchanged=False,
            skipped=tuple(self._skipped),
            notes=(*self._notes, *notes_of_months(self._identity.source_id, self._known.rows, sums)),
            conversions=tuple(
                (bill.file.name, f"{place[0]:%Y-%m}" if place[0] else "", place[1] or "", metric, proof)
                for bill in bills
                for place, by_metric in sorted(bill.proofs.items(), key=str)
                for metric, proof in by_metric.items()
            ),
        )


def _file_report(bill: Bill) -> FileReport:
    file = bill.file
    return FileReport(
        file.name, bill.hash, file.format, bill.header.version, file.size, bill.rows, count_rejected(bill)
    )
