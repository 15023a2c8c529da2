"""``python -m warikan.estate.native FOLDER``: write the company's native bills, and say how to load them."""

import argparse
import sys
from datetime import date
from pathlib import Path

from warikan.estate.generate import DEFAULT_UNTIL
from warikan.estate.native.write import NATIVE_FORMS, write_native
from warikan.estate.simulation import Estate


def main(arguments: list[str] | None = None) -> None:
    """Write what *arguments* ask for."""
    parser = argparse.ArgumentParser(prog="python -m warikan.estate.native", description=__doc__)
    parser.add_argument("folder", type=Path, help="each form gets a folder below it")
    parser.add_argument("--scale", choices=["small", "medium", "large"], default="small")
    parser.add_argument("--seed", type=int, default=42, help="that of the demo is 42")
    parser.add_argument(
        "--until", type=date.fromisoformat, default=DEFAULT_UNTIL, help="first day without data"
    )
    parser.add_argument("--months", type=int, default=2, help="so many, the newest (2)")
    parser.add_argument(
        "--form", choices=[f.id for f in NATIVE_FORMS], action="append", help="only this form"
    )
    asked = parser.parse_args(arguments)
    estate = Estate.build(asked.scale, asked.seed, asked.until)
    months = [month.start for month in estate.timeline.months()][-max(1, asked.months) :]
    forms = [f for f in NATIVE_FORMS if asked.form is None or f.id in asked.form]
    written = write_native(asked.folder, estate, months=months, forms=forms)
    for form in forms:
        rows = sum(file.rows for file in written if file.form == form.id)
        path = asked.folder / form.id
        sys.stdout.write(
            f"{rows:>12,} rows   warikan ingest --source-type {form.source_type} --file {path}\n"
        )


if __name__ == "__main__":
    main()
