"""AWS Cost and Usage Reports: CUR 2.0 as Parquet or CSV, and the legacy CSV."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warikan.estate.aws import AwsBill
from warikan.estate.charges import Charges, Fee
from warikan.estate.company import Provider
from warikan.estate.meter import Meter
from warikan.estate.native.cur_items import LineItems
from warikan.estate.native.parts import Part
from warikan.estate.timeline import Month, Timeline, hours_since_epoch
from warikan.estate.writing import open_table_file

_TIME = "%Y-%m-%dT%H:%M:%SZ"
_MAP = pa.map_(pa.string(), pa.string())
_PAYER = "106482957731"
_CONSTANTS: dict[str, str | None] = {
    "bill_bill_type": "Anniversary",
    "bill_invoicing_entity": "Amazon Web Services Japan G.K.",
    "bill_payer_account_id": _PAYER,
    "bill_payer_account_name": "Hinode Market K.K.",
    "line_item_currency_code": "USD",
    "pricing_currency": "USD",
}
_TEXTS = {
    "line_item_usage_account_id": "SubAccountId",
    "line_item_usage_account_name": "SubAccountName",
    "line_item_line_item_type": "line_item_line_item_type",
    "line_item_product_code": "x_ServiceCode",
    "line_item_usage_type": "x_UsageType",
    "line_item_operation": "x_Operation",
    "line_item_availability_zone": "AvailabilityZone",
    "line_item_resource_id": "ResourceId",
    "line_item_line_item_description": "ChargeDescription",
    "line_item_legal_entity": "PublisherName",
    "bill_billing_entity": "bill_billing_entity",
    "pricing_unit": "PricingUnit",
    "pricing_term": "x_Term",
    "pricing_rate_code": "SkuPriceId",
    "product_sku": "SkuId",
    "product_region_code": "RegionId",
    "reservation_reservation_a_r_n": "reservation_reservation_arn",
    "savings_plan_savings_plan_a_r_n": "savings_plan_savings_plan_arn",
}
"""Column of CUR 2.0 → what a line calls it."""
_NUMBERS = (
    "line_item_usage_amount", "line_item_unblended_rate", "line_item_unblended_cost",
    "line_item_net_unblended_rate", "line_item_net_unblended_cost", "pricing_public_on_demand_cost",
    "pricing_public_on_demand_rate", "reservation_effective_cost", "reservation_unused_quantity",
    "reservation_unused_recurring_fee", "savings_plan_savings_plan_effective_cost",
    "savings_plan_total_commitment_to_date", "savings_plan_used_commitment",
    "savings_plan_recurring_commitment_for_billing_period",
)  # fmt: skip
_SECTIONS = ("line_item", "savings_plan", "identity", "bill", "pricing", "product", "reservation")


class CurForm:
    """
    One way to get the report.

    Args:
        suffix: ``parquet``: numbers are doubles, maps are maps; ``csv.gz``: text, maps are JSON.
        is_legacy: Names as ``lineItem/UnblendedCost``, and a column for each tag; else CUR 2.0.
        has_net: With the columns after discounts, which AWS adds to reports of whoever has a discount.
    """

    provider: Provider = "aws"
    source_type = "aws_cur"

    def __init__(self, suffix: str, *, is_legacy: bool = False, has_net: bool = True) -> None:
        self._suffix, self.is_legacy, self._has_net = suffix, is_legacy, has_net
        version = "legacy" if is_legacy else "2.0"
        self.id = f"cur-{version}-{suffix.partition('.')[0]}{'' if has_net else '-gross'}"

    def open(self, folder: Path, timeline: Timeline, month: Month, meters: Sequence[Meter]) -> "CurBill":
        """The report of *month*, to be written below *folder*."""
        period = (
            f"BILLING_PERIOD={month.label}"
            if not self.is_legacy
            else f"{month.start:%Y%m%d}-{month.end:%Y%m%d}"
        )
        path = f"{self.id}/hinode/{period}/hinode-00001.{self._suffix}"
        return CurBill(self, folder, path, month, LineItems(AwsBill(timeline), meters))

    @property
    def is_typed(self) -> bool:
        """Whether its columns have types."""
        return self._suffix == "parquet"

    @property
    def numbers(self) -> list[str]:
        """Its columns that are numbers."""
        return [n for n in _NUMBERS if self._has_net or "_net_" not in n]


class CurBill:
    """A report under way."""

    def __init__(self, form: CurForm, folder: Path, path: str, month: Month, items: LineItems) -> None:
        self.paths: tuple[str, ...] = (path,)
        self.rows = 0
        self._form, self._month, self._items = form, month, items
        self._file = open_table_file(folder / path)
        self._tags = sorted({key for meter in items.meters for key, _ in meter.tags})

    def add_usage(self, charges: Charges) -> None:
        """Append what *charges* of meters are."""
        self._write(self._items.of_usage(charges))

    def add_fees(self, fees: Sequence[Fee], charges: Charges) -> None:
        """Append what *fees* are."""
        self._write(self._items.of_fees(fees, charges))

    def close(self) -> None:
        """Finish the file."""
        self._file.__exit__()

    def _write(self, parts: Sequence[Part]) -> None:
        if parts:
            table = pa.concat_tables([self._table(part) for part in parts]).combine_chunks()
            numbers = pa.array(np.arange(self.rows, self.rows + table.num_rows)).cast(pa.string())
            ids = pc.binary_join_element_wise(f"{self._month.start:%Y%m}", numbers, "-")
            name = "identity/LineItemId" if self._form.is_legacy else "identity_line_item_id"
            self._file.write(table.add_column(0, name, ids))
            self.rows += table.num_rows

    def _table(self, part: Part) -> pa.Table:
        typed = self._form.is_typed
        columns = {
            "identity_time_interval": pc.binary_join_element_wise(
                part.rows.times("ChargePeriodStart", _TIME), part.rows.times("ChargePeriodEnd", _TIME), "/"
            ),
            "bill_invoice_id": part.rows.constant(self._invoice),
            **{n: part.rows.constant(value) for n, value in _CONSTANTS.items()},
            **self._times(part),
            **{n: part.text(said) for n, said in _TEXTS.items()},
            **{n: part.double(n) if typed else part.number(n) for n in self._form.numbers},
        }
        if self._form.is_legacy:
            columns |= self._labels(part)
            return pa.table({_legacy_name(n): c for n, c in columns.items()})
        return pa.table(columns | self._maps(part))

    @property
    def _invoice(self) -> str | None:
        month = self._month
        return None if month.is_open else f"{1_700_000_000 + month.start.toordinal() * 17}"

    def _times(self, part: Part) -> dict[str, pa.Array]:
        period = {
            "bill_billing_period_start_date": self._month.start,
            "bill_billing_period_end_date": self._month.end,
        }
        names = {
            "line_item_usage_start_date": "ChargePeriodStart",
            "line_item_usage_end_date": "ChargePeriodEnd",
        }
        if not self._form.is_typed:
            return {n: part.rows.constant(day.strftime(_TIME)) for n, day in period.items()} | {
                n: part.rows.times(focus, _TIME) for n, focus in names.items()
            }
        kind = pa.timestamp("us", tz="UTC")
        micros = {n: hours_since_epoch(day) * 3_600_000_000 for n, day in period.items()}
        return {n: pa.repeat(pa.scalar(m).cast(kind), len(part)) for n, m in micros.items()} | {
            n: part.rows.timestamps(focus) for n, focus in names.items()
        }

    def _maps(self, part: Part) -> dict[str, pa.Array]:
        told = {
            "product": [{"product_name": name or ""} for name in part.line_texts("ServiceName")],
            "resource_tags": [_map_tags(text) for text in part.line_texts("Tags")],
            "cost_category": [_read(text) for text in part.line_texts("x_CostCategories")],
        }
        if self._form.is_typed:
            return {n: part.take([list(m.items()) for m in maps], _MAP) for n, maps in told.items()}
        return {n: part.take([json.dumps(m) for m in maps], pa.string()) for n, maps in told.items()}

    def _labels(self, part: Part) -> dict[str, pa.Array]:
        columns = {"product_product_name": part.text("ServiceName")}
        found = [_read(text) for text in part.line_texts("Tags")]
        for key in self._tags:
            name = f"resourceTags/{key}" if key.startswith("aws:") else f"resourceTags/user:{key}"
            columns[name] = part.take([tags.get(key) for tags in found], pa.string())
        stages = [_read(text).get("Stage") for text in part.line_texts("x_CostCategories")]
        return columns | {"costCategory/Stage": part.take(stages, pa.string())}


def _read(text: str | None) -> dict[str, str]:
    return dict(json.loads(text)) if text else {}


def _map_tags(text: str | None) -> dict[str, str]:
    """Tags under the keys of CUR 2.0: ``aws:eks:cluster-name`` is aws_eks_cluster_name."""
    return {
        ("" if key.startswith("aws:") else "user_") + re.sub(r"[^a-z0-9]", "_", key.lower()): value
        for key, value in _read(text).items()
    }


def _legacy_name(name: str) -> str:
    """
    The name of a column of CUR 2.0 in the legacy report.

    >>> _legacy_name("savings_plan_savings_plan_a_r_n"), _legacy_name("product_region_code")
    ('savingsPlan/SavingsPlanARN', 'product/regionCode')
    """
    section = next((s for s in _SECTIONS if name.startswith(f"{s}_")), None)
    if section is None:
        return name
    words = name.removeprefix(f"{section}_").split("_")
    is_small = section == "product" and name != "product_product_name"
    first, rest = (words[0], words[1:]) if is_small else ("", words)
    folder, *more = section.split("_")
    return f"{folder}{''.join(w.title() for w in more)}/{first}{''.join(w.title() for w in rest)}"
