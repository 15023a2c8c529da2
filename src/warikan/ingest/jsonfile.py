"""Newline-delimited JSON to a typed relation: one object a line; nested objects are dotted columns."""

import json
from collections.abc import Iterator
from collections.abc import Mapping as Dictionary
from pathlib import Path
from typing import Any

import duckdb

from warikan.focus.errors import NotFocus, UnreadableFile
from warikan.ingest.csvfile import NoRows
from warikan.ingest.dialects import native_header
from warikan.ingest.files import BillFile
from warikan.ingest.header import MAX_COLUMNS
from warikan.ingest.integrity import count_lines
from warikan.ingest.mapping import Mapping
from warikan.ingest.progress import Meter
from warikan.ingest.relation import Staged, first_line, literal, typed

_MAX_DEPTH = 5
_MAX_LINE_BYTES = 8 << 20
_SAMPLE_LINES = 200


def json_names(file: BillFile) -> list[str]:
    """
    The columns of the first lines of *file*: enough to tell what it is.

    Raises:
        NotFocus: its lines are no JSON objects.
    """
    names: dict[str, None] = {}
    for line in _first_lines(file):
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise NotFocus(
                f"{file.name} is JSON, but not one object a line", hint="export newline-delimited JSON"
            ) from error
        if not isinstance(row, dict):
            raise NotFocus(f"{file.name} is JSON, but its lines are no objects")
        names |= dict.fromkeys(".".join(path) for path in _paths(row, ()))
    return list(names)


def _first_lines(file: BillFile) -> Iterator[bytes]:
    lines = file.head.split(b"\n")
    # The last line of the head may be cut.
    whole = lines if len(file.head) < 1 << 20 else lines[:-1]
    yield from [line for line in whole[:_SAMPLE_LINES] if line.strip()]


def _paths(row: Dictionary[str, Any], path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for key, value in row.items():
        if isinstance(value, dict) and value and len(path) + 1 < _MAX_DEPTH:
            yield from _paths(value, (*path, key))
        else:
            yield (*path, key)


def _all_paths(
    connection: duckdb.DuckDBPyConnection, file: BillFile, folder: Path, ordinal: int
) -> list[tuple[str, ...]]:
    """
    Paths to the columns that any line of *file* has, by one look at all of them.

    Raises:
        UnreadableFile: more columns than a bill has.
    """
    found = connection.execute(
        f"SELECT json_group_structure(line::JSON) FROM {_lines(file, folder, ordinal)} WHERE {_IS_OBJECT}"
    ).fetchone()
    shape = json.loads(found[0]) if found and found[0] else {}
    paths = list(_paths(shape, ())) if isinstance(shape, dict) else []
    if len(paths) > MAX_COLUMNS:
        raise UnreadableFile(
            f"{file.name}: {len(paths):,} columns are refused (limit {MAX_COLUMNS:,})",
            hint="objects with free keys belong into arrays of key and value",
        )
    return paths


def stage_json(
    connection: duckdb.DuckDBPyConnection,
    file: BillFile,
    mapping: Mapping,
    folder: Path,
    ordinal: int,
    meter: Meter,
) -> Staged:
    """
    As stage_csv, of a native bill; a line that is no JSON object goes to ``broken_<ordinal>``.

    Raises:
        UnreadableFile: truncated, or its lines cannot be told apart.
    """
    lines = _lines(file, folder, ordinal)
    paths = _all_paths(connection, file, folder, ordinal)
    header = native_header(mapping, [".".join(path) for path in paths], file.name)
    counted = count_lines(file.path, is_gzip=file.format == "json.gz", what=file.name)
    if not counted:
        raise NoRows(f"{file.name} has no rows", hint="the export is empty: get it again")
    connection.execute(
        f"""CREATE TEMP TABLE broken_{ordinal} AS
            SELECT row, 'no JSON object' AS reason, left(line, 500) AS text
            FROM (SELECT line, row_number() OVER () AS row FROM {lines}) WHERE NOT {_IS_OBJECT}"""
    )
    references = [f"(j->>{literal(_json_path(path))})" for path in paths]
    numbered = f"(SELECT line::JSON AS j, row FROM (SELECT line, row_number() OVER () AS row FROM {lines}) "
    select = typed(
        header, references, ["VARCHAR"] * len(references), f"{numbered} WHERE {_IS_OBJECT})", row="row"
    )
    staged = folder / f"staged-{ordinal}.parquet"
    with meter.step(connection, file.size // 2):
        try:
            connection.execute(
                f"COPY ({select}) TO {literal(str(staged))} (FORMAT parquet, COMPRESSION lz4_raw)"
            )
        except duckdb.InvalidInputException as error:
            said = first_line(error, _link(file, folder, ordinal), file.name)
            raise UnreadableFile(
                f"{file.name} cannot be read as JSON: {said}", hint="get it again"
            ) from error
    rows, broken = (
        int((connection.execute(sql).fetchone() or (0,))[0])
        for sql in (
            f"SELECT count(*) FROM read_parquet({literal(str(staged))})",
            f"SELECT count(*) FROM broken_{ordinal}",
        )
    )
    if rows + broken != counted:
        raise UnreadableFile(
            f"{file.name}: {counted:,} lines in the file, but {rows:,} can be read and {broken:,} are broken",
            hint="get it again",
        )
    relation = f"(SELECT * FROM read_parquet({literal(str(staged))}, hive_partitioning = false))"
    return Staged(header, relation, counted, staged, is_copy=True, broken=broken)


_IS_OBJECT = "(CASE WHEN json_valid(line) THEN json_type(line) = 'OBJECT' ELSE false END)"


def _lines(file: BillFile, folder: Path, ordinal: int) -> str:
    """The non-empty lines of *file*, in order, as a relation of one column ``line``."""
    is_gzip = file.format == "json.gz"
    link = _link(file, folder, ordinal)
    if not link.is_symlink():
        link.symlink_to(file.path.resolve())
    return (
        f"(SELECT line FROM read_csv({literal(str(link))}, columns = {{line: 'VARCHAR'}}, header = false, "
        "auto_detect = false, delim = '\x01', quote = '', escape = '', new_line = '\\n', "
        f"compression = '{'gzip' if is_gzip else 'none'}', max_line_size = {_MAX_LINE_BYTES}) "
        "WHERE trim(line, ' \t\r') <> '')"
    )


def _link(file: BillFile, folder: Path, ordinal: int) -> Path:
    """A plain name for the file: DuckDB would take *, ? and [ in a bill's name for a glob."""
    return folder / f"bill-{ordinal}.json{'.gz' if file.format == 'json.gz' else ''}"


def _json_path(path: tuple[str, ...]) -> str:
    """A JSON pointer, which unlike a dotted path can name any key."""
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in path)
