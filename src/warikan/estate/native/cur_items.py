"""The line items of a Cost and Usage Report: what AWS makes of a charge, by its kind."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from warikan.estate.aws import AwsBill
from warikan.estate.charges import Charges, Fee
from warikan.estate.meter import Commitment, Meter
from warikan.estate.native.parts import Part, add_up, beside_purchases, pick, pricing_of
from warikan.estate.numbers import Mask
from warikan.estate.rows import Line, Lines
from warikan.estate.timeline import Ints

_OF_RESOURCE = ("ResourceId", "ResourceName", "Tags", "x_UsageType", "x_Operation", "SkuId", "SkuPriceId",
                "AvailabilityZone", "PricingUnit", "x_Term")  # fmt: skip
_EDP = "Enterprise Discount Program Discount"


class LineItems:
    """
    Charges of one month as line items of the report.

    As AWS writes them: a discount of the contract (EDP) is a row of its own beside usage at the public
    price, and where the report has net columns it is in those too; what a Savings Plan covers stands at the
    public price, which a negation takes back; what a plan did not cover is in its fee of the hour, what a
    reservation did not is in its fee of the month.
    """

    def __init__(self, bill: AwsBill, meters: Sequence[Meter]) -> None:
        self.meters = meters
        self.focus = [bill.line(m) for m in meters]
        self._bill = bill
        texts = [self._of_meter(m, line) for m, line in zip(meters, self.focus, strict=True)]
        self._lines = Lines.of(texts)
        self._bare = Lines.of([{**line, **dict.fromkeys(_OF_RESOURCE)} for line in texts])
        products = sorted({(m.account.key, m.sku.code, m.sku.service) for m in meters})
        places = {product: i for i, product in enumerate(products)}
        self._product = np.array([places[m.account.key, m.sku.code, m.sku.service] for m in meters])
        self._unused_cost: Counter[str] = Counter()
        self._unused_hours: Counter[str] = Counter()

    def of_usage(self, charges: Charges) -> list[Part]:
        """The line items of *charges* of meters."""
        by_plan, by_reservation, is_unused, is_bought, is_other = pricing_of(self.meters, charges)
        self._remember_unused(charges, is_unused)
        is_spot = np.array([m.pricing == "spot" for m in self.meters])[charges.meter]
        parts = [
            *self._usage(pick(charges, is_other & ~is_spot), "Usage", x_Term="OnDemand"),
            *self._usage(pick(charges, is_other & is_spot), "Usage", x_Term="Spot"),
            *self._discounts(pick(charges, is_other & ~is_spot)),
            *self._covered(pick(charges, by_plan)),
            *self._discounted(pick(charges, by_reservation)),
            *self._plan_fees(charges, is_bought),
        ]
        return [part for part in parts if len(part)]

    def of_fees(self, fees: Sequence[Fee], charges: Charges) -> list[Part]:
        """The line items of *fees*, whose *charges* follow those of meters."""
        texts = [self._of_meter(f.meter, self._bill.fee_line(f)) for f in fees]
        lines = Lines.of([*self.focus, *texts])
        kinds = [_kind_of(f) for f in fees]
        parts = []
        for kind in dict.fromkeys(kinds):
            rows = [i for i, k in enumerate(kinds) if k == kind]
            there = pick(charges, np.array(rows))
            numbers = _costs(there.billed_cost, there.billed_cost)
            if kind == "RIFee":
                bought = [fees[i].meter.commitment for i in rows]
                numbers |= self._reserved(there, [c for c in bought if c is not None])
            parts.append(Part.of(lines, there, numbers, line_item_line_item_type=kind))
        return parts

    def _of_meter(self, meter: Meter, line: Line) -> Line:
        bought = meter.commitment
        is_vendor = line["PublisherName"] != "Amazon Web Services, Inc."
        return {
            **line,
            "bill_billing_entity": "AWS Marketplace" if is_vendor else "AWS",
            "savings_plan_savings_plan_arn": bought.id if bought and bought.kind == "Spend" else None,
            "reservation_reservation_arn": bought.id if bought and bought.kind == "Usage" else None,
        }

    def _remember_unused(self, charges: Charges, is_unused: Mask) -> None:
        for i, meter in enumerate(self.meters):
            if meter.pricing == "unused" and meter.commitment is not None and meter.commitment.is_monthly:
                rows = is_unused & (charges.meter == i)
                self._unused_cost[meter.commitment.id] += int(charges.effective_cost[rows].sum())
                self._unused_hours[meter.commitment.id] += int(charges.quantity[rows].sum())

    def _usage(self, charges: Charges, kind: str, **texts: str) -> Iterator[Part]:
        """Usage at the public price; of spot there is no other than its own."""
        spot = texts.get("x_Term") == "Spot"
        gross = charges.billed_cost if spot else charges.list_cost
        rate = charges.contracted_price if spot else charges.list_price
        numbers = _costs(gross, charges.billed_cost) | _priced(charges, rate)
        yield Part.of(self._lines, charges, numbers, line_item_line_item_type=kind, **texts)

    def _discounts(self, charges: Charges) -> Iterator[Part]:
        is_less = charges.list_cost != charges.contracted_cost
        if is_less.any():
            less = pick(charges, is_less)
            less = add_up(less, self._product[less.meter])
            taken = less.contracted_cost - less.list_cost
            yield Part.of(
                self._bare, less, _costs(taken, np.zeros_like(taken)), ChargeDescription=_EDP,
                line_item_line_item_type="EdpDiscount",
            )  # fmt: skip

    def _covered(self, charges: Charges) -> Iterator[Part]:
        paid = {"savings_plan_savings_plan_effective_cost": charges.effective_cost}
        at_price = charges.list_cost, charges.contracted_cost
        numbers = _costs(*at_price) | _priced(charges, charges.list_price) | paid
        kind = "SavingsPlanCoveredUsage"
        yield Part.of(self._lines, charges, numbers, line_item_line_item_type=kind, x_Term="OnDemand")
        back = _costs(*(-cost for cost in at_price)) | {"line_item_usage_amount": charges.quantity}
        yield Part.of(self._lines, charges, back, line_item_line_item_type="SavingsPlanNegation")

    def _discounted(self, charges: Charges) -> Iterator[Part]:
        nothing = np.zeros_like(charges.billed_cost)
        paid = {"reservation_effective_cost": charges.effective_cost}
        numbers = _costs(nothing, nothing) | _priced(charges, nothing) | paid
        yield Part.of(
            self._lines, charges, numbers, line_item_line_item_type="DiscountedUsage", x_Term="Reserved"
        )

    def _plan_fees(self, charges: Charges, is_bought: Mask) -> Iterator[Part]:
        bought = np.flatnonzero(is_bought)
        fees = pick(charges, bought)
        unused = beside_purchases(self.meters, charges, bought)
        numbers = _costs(fees.billed_cost, fees.billed_cost) | {
            "line_item_usage_amount": fees.quantity,
            "line_item_unblended_rate": fees.list_price,
            "savings_plan_total_commitment_to_date": fees.billed_cost,
            "savings_plan_used_commitment": fees.billed_cost - unused,
            "savings_plan_recurring_commitment_for_billing_period": fees.billed_cost,
        }
        yield Part.of(self._lines, fees, numbers, line_item_line_item_type="SavingsPlanRecurringFee")

    def _reserved(self, fees: Charges, bought: Sequence[Commitment]) -> Mapping[str, Ints]:
        cost = np.array([self._unused_cost[c.id] for c in bought], dtype=np.int64)
        hours = np.array([self._unused_hours[c.id] for c in bought], dtype=np.int64)
        return {
            "line_item_usage_amount": fees.quantity,
            "line_item_unblended_rate": fees.list_price,
            "reservation_unused_quantity": hours,
            "reservation_unused_recurring_fee": cost,
        }


def _costs(gross: Ints, net: Ints) -> dict[str, Ints]:
    return {"line_item_unblended_cost": gross, "line_item_net_unblended_cost": net}


def _priced(charges: Charges, rate: Ints) -> dict[str, Ints]:
    return {
        "line_item_usage_amount": charges.quantity,
        "line_item_unblended_rate": rate,
        "line_item_net_unblended_rate": np.where(rate == 0, 0, charges.contracted_price),
        "pricing_public_on_demand_cost": charges.list_cost,
        "pricing_public_on_demand_rate": charges.list_price,
    }


def _kind_of(fee: Fee) -> str:
    if fee.is_amortised:
        return "RIFee"
    if fee.is_correction:
        return "Refund"
    return fee.kind if fee.kind in ("Tax", "Credit") else "Fee"
