"""``make bench``: each figure beside its yardstick; ``python -m bench --rows 100000`` is a quick look."""

import argparse
import shutil
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.measure import Figure, measure

REPEATS = 5


def main() -> None:
    """Measure loading, allocation, questions, the page and the commands."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of the load and allocation")
    parser.add_argument("--query-rows", type=int, default=10_000_000, help="rows behind the questions")
    parser.add_argument("--folder", type=Path, help="where to work; kept when given")
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="warikan-bench-"))
    folder.mkdir(parents=True, exist_ok=True)
    table = Table("what", "rows", "Warikan s", "rows/s", "yardstick s", "ratio", "peak MB", "yardstick MB")
    try:
        loads(table, folder, options.rows)
        questions(table, folder, options.query_rows)
    finally:
        Console(width=130).print(table)
        if options.folder is None:
            shutil.rmtree(folder)


def loads(table: Table, folder: Path, rows: int) -> None:
    """Load *rows* from CSV.gz and from Parquet, with money as decimals and as doubles; allocate the last."""
    for name, has_doubles in (("csv.gz", False), ("doubles.parquet", True), ("parquet", False)):
        source = folder / f"fleet.{name}"
        made = measure("make_fleet", target=source, rows=rows, months=1, has_doubles=has_doubles)
        count = made.result["rows"]
        bare = measure("bare_load", source=source, target=folder / "bare.parquet")
        workspace = fresh(folder / f"load-{name}")
        ours = measure("warikan_load", source=source, workspace=workspace)
        add(table, f"load {name}, one month", count, ours, bare)
    add(table, "allocate", count, measure("warikan_allocate", workspace=workspace), None)


def questions(table: Table, folder: Path, rows: int) -> None:
    """Load and allocate *rows* over a year, then ask."""
    source = folder / "year.parquet"
    count = measure("make_fleet", target=source, rows=rows, months=12).result["rows"]
    bare = measure("bare_load", source=source, target=folder / "bare.parquet")
    workspace = fresh(folder / "year")
    add(
        table,
        "load parquet, a year",
        count,
        measure("warikan_load", source=source, workspace=workspace),
        bare,
    )
    add(table, "allocate, a year", count, measure("warikan_allocate", workspace=workspace), None)
    bare = measure("bare_queries", workspace=workspace, repeats=REPEATS)
    ours = measure("warikan_queries", workspace=workspace, repeats=REPEATS)
    for name, seconds in ours.result["each"].items():
        by_hand = bare.result["each"][name]
        table.add_row(
            name, f"{count:,}", f"{seconds:.3f}", "", f"{by_hand:.3f}", f"{seconds / by_hand:.2f}",
            f"{ours.peak_mb:.0f}", f"{bare.peak_mb:.0f}",
        )  # fmt: skip
    add(table, "default page", count, measure("default_page", workspace=workspace, repeats=REPEATS), None)
    add(table, "warikan --help", None, measure("command", arguments=["--help"], repeats=REPEATS), None)
    cost = ["cost", "--by", "x_TeamId", "--json", "--workspace", str(workspace)]
    add(table, "warikan cost", count, measure("command", arguments=cost, repeats=REPEATS), None)


def fresh(folder: Path) -> Path:
    """A new empty workspace in *folder*."""
    shutil.rmtree(folder, ignore_errors=True)
    measure("make_workspace", folder=folder)
    return folder


def add(table: Table, what: str, rows: int | None, ours: Figure, bare: Figure | None) -> None:
    """One line: ours, and the yardstick where there is one."""
    table.add_row(
        what,
        f"{rows:,}" if rows else "",
        f"{ours.seconds:.3f}",
        f"{rows / ours.seconds:,.0f}" if rows else "",
        f"{bare.seconds:.3f}" if bare else "",
        f"{ours.seconds / bare.seconds:.2f}" if bare else "",
        f"{ours.peak_mb:.0f}",
        f"{bare.peak_mb:.0f}" if bare else "",
    )
    Console(stderr=True).print(f"{what}: {ours.seconds:.3f} s", highlight=False)


if __name__ == "__main__":
    main()
