"""Files that come out byte for byte the same: CSV (plain or gzip) and Parquet, written in pieces."""

import io
import zlib
from pathlib import Path
from typing import Protocol, Self

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

_LEVEL = 4


class TableFile(Protocol):
    """A file that takes one table after the other, all of one schema."""

    def write(self, table: pa.Table) -> None:
        """Append the rows of *table*."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *error: object) -> None: ...


class CsvFile:
    """CSV with a header and every value in quotes; gzip without time or name in its header."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        # wbits 31: a gzip member, whose header zlib fills with time 0.
        self._gzip = zlib.compressobj(_LEVEL, wbits=31) if path.suffix == ".gz" else None
        self._has_header = False

    def write(self, table: pa.Table) -> None:
        """Append the rows of *table*."""
        text = io.BytesIO()
        options = pa_csv.WriteOptions(include_header=not self._has_header, quoting_style="all_valid")
        pa_csv.write_csv(table, text, options)
        self._has_header = True
        self._file.write(self._gzip.compress(text.getbuffer()) if self._gzip else text.getbuffer())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._gzip:
            self._file.write(self._gzip.flush())
        self._file.close()


class ParquetFile:
    """Parquet, zstd, one row group for each table written."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: pq.ParquetWriter | None = None

    def write(self, table: pa.Table) -> None:
        """Append the rows of *table*."""
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._path, table.schema, compression="zstd", version="2.6")
        self._writer.write_table(table)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._writer is not None:
            self._writer.close()


def open_table_file(path: Path) -> TableFile:
    """The writer for *path* by its name: ``.csv``, ``.csv.gz`` or ``.parquet``; makes its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return ParquetFile(path) if path.suffix == ".parquet" else CsvFile(path)
