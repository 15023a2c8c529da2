"""Oracle Cloud's cost reports, for tests of that form: the company has no Oracle bill."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from warikan.estate.charges import ABSENT, Charges, Fee
from warikan.estate.company import Provider
from warikan.estate.meter import QUANTITY_SCALE, Meter
from warikan.estate.native.parts import Part
from warikan.estate.rows import Lines
from warikan.estate.saas import SaasBill
from warikan.estate.timeline import Month, Timeline
from warikan.estate.writing import open_table_file

_TIME = "%Y-%m-%dT%H:%MZ"
_CONSTANTS: dict[str, str | None] = {
    "product/compartmentId": "ocid1.compartment.oc1..hinode",
    "product/compartmentName": "hinode",
    "product/region": "ap-tokyo-1",
    "cost/subscriptionId": "MH-00482",
    "cost/overageFlag": "N",
    "cost/currencyCode": "JPY",
    "lineItem/backreferenceNo": None,
}


class OciForm:
    """
    What the vendor bills, in Oracle's form.

    The vendor stands in for Oracle: like Oracle's, its bill has nothing bought in advance. Tax and the
    platform fee are rows like any other, as the reports know no kinds of charges.
    """

    provider: Provider = "saas"
    source_type = "oci"
    id = "oci-cost-report"

    def open(self, folder: Path, timeline: Timeline, month: Month, meters: Sequence[Meter]) -> "OciReport":
        """The report of *month*, to be written below *folder*."""
        return OciReport(folder, SaasBill(timeline), month, meters)


class OciReport:
    """A report under way."""

    def __init__(self, folder: Path, bill: SaasBill, month: Month, meters: Sequence[Meter]) -> None:
        path = f"oci-cost-report/reports/cost-csv/{month.label}.csv.gz"
        self.paths: tuple[str, ...] = (path,)
        self.rows = 0
        self._file = open_table_file(folder / path)
        self._bill = bill
        self._texts = [bill.line(m) for m in meters]
        self._lines = Lines.of(self._texts)
        self._tags = sorted({key for m in meters for key, _ in m.tags})

    def add_usage(self, charges: Charges) -> None:
        """Append what *charges* of meters are."""
        self._write(self._lines, charges)

    def add_fees(self, fees: Sequence[Fee], charges: Charges) -> None:
        """Append what *fees* are."""
        self._write(Lines.of([*self._texts, *(self._bill.fee_line(f) for f in fees)]), charges)

    def close(self) -> None:
        """Finish the file."""
        self._file.__exit__()

    def _write(self, lines: Lines, charges: Charges) -> None:
        once = charges.quantity == ABSENT
        part = Part.of(
            lines,
            charges,
            {
                "quantity": np.where(once, 10**QUANTITY_SCALE, charges.quantity),
                "price": np.where(once, charges.billed_cost, charges.contracted_price),
                "cost": charges.billed_cost,
            },
        )
        tags = [dict(json.loads(text)) if text else {} for text in part.line_texts("Tags")]
        numbers = pa.array(np.arange(self.rows + 1, self.rows + 1 + len(part))).cast(pa.string())
        self.rows += len(part)
        columns = {
            "lineItem/referenceNo": numbers,
            "lineItem/tenantId": part.text("SubAccountId"),
            "lineItem/intervalUsageStart": part.rows.times("ChargePeriodStart", _TIME),
            "lineItem/intervalUsageEnd": part.rows.times("ChargePeriodEnd", _TIME),
            "product/service": part.text("ServiceName"),
            "product/resourceId": part.text("ResourceId"),
            "product/Description": part.text("ChargeDescription"),
            "usage/billedQuantity": part.number("quantity"),
            "cost/productSku": part.text("SkuId"),
            "cost/unitPrice": part.number("price"),
            "cost/myCost": part.number("cost"),
            "cost/skuUnitDescription": part.text("PricingUnit"),
            "lineItem/isCorrection": part.rows.constant("false"),
            **{name: part.rows.constant(value) for name, value in _CONSTANTS.items()},
            **{f"tags/{key}": part.take([t.get(key) for t in tags], pa.string()) for key in self._tags},
        }
        self._file.write(pa.table(columns))
