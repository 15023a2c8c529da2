"""Charges without a provider's form: rows of a month as columns of whole numbers."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Literal, Self

import numpy as np

from warikan.estate.meter import MONEY_SCALE, QUANTITY_SCALE, Meter, Prices
from warikan.estate.timeline import Floats, Ints, Slots

USAGE = "usage"
ABSENT = -1
"""Stands for null in ``Charges.quantity``."""


@dataclass(frozen=True)
class Charges:
    """
    Rows of a bill, one array per column, all of one length.

    Attributes:
        meter: Index of the row's meter among those of its provider.
        start, end: Hours since 1970 ``[start, end)``.
        quantity: ``10 ** -QUANTITY_SCALE``; ABSENT is null, and the unit prices are null with it.
        list_price, contracted_price and the four costs: ``10 ** -MONEY_SCALE``.
        extra: Part of effective_cost that exists only because of an event.
    """

    meter: Ints
    start: Ints
    end: Ints
    quantity: Ints
    list_price: Ints
    contracted_price: Ints
    list_cost: Ints
    contracted_cost: Ints
    billed_cost: Ints
    effective_cost: Ints
    extra: Ints

    def __len__(self) -> int:
        return len(self.meter)

    @classmethod
    def join(cls, parts: Sequence[Self]) -> Self:
        """All rows of *parts*, in order."""
        return cls(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(cls)))


def charge(meters: Sequence[Meter], prices: Prices, quantity: Ints, surge: Floats, slots: Slots) -> Charges:
    """One row for each slot of each meter that used something, by slot; price × quantity = cost, exactly."""
    slot, row = np.nonzero(quantity.T)
    used = quantity[row, slot]
    starts = slots.starts[slot]

    def cost(price: Ints) -> Ints:
        # Prices and quantities have MONEY_SCALE decimals together, or fewer: never a rounding.
        missing = MONEY_SCALE - prices.decimals[row] - prices.quantity_decimals[row]
        product: Ints = price[row] * used * 10**missing
        return product

    effective = cost(prices.effective)
    is_of_event = np.array([m.event is not None for m in meters])[row]
    raised = np.array([float(m.raise_by) for m in meters])[row]
    factor = surge[row, slot] * raised
    ratio = np.where(is_of_event & (raised == 1.0), 1.0, 1.0 - 1.0 / factor)
    return Charges(
        meter=row.astype(np.int64),
        start=starts,
        end=starts + slots.hours,
        quantity=used * 10 ** (QUANTITY_SCALE - prices.quantity_decimals[row]),
        list_price=prices.scaled(prices.list_price)[row],
        contracted_price=prices.scaled(prices.contracted)[row],
        list_cost=cost(prices.list_price),
        contracted_cost=cost(prices.contracted),
        billed_cost=cost(prices.billed),
        effective_cost=effective,
        extra=np.rint(effective * ratio).astype(np.int64),
    )


@dataclass(frozen=True)
class Fee:
    """
    What is charged once a month and by no meter of use.

    Attributes:
        meter: Says whose it is and what it is for; its SKU is not shown where *kind* is not usage.
        amount: ``10 ** -MONEY_SCALE`` of the currency; also the list and contracted cost.
        quantity: ``10 ** -QUANTITY_SCALE`` units, or ABSENT; unit_price likewise ``10 ** -MONEY_SCALE``.
        is_amortised: EffectiveCost is 0: the cost comes back in the rows that use the purchase.
        service_name: ServiceName, or None where the provider leaves it empty.
    """

    meter: Meter
    kind: Literal["Tax", "Credit", "Purchase", "Usage"]
    cause: str
    description: str
    start: int
    end: int
    amount: int
    service_name: str | None
    service_category: str
    service_subcategory: str
    quantity: int = ABSENT
    unit_price: int = 0
    is_amortised: bool = False
    is_correction: bool = False
    has_resource: bool = False
    sub_account: bool = True


def charge_fees(fees: Sequence[Fee], first_index: int) -> Charges:
    """One row for each fee; its meter is *first_index* plus its position."""

    def column(values: list[int]) -> Ints:
        return np.array(values, dtype=np.int64)

    amounts = column([f.amount for f in fees])
    effective = column([0 if f.is_amortised else f.amount for f in fees])
    unit = column([f.unit_price for f in fees])
    return Charges(
        meter=np.arange(first_index, first_index + len(fees), dtype=np.int64),
        start=column([f.start for f in fees]),
        end=column([f.end for f in fees]),
        quantity=column([f.quantity for f in fees]),
        list_price=unit, contracted_price=unit, list_cost=amounts, contracted_cost=amounts,
        billed_cost=amounts, effective_cost=effective,
        extra=column([f.amount if f.is_correction else 0 for f in fees]),
    )  # fmt: skip
