"""
Speed of the conformance check: a million rows of FOCUS 1.2, and of the official validator beside it.

``uv run python -m bench.conformance [--rows N] [--official]``. The rows are those of the synthetic bills of
../shared/data/focus with resources, prices, quantities and costs of their own, so that the file does not
compress to nothing; as Parquet of exact types and of text, and as CSV with ``--csv``. Each run is a process
of its own, so that its peak memory is its own.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from bench.peak import peak_megabytes

SOURCE = Path("../shared/data/focus/synthetic_1.2")
TARGET_ROWS_A_SECOND, TARGET_MEGABYTES, TARGET_TIMES = 200_000, 500, 15


def make_bill(folder: Path, rows: int, form: str) -> Path:
    """A bill of *rows* varied rows: ``typed`` or ``text`` Parquet, or ``csv``."""
    target = folder / f"bill-{form}.{'csv' if form == 'csv' else 'parquet'}"
    if target.exists():
        return target
    connection = duckdb.connect()
    read = (
        f"read_csv(['{SOURCE}/focus_1_2_cost_and_usage_aws.csv', "
        f"'{SOURCE}/focus_1_2_cost_and_usage_azure.csv'], all_varchar = true, union_by_name = true)"
    )
    few = connection.execute(f"SELECT count(*) FROM {read}").fetchone()
    copies = -(-rows // (few[0] if few else 1))
    # A factor for each row, on the quantity and the costs, keeps price × quantity = cost exact.
    factor = "(1 + (hash(i, n) % 9973))::DECIMAL(18,0)"
    costs = "BilledCost", "EffectiveCost", "ListCost", "ContractedCost", "PricingQuantity"
    scaled = [f"({c}::DECIMAL(28,12) * {factor})::DECIMAL(38,12) AS {c}" for c in costs]
    unique = [
        "ResourceId || '-' || (hash(i, n, 1) % 200000) AS ResourceId",
        "ResourceName || '-' || (hash(i, n, 1) % 200000) AS ResourceName",
        "ChargeDescription || ' ' || (hash(i, n, 2) % 5000) AS ChargeDescription",
        "left(Tags, length(Tags) - 1) || ',\"Run\":\"r-' || (hash(i, n, 3) % 50000) || '\"}' AS Tags",
    ]
    times = ["BillingPeriodStart", "BillingPeriodEnd", "ChargePeriodStart", "ChargePeriodEnd"]
    decimals = [
        "ConsumedQuantity", "ListUnitPrice", "ContractedUnitPrice", "CommitmentDiscountQuantity",
        "PricingCurrencyContractedUnitPrice", "PricingCurrencyEffectiveCost", "PricingCurrencyListUnitPrice",
    ]  # fmt: skip
    typed = [f"{c}::TIMESTAMPTZ AS {c}" for c in times] + [f"{c}::DECIMAL(38,12) AS {c}" for c in decimals]
    changed = scaled + unique + (typed if form == "typed" else [])
    if form != "typed":
        changed = [*unique, *(f"rtrim(rtrim({s.split(' AS ')[0]}::VARCHAR, '0'), '.') AS {c}"
                              for s, c in zip(scaled, costs, strict=True))]  # fmt: skip
    how = "FORMAT csv, HEADER" if form == "csv" else "FORMAT parquet, COMPRESSION zstd"
    connection.execute(
        f"COPY (SELECT * EXCLUDE (i, n) REPLACE ({', '.join(changed)}) "
        f"FROM (SELECT *, row_number() OVER () AS i FROM {read}) "
        f"CROSS JOIN range({copies}) t(n) LIMIT {rows}) TO '{target}' ({how})"
    )
    return target


def run_ours(path: Path) -> dict[str, float]:
    """Check *path* in this process."""
    from warikan.conformance import Wanted, check_file

    began = time.perf_counter()
    report = check_file(path, Wanted(version="1.2", criteria="ALL"))
    seconds = time.perf_counter() - began
    counts = report.counts()
    evaluated = counts["passed"] + counts["failed"]
    return {"seconds": seconds, "rows": report.rows, "evaluated": evaluated, "failed": counts["failed"]}


def measure(command: list[str]) -> dict[str, float]:
    """Run *command*, which prints one line of JSON last; with its wall time and peak memory."""
    began = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found | {"wall": time.perf_counter() - began}


def main() -> None:
    """Measure, and say whether the targets are met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--official", action="store_true")
    parser.add_argument("--csv", action="store_true")
    parser.add_argument("--one", type=Path, help="check this file in this process, and print JSON")
    parser.add_argument("--folder", type=Path, help="keep the bills here, and take those that are there")
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(run_ours(asked.one) | {"megabytes": peak_megabytes()}))
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.folder or Path(temporary)
        seconds = {}
        for form in ["typed", "text"] + ["csv"] * asked.csv:
            path = make_bill(folder, asked.rows, form)
            found = measure([sys.executable, "-m", "bench.conformance", "--one", str(path)])
            seconds[form] = found["wall"]
            speed = found["rows"] / found["seconds"]
            print(
                f"{form:6} {path.stat().st_size / 1e6:7.1f} MB {found['rows']:,.0f} rows, "
                f"{found['evaluated']:.0f} rules: {found['seconds']:.1f} s, {speed:,.0f} rows/s "
                f"(target {TARGET_ROWS_A_SECOND:,}), {found['megabytes']:.0f} MB (target {TARGET_MEGABYTES})"
            )
        if asked.official:
            path = make_bill(folder, asked.rows, "text")
            command = ["sh", "tools/official_conformance.sh", str(path), "ALL"]
            # Both on one machine in one run, and again after it: others may share the machine.
            found = measure(command)
            times = found["wall"] / seconds["text"]
            print(
                f"official: {found['evaluated']:.0f} rules: {found['wall']:.1f} s, "
                f"{found['megabytes']:.0f} MB; "
                f"ours is {times:.1f} times as fast (target {TARGET_TIMES})"
            )


if __name__ == "__main__":
    main()
