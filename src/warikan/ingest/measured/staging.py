"""Files of reports to typed Parquet, row by row accounted for: used, of another kind, or refused and why."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from warikan.focus.errors import UnreadableFile
from warikan.ingest.files import BillFile
from warikan.ingest.header import MAX_COLUMNS
from warikan.ingest.integrity import count_records, count_records_slowly
from warikan.ingest.measured.columns import Column, Report, places_of
from warikan.ingest.relation import literal, quote

USED, OTHER = "used", "other"
_BROKEN = "not as many columns as the header"
_MAX_LINE_BYTES = 8 << 20
_LONGEST = {"text": 1024, "labels": 65_536}
"""Characters that are kept."""
_KINDS = {"text": "VARCHAR", "labels": "VARCHAR", "number": "DOUBLE", "time": "BIGINT"}
_NOT = {"number": "is no amount", "time": "is no time"}


@dataclass(frozen=True)
class Reading:
    """
    What became of the rows of a file: rows = used + other + Σ refused.

    Attributes:
        file: Its name.
        report: Which report it is.
        other: Rows that are nothing of a cluster (the rest of a bill).
        refused: What is wrong → rows.
    """

    file: str
    report: str
    rows: int
    used: int
    other: int
    refused: Mapping[str, int]


def read_names(file: BillFile) -> list[str]:
    """
    The columns of *file*.

    Raises:
        UnreadableFile: damaged, or more columns than any report has.
    """
    try:
        if file.format == "parquet":
            names = list(pq.read_schema(file.path).names)
        else:
            text = file.head.decode("utf-8-sig", "replace")
            names = next(csv.reader(io.StringIO(text, newline="")), [])
    except (OSError, pa.ArrowException, csv.Error) as error:
        raise UnreadableFile(f"{file.name} is damaged: {error}", hint="get it again") from error
    if len(names) > MAX_COLUMNS:
        raise UnreadableFile(f"{file.name}: a header of {len(names):,} columns is refused")
    return names


def stage(
    connection: duckdb.DuckDBPyConnection,
    file: BillFile,
    names: Sequence[str],
    report: Report,
    ordinal: int,
    into: Path,
) -> Reading:
    """
    Type *file*, whose columns are *names*, into the Parquet file *into*.

    It has the columns of *report*, ``file`` (*ordinal*), ``start``, ``stop`` and ``state``. Rows that are
    not used are in it too, all null but for ``file`` and ``state``.

    Raises:
        UnreadableFile: cut, damaged, or its rows cannot be told apart.
    """
    link = into.with_suffix({"parquet": ".source.parquet", "csv.gz": ".csv.gz"}.get(file.format, ".csv"))
    # A link with a plain name: DuckDB would take *, ? and [ in a name for a glob.
    link.symlink_to(file.path.resolve())
    try:
        if file.format == "parquet":
            source, types = _parquet_source(connection, link)
            references = [quote(name) for name in names]
        else:
            source, references = _csv_source(link, len(names), ordinal), [f"c{i}" for i in range(len(names))]
            types = ["VARCHAR"] * len(names)
        connection.execute(
            f"COPY ({_select(report, names, references, types, source, ordinal)}) "
            f"TO {literal(str(into))} (FORMAT parquet, COMPRESSION lz4_raw)"
        )
    except (duckdb.IOException, duckdb.InvalidInputException, duckdb.SerializationException) as error:
        raise UnreadableFile(
            f"{file.name} cannot be read: {str(error).splitlines()[0]}", hint="get it again"
        ) from error
    finally:
        link.unlink(missing_ok=True)
    broken = 0 if file.format == "parquet" else _count_broken(connection, file, ordinal, into)
    states = f"SELECT state, count(*) FROM read_parquet({literal(str(into))}) GROUP BY state"
    counts = {str(state): int(count) for state, count in connection.execute(states).fetchall()}
    return account(file.name, report.name, counts | ({_BROKEN: broken} if broken else {}))


def _parquet_source(connection: duckdb.DuckDBPyConnection, link: Path) -> tuple[str, list[str]]:
    source = f"read_parquet({literal(str(link))}, binary_as_string = true, hive_partitioning = false)"
    described = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
    return source, [str(row[1]) for row in described]


def _csv_source(link: Path, width: int, ordinal: int) -> str:
    columns = ", ".join(f"c{i}: 'VARCHAR'" for i in range(width))
    return (
        f"read_csv({literal(str(link))}, columns = {{{columns}}}, auto_detect = false, header = true, "
        f"delim = ',', quote = '\"', escape = '\"', nullstr = ['', 'NULL', 'null'], "
        f"max_line_size = {_MAX_LINE_BYTES}, strict_mode = true, store_rejects = true, "
        f"rejects_table = 'errors_{ordinal}', rejects_scan = 'scans_{ordinal}', rejects_limit = 0)"
    )


def _select(
    report: Report,
    names: Sequence[str],
    references: Sequence[str],
    types: Sequence[str],
    source: str,
    ordinal: int,
) -> str:
    """The typed rows of *source*: what was found, its value, what is wrong, and then only what is used."""
    places = places_of(names)
    found = {column: _found(column, places, references, types) for column in report.columns}
    raw = ", ".join(f"{sql} AS {quote('_' + column.name)}" for column, sql in found.items())
    typed = ", ".join(f"{_typed(column)} AS {quote(column.name)}" for column in report.columns)
    wrongs = [wrong for column in report.columns for wrong in _wrongs(column)]
    wrongs += [(f"NOT coalesce({condition}, false)", words) for condition, words in report.checks]
    cases = " ".join(f"WHEN {condition} THEN {literal(words)}" for condition, words in wrongs)
    kept = [*(quote(column.name) for column in report.columns), "start", "stop"]
    shown = ", ".join(f"CASE WHEN state = '{USED}' THEN {name} END AS {name}" for name in kept)
    return f"""
        SELECT {ordinal} AS file, state, {shown} FROM (
            SELECT *, CASE WHEN NOT coalesce({report.relevant}, false) THEN '{OTHER}' {cases}
                ELSE '{USED}' END AS state
            FROM (
                SELECT *, CAST({report.start} AS BIGINT) AS start, CAST({report.stop} AS BIGINT) AS stop
                FROM (SELECT *, {typed} FROM (SELECT {raw} FROM {source}))))
        """


def _found(column: Column, places: Mapping[str, int], references: Sequence[str], types: Sequence[str]) -> str:
    """*column* as the file has it: a time that is one already, else text; null where it is not there."""
    found = column.find(places)
    if column.type == "labels" and any(key is not None for _, key in found):
        pairs = ", ".join(
            f"{{'key': {literal(key)}, 'value': CAST({references[place]} AS VARCHAR)}}"
            for place, key in found
        )
        return f"CAST(to_json(list_filter([{pairs}], e -> e.value IS NOT NULL)) AS VARCHAR)"
    values = [_value(column, references[place], types[place], key) for place, key in found]
    return values[0] if len(values) == 1 else f"coalesce({', '.join(values)})" if values else "NULL::VARCHAR"


def _value(column: Column, reference: str, kind: str, key: str | None) -> str:
    if key is not None:
        if kind.startswith("MAP"):
            return f"CAST({reference}[{literal(key)}] AS VARCHAR)"
        path = literal(f'$."{key}"')
        text = reference if kind in ("VARCHAR", "JSON") else f"CAST(to_json({reference}) AS VARCHAR)"
        return f"CASE WHEN json_valid({text}) THEN json_extract_string({text}, {path}) END"
    if column.type == "time" and kind.startswith(("TIMESTAMP", "DATE")):
        return f"CAST(CAST({reference} AS TIMESTAMP) AS VARCHAR)"
    if kind.startswith(("MAP", "STRUCT")):
        return f"CAST(to_json({reference}) AS VARCHAR)"
    return f"CAST({reference} AS VARCHAR)"


def _typed(column: Column) -> str:
    found = quote("_" + column.name)
    if column.type == "number":
        number = f"try_cast({found} AS DOUBLE)"
        return f"CASE WHEN {number} >= 0 AND {number} <= {column.most!r} THEN {number} END"
    if column.type == "time":
        return f"moment({found})"
    return f"left({found}, {_LONGEST[column.type]})"


def _wrongs(column: Column) -> list[tuple[str, str]]:
    """Conditions under which a row is refused for *column*, and what is said of it."""
    name, found = quote(column.name), quote("_" + column.name)
    wrongs = []
    if column.needed == "row":
        wrongs.append((f"coalesce({found}, '') = ''", f"{column.name} is missing"))
    if column.type in _NOT:
        wrongs.append((f"{name} IS NULL AND {found} IS NOT NULL", f"{column.name} {_NOT[column.type]}"))
    return wrongs


def _count_broken(connection: duckdb.DuckDBPyConnection, file: BillFile, ordinal: int, staged: Path) -> int:
    """Rows that DuckDB could not take apart; proves by another reader that no row was lost."""
    broken = _one(connection, f"SELECT count(DISTINCT line) FROM errors_{ordinal}")
    connection.execute(f"DROP TABLE errors_{ordinal}; DROP TABLE scans_{ordinal}")
    read = _one(connection, f"SELECT count(*) FROM read_parquet({literal(str(staged))})")
    is_gzip = file.format == "csv.gz"
    records = count_records(file.path, is_gzip=is_gzip, what=file.name)
    if read + broken != records.count - 1:
        records = count_records_slowly(
            file.path, is_gzip=is_gzip, delimiter=",", is_closed=records.is_closed, what=file.name
        )
    if read + broken != max(records.count - 1, 0):
        raise UnreadableFile(
            f"{file.name}: {records.count - 1:,} rows in the file, but {read:,} can be read and {broken:,} "
            "are broken: its quotes do not pair up",
            hint="the file is truncated or badly quoted: get it again",
        )
    if broken and not records.is_closed:
        raise UnreadableFile(f"{file.name} is truncated: its last row is cut off", hint="get it again")
    return broken


def account(file: str, report: str, counts: Mapping[str, int]) -> Reading:
    """The reading of *file* by the *counts* of its rows: state → rows."""
    refused = {state: rows for state, rows in sorted(counts.items()) if state not in (USED, OTHER)}
    return Reading(file, report, sum(counts.values()), counts.get(USED, 0), counts.get(OTHER, 0), refused)


def empty_report(report: Report) -> str:
    """SQL of a relation with the columns of a staged *report* and no rows."""
    columns = {"file": "INTEGER", "state": "VARCHAR", "start": "BIGINT", "stop": "BIGINT"}
    columns |= {column.name: _KINDS[column.type] for column in report.columns}
    nulls = ", ".join(f"CAST(NULL AS {kind}) AS {quote(name)}" for name, kind in columns.items())
    return f"(SELECT {nulls} WHERE false)"


def _one(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = connection.execute(sql).fetchone()
    return int(row[0]) if row else 0
