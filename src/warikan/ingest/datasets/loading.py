"""Load files of FOCUS datasets: each file's rows are replaced whole, in one commit of their table."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

import duckdb

from warikan.focus.errors import RejectedRows, UnreadableFile
from warikan.ingest.csvfile import NoRows, stage_csv
from warikan.ingest.datasets.recognition import DatasetFile
from warikan.ingest.datasets.report import DatasetReport
from warikan.ingest.datasets.rows import is_rejected, select_rejects, select_rows
from warikan.ingest.integrity import content_hash
from warikan.ingest.parquetfile import stage_parquet
from warikan.ingest.progress import Meter
from warikan.ingest.relation import Staged, literal
from warikan.ingest.session import open_session
from warikan.lake import Lake, Unit
from warikan.lake.datasets import TABLE_NAMES

_FORM = 1
"""How rows are stored; when it changes, files are loaded anew."""
_FIRST_ORDINAL = 1_000_000
"""Of staged datasets, so that their scratch tables are none of a bill's."""


@dataclass(frozen=True)
class _Ready:
    """A file that must be written, typed and counted."""

    one: DatasetFile
    digest: str
    load_id: str
    staged: Staged | None
    ordinal: int
    rejected: int

    @property
    def rows(self) -> int:
        return (self.staged.rows if self.staged else 0) - self.rejected


def load_datasets(
    lake: Lake,
    source_id: str,
    files: Mapping[str, DatasetFile],
    *,
    now: datetime,
    strict: bool = False,
    meter: Meter | None = None,
) -> tuple[DatasetReport, ...]:
    """
    Take *files* (recognition.find_datasets) in as part of source *source_id*.

    The rows of a changed file replace those it had, in one commit of its table; a file with the content that
    the lake has of it is not touched. A file that is gone keeps its rows: what it said is history.

    Raises:
        UnreadableFile: a file is damaged, or was written to meanwhile; its table is as it was.
        RejectedRows: *strict*, and a row is rejected; nothing was written.
    """
    if not files:
        return ()
    with lake.writing():
        digests = {name: content_hash(one.file.path) for name, one in files.items()}
        known = {table: _known(lake, table, source_id) for table in TABLE_NAMES.values()}
        reports = {
            name: report
            for name, one in files.items()
            if (report := _unchanged(one, known[TABLE_NAMES[one.dataset.name]].get(name), digests[name]))
        }
        changed = [one for name, one in files.items() if name not in reports]
        if changed:
            folder = Path(mkdtemp(prefix="datasets-", dir=lake.temp))
            try:
                with open_session(folder) as connection:
                    work = _Work(lake, connection, folder, source_id, now, meter or Meter(None))
                    for report in work.load(changed, digests, strict=strict):
                        reports[report.path] = report
            finally:
                rmtree(folder, ignore_errors=True)
    return tuple(reports[name] for name in sorted(reports))


def _property(source_id: str, name: str) -> str:
    """The table's property that tells what is stored of a file; names may hold anything."""
    digest = hashlib.sha256(f"{source_id}\n{name}".encode()).hexdigest()
    return f"dataset.{digest[:32]}"


def _known(lake: Lake, table: str, source_id: str) -> dict[str, dict[str, object]]:
    """File → what is stored of it."""
    said = [json.loads(value) for key, value in lake.properties(table).items() if key.startswith("dataset.")]
    return {entry["file"]: entry for entry in said if entry["source"] == source_id}


def _unchanged(one: DatasetFile, known: dict[str, object] | None, digest: str) -> DatasetReport | None:
    if known is None or (known["hash"], known["form"]) != (digest, _FORM):
        return None
    return DatasetReport(
        dataset=one.dataset.name,
        table=TABLE_NAMES[one.dataset.name],
        path=one.file.name,
        content_hash=digest,
        version=one.header.version,
        rows=int(str(known["rows"])),
        rejected_rows=int(str(known["rejected"])),
        unchanged=True,
    )


@dataclass(frozen=True)
class _Work:
    """One load under way; the lake's lock is held."""

    lake: Lake
    connection: duckdb.DuckDBPyConnection
    folder: Path
    source_id: str
    now: datetime
    meter: Meter

    def load(
        self, files: Sequence[DatasetFile], digests: Mapping[str, str], *, strict: bool
    ) -> list[DatasetReport]:
        """Type all files, then write: rejects first, then one commit for each table."""
        ready = [
            self._prepare(one, digests[one.file.name], _FIRST_ORDINAL + i) for i, one in enumerate(files)
        ]
        rejected = {r.one.file.name: r.rejected for r in ready if r.rejected}
        if strict and rejected:
            places = ", ".join(f"{name}: {count:,}" for name, count in rejected.items())
            raise RejectedRows(
                f"{sum(rejected.values()):,} rows cannot be typed ({places}); with --strict none of these "
                "files was loaded",
                hint="load without --strict, then see them with: warikan doctor",
            )
        for r in ready:
            if not r.one.file.is_same_still():
                raise UnreadableFile(
                    f"{r.one.file.name} was written to while it was read; its rows were not loaded",
                    hint="wait until the export is complete, then load it again",
                )
        self._write_rejects(ready)
        for table in dict.fromkeys(TABLE_NAMES[r.one.dataset.name] for r in ready):
            self._write(table, [r for r in ready if TABLE_NAMES[r.one.dataset.name] == table])
        return [_report(r) for r in ready]

    def _prepare(self, one: DatasetFile, digest: str, ordinal: int) -> _Ready:
        text = f"{self.source_id}\n{one.file.name}\n{digest}\n{_FORM}"
        load_id = hashlib.sha256(text.encode()).hexdigest()[:16]
        stage = stage_parquet if one.file.format == "parquet" else stage_csv
        try:
            staged = stage(self.connection, one.file, one.header, self.folder, ordinal, self.meter)
        except NoRows:
            # A period without commitments or invoices is delivered as a header alone.
            return _Ready(one, digest, load_id, None, ordinal, 0)
        found = self.connection.execute(
            f"SELECT count(*) FROM {staged.relation} WHERE {is_rejected(one.dataset)}"
        ).fetchone()
        return _Ready(one, digest, load_id, staged, ordinal, staged.broken + (int(found[0]) if found else 0))

    def _write(self, table: str, ready: Sequence[_Ready]) -> None:
        parts = [
            select_rows(r.one, r.staged, source_id=self.source_id, load_id=r.load_id, loaded_at=self.now)
            for r in ready
            if r.staged and r.rows
        ]
        parts += self._kept(table, [r.one.file.name for r in ready])
        files = []
        if parts:
            path = self.lake.new_file(table)
            self.lake.copy(self.connection, " UNION ALL BY NAME ".join(f"({p})" for p in parts), table, path)
            files.append(path)
        said = {
            _property(self.source_id, r.one.file.name): json.dumps(
                {
                    "source": self.source_id,
                    "file": r.one.file.name,
                    "hash": r.digest,
                    "form": _FORM,
                    "rows": r.rows,
                    "rejected": r.rejected,
                    "loaded": self.now.isoformat(),
                }
            )
            for r in ready
        }
        self.lake.replace(table, {Unit(self.source_id, None)}, files, properties=said)

    def _kept(self, table: str, replaced: Sequence[str]) -> list[str]:
        """The rows of the source's other files, read back from the lake."""
        old = [f.path for f in self.lake.data_files(table, source_ids=[self.source_id])]
        if not old:
            return []
        paths = ", ".join(literal(p) for p in old)
        names = ", ".join(map(literal, sorted(replaced))) or "NULL"
        source = f"read_parquet([{paths}], union_by_name = true, hive_partitioning = false)"
        return [f'SELECT * FROM {source} WHERE "x_SourceFile" NOT IN ({names})']

    def _write_rejects(self, ready: Sequence[_Ready]) -> None:
        kept = self._kept("rejects", [r.one.file.name for r in ready])
        parts = [
            select_rejects(r.one, r.staged, r.ordinal, source_id=self.source_id, load_id=r.load_id)
            for r in ready
            if r.staged and r.rejected
        ]
        if not kept and not parts:
            return
        path = self.lake.new_file("rejects")
        select = " UNION ALL BY NAME ".join(f"({p})" for p in [*parts, *kept])
        self.lake.copy(self.connection, select, "rejects", path)
        self.lake.replace("rejects", {Unit(self.source_id, None)}, [path])


def _report(ready: _Ready) -> DatasetReport:
    return DatasetReport(
        dataset=ready.one.dataset.name,
        table=TABLE_NAMES[ready.one.dataset.name],
        path=ready.one.file.name,
        content_hash=ready.digest,
        version=ready.one.header.version,
        rows=ready.rows,
        rejected_rows=ready.rejected,
        unchanged=False,
    )
