"""Google Cloud's detailed billing export: nested Parquet or newline-delimited JSON, with credits."""

import json
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from warikan.estate.charges import ABSENT, Charges, Fee
from warikan.estate.company import Provider
from warikan.estate.gcp import GcpBill
from warikan.estate.meter import Meter
from warikan.estate.native.json_lines import JsonFile
from warikan.estate.native.parts import Part, beside_purchases, pick, pricing_of
from warikan.estate.rows import Line, Lines
from warikan.estate.timeline import Ints, Month, Timeline
from warikan.estate.writing import TableFile, open_table_file

_ACCOUNT = "01C8E4-9A27F0-5B3D16"
_PAIR = pa.struct([("key", pa.string()), ("value", pa.string())])
_CREDIT = pa.struct(
    [("name", pa.string()), ("amount", pa.float64()), ("full_name", pa.string()), ("id", pa.string()),
     ("type", pa.string())]
)  # fmt: skip
_OFFSET = "FEE_UTILIZATION_OFFSET"
_DISCOUNT = "COMMITTED_USAGE_DISCOUNT"


class GcpForm:
    """
    The export of BigQuery's detailed table, as it is unloaded into files.

    Args:
        suffix: ``parquet`` or ``json`` (one object a line).
    """

    provider: Provider = "gcp"
    source_type = "gcp"

    def __init__(self, suffix: str) -> None:
        self._suffix = suffix
        self.id = f"gcp-detailed-{suffix}"

    def open(self, folder: Path, timeline: Timeline, month: Month, meters: Sequence[Meter]) -> "GcpExport":  # noqa: ARG002
        """The export of *month*, to be written below *folder*."""
        path = f"{self.id}/hinode/{month.label}.{self._suffix}"
        return GcpExport(folder, path, month, meters)


class GcpExport:
    """
    An export under way.

    What is committed as money is as in Google's consumption model: covered usage at the price of the
    commitment, and the fee with a credit for what was used of it. What is committed as resources is as
    before: usage at its price, a credit that takes it back, and the fee.
    """

    def __init__(self, folder: Path, path: str, month: Month, meters: Sequence[Meter]) -> None:
        self.paths: tuple[str, ...] = (path,)
        self.rows = 0
        self._bill, self._month, self._meters = GcpBill(), month, meters
        self._texts = [_describe(m, self._bill.line(m)) for m in meters]
        self._lines = Lines.of(self._texts)
        self._file = _open(folder / path)

    def add_usage(self, charges: Charges) -> None:
        """Append what *charges* of meters are."""
        by_money, by_use, _, is_bought, is_other = pricing_of(self._meters, charges)
        bought = np.flatnonzero(is_bought)
        fees = pick(charges, bought)
        used = fees.billed_cost - beside_purchases(self._meters, charges, bought)
        spends = self._lines.is_spend[fees.meter] if len(fees) else np.zeros(0, dtype=bool)
        at_list = pick(charges, by_use)
        self._write(pick(charges, is_other), charges.billed_cost[is_other])
        self._write(pick(charges, by_money), charges.effective_cost[by_money])
        self._write(at_list, at_list.list_cost, -at_list.list_cost, _DISCOUNT)
        self._write(pick(fees, spends), fees.billed_cost[spends], -used[spends], _OFFSET)
        self._write(pick(fees, ~spends), fees.billed_cost[~spends])

    def add_fees(self, fees: Sequence[Fee], charges: Charges) -> None:
        """Append what *fees* are."""
        texts = [_describe_fee(f, self._bill.fee_line(f)) for f in fees]
        self._write(charges, charges.billed_cost, lines=Lines.of([*self._texts, *texts]))

    def close(self) -> None:
        """Finish the file."""
        self._file.__exit__()

    def _write(
        self,
        charges: Charges,
        cost: Ints,
        credit: Ints | None = None,
        kind: str = "",
        *,
        lines: Lines | None = None,
    ) -> None:
        if len(charges):
            amount = np.where(charges.quantity == ABSENT, 0, charges.quantity)
            numbers = {
                "cost": cost,
                "cost_at_list": charges.list_cost,
                "amount": amount,
                "effective_price": charges.contracted_price,
                "list_price": charges.list_price,
                **({} if credit is None else {"credit": credit}),
            }
            part = Part.of(lines or self._lines, charges, numbers)
            self._file.write(self._table(part, kind))
            self.rows += len(part)

    def _table(self, part: Part, kind: str) -> pa.Table:
        def text(name: str) -> pa.Array:
            return part.text(name)

        amount = part.double("amount")
        return pa.table(
            {
                "billing_account_id": part.rows.constant(_ACCOUNT),
                "service": _struct(id=text("x_ServiceId"), description=text("ServiceName")),
                "sku": _struct(id=text("SkuId"), description=text("sku")),
                "usage_start_time": part.rows.timestamps("ChargePeriodStart"),
                "usage_end_time": part.rows.timestamps("ChargePeriodEnd"),
                "project": _struct(
                    id=text("SubAccountId"), number=text("number"), name=text("x_ProjectName")
                ),
                "labels": self._labels(part),
                "location": _struct(
                    location=text("RegionId"), country=text("country"), region=text("RegionId"),
                    zone=text("AvailabilityZone"),
                ),
                "resource": _struct(name=text("ResourceName"), global_name=text("ResourceId")),
                "cost": part.double("cost"),
                "currency": part.rows.constant("USD"),
                "currency_conversion_rate": pa.repeat(pa.scalar(1.0), len(part)),
                "usage": _struct(
                    amount=amount, unit=text("PricingUnit"), amount_in_pricing_units=amount,
                    pricing_unit=text("PricingUnit"),
                ),
                "credits": _credits(part, kind),
                "invoice": _struct(month=part.rows.constant(f"{self._month.start:%Y%m}")),
                "cost_type": text("x_CostType"),
                "price": _struct(
                    effective_price=part.decimal("effective_price"), list_price=part.decimal("list_price"),
                    unit=text("PricingUnit"),
                ),
                "cost_at_list": part.double("cost_at_list"),
                "consumption_model": _struct(description=text("model")),
                "transaction_type": part.rows.constant("GOOGLE"),
            }
        )  # fmt: skip

    def _labels(self, part: Part) -> pa.Array:
        pairs = [
            [{"key": k, "value": v} for k, v in json.loads(text).items()] if text else []
            for text in part.line_texts("Tags")
        ]
        return part.take(pairs, pa.list_(_PAIR))


def _struct(**columns: pa.Array) -> pa.Array:
    return pa.StructArray.from_arrays(list(columns.values()), list(columns))


def _credits(part: Part, kind: str) -> pa.Array:
    """One credit in each row of a part that has them, else none."""
    if not kind:
        return part.take([[]] * part.rows.lines.count, pa.list_(_CREDIT))
    name = part.text("CommitmentDiscountName")
    one = pa.StructArray.from_arrays(
        [name, part.double("credit"), name, part.text("CommitmentDiscountId"), part.rows.constant(kind)],
        fields=list(_CREDIT),
    )
    return pa.ListArray.from_arrays(pa.array(np.arange(len(part) + 1), pa.int32()), one)


def _describe(meter: Meter, focus: Line) -> Line:
    bought, sku = meter.commitment, meter.sku
    name, model = sku.description, "Default"
    if meter.pricing == "spot":
        name = f"Spot Preemptible {name}"
    if bought is not None and meter.pricing == "purchase":
        what = "- dollar based v1: GCE" if bought.kind == "Spend" else f"v1: {name}"
        name = f"Commitment {what} for 1 Year"
    if bought is not None and meter.pricing == "used" and bought.kind == "Spend":
        model = f"{sku.service} Flexible CUD - 1 Year"
    number = _number(meter.account.id)
    return {**focus, "sku": name, "number": number, "country": "JP", "model": model}


def _describe_fee(fee: Fee, focus: Line) -> Line:
    number = _number(fee.meter.account.id) if fee.sub_account else None
    return {**focus, "sku": fee.description, "number": number, "country": None}


def _number(project: str) -> str:
    """The number of a project."""
    return str(100_000_000_000 + zlib.crc32(project.encode()))


def _open(path: Path) -> TableFile:
    if path.suffix != ".json":
        return open_table_file(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    return JsonFile(path)
