"""Tables that live for one run, as Parquet files in a folder: memory stays free, any engine can read them."""

from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

import duckdb
import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq

from warikan.engine.statements import to_sql
from warikan.engine.views import schema_of_file
from warikan.lake.schema import literal


class Scratch:
    """
    Named tables under *folder*; a name that is used again is replaced.

    Args:
        connection: Where expressions run and the tables are views; one run at a time.
        folder: Made if it is missing; whoever chose it removes it.
        prefix: Of the views' names; two that are used at once need different ones.
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, folder: Path, *, prefix: str = "scratch_"
    ) -> None:
        self._connection = connection
        self._folder = folder
        self._prefix = prefix
        folder.mkdir(parents=True, exist_ok=True)

    def store(self, name: str, expression: ir.Table) -> ir.Table:
        """Run *expression* once and keep its rows, in their order."""
        return self.read(name, [self.write(name, expression)])

    def write(self, name: str, expression: ir.Table) -> Path:
        """As ``store``, for rows that are read together with others: the file."""
        path = self._path(name)
        # COPY, as DuckDB plans a relation that it writes twice.
        options = "FORMAT parquet, COMPRESSION lz4_raw"
        self._connection.execute(f"COPY ({to_sql(expression)}) TO {literal(str(path))} ({options})")
        return path

    def put(self, name: str, rows: pa.Table) -> ir.Table:
        """Keep *rows*."""
        path = self._path(name)
        pq.write_table(rows, path, compression="lz4")
        return self.read(name, [path])

    def read(self, name: str, paths: Sequence[Path | str]) -> ir.Table:
        """The rows of Parquet files (at least one) with the same columns as a table."""
        files = ", ".join(literal(str(path)) for path in paths)
        query = f"FROM read_parquet([{files}], hive_partitioning = false)"
        return self.view(name, query, schema_of_file(str(paths[0])))

    def view(self, name: str, select: str, schema: ibis.Schema) -> ir.Table:
        """What *select*, DuckDB's SQL, gives, with the columns of *schema*."""
        # The same few names in every run: so views do not pile up in a server, and what was compiled fits.
        view = self._prefix + name
        self._connection.execute(f"CREATE OR REPLACE VIEW {view} AS {select}")
        return ibis.table(schema, name=view)

    def fetch(self, expression: ir.Table) -> pa.Table:
        """The rows of *expression* in memory."""
        return self._connection.execute(to_sql(expression)).to_arrow_table()

    def clear(self) -> None:
        """Remove the files; the tables are then gone."""
        for path in self._folder.glob("*.parquet"):
            path.unlink()

    def _path(self, name: str) -> Path:
        # A new file each time: what was built on the table of the same name before may still be read.
        return self._folder / f"{name}-{uuid4().hex[:8]}.parquet"
