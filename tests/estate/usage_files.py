"""Usage files as Arrow tables, for the tests of this folder."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from warikan.estate import EstateReport


def usage_files(estate: EstateReport, cluster: str, table: str) -> list[Path]:
    """The files of one table of a cluster, oldest first."""
    return sorted((estate.folder / "usage" / cluster).glob(f"*.{table}.parquet"))


def read_usage(estate: EstateReport, cluster: str, table: str, month: str = "*") -> pa.Table:
    """One table of a cluster, of one *month* (``2026-09``) or of all."""
    files = sorted((estate.folder / "usage" / cluster).glob(f"{month}.{table}.parquet"))
    return pa.concat_tables(pq.read_table(f) for f in files)


def read_truth(estate: EstateReport, name: str) -> pa.Table:
    """One table of the truth."""
    return pq.read_table(estate.folder / f"truth/{name}.parquet")
