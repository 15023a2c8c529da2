"""The estate's year as cubes: what the detector and its rivals are given."""

from collections.abc import Mapping
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from warikan.insights.anomaly import CostCube, make_cube

LEAF = ("x_ServiceId", "ProviderName", "SubAccountId", "ServiceName", "SkuId")
KEYS = ("x_TeamId", *LEAF, "ResourceId")


def make_cubes(
    costs: pa.Table, start: date, until: date, complete: date | Mapping[str, date]
) -> dict[str, CostCube]:
    """
    One cube for each currency of *costs* (schema COSTS): leaves by SKU, with resources.

    Charges for use only: a monthly fee, tax, a credit, a purchase or what a commitment has left is no usage
    that can run away.
    """
    is_use = pc.equal(costs["ChargeCategory"], "Usage")
    is_idle = pc.fill_null(pc.equal(costs["CommitmentDiscountStatus"], "Unused"), fill_value=False)
    is_fixed = pc.equal(costs["ChargeFrequency"], "Recurring")
    used = costs.filter(pc.and_(is_use, pc.invert(pc.or_(is_fixed, is_idle))))
    committed = pc.fill_null(pc.equal(used["PricingCategory"], "Committed"), fill_value=False)
    used = used.append_column("day", used["ChargePeriodStart"].cast(pa.date32()))
    covered = pc.if_else(committed, used["PricingQuantity"], 0.0)
    used = used.append_column("x_CommittedQuantity", covered)
    cubes = {}
    for currency in sorted(pc.unique(used["BillingCurrency"]).to_pylist()):
        rows = used.filter(pc.equal(used["BillingCurrency"], currency))
        sums = [("EffectiveCost", "sum"), ("PricingQuantity", "sum"), ("x_CommittedQuantity", "sum")]
        table = rows.group_by(["day", *KEYS]).aggregate(sums)
        table = table.rename_columns([n.removesuffix("_sum") for n in table.column_names])
        cubes[currency] = make_cube(
            table, currency=currency, complete=complete, complete_by="ProviderName",
            columns=("x_TeamId", *LEAF), start=start, end=until,
            detail=table, detail_columns=(*LEAF, "ResourceId"),
        )  # fmt: skip
    return cubes
