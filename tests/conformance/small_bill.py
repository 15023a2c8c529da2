"""Small FOCUS 1.2 bills: a row that keeps every rule, and files of rows that differ from it."""

import csv
import gzip
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from warikan.focus.columns import list_columns

GOOD: Mapping[str, str | None] = {
    **{column.id: None for column in list_columns("1.2")},
    "BilledCost": "2.5",
    "EffectiveCost": "2.5",
    "ListCost": "3",
    "ContractedCost": "2.5",
    "BillingAccountId": "0042",
    "BillingAccountName": "取引口座",
    "BillingAccountType": "Organization",
    "BillingCurrency": "USD",
    "BillingPeriodStart": "2026-09-01T00:00:00Z",
    "BillingPeriodEnd": "2026-10-01T00:00:00Z",
    "ChargePeriodStart": "2026-09-03T00:00:00Z",
    "ChargePeriodEnd": "2026-09-04T00:00:00Z",
    "ChargeCategory": "Usage",
    "ChargeDescription": "a node for a day",
    "ChargeFrequency": "Usage-Based",
    "ConsumedQuantity": "10",
    "ConsumedUnit": "Hours",
    "ContractedUnitPrice": "0.25",
    "InvoiceId": "i-1",
    "InvoiceIssuerName": "Cloud, Inc.",
    "ListUnitPrice": "0.3",
    "PricingCategory": "Standard",
    "PricingCurrency": "USD",
    "PricingCurrencyContractedUnitPrice": "0.25",
    "PricingCurrencyEffectiveCost": "2.5",
    "PricingCurrencyListUnitPrice": "0.3",
    "PricingQuantity": "10",
    "PricingUnit": "Hours",
    "ProviderName": "Cloud",
    "PublisherName": "Cloud",
    "RegionId": "tokyo-1",
    "RegionName": "Tokyo",
    "ResourceId": "r-1",
    "ResourceName": "node one",
    "ResourceType": "node",
    "ServiceCategory": "Compute",
    "ServiceName": "Machines",
    "ServiceSubcategory": "Virtual Machines",
    "SkuId": "s-1",
    "SkuMeter": "node hours",
    "SkuPriceDetails": '{"CoreCount": 4}',
    "SkuPriceId": "p-1",
    "SubAccountId": "77",
    "SubAccountName": "shop",
    "SubAccountType": "Project",
    "Tags": '{"env": "prod"}',
}
"""One charge that keeps every rule of FOCUS 1.2; ids are digits, as they are at providers."""


def changed(**values: str | None) -> dict[str, str | None]:
    """GOOD with other values."""
    return {**GOOD, **values}


def write_csv(path: Path, rows: Sequence[Mapping[str, str | None]], *, without: Sequence[str] = ()) -> Path:
    """*rows* as CSV, or CSV.gz by its name; columns of *without* are left out."""
    names = [name for name in rows[0] if name not in without]
    with gzip.open(path, "wt", newline="") if path.suffix == ".gz" else path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        writer.writerows([["" if row[n] is None else row[n] for n in names] for row in rows])
    return path


def write_parquet(path: Path, rows: Sequence[Mapping[str, str | None]], *, is_typed: bool) -> Path:
    """*rows* as Parquet, of text or with decimals, times and a map for Tags."""
    lines = write_csv(path.with_suffix(".csv"), rows)
    exact = []
    for column in list_columns("1.2") if is_typed else ():
        if column.type == "decimal":
            exact.append(f'"{column.id}"::DECIMAL(38, 18) AS "{column.id}"')
        elif column.type == "datetime":
            exact.append(f'"{column.id}"::TIMESTAMPTZ AS "{column.id}"')
    if is_typed:
        exact.append('CAST("Tags"::JSON AS MAP(VARCHAR, VARCHAR)) AS "Tags"')
    with duckdb.connect() as connection:
        replaced = f"REPLACE ({', '.join(exact)})" if exact else ""
        connection.execute(
            f"COPY (SELECT * {replaced} FROM read_csv('{lines}', all_varchar = true, nullstr = '')) "
            f"TO '{path}' (FORMAT parquet)"
        )
    lines.unlink()
    return path
