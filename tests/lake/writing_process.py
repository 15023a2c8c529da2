"""
A process that writes a lake, made to be killed.

Run as ``python writing_process.py FOLDER``, a program as in sudden_death.py: a child prints ``started PID``
and commits the versions FIRST, FIRST + 1, ... to the lake.

Version v is: 3 * v + 1 charges of aws in May and v + 1 in June, all with x_LoadId v; the property
``version``; and one row of `loads` for each month.
"""

import os
import sys
from datetime import date
from functools import partial
from pathlib import Path

import duckdb

sys.path.append(str(Path(__file__).parents[1]))

from sudden_death import die_after, fork_for_each_line, say
from warikan.lake import Lake, Unit, commit  # noqa: F401 - commit imports PyIceberg, once for all children

MONTHS = (date(2026, 5, 1), date(2026, 6, 1))


def work(folder: Path, version: int, steps: int) -> None:
    """Commit one version after the other until killed."""
    say(f"started {os.getpid()}")
    die_after(steps)
    lake = Lake.open(folder)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'; SET threads = 1")
        while True:
            with lake.writing():
                commit_version(lake, connection, version)
            version += 1


def commit_version(lake: Lake, connection: duckdb.DuckDBPyConnection, version: int) -> None:
    """Replace both months by those of *version*."""
    files, loads = [], []
    for month, rows in zip(MONTHS, (3 * version + 1, version + 1), strict=True):
        values = {
            "x_SourceId": "'aws'",
            "x_LoadId": f"'{version}'",
            "BillingPeriodStart": f"TIMESTAMPTZ '{month} 00:00:00+00'",
        }
        columns = ", ".join(
            f'{values.get(f.name, "NULL")}::{kind(f.type)} AS "{f.name}"' for f in lake.schema("charges")
        )
        path = lake.new_file("charges")
        lake.copy(connection, f"SELECT {columns} FROM range({rows})", "charges", path)
        files.append(path)
        loads.append({"x_LoadId": str(version), "x_SourceId": "aws", "BillingMonth": month, "Rows": rows})
    units = [Unit("aws", month) for month in MONTHS]
    lake.replace("charges", units, files, properties={"version": str(version)}, loads=loads)


def kind(arrow: object) -> str:
    """DuckDB's name of an Arrow type of the charges."""
    text = str(arrow)
    if text.startswith("map"):
        return "MAP(VARCHAR, VARCHAR)"
    if text.startswith("list"):
        return "VARCHAR[]"
    names = {"string": "VARCHAR", "int64": "BIGINT", "timestamp[us, tz=UTC]": "TIMESTAMPTZ"}
    return names.get(text, "DECIMAL(38, 18)")


if __name__ == "__main__":
    fork_for_each_line(partial(work, Path(sys.argv[1])))
