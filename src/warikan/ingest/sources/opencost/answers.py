"""Answers in JSON to typed Parquet: each entry used, left out, or refused and why."""

import gzip
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

import duckdb

from warikan.focus.errors import DataError, UnreadableFile
from warikan.ingest.measured.opening import run_sql
from warikan.ingest.measured.staging import USED, Reading, account
from warikan.ingest.relation import literal

TABLES = ("allocations", "assets")
MOST_BYTES = 128 << 20
"""Of one answer, unpacked: it is taken apart in memory."""
_ROWS = {"allocations": "allocation_rows", "assets": "asset_rows"}
_COMPACT = json.dumps(json.loads(files(__package__).joinpath("shape.json").read_text(encoding="utf-8")))


class NoAnswer(DataError):
    """JSON that is nothing of OpenCost: passed over in a folder."""


@dataclass
class Answers:
    """What was staged into *folder* on *connection*; ``show`` makes views of it, sorted by time."""

    connection: duckdb.DuckDBPyConnection
    folder: Path
    readings: list[Reading] = field(default_factory=list)
    _staged: dict[str, list[Path]] = field(default_factory=lambda: {name: [] for name in TABLES})

    def __post_init__(self) -> None:
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE entries AS SELECT NULL::VARCHAR AS name, "
            f"from_json('{{}}', {literal(_COMPACT)}) AS e LIMIT 0"
        )
        run_sql(self.connection, __package__, "entries.sql")

    def add(self, path: Path, name: str, ordinal: int) -> None:
        """
        Stage the answer in the file *path*, called *name* in messages.

        Raises:
            UnreadableFile: no JSON, cut, or larger than MOST_BYTES.
            NoAnswer: JSON, but of something else.
            DataError: an answer that tells of an error.
        """
        self._read(path, name)
        counts: dict[str, int] = {}
        for table, rows in _ROWS.items():
            into = self.folder / f"{table}-{ordinal}.parquet"
            self.connection.execute(
                f"COPY (SELECT {ordinal} AS file, * FROM {rows}) TO {literal(str(into))} (FORMAT parquet)"
            )
            self._staged[table].append(into)
            found = f"SELECT state, count(*) FROM read_parquet({literal(str(into))}) GROUP BY state"
            for state, count in self.connection.execute(found).fetchall():
                counts[str(state)] = counts.get(str(state), 0) + int(count)
        self.connection.execute("DELETE FROM entries")
        self.readings.append(account(name, "answer", counts))

    def show(self) -> None:
        """Views ``allocations`` and ``assets`` of what can be used of all that was added; then forget it."""
        for table, paths in self._staged.items():
            rows = f"(SELECT 0 AS file, * FROM {_ROWS[table]} WHERE false)"
            if paths:
                listed = ", ".join(literal(str(path)) for path in paths)
                into = self.folder / f"{table}.parquet"
                self.connection.execute(
                    f"COPY (SELECT * EXCLUDE (state) FROM read_parquet([{listed}], union_by_name = true) "
                    f"WHERE state = '{USED}' ORDER BY start) TO {literal(str(into))} (FORMAT parquet)"
                )
                rows = f"read_parquet({literal(str(into))})"
            for path in paths:
                path.unlink()
            paths.clear()
            self.connection.execute(f"CREATE OR REPLACE TEMP VIEW {table} AS SELECT * FROM {rows}")
        run_sql(self.connection, __package__, "views.sql")

    def _read(self, path: Path, name: str) -> None:
        plain = self.folder / "answer.json"
        size = unpack(path, plain, name)
        try:
            self.connection.execute(
                f"""
                CREATE OR REPLACE TEMP TABLE answer AS SELECT code, message, data FROM read_json(
                    {literal(str(plain))}, format = 'unstructured',
                    maximum_object_size = {max(size, 1 << 20)},
                    columns = {{'code': 'INTEGER', 'message': 'VARCHAR', 'data': 'JSON'}})
                """
            )
            self.connection.execute(
                f"""
                INSERT INTO entries SELECT left(e.key, 2048), from_json(e.value, {literal(_COMPACT)}) FROM (
                    SELECT unnest(map_entries(from_json(one, '"MAP(VARCHAR, JSON)"'))) AS e FROM (
                        SELECT unnest(CASE json_type(data) WHEN 'OBJECT' THEN [data]
                            WHEN 'ARRAY' THEN from_json(data, '["JSON"]') ELSE [] END) AS one FROM answer))
                WHERE json_type(e.value) = 'OBJECT'
                """
            )
            found = self.connection.execute(
                "SELECT code, left(message, 300), json_type(data) FROM answer"
            ).fetchall()
        except duckdb.OutOfMemoryException:
            raise
        except duckdb.Error as error:
            raise UnreadableFile(
                f"{name} is not JSON as OpenCost answers it ({type(error).__name__})",
                hint="is there a login page at this address, or was the file cut off?",
            ) from None
        finally:
            plain.unlink(missing_ok=True)
            self.connection.execute("DROP TABLE IF EXISTS answer")
        _check(found, name)


def unpack(path: Path, into: Path, name: str, most: int = MOST_BYTES) -> int:
    """
    Copy *path*, unpacked when it is gzip, to *into*; its size in bytes.

    Raises:
        UnreadableFile: damaged, empty, or more than *most* bytes.
    """
    size = 0
    with path.open("rb") as file:
        is_gzip = file.read(2) == b"\x1f\x8b"
    try:
        with gzip.open(path, "rb") if is_gzip else path.open("rb") as source, into.open("wb") as target:
            while piece := source.read(1 << 20):
                size += len(piece)
                if size > most:
                    raise UnreadableFile(
                        f"{name} has more than {most >> 20:,} MiB", hint="export fewer hours at once"
                    )
                target.write(piece)
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableFile(f"{name} is damaged: {error}", hint="get it again") from error
    if not size:
        raise UnreadableFile(f"{name} is empty", hint="the export failed: get it again")
    return size


def _check(found: Sequence[tuple[int | None, str | None, str | None]], name: str) -> None:
    if not any(code is not None or kind is not None for code, _, kind in found):
        raise NoAnswer(f"{name} has neither code nor data", hint="save the answer of /allocation as it is")
    for code, message, _ in found:
        if code not in (None, 200):
            said = "".join(c if c.isprintable() else " " for c in message or "")
            raise DataError(f"{name} has code {code}: {said}", hint="see the log of OpenCost")
