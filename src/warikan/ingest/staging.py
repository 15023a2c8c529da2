"""A bill file as typed rows, whatever its form: CSV, Parquet or JSON, FOCUS or native."""

from pathlib import Path

import duckdb

from warikan.focus.errors import NotFocus
from warikan.ingest.csvfile import stage_csv
from warikan.ingest.dialects import Dialects, csv_header, header_of
from warikan.ingest.files import BillFile
from warikan.ingest.header import Header
from warikan.ingest.jsonfile import json_names, stage_json
from warikan.ingest.mapping import Mapping
from warikan.ingest.parquetfile import parquet_names, stage_parquet
from warikan.ingest.progress import Meter
from warikan.ingest.relation import Staged


def tell(file: BillFile, dialects: Dialects) -> tuple[Header, Mapping | None]:
    """
    The columns of *file* and its native form, if it is not FOCUS, by its first bytes or its footer.

    Raises:
        UnreadableFile: damaged.
        NotFocus: no form that *dialects* has.
    """
    if file.format == "parquet":
        names = parquet_names(file, is_flat=False)
        mapping = dialects.mapping_of(names)
        if mapping is None:
            names = parquet_names(file, is_flat=True)
        return header_of(names, file.name, dialects)
    if file.format in ("json", "json.gz"):
        header, mapping = header_of(json_names(file), file.name, dialects)
        if mapping is None:
            raise NotFocus(f"{file.name} is FOCUS as JSON", hint="export FOCUS as Parquet or CSV")
        return header, mapping
    return csv_header(file, dialects)


def stage(
    connection: duckdb.DuckDBPyConnection,
    file: BillFile,
    dialects: Dialects,
    folder: Path,
    ordinal: int,
    meter: Meter,
) -> tuple[Staged, Mapping | None]:
    """
    Read and type *file* into *folder*, and prove that no row was lost on the way.

    Raises:
        UnreadableFile: truncated, damaged or empty.
        NotFocus: no form that *dialects* has.
    """
    header, mapping = tell(file, dialects)
    if mapping is not None and file.format in ("json", "json.gz"):
        return stage_json(connection, file, mapping, folder, ordinal, meter), mapping
    way = stage_parquet if file.format == "parquet" else stage_csv
    return way(connection, file, header, folder, ordinal, meter), mapping
