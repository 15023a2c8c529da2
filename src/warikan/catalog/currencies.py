"""``currencies`` of ``warikan.yaml``: the currency that views are shown in, and the rates of its months."""

from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from warikan.catalog.budgets import Month
from warikan.catalog.strict import Strict

Currency = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
"""An ISO 4217 code, or the name of a virtual currency on the bill."""
Rate = Annotated[Decimal, Field(gt=0, lt=10**12, max_digits=34)]


class RateSettings(Strict):
    """Where the rates are; both may be given."""

    path: str | None = Field(
        None,
        max_length=1000,
        description="A CSV file in a form of docs/currencies.md, relative to the workspace.",
        examples=["rates/eurofxref-hist.csv"],
    )
    table: dict[Month, dict[Currency, Rate]] = Field(
        {},
        description="Month → currency → how much of it one of `base` is; goes before the file.",
        examples=[{"2026-10": {"USD": 1.08, "JPY": 163.5}}],
    )


class CurrencySettings(Strict):
    """
    Amounts are kept, split and proven in billing currencies; this is only about how they are shown.

    A month of a bill has one rate for each currency; those of final months are kept and never move.
    """

    display: Currency | None = Field(
        None, description="What the page opens in; absent: billing currencies.", examples=["JPY"]
    )
    base: Currency = Field("EUR", description="What rates are against; EUR in those of the ECB.")
    rates: RateSettings = Field(RateSettings(), description="Where the rates are.")
    monthly: Literal["average", "last"] = Field(
        "average", description="Of the daily rates of a month: their average, or the last one."
    )

    @property
    def has_rates(self) -> bool:
        """Whether anything can be shown in another currency than it is billed in."""
        return self.rates.path is not None or bool(self.rates.table)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.display is not None and not self.has_rates:
            raise ValueError("display needs rates: name a file at rates.path, or list them at rates.table")
        for month, rates in self.rates.table.items():
            if self.base in rates and rates[self.base] != 1:
                raise ValueError(f"rates.table.{month}.{self.base}: one of the base is always 1")
        return self
