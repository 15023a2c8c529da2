"""Small bills as text, and the lake read back."""

import csv
import io
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, localcontext
from typing import Any

import duckdb

from warikan.engine.views import files_query
from warikan.focus.columns import COST_METRICS
from warikan.ingest.load import LoadReport
from warikan.lake import Lake

Loader = Callable[..., LoadReport]
"""The fixture ``take``."""

ROW = {
    "BilledCost": "1.5",
    "EffectiveCost": "1.25",
    "ListCost": "2",
    "ContractedCost": "1.75",
    "BillingCurrency": "USD",
    "BillingPeriodStart": "2026-10-01T00:00:00Z",
    "BillingPeriodEnd": "2026-11-01T00:00:00Z",
    "ChargePeriodStart": "2026-10-05T00:00:00Z",
    "ChargePeriodEnd": "2026-10-06T00:00:00Z",
    "ProviderName": "AWS",
    "PublisherName": "AWS",
    "InvoiceIssuerName": "AWS",
    "ServiceName": "Amazon S3",
}
"""A charge with what every bill has; a test says only what differs."""


def bill_text(*rows: Mapping[str, str], columns: Iterable[str] = (), **format_options: Any) -> str:
    """CSV of *rows*, each ROW with changes; *columns* beyond those of ROW come last."""
    extra = [c for row in rows for c in row if c not in ROW]
    names = list(dict.fromkeys([*ROW, *columns, *extra]))
    out = io.StringIO()
    writer = csv.DictWriter(out, names, **({"lineterminator": "\n"} | format_options))
    writer.writeheader()
    writer.writerows({**dict.fromkeys(names, ""), **ROW, **row} for row in rows)
    return out.getvalue()


def charges(lake: Lake, columns: str = "*", *, table: str = "charges") -> list[dict[str, Any]]:
    """What *table* holds, by source, file and row."""
    files = [f.path for f in lake.data_files(table)]
    if not files:
        return []
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        found = connection.execute(
            f"""SELECT {columns} FROM ({files_query(lake.schema(table), files)})
                ORDER BY "x_SourceId", "x_SourceFile", "x_SourceRow" """
        ).to_arrow_table()
    rows: list[dict[str, Any]] = found.to_pylist(maps_as_pydicts="strict")
    return rows


def sums_in_lake(lake: Lake, source_id: str | None = None) -> dict[tuple[str, str], Decimal]:
    """(BillingCurrency, metric) → sum of what is stored."""
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    with localcontext(prec=60):
        for row in charges(lake):
            if source_id in (None, row["x_SourceId"]):
                for metric in COST_METRICS:
                    if row[metric] is not None:
                        sums[row["BillingCurrency"], metric] += row[metric]
    return dict(sums)


def state(lake: Lake) -> tuple[Any, ...]:
    """What must not move when a load fails: every snapshot, and the properties."""
    tables = ("charges", "loads", "rejects")
    return (*(lake.snapshot(t) for t in tables), dict(lake.properties("charges")))
