"""CSV to a typed relation: read in parallel, staged in file order, broken rows numbered."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb

from warikan.focus.errors import UnreadableFile
from warikan.ingest.files import BillFile
from warikan.ingest.header import Header, require_rows_that_fit
from warikan.ingest.integrity import Records, count_records, count_records_slowly
from warikan.ingest.progress import Meter
from warikan.ingest.relation import CLEAN_TEXT, NULL_WORDS, Staged, first_line, literal, typed

_MAX_LINE_BYTES = 8 << 20
_STAGED_ROWS = 30_720
"""Rows of a staged row group: one thread reads a gzip file, and so the others soon have some to compress."""


class NoRows(UnreadableFile):
    """A header and nothing else: passed over in a folder."""


def stage_csv(
    connection: duckdb.DuckDBPyConnection,
    file: BillFile,
    header: Header,
    folder: Path,
    ordinal: int,
    meter: Meter,
) -> Staged:
    """
    Read *file* into a staged Parquet file in *folder*, in the order of its rows.

    Broken rows go to the table ``broken_<ordinal>``: line, reason, text.

    Raises:
        UnreadableFile: truncated, empty, or its rows cannot be told apart.
    """
    require_rows_that_fit(file.head, header, file.name)
    is_gzip = file.format == "csv.gz"
    # A link with a plain name: DuckDB would take *, ? and [ in a bill's name for a glob.
    link = folder / f"bill-{ordinal}.csv{'.gz' if is_gzip else ''}"
    link.symlink_to(file.path.resolve())
    staged = folder / f"staged-{ordinal}.parquet"
    with ThreadPoolExecutor(1) as pool:
        counting = pool.submit(count_records, file.path, is_gzip=is_gzip, what=file.name)
        counting.add_done_callback(lambda done: connection.interrupt() if done.exception() else None)
        try:
            _read(connection, header, link, staged, ordinal, file, meter)
        finally:
            records = counting.result()
    relation, rows = _number(connection, file, header, staged, ordinal, records)
    return Staged(header, relation, rows, staged, is_copy=True, broken=broken_rows(connection, ordinal))


def _read(
    connection: duckdb.DuckDBPyConnection,
    header: Header,
    link: Path,
    staged: Path,
    ordinal: int,
    file: BillFile,
    meter: Meter,
) -> None:
    with meter.step(connection, file.size // 2):
        try:
            connection.execute(_copy(header, link, staged, ordinal, file, is_strict=True))
        except duckdb.InvalidInputException:
            # Mixed line ends stop DuckDB's strict parser; the lenient one takes more than it should,
            # which the count of records then finds out.
            connection.execute(f"DROP TABLE IF EXISTS errors_{ordinal}; DROP TABLE IF EXISTS scans_{ordinal}")
            try:
                connection.execute(_copy(header, link, staged, ordinal, file, is_strict=False))
            except duckdb.InvalidInputException as error:
                raise UnreadableFile(
                    f"{file.name} cannot be read as CSV: {first_line(error, link, file.name)}",
                    hint="get it again",
                ) from error


def _copy(header: Header, link: Path, staged: Path, ordinal: int, file: BillFile, *, is_strict: bool) -> str:
    """The statement that types and stages the file; broken rows go to ``errors_<ordinal>``."""
    columns = ", ".join(f"c{i}: 'VARCHAR'" for i in range(len(header.names)))
    source = (
        f"read_csv({literal(str(link))}, columns = {{{columns}}}, auto_detect = false, header = true, "
        f"delim = {literal(header.delimiter)}, quote = '\"', escape = '\"', "
        f"nullstr = [{', '.join(map(literal, NULL_WORDS))}], "
        f"compression = '{'gzip' if file.format == 'csv.gz' else 'none'}', "
        f"max_line_size = {_MAX_LINE_BYTES}, strict_mode = {str(is_strict).lower()}, "
        f"store_rejects = true, rejects_table = 'errors_{ordinal}', rejects_scan = 'scans_{ordinal}', "
        "rejects_limit = 0)"
    )
    references = [f"c{i}" for i in range(len(header.names))]
    select = typed(header, references, [CLEAN_TEXT] * len(references), source)
    options = f"FORMAT parquet, COMPRESSION lz4_raw, ROW_GROUP_SIZE {_STAGED_ROWS}"
    return f"COPY ({select}) TO {literal(str(staged))} ({options})"


def _number(
    connection: duckdb.DuckDBPyConnection,
    file: BillFile,
    header: Header,
    staged: Path,
    ordinal: int,
    records: Records,
) -> tuple[str, int]:
    """Prove that every record is staged or broken, and number the staged ones as the file does."""
    read = _one(connection, f"SELECT count(*) FROM read_parquet({literal(str(staged))})")
    broken = _one(connection, f"SELECT count(DISTINCT line) FROM errors_{ordinal}")
    if read + broken != records.count - 1:
        # Quotes inside unquoted fields mislead the fast count: ask a reader of another make.
        is_gzip = file.format == "csv.gz"
        records = count_records_slowly(
            file.path,
            is_gzip=is_gzip,
            delimiter=header.delimiter,
            is_closed=records.is_closed,
            what=file.name,
        )
    rows = records.count - 1
    if rows <= 0:
        raise NoRows(f"{file.name} has a header but no rows", hint="the export is empty: get it again")
    if read + broken != rows:
        raise UnreadableFile(
            f"{file.name}: {rows:,} rows in the file, but {read:,} can be read and {broken:,} are broken: "
            "its quotes do not pair up",
            hint="the file is truncated or badly quoted: get it again",
        )
    _create_broken(connection, ordinal, records)
    _check_end(connection, file, staged, ordinal, rows, broken, records)
    return _numbered(staged, ordinal, has_gaps=broken > 0), rows


def _create_broken(connection: duckdb.DuckDBPyConnection, ordinal: int, records: Records) -> None:
    """Each broken row once. DuckDB counts the header and blank lines as lines; rows do not."""
    grouped = f"""SELECT line::BIGINT AS line, first(left(csv_line, 500)) AS text,
                         first(lower(error_type::VARCHAR) || ': ' || error_message ORDER BY column_idx)
                             AS reason
                  FROM errors_{ordinal} GROUP BY line"""
    connection.execute(
        f"""CREATE TEMP TABLE broken_{ordinal} AS
            SELECT e.line - 1 - coalesce(b.n, 0) AS row, reason, text FROM ({grouped}) e ASOF LEFT JOIN
            (SELECT unnest($blanks::BIGINT[]) AS line, generate_subscripts($blanks::BIGINT[], 1) AS n) b
            ON e.line > b.line""",
        {"blanks": list(records.blanks)},
    )


def _check_end(
    connection: duckdb.DuckDBPyConnection,
    file: BillFile,
    staged: Path,
    ordinal: int,
    rows: int,
    broken: int,
    records: Records,
) -> None:
    """A last row that is not whole, where no newline ends the file, means that the file was cut."""
    if records.is_closed:
        return
    is_cut = _one(connection, f"SELECT count(*) FROM broken_{ordinal} WHERE row = {rows}")
    if not is_cut:
        source = f"read_parquet({literal(str(staged))}, file_row_number = true)"
        last = f"file_row_number = {rows - broken - 1} AND _bad IS NOT NULL"
        is_cut = _one(connection, f"SELECT count(*) FROM {source} WHERE {last}")
    if is_cut:
        raise UnreadableFile(
            f"{file.name} is truncated: its last row (row {rows:,}) is cut off",
            hint="the export or the copy was cut off: get it again",
        )


def _numbered(staged: Path, ordinal: int, *, has_gaps: bool) -> str:
    """Rows are staged in file order, so that only the broken ones before a row shift its number."""
    source = f"read_parquet({literal(str(staged))}, file_row_number = true, hive_partitioning = false)"
    if not has_gaps:
        return f"(SELECT * EXCLUDE (file_row_number), file_row_number + 1 AS _row FROM {source})"
    gaps = (
        "(SELECT good_before, max(n) AS n FROM "
        "(SELECT row_number() OVER (ORDER BY row) AS n, row - n AS good_before "
        f"FROM broken_{ordinal}) GROUP BY good_before)"
    )
    return (
        f"(SELECT s.* EXCLUDE (file_row_number), s.file_row_number + 1 + coalesce(g.n, 0) AS _row "
        f"FROM {source} s ASOF LEFT JOIN {gaps} g ON s.file_row_number >= g.good_before)"
    )


def broken_rows(connection: duckdb.DuckDBPyConnection, ordinal: int) -> int:
    """Rows in the table ``broken_<ordinal>``."""
    return _one(connection, f"SELECT count(*) FROM broken_{ordinal}")


def _one(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = connection.execute(sql).fetchone()
    return int(row[0]) if row else 0
