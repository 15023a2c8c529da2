"""Small Cost and Usage Reports as text, in the spellings that AWS has had for them."""

import csv
import io
import re
from collections.abc import Iterable, Mapping

ROW = {
    "identity/LineItemId": "abc",
    "bill/BillType": "Anniversary",
    "bill/BillingEntity": "AWS",
    "bill/InvoiceId": "2026100001",
    "bill/InvoicingEntity": "Amazon Web Services, Inc.",
    "bill/PayerAccountId": "000000000001",
    "bill/BillingPeriodStartDate": "2026-10-01T00:00:00Z",
    "bill/BillingPeriodEndDate": "2026-11-01T00:00:00Z",
    "lineItem/UsageAccountId": "000000000002",
    "lineItem/LineItemType": "Usage",
    "lineItem/UsageStartDate": "2026-10-05T07:00:00Z",
    "lineItem/UsageEndDate": "2026-10-05T08:00:00Z",
    "lineItem/ProductCode": "AmazonEC2",
    "lineItem/UsageType": "BoxUsage:m5.large",
    "lineItem/Operation": "RunInstances",
    "lineItem/ResourceId": "i-01",
    "lineItem/UsageAmount": "1.0000000000",
    "lineItem/CurrencyCode": "USD",
    "lineItem/UnblendedRate": "0.0960000000",
    "lineItem/UnblendedCost": "0.0960000000",
    "lineItem/LineItemDescription": "$0.096 per On Demand Linux m5.large Instance Hour",
    "lineItem/LegalEntity": "Amazon Web Services, Inc.",
    "product/ProductName": "Amazon Elastic Compute Cloud",
    "product/regionCode": "us-east-1",
    "product/sku": "SKU1",
    "pricing/RateCode": "SKU1.JRTCKXETXF.6YS6EN2CT7",
    "pricing/unit": "Hrs",
    "pricing/publicOnDemandRate": "0.0960000000",
    "pricing/publicOnDemandCost": "0.0960000000",
}
"""An hour of an instance on demand; a test says only what differs."""

SP_ARN = "arn:aws:savingsplans::000000000001:savingsplan/sp-1"
RI_ARN = "arn:aws:ec2:us-east-1:000000000001:reserved-instances/ri-1"
NO_PRICE = {
    "pricing/unit": "",
    "pricing/publicOnDemandRate": "",
    "pricing/publicOnDemandCost": "",
    "pricing/RateCode": "",
    "product/sku": "",
    "lineItem/UnblendedRate": "",
    "lineItem/ResourceId": "",
    "lineItem/Operation": "",
    "lineItem/UsageType": "",
}
"""What taxes, credits and fees are without."""


def cur_rows(*rows: Mapping[str, str]) -> list[dict[str, str]]:
    """*rows*, each ROW with changes, all with the same columns."""
    names = list(dict.fromkeys([*ROW, *(c for row in rows for c in row)]))
    return [{**dict.fromkeys(names, ""), **ROW, **row} for row in rows]


def cur_text(rows: Iterable[Mapping[str, str]]) -> str:
    """The report with *rows* as CSV."""
    rows = list(rows)
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def snake(name: str) -> str:
    """
    A column of the legacy CSV as Athena, legacy Parquet and CUR 2.0 name it.

    >>> snake("lineItem/UnblendedCost"), snake("savingsPlan/SavingsPlanARN")
    ('line_item_unblended_cost', 'savings_plan_savings_plan_a_r_n')
    """
    words = re.sub(r"(?<![A-Z/])([A-Z])|(?<=[A-Z])([A-Z])", r"_\1\2", name)
    return re.sub(r"[^A-Za-z0-9_]+_?", "_", words).lower()
