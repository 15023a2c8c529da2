"""One source and billing month into one file: joined, split, formatted and copied by DuckDB, then proven."""

from collections.abc import Collection, Sequence
from pathlib import Path
from uuid import uuid4

import duckdb
import ibis
import pyarrow as pa

from warikan.allocate.bill import column_in
from warikan.engine.cells import wanted_charges
from warikan.engine.plan import SLICES, Plan
from warikan.engine.statements import to_sql
from warikan.engine.views import columns_of_file
from warikan.export.columns import SUMMABLE, ExportColumn, Kind, names_of
from warikan.export.contracts import select_contracts
from warikan.export.destination import Format, Part
from warikan.export.parts import IS_PART, RATIO, select_rests
from warikan.export.pinned import CHARGES, Pinned
from warikan.export.proof import Sums, prove, sum_file
from warikan.export.rows import CHARGES_VIEW, RESTS_TABLE, SLICES_VIEW, as_text, select_rows
from warikan.focus.columns import Version
from warikan.lake.parquet import ROW_GROUP
from warikan.lake.schema import literal, quote

_FILE_BITS = 40


class PartWriter:
    """
    Writes parts on a cursor of its own, into a folder of files that have no name yet.

    Memory does not grow with the size of a part: DuckDB streams, and spills what it must hold.
    """

    def __init__(
        self,
        cursor: duckdb.DuckDBPyConnection,
        folder: Path,
        links: Path,
        *,
        pinned: Pinned,
        plan: Plan,
        version: Version,
        form: Format,
    ) -> None:
        """*links* is a folder whose path has no character that is part of a glob."""
        self._cursor = cursor
        self._folder = folder
        self._links = links
        self._pinned = pinned
        self._plan = plan
        self._version = version
        self._form = form

    def write(
        self,
        part: Part,
        columns: Sequence[ExportColumn],
        filled: Collection[str],
        expected: Sums,
        *,
        has_header: bool = True,
    ) -> Path:
        """
        Write *part* with *columns* and prove it.

        Raises:
            CheckFailed: the file does not hold what is *expected*.
        """
        self._open(part, filled)
        render = _as_is if self._form == "parquet" else as_text
        select = select_rows(columns, self._wanted(), filled, render)
        path = self._copy(select, has_header=has_header)
        prove(part, expected, self._sum(path, columns, has_header=has_header))
        return path

    def join(self, paths: Sequence[Path]) -> Path:
        """Parquet files of the same columns as one."""
        files = ", ".join(literal(str(self._link(path))) for path in paths)
        return self._copy(f"SELECT * FROM read_parquet([{files}], hive_partitioning = false)")

    def _open(self, part: Part, filled: Collection[str]) -> None:
        """Make the relations that ``select_rows`` reads."""
        lake, execute = self._pinned.lake, self._cursor.execute
        slices = _union(self._pinned.files(SLICES, part), lake.schema(SLICES), "_id")
        charges = _union(self._pinned.files(CHARGES, part), lake.schema(CHARGES))
        execute(f"CREATE OR REPLACE TEMP VIEW {CHARGES_VIEW} AS {charges}")
        ratio = f"CASE WHEN {IS_PART} THEN {RATIO} END"
        execute(
            f"CREATE OR REPLACE TEMP VIEW {SLICES_VIEW} AS SELECT s.*, {ratio} AS _ratio FROM ({slices}) s"
        )
        quantities = [name for name in SUMMABLE if name in filled]
        rests = select_rests(SLICES_VIEW, CHARGES_VIEW, quantities)
        if "ContractApplied" in filled:
            contracts = select_contracts(SLICES_VIEW, CHARGES_VIEW)
            rests = f'SELECT * FROM ({rests}) LEFT JOIN ({contracts}) USING ("x_ChargeKey")'
        execute(f"CREATE OR REPLACE TEMP TABLE {RESTS_TABLE} AS {rests}")

    def _wanted(self) -> str:
        schema = ibis.Schema.from_pyarrow(self._pinned.lake.schema(SLICES))
        ours = ibis.schema({"_id": "int64", "_ratio": "float64"})
        return to_sql(wanted_charges(self._plan, ibis.table(schema | ours, name=SLICES_VIEW)))

    def _copy(self, select: str, *, has_header: bool = True) -> Path:
        path = self._folder / f"{uuid4().hex}.{self._form}"
        if self._form == "parquet":
            facts = f"KV_METADATA {{FocusVersion: {literal(self._version)}, Dataset: 'CostAndUsage'}}"
            options = f"FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP}, {facts}"
        else:
            packing = "gzip" if self._form == "csv.gz" else "none"
            options = (
                f"FORMAT csv, HEADER {str(has_header).lower()}, DELIMITER ',', QUOTE '\"', ESCAPE '\"', "
                f"NULLSTR '', COMPRESSION {packing}"
            )
        self._cursor.execute(f"COPY ({select}) TO {literal(str(path))} ({options})")
        return path

    def _sum(self, path: Path, columns: Sequence[ExportColumn], *, has_header: bool) -> Sums:
        link = self._link(path)
        return sum_file(self._cursor, link, self._form, names_of(columns), has_header=has_header)

    def _link(self, path: Path) -> Path:
        # DuckDB would take *, ? and [ in the name of the folder that was asked for as a glob.
        link = self._links / path.name
        if not link.is_symlink():
            link.symlink_to(path.absolute())
        return link


def _as_is(sql: str, _: Kind) -> str:
    return sql


def _union(paths: Sequence[str], schema: pa.Schema, numbered: str | None = None) -> str:
    """
    SQL of the rows of Parquet files with the columns of *schema*, null where a file lacks one.

    Args:
        numbered: A column for a number that tells all rows apart.
    """
    selects = []
    for place, path in enumerate(paths):
        present = columns_of_file(path)
        columns = [f"{column_in(field, present)} AS {quote(field.name)}" for field in schema]
        if numbered is not None:
            columns.append(f"({place << _FILE_BITS} + file_row_number)::BIGINT AS {numbered}")
        options = f"file_row_number = {str(numbered is not None).lower()}, hive_partitioning = false"
        selects.append(f"SELECT {', '.join(columns)} FROM read_parquet({literal(path)}, {options})")
    return " UNION ALL ".join(selects)
