"""Files of reports found, staged, and shown through a source's views."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path

import duckdb

from warikan.focus.errors import DataError, UnreadableFile
from warikan.ingest.files import BillFile, EmptyFile, find_files, looks_like_bill, name_of, open_file
from warikan.ingest.integrity import content_hash
from warikan.ingest.measured.columns import Report, find_report, list_reports
from warikan.ingest.measured.naming import choose_cluster
from warikan.ingest.measured.reports import Reports
from warikan.ingest.measured.staging import USED, Reading, empty_report, read_names, stage
from warikan.ingest.relation import literal
from warikan.ingest.session import open_session

MOST_FILES = 20_000


@dataclass(frozen=True)
class Source:
    """
    One type of reports.

    Attributes:
        kind: The type of ``usage``.
        package: With its ``columns.toml`` and ``views.sql``.
        title: What a message calls its files.
        main: The report without which there are no hours.
        clusters: SQL of what tells which clusters the reports are of; None where they are of one.
    """

    kind: str
    package: str
    title: str
    main: str
    clusters: str | None = None


@contextmanager
def open_reports(
    source: Source, path: str, root: Path, folder: Path, cluster_id: str, names: Sequence[str]
) -> Iterator[Reports]:
    """
    The reports at *path* (a file, a folder or a glob; relative to *root*) as hours of *cluster_id*.

    Args:
        folder: For typed copies and what does not fit into memory.
        names: What the reports call the cluster besides its id, where they hold many.

    Raises:
        UsageError: there is nothing at *path*.
        UnreadableFile: a file is damaged.
        DataError: none of the files is such a report, no row can be used, or they are of other clusters.
    """
    found, skipped = _find(source, path, root)
    with open_views(folder) as connection:
        readings, staged = _stage(connection, found, folder)
        for report in list_reports(source.package):
            _show(connection, report, staged.get(report.name, []), folder)
        run_sql(connection, source.package, "views.sql")
        if source.clusters is not None:
            choose_cluster(connection, source.clusters, cluster_id, names, by_chance=False)
        tables = [report.name for report in list_reports(source.package)]
        digests = [one.digest for one in found]
        reports = Reports(connection, source.kind, cluster_id, tables, digests, readings, skipped)
        reports.require_pods(path, f"docs/clusters.md, {source.kind}")
        yield reports


@contextmanager
def open_views(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with the macros that views use."""
    with open_session(folder) as connection:
        run_sql(connection, __package__, "moments.sql")
        connection.execute("SET VARIABLE cluster_names = []::VARCHAR[]")
        yield connection


def run_sql(connection: duckdb.DuckDBPyConnection, package: str, name: str) -> None:
    """Run the file *name* of *package*."""
    connection.execute(files(package).joinpath(name).read_text(encoding="utf-8"))


@dataclass(frozen=True)
class _Found:
    """A file that is a report; without its head, of which there may be thousands."""

    file: BillFile
    names: tuple[str, ...]
    report: Report
    digest: str


def _find(source: Source, path: str, root: Path) -> tuple[list[_Found], list[tuple[str, str]]]:
    """The files that are reports, each content once; and those passed over."""
    reports = list_reports(source.package)
    paths, is_single = find_files(path, root)
    if len(paths) > MOST_FILES:
        raise DataError(f"{path}: more than {MOST_FILES:,} files", hint="put the older ones elsewhere")
    found: dict[str, _Found] = {}
    skipped = []
    for one in paths:
        if not is_single and not looks_like_bill(one):
            skipped.append((name_of(one, root), "not a table by its name"))
            continue
        try:
            file = open_file(one, root)
        except EmptyFile:
            if is_single:
                raise
            skipped.append((name_of(one, root), "empty"))
            continue
        names = tuple(read_names(file))
        report = find_report(reports, names)
        if report is None and is_single:
            raise DataError(f"{file.name} is not {source.title}", hint="is the first line the header?")
        if report is None:
            skipped.append((file.name, f"not {source.title}"))
            continue
        digest = content_hash(one)
        if digest in found:
            skipped.append((file.name, f"the same as {found[digest].file.name}"))
        found.setdefault(digest, _Found(replace(file, head=b""), names, report, digest))
    if not any(one.report.name == source.main for one in found.values()):
        raise DataError(
            f"{path}: none of {len(paths):,} files is {source.title} ({source.main})",
            hint=f"what is needed: docs/clusters.md, {source.kind}",
        )
    return list(found.values()), skipped


def _stage(
    connection: duckdb.DuckDBPyConnection, found: Sequence[_Found], folder: Path
) -> tuple[list[Reading], Mapping[str, list[Path]]]:
    readings: list[Reading] = []
    staged: dict[str, list[Path]] = {}
    for ordinal, one in enumerate(found):
        into = folder / f"staged-{ordinal}.parquet"
        readings.append(stage(connection, one.file, one.names, one.report, ordinal, into))
        if not one.file.is_same_still():
            raise UnreadableFile(f"{one.file.name} was written to while it was read", hint="try again later")
        staged.setdefault(one.report.name, []).append(into)
    return readings, staged


def _show(
    connection: duckdb.DuckDBPyConnection, report: Report, staged: Sequence[Path], folder: Path
) -> None:
    """The used rows of all files of *report* as a view of its name; sorted, so that days are found soon."""
    rows = empty_report(report)
    if staged:
        paths = ", ".join(literal(str(path)) for path in staged)
        into = folder / f"{report.name}.parquet"
        connection.execute(
            f"COPY (SELECT * EXCLUDE (state) FROM read_parquet([{paths}], hive_partitioning = false) "
            f"WHERE state = '{USED}' ORDER BY start) "
            f"TO {literal(str(into))} (FORMAT parquet, COMPRESSION lz4_raw)"
        )
        for path in staged:
            path.unlink()
        rows = f"read_parquet({literal(str(into))}, hive_partitioning = false)"
    connection.execute(f"CREATE OR REPLACE TEMP VIEW {report.name} AS SELECT * FROM {rows}")
