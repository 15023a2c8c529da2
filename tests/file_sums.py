"""What a bill file adds up to by itself."""

import csv
from collections import defaultdict
from decimal import Decimal, localcontext
from pathlib import Path

from warikan.focus.columns import COST_METRICS


def sums_in_file(path: Path) -> dict[tuple[str, str], Decimal]:
    """(BillingCurrency, metric) → the sum of the file's own digits, by Python alone."""
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    with path.open(newline="", encoding="utf-8-sig") as file, localcontext(prec=60):
        for row in csv.DictReader(file):
            for metric in COST_METRICS:
                if row[metric] not in ("", "NULL"):
                    sums[row["BillingCurrency"], metric] += Decimal(row[metric])
    return dict(sums)
