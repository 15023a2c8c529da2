"""Small lakes for reconciliation: charges written down, datasets loaded from text."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory
from typing import Any

from small_lake import NOW, fill, lake_of, load_rows, open_engine, slice_of

from warikan.engine.engine import Engine
from warikan.ingest.datasets.loading import load_datasets
from warikan.ingest.datasets.recognition import find_datasets

ISSUER = "Acme Cloud"
_KEPT: list[TemporaryDirectory[str]] = []
"""Removed with the process."""


def charge(start: str, *, end: str | None = None, **values: Any) -> dict[str, Any]:
    """One charge; *end* is an hour later unless said, all costs are 0 unless said."""
    first = moment(start)
    row = slice_of(
        first.replace(tzinfo=None).isoformat(), 0, InvoiceIssuerName=ISSUER, ChargeCategory="Usage"
    )
    row["ChargePeriodEnd"] = moment(end) if end else first + timedelta(hours=1)
    return row | values


def moment(text: str) -> datetime:
    """*text* (ISO 8601) in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def make_engine(folder: Path, rows: Iterable[Mapping[str, Any]], **datasets: str) -> Engine:
    """An engine over a new lake with *rows* as charges, and files of *datasets* (name → CSV text)."""
    # Making the tables takes longer than all the rest, so it is done once.
    copytree(_empty(), folder, dirs_exist_ok=True)
    engine = open_engine(folder)
    numbered = [dict(row) | {"x_ChargeKey": n} for n, row in enumerate(rows)]
    if numbered:
        fill(lake_of(folder), "charges", numbered, load_rows(numbered))
    for name, text in datasets.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
        load_datasets(lake_of(folder), name, find_datasets(f"{name}.csv", folder), now=NOW)
    return engine


@cache
def _empty() -> str:
    folder = TemporaryDirectory(prefix="warikan-empty-")
    _KEPT.append(folder)
    open_engine(Path(folder.name))
    return folder.name


def csv_text(*rows: Mapping[str, object]) -> str:
    """CSV of *rows*, which all have the columns of the first."""
    names = list(rows[0])
    lines = [",".join(names), *(",".join(str(row[n]) for n in names) for row in rows)]
    return "\n".join(lines) + "\n"


def contract(**values: object) -> dict[str, object]:
    """A row of Contract Commitment 1.3."""
    return {
        "ContractCommitmentId": "rr",
        "ContractCommitmentType": "Reservation",
        "ContractCommitmentCategory": "Usage",
        "ContractCommitmentCost": "1000",
        "ContractCommitmentQuantity": "",
        "ContractCommitmentUnit": "",
        "ContractCommitmentDescription": "",
        "ContractCommitmentPeriodStart": "2026-09-01T00:00:00Z",
        "ContractCommitmentPeriodEnd": "2027-09-01T00:00:00Z",
        "ContractId": "C1",
        "ContractPeriodStart": "2026-09-01T00:00:00Z",
        "ContractPeriodEnd": "2027-09-01T00:00:00Z",
        "BillingCurrency": "USD",
    } | values


def line(invoice: str, cost: str, **values: object) -> dict[str, object]:
    """A row of Invoice Detail 1.4, with what matters here."""
    return {
        "InvoiceId": invoice,
        "InvoiceDetailId": f"{invoice}-{values.get('ChargeCategory', 'Usage')}",
        "InvoiceIssuerName": ISSUER,
        "BillingAccountId": "1",
        "BillingCurrency": "USD",
        "BillingPeriodStart": "2026-09-01T00:00:00Z",
        "BillingPeriodEnd": "2026-10-01T00:00:00Z",
        "BilledCost": cost,
        "ChargeCategory": "Usage",
        "InvoiceIssueStatus": "Issued",
        "InvoiceDetailLastUpdated": "2026-10-03T00:00:00Z",
    } | values


def period(month: str, status: str, updated: str = "2026-10-05T00:00:00Z") -> dict[str, object]:
    """A row of Billing Period 1.4; *month* as ``2026-09``."""
    start = moment(f"{month}-01")
    return {
        "BillingPeriodCreated": start.isoformat(),
        "BillingPeriodStart": start.isoformat(),
        "BillingPeriodEnd": (start + timedelta(days=32)).replace(day=1).isoformat(),
        "BillingPeriodLastUpdated": updated,
        "BillingPeriodStatus": status,
        "InvoiceIssuerName": ISSUER,
    }


def money(text: object) -> Decimal:
    """*text* as it is stored."""
    return Decimal(str(text)).quantize(Decimal("1e-18"))
