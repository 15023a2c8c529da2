"""
Speed of taking in AWS cost and usage reports: read and typed, converted to FOCUS, and the whole load.

``uv run python -m bench.native_bills [--rows N]``. The reports are those of the simulated company (CUR 2.0 as
Parquet, the legacy report as CSV.gz), and a day of nise's legacy report with 195 columns, repeated (CSV). The
yardstick, in a process of its own as they are: bare DuckDB copies the file to Parquet as text.
"""

import argparse
import shutil
import tempfile
from pathlib import Path

from bench.measure import Figure, measure

WIDE = Path("../shared/data/nise/aws/aws_cur_1day.csv")
TARGET_ROWS_A_SECOND = 80_000


def main() -> None:
    """Measure each report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=500_000, help="at least so many rows of nise's report")
    parser.add_argument("--folder", type=Path, help="where to work; kept when given")
    asked = parser.parse_args()
    folder = asked.folder or Path(tempfile.mkdtemp(prefix="warikan-bench-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        reports = {
            form: Path(measure("make_cur", folder=folder, form=form).result["path"])
            for form in ("cur-2.0-parquet", "cur-legacy-csv")
        }
        if WIDE.exists():
            wide = folder / "wide.csv"
            measure("make_wide", source=WIDE, target=wide, rows=asked.rows)
            reports["nise, 195 columns"] = wide
        for name, path in reports.items():
            _measure(name, path, folder)
    finally:
        if asked.folder is None:
            shutil.rmtree(folder)


def _measure(name: str, path: Path, folder: Path) -> None:
    bare = measure("bare_copy", source=path, target=folder / "bare.parquet")
    steps = measure("convert_bill", source=path)
    workspace = folder / f"load-{path.stem}"
    shutil.rmtree(workspace, ignore_errors=True)
    measure("make_workspace", folder=workspace)
    whole = measure("warikan_load", source=path, workspace=workspace)
    rows = int(steps.result["rows"])
    print(f"{name}: {rows:,} rows; bare copy {_line(bare.seconds, rows, bare)}")
    print(f"  read and typed   {_line(steps.result['typed'], rows, steps)}")
    print(f"  converted        {_line(steps.result['converted'], rows, steps)}")
    print(f"  both             {_line(steps.seconds, rows, steps)} (target {TARGET_ROWS_A_SECOND:,})")
    print(f"  the whole load   {_line(whole.seconds, rows, whole)}", flush=True)


def _line(seconds: float, rows: int, figure: Figure) -> str:
    return f"{seconds:7.2f} s, {rows / seconds:9,.0f} rows/s, {figure.peak_mb:5.0f} MB"


if __name__ == "__main__":
    main()
