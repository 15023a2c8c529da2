"""Workspaces to export from, and the charges made again by the query of docs/export.md."""

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal, localcontext
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from warikan.bootstrap import Workspace, open_workspace
from warikan.engine.query import Query
from warikan.export.columns import ALLOCATED, SUMMABLE
from warikan.export.run import ExportReport
from warikan.focus.columns import COST_METRICS, Version, list_columns
from warikan.lake import Unit

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
SETTINGS = """\
version: 1
ownership:
  rules:
    - {id: by-tag, service: {from: "Tags['s']"}}
shares:
  - {id: platform, source: x_ServiceId = 'platform', method: fixed, percent: {a: 60, b: 30, c: 10}}
"""
CATALOG = "\n---\n".join(
    f"apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {{name: {name}}}\n"
    f"spec: {{type: service, lifecycle: production, owner: team-{name}}}"
    for name in ("a", "b", "c", "platform")
)
ROW = {
    **dict.fromkeys(COST_METRICS, "1.5"),
    "BillingAccountId": "1",
    "BillingCurrency": "USD",
    "BillingPeriodStart": "2026-10-01T00:00:00Z",
    "BillingPeriodEnd": "2026-11-01T00:00:00Z",
    "ChargePeriodStart": "2026-10-05T00:00:00Z",
    "ChargePeriodEnd": "2026-10-06T00:00:00Z",
    "ChargeCategory": "Usage",
    "ProviderName": "AWS",
    "PublisherName": "AWS",
    "InvoiceIssuerName": "AWS",
    "ServiceName": "Amazon EC2",
    "ServiceCategory": "Compute",
    "PricingQuantity": "1",
    "PricingUnit": "Hours",
}
"""A charge with what every bill has; a test says only what differs."""


def make_workspace(folder: Path, *rows: Mapping[str, str]) -> Workspace:
    """A workspace whose bill has *rows*, each ROW with changes, loaded as ``bill`` and allocated."""
    (folder / "catalog").mkdir(parents=True)
    (folder / "warikan.yaml").write_text(SETTINGS, encoding="utf-8")
    (folder / "catalog" / "all.yaml").write_text(CATALOG, encoding="utf-8")
    workspace = open_workspace(folder, clock=lambda: NOW)
    if rows:
        load(workspace, *rows)
    return workspace


def load(workspace: Workspace, *rows: Mapping[str, str], source: str = "bill") -> None:
    """Take *rows* in as the bill of *source*, and allocate."""
    names = list(dict.fromkeys([*ROW, *(name for row in rows for name in row)]))
    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows({**dict.fromkeys(names, ""), **ROW, **row} for row in rows)
    path = workspace.folder / "bill.csv"
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    workspace.ingest(file=str(path), source_id=source)
    workspace.allocate()


def cut_slices(workspace: Workspace, slices: Sequence[Mapping[str, Any]], *, source: str = "bill") -> None:
    """Put *slices* in place of those of October: as if ``allocate`` had split charges of clusters."""
    lake = workspace.lake
    schema = lake.schema("allocations")
    with lake.writing(), workspace.engine.connection.cursor() as cursor:
        cursor.register("slices_of_test", pa.Table.from_pylist([dict(s) for s in slices], schema))
        path = lake.new_file("allocations")
        lake.copy(cursor, "SELECT * FROM slices_of_test", "allocations", path)
        lake.replace("allocations", [Unit(source, date(2026, 10, 1))], [path])


def stored(workspace: Workspace, table: str) -> list[dict[str, Any]]:
    """All rows of *table*."""
    rows: list[dict[str, Any]] = workspace.engine.to_arrow(workspace.engine.table(table)).to_pylist()
    return rows


def export_all(workspace: Workspace, out: Path, **options: Any) -> ExportReport:
    """Export everything there is."""
    query = Query(metrics=COST_METRICS, period="all", where=options.pop("where", None))
    return workspace.export(query, out=out, **options)


def read_files(paths: Iterable[Path]) -> list[dict[str, str]]:
    """Rows of CSV files, as Python's own reader has them."""
    rows: list[dict[str, str]] = []
    for path in sorted(paths):
        with path.open(newline="", encoding="utf-8") as file:
            rows += csv.DictReader(file)
    return rows


def charges_again(folder: Path, docs: Path) -> dict[tuple[Any, ...], dict[str, Any]]:
    """(source, key, billing period) → charge, by the query of *docs* over the files in *folder*."""
    found = re.search(r"```sql\n(.*?)```", docs.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    sql = found[1].replace("focus/*.csv", f"{folder}/*.csv")
    if not list(folder.glob("*.csv")):
        sql = re.sub(r"read_csv\(.*?\)", f"read_parquet('{folder}/*.parquet', union_by_name = true)", sql)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        rows = connection.execute(sql).to_arrow_table().to_pylist()
    return {(r["x_SourceId"], int(r["x_ChargeKey"]), as_time(r["BillingPeriodStart"])): r for r in rows}


def as_time(value: Any) -> Any:
    """A time as CSV or Parquet have it."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def assert_same_charges(
    workspace: Workspace, again: Mapping[tuple[Any, ...], Mapping[str, Any]], *, version: Version = "1.3"
) -> None:
    """Every charge of the lake is in *again*, equal in every column, and nothing else is."""
    charges = {
        (c["x_SourceId"], c["x_ChargeKey"], c["BillingPeriodStart"]): c for c in stored(workspace, "charges")
    }
    left_out = {*ALLOCATED, "ContractApplied"}
    columns = [c for c in list_columns(version) if c.id not in left_out]
    assert charges.keys() == again.keys()
    for key, charge in charges.items():
        one = again[key]
        for column in columns:
            found = _typed(one.get(column.id), column.type, column.id)
            assert found == _comparable(charge[column.id]), (key, column.id)
        assert (one["x_SourceFile"], int(one["x_SourceRow"])) == (
            charge["x_SourceFile"],
            charge["x_SourceRow"],
        )
        assert _typed(one.get("x_Extra"), "json", "Tags") == _comparable(charge["x_Extra"])


def _typed(value: Any, kind: str, name: str) -> Any:
    if value is None:
        return None
    if kind == "decimal":
        return Decimal(value)
    if kind == "datetime":
        return as_time(value)
    return json.loads(value) if name == "Tags" else value


def _comparable(value: Any) -> Any:
    return dict(value) if isinstance(value, list) else value


def add_up(rows: Iterable[Mapping[str, str]], *names: str) -> dict[str, Decimal | None]:
    """Column → sum of what has a value."""
    sums: dict[str, Decimal | None] = {}
    with localcontext(prec=60):
        for name in names or (*COST_METRICS, *SUMMABLE):
            values = [Decimal(r[name]) for r in rows if r.get(name)]
            sums[name] = sum(values, Decimal(0)) if values else None
    return sums
