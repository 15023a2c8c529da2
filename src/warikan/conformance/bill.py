"""
A bill as one relation, whatever it lies in: CSV and CSV.gz as the text that it is, Parquet with its types.

CSV is read once, into a temporary Parquet file of text; what is asked afterwards is asked of that.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from warikan.conformance.predicates import Found
from warikan.focus.errors import UnreadableFile
from warikan.ingest.files import BillFile
from warikan.ingest.header import DELIMITERS, MAX_COLUMNS
from warikan.ingest.relation import NULL_WORDS, literal, quote

ROW_BITS = 40
"""A row's number is its file's place << 40 | its place in the file."""
_FILE, _ROW = "x_SourceFile", "x_SourceRow"
_MAX_LINE_BYTES = 8 << 20
_STAGED_ROWS = 30_720


@dataclass(frozen=True)
class Bill:
    """
    Files that can be asked together.

    Attributes:
        names: Column names as the files have them, in order.
        columns: The same, by name.
        relation: What stands after FROM; with ``_row``.
        files: As they are named in reports, in the order of ROW_BITS.
        broken: Lines of CSV that have another number of fields than the header.
        origin: Of charges in the lake: the columns that name the bill's file and the row in it.
    """

    names: tuple[str, ...]
    columns: dict[str, Found]
    relation: str
    files: tuple[str, ...]
    broken: int
    origin: tuple[Found, Found] | None = None


def open_bill(connection: duckdb.DuckDBPyConnection, files: Sequence[BillFile], folder: Path) -> Bill:
    """
    CSV and Parquet *files* as one bill; *folder* is for what is staged.

    Raises:
        UnreadableFile: one is damaged, no table, or has a header that cannot be used.
    """
    parts, broken = [], 0
    for place, file in enumerate(files):
        if file.format == "parquet":
            path, names = _link(file, folder, place), None
        else:
            path, names, lost = _stage(connection, file, folder, place)
            broken += lost
        parts.append(_part(connection, path, names, place, file.name))
    relation = " UNION ALL BY NAME ".join(parts)
    described = _describe(connection, f"({relation})")
    names_found = tuple(name for name, _ in described if name != "_row")
    columns = {name: Found(name, quote(name), kind) for name, kind in described if name != "_row"}
    return Bill(names_found, columns, f"({relation})", tuple(f.name for f in files), broken)


def lake_bill(connection: duckdb.DuckDBPyConnection, paths: Sequence[Path], name: str) -> Bill:
    """Charges of the lake: the Parquet files *paths*, which reports call *name*."""
    listed = ", ".join(literal(str(path)) for path in paths)
    scan = (
        f"read_parquet([{listed}], union_by_name = true, hive_partitioning = false, file_row_number = true)"
    )
    place = f"(file_index::BIGINT << {ROW_BITS}) + file_row_number"
    relation = f"(SELECT * EXCLUDE (file_row_number), {place} AS _row FROM {scan})"
    described = [(n, kind) for n, kind in _describe(connection, relation) if n != "_row"]
    columns = {n: Found(n, quote(n), kind) for n, kind in described}
    return Bill(tuple(columns), columns, relation, (name,), 0, origin=(columns[_FILE], columns[_ROW]))


def _link(file: BillFile, folder: Path, place: int) -> Path:
    # A plain name: DuckDB would take *, ? and [ in a bill's name for a glob.
    link = folder / f"bill-{place}{''.join(['.csv.gz' if file.format == 'csv.gz' else '.' + file.format])}"
    link.symlink_to(file.path.resolve())
    return link


def _part(
    connection: duckdb.DuckDBPyConnection, path: Path, names: Sequence[str] | None, place: int, what: str
) -> str:
    """The SELECT of one file under the names of its header."""
    scan = f"read_parquet({literal(str(path))}, hive_partitioning = false, file_row_number = true)"
    try:
        found = [name for name, _ in _describe(connection, scan) if name != "file_row_number"]
    except duckdb.Error as error:
        raise UnreadableFile(
            f"{what} cannot be read as Parquet: {str(error).splitlines()[0]}", hint="get it again"
        ) from error
    named = list(names or found)
    check_names(named, what)
    shown = ", ".join(f"{quote(sql)} AS {quote(name)}" for sql, name in zip(found, named, strict=True))
    return f"SELECT {shown}, file_row_number + {place << ROW_BITS}::BIGINT AS _row FROM {scan}"


def check_names(names: Sequence[str], what: str) -> None:
    """
    Raises:
        UnreadableFile: *names* are too many, or two of them are one name.
    """  # noqa: D205 - the promise is the error
    if len(names) > MAX_COLUMNS:
        raise UnreadableFile(
            f"{what}: a header of {len(names):,} columns is refused (limit {MAX_COLUMNS:,})",
            hint="is the line ending or the delimiter what it should be?",
        )
    seen: set[str] = {"_row"}
    for name in names:
        if name.lower() in seen:
            raise UnreadableFile(
                f"{what}: the header has the column {name!r} twice, or one that differs in case alone",
                hint="rename one of the two in the export",
            )
        seen.add(name.lower())


def _stage(
    connection: duckdb.DuckDBPyConnection, file: BillFile, folder: Path, place: int
) -> tuple[Path, list[str], int]:
    """CSV as Parquet of text: its path, its column names and how many lines did not fit."""
    names, delimiter = read_names(file.head, file.name)
    check_names(names, file.name)
    staged = folder / f"staged-{place}.parquet"
    columns = ", ".join(f"c{i}: 'VARCHAR'" for i in range(len(names)))
    link = literal(str(_link(file, folder, place)))

    def copy(*, is_strict: bool) -> str:
        source = (
            f"read_csv({link}, columns = {{{columns}}}, auto_detect = false, header = true, "
            f"delim = {literal(delimiter)}, quote = '\"', escape = '\"', "
            f"nullstr = [{', '.join(map(literal, NULL_WORDS))}], "
            f"compression = '{'gzip' if file.format == 'csv.gz' else 'none'}', "
            f"max_line_size = {_MAX_LINE_BYTES}, strict_mode = {str(is_strict).lower()}, "
            f"store_rejects = true, rejects_table = 'errors_{place}_{is_strict}', "
            f"rejects_scan = 'scans_{place}_{is_strict}', rejects_limit = 0)"
        )
        options = f"FORMAT parquet, COMPRESSION lz4_raw, ROW_GROUP_SIZE {_STAGED_ROWS}"
        return f"COPY (SELECT * FROM {source}) TO {literal(str(staged))} ({options})"

    is_strict = True
    try:
        connection.execute(copy(is_strict=True))
    except duckdb.InvalidInputException:
        # Mixed line ends stop the strict parser.
        is_strict = False
        _execute(connection, copy(is_strict=False), file.name)
    except duckdb.Error as error:
        raise _unreadable(file.name, error) from error
    lost = connection.execute(f"SELECT count(DISTINCT line) FROM errors_{place}_{is_strict}").fetchone()
    return staged, names, int(lost[0]) if lost else 0


def _execute(connection: duckdb.DuckDBPyConnection, sql: str, what: str) -> None:
    try:
        connection.execute(sql)
    except duckdb.Error as error:
        raise _unreadable(what, error) from error


def _unreadable(what: str, error: duckdb.Error) -> UnreadableFile:
    return UnreadableFile(
        f"{what} cannot be read as CSV: {str(error).splitlines()[0][:300]}", hint="get it again"
    )


def read_names(head: bytes, what: str) -> tuple[list[str], str]:
    """
    The header of the CSV text that begins with *head*, and its delimiter: the one that parts it most.

    Raises:
        UnreadableFile: there is no header.
    """
    text = head.decode("utf-8-sig", "ignore" if len(head) >= 1 << 20 else "replace")
    options = []
    for delimiter in DELIMITERS:
        try:
            options.append(
                (next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), []), delimiter)
            )
        except csv.Error as error:
            raise UnreadableFile(
                f"{what}: the header cannot be read: {error}", hint="is this a CSV file?"
            ) from error
    names, delimiter = max(options, key=lambda option: (len(option[0]), -DELIMITERS.index(option[1])))
    if not names or not any(name.strip() for name in names):
        raise UnreadableFile(f"{what} has no header", hint="the first line must name the columns")
    return [name or f"column {place}" for place, name in enumerate(names, start=1)], delimiter


def _describe(connection: duckdb.DuckDBPyConnection, relation: str) -> list[tuple[str, str]]:
    rows = connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
    return [(str(row[0]), str(row[1])) for row in rows]
