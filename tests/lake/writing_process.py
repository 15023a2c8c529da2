"""
A process that writes a lake, made to be killed.

Run as ``python writing_process.py FOLDER``. It imports what writing needs once and then, for each line
``FIRST STEPS`` on its standard input, forks a child that commits the versions FIRST, FIRST + 1, ... to the
lake and kills itself with SIGKILL after STEPS calls to the operating system (0: never). For each child it
prints ``started PID`` and, when the child is dead, ``ended SIGNAL``.

Version v is: 3 * v + 1 charges of aws in May and v + 1 in June, all with x_LoadId v; the property
``version``; and one row of `loads` for each month.
"""

import os
import signal
import sys
import traceback
from datetime import date
from pathlib import Path

import duckdb

from warikan.lake import Lake, Unit, commit  # noqa: F401 - commit imports PyIceberg, once for all children

MONTHS = (date(2026, 5, 1), date(2026, 6, 1))


def main(folder: Path) -> None:
    """Fork a child for each line of standard input."""
    for line in sys.stdin:
        first, steps = map(int, line.split())
        child = os.fork()
        if child == 0:
            try:
                work(folder, first, steps)
            finally:
                traceback.print_exc()
                os._exit(1)  # not back into the loop of the parent
        say(f"started {child}")
        _, status = os.waitpid(child, 0)
        say(f"ended {os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0}")


def say(text: str) -> None:
    """Print *text* at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def work(folder: Path, version: int, steps: int) -> None:
    """Commit one version after the other until killed."""
    if steps:
        die_after(steps)
    lake = Lake.open(folder)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'; SET threads = 1")
        while True:
            with lake.writing():
                commit_version(lake, connection, version)
            version += 1


def die_after(steps: int) -> None:
    """Have SIGKILL strike at the call number *steps* that Python makes to the operating system."""
    left = steps

    def count(event: str, _: object) -> None:
        nonlocal left
        if event.startswith(("open", "os.", "sqlite3.", "fcntl.", "shutil.", "glob.")) and event != "os.kill":
            left -= 1
            if left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)


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
    main(Path(sys.argv[1]))
