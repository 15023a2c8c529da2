"""A meter: one resource (or none) that uses one SKU; every metered row of a bill is a slot of one."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

import numpy as np

from warikan.estate.company import Account, Provider
from warikan.estate.sku import Driver, Sku
from warikan.estate.tags import Tags
from warikan.estate.timeline import Ints

MONEY_SCALE = 12
"""Decimals of every cost and price: |value| stays below 9.2 million in 64 bits."""
QUANTITY_SCALE = 8

Pricing = Literal["standard", "spot", "used", "unused", "purchase"]


@dataclass(frozen=True)
class Commitment:
    """
    A discount bought in advance.

    Attributes:
        kind: ``Spend`` commits money per hour, ``Usage`` commits hours of one SKU.
        amount: Money or units committed per hour.
        share_of_list: What a committed unit costs, against the list price.
        skus: SKUs that it covers.
        accounts: Keys of the accounts that it covers.
        buyer: Key of the account that pays for it.
        first, last: Hours since 1970 ``[first, last)``.
        is_monthly: Billed by the month instead of by the slot.
    """

    id: str
    name: str
    provider: Provider
    type: str
    kind: Literal["Spend", "Usage"]
    amount: Decimal
    share_of_list: Decimal
    skus: frozenset[str]
    accounts: frozenset[str]
    buyer: str
    first: int
    last: int
    is_monthly: bool

    def rate(self, sku: Sku) -> Decimal:
        """Price of a committed unit of *sku*; four decimals, as providers publish them."""
        return (sku.price * self.share_of_list).quantize(Decimal("0.0001"))


@dataclass(frozen=True)
class Meter:
    """
    One resource that uses one SKU for one reason.

    Attributes:
        service: Its true owner.
        size: Units an hour, gigabytes held, or units of an ordinary day, as the SKU's driver says.
        driver: What makes its quantity; that of the SKU unless it follows a running machine.
        first, last: Hours since 1970 ``[first, last)`` in which it exists.
        growth: Factor of its quantity in one year.
        event: The event that it exists for, or None.
        pricing: How its rows are priced.
        raise_by: Factor on the list price (a price change of the provider).
    """

    provider: Provider
    account: Account
    sku: Sku
    service: str
    size: float
    driver: Driver
    first: int
    last: int
    growth: float = 1.0
    resource_id: str | None = None
    resource_name: str | None = None
    zone: str | None = None
    tags: Tags = ()
    event: str | None = None
    pricing: Pricing = "standard"
    commitment: Commitment | None = None
    raise_by: Decimal = Decimal(1)


@dataclass(frozen=True)
class Prices:
    """
    Prices per unit of each meter, as whole numbers of ``10 ** -decimals``.

    Attributes:
        decimals: Of every price of the meter; its quantities have ``quantity_decimals``, so that
            price × quantity is exact at MONEY_SCALE.
    """

    decimals: Ints
    quantity_decimals: Ints
    list_price: Ints
    contracted: Ints
    billed: Ints
    effective: Ints

    @classmethod
    def of(cls, meters: Sequence[Meter], spot: Sequence[Decimal | None]) -> "Prices":
        """The prices of *meters*; *spot* holds the spot price of this month for spot meters."""
        rows = [_price(m, s) for m, s in zip(meters, spot, strict=True)]
        columns = list(zip(*rows, strict=True)) if rows else [()] * 6
        return cls(*(np.array(c, dtype=np.int64) for c in columns))

    def scaled(self, prices: Ints) -> Ints:
        """*prices* as whole numbers of ``10 ** -MONEY_SCALE``."""
        return prices * 10 ** (MONEY_SCALE - self.decimals)


def _price(meter: Meter, spot: Decimal | None) -> tuple[int, ...]:
    prices = _unit_prices(meter, spot)
    decimals = max(_decimals(p) for p in prices)
    whole = (int(p.scaleb(decimals)) for p in prices)
    return (decimals, min(QUANTITY_SCALE, MONEY_SCALE - decimals), *whole)


def _unit_prices(meter: Meter, spot: Decimal | None) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    """List, contracted, billed and effective price of one unit."""
    list_price, contracted = meter.sku.price * meter.raise_by, meter.sku.contracted * meter.raise_by
    bought = meter.commitment
    if spot is not None:
        return list_price, spot, spot, spot
    if bought is None:
        return list_price, contracted, contracted, contracted
    if meter.pricing == "used":
        return list_price, contracted, Decimal(0), bought.rate(meter.sku)
    # Money is committed by the dollar, use by the hour.
    fee = Decimal(1) if bought.kind == "Spend" else bought.rate(meter.sku)
    return (fee, fee, fee, Decimal(0)) if meter.pricing == "purchase" else (fee, fee, Decimal(0), fee)


def _decimals(price: Decimal) -> int:
    return max(0, -int(price.normalize().as_tuple().exponent))
