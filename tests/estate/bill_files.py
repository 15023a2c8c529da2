"""Bill files as Arrow tables, for the tests of this folder."""

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

ReadBill = Callable[[str], pa.Table]


def read_table(path: Path) -> pa.Table:
    """A bill file: Parquet as it is; of CSV an empty field is null and everything else text."""
    if path.suffix == ".parquet":
        return pq.read_table(path)
    names = pa_csv.open_csv(path).schema.names
    options = pa_csv.ConvertOptions(
        column_types={n: pa.string() for n in names}, strings_can_be_null=True, null_values=[""]
    )
    return pa_csv.read_csv(path, convert_options=options)
