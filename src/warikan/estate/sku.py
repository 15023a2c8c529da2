"""What providers sell: every SKU of the estate with its list price, read from skus.csv."""

import csv
import hashlib
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Literal

from warikan.estate.company import Provider

Driver = Literal["hours", "month", "gbmonth", "traffic", "steady", "batch"]
"""What makes the quantity of a day: running hours, the share of a month that passed (of things or
gigabytes), orders, nothing, or working days."""

DISCOUNT: dict[str, Decimal] = {
    "aws": Decimal("0.96"),
    "gcp": Decimal(1),
    "azure": Decimal("0.95"),
    "saas": Decimal(1),
}
"""Contracted price over list price: the negotiated discounts of the company."""
_NOT_DISCOUNTED = frozenset({"atlas", "zmkt"})


@dataclass(frozen=True)
class Sku:
    """
    One priced thing.

    Attributes:
        id: Our short name of it.
        service, category, subcategory: FOCUS ServiceName, ServiceCategory, ServiceSubcategory.
        code: The provider's code of the service; usage: its meter; operation: its operation.
        unit: PricingUnit, as the provider spells it.
        price: ListUnitPrice, in the provider's currency per *unit*.
        suffix: What resources of it are called: ``prod-search-<suffix>-1``.
        resource: Pattern of ResourceId; empty where the provider names no resource.
        type: ResourceType.
    """

    id: str
    provider: Provider
    service: str
    category: str
    subcategory: str
    code: str
    usage: str
    operation: str
    description: str
    unit: str
    price: Decimal
    driver: Driver
    suffix: str
    resource: str
    type: str

    @property
    def contracted(self) -> Decimal:
        """The negotiated price per unit."""
        return self.price if self.id in _NOT_DISCOUNTED else self.price * DISCOUNT[self.provider]

    @property
    def sku_id(self) -> str:
        """The provider's SkuId: stable, and as long as theirs."""
        digest = hashlib.sha256(f"{self.provider}/{self.code}/{self.usage}".encode()).hexdigest().upper()
        if self.provider == "gcp":
            return f"{digest[:4]}-{digest[4:8]}-{digest[8:12]}"
        if self.provider == "azure":
            return str(int(digest[:7], 16))
        return digest[:16]

    @property
    def is_marketplace(self) -> bool:
        """Whether a third party sells it through the provider."""
        return self.id in _NOT_DISCOUNTED


@cache
def load_skus() -> dict[str, Sku]:
    """Our short name → SKU, as skus.csv beside this file says."""
    text = files("warikan.estate").joinpath("skus.csv").read_text(encoding="utf-8")
    return {
        row["id"]: Sku(**{**row, "price": Decimal(row["price"])})  # type: ignore[arg-type]
        for row in csv.DictReader(text.splitlines())
    }
