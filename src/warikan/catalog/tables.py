"""``table`` of a source in ``warikan.yaml``: how any CSV, Parquet or JSON table becomes FOCUS charges."""

from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from warikan.catalog.strict import Strict
from warikan.focus.columns import columns_by_id

NEEDED = ("BilledCost", "BillingCurrency", "ChargePeriodStart")
"""Without these a table is no bill."""


class Cell(Strict):
    """
    Where a FOCUS column comes from: exactly one of *column*, *value*, *first_of*, *sum*, *product*.

    A plain text in its place is the name of a column of the file.
    """

    column: str | None = Field(None, max_length=300, description="A column of the file.")
    value: str | None = Field(None, max_length=300, description="The same in every row.")
    first_of: tuple[str, ...] = Field(
        (), max_length=20, description="The first of these columns that is not empty."
    )
    sum: tuple[str, ...] = Field((), max_length=20, description="Columns to add; empty ones count as 0.")
    minus: tuple[str, ...] = Field((), max_length=20, description="With sum: columns to take away.")
    product: tuple[str, str] | None = Field(None, description="Quantity and price, to 18 decimals.")
    map: dict[str, str] = Field(
        {},
        max_length=2000,
        description="With column or first_of: value found → value to use; other values reject their row.",
    )
    else_: str | None = Field(
        None,
        alias="else",
        max_length=300,
        description="With map: for what it does not have, also for nothing.",
    )
    keep_others: bool = Field(
        default=False, description="With map: what it does not have stays as it was found."
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        ways = [self.column is not None, self.value is not None, self.first_of, self.sum, self.product]
        if sum_of(ways) != 1:
            raise ValueError("say exactly one of column, value, first_of, sum and product")
        if self.minus and not self.sum:
            raise ValueError("minus goes with sum")
        if self.map and self.column is None and not self.first_of:
            raise ValueError("map goes with column and first_of")
        if not self.map and (self.else_ is not None or self.keep_others):
            raise ValueError("else and keep_others go with map")
        if self.else_ is not None and self.keep_others:
            raise ValueError("say one of else and keep_others")
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the file that it reads."""
        one = (self.column,) if self.column is not None else ()
        return (*one, *self.first_of, *self.sum, *self.minus, *(self.product or ()))


def sum_of(ways: list[Any]) -> int:
    """How many of *ways* are taken."""
    return len([way for way in ways if way])


class TableSettings(Strict):
    """How the rows of a table become charges: SaaS invoices, data centres, price lists, chargebacks."""

    columns: dict[str, Cell] = Field(
        min_length=1,
        max_length=100,
        description="FOCUS column → where from; BilledCost, BillingCurrency, ChargePeriodStart at least.",
        examples=[{"BilledCost": "Amount", "BillingCurrency": {"value": "USD"}, "ChargePeriodStart": "Day"}],
    )
    tags: dict[str, str] = Field(
        {}, max_length=200, description="Tag key → column of the file.", examples=[{"team": "Cost centre"}]
    )
    grain: Literal["hour", "day", "month"] = Field(
        "day", description="How long a row's charge lasts where it has no ChargePeriodEnd."
    )
    date_format: str | None = Field(
        None,
        max_length=50,
        description="strptime form of dates that are not ISO.",
        examples=["%d.%m.%Y"],
    )
    decimal_comma: bool = Field(
        default=False, description="Numbers are written 1.234,56; else 1234.56 (1,234.56 is refused)."
    )

    @field_validator("columns", mode="before")
    @classmethod
    def _plain_names(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {k: {"column": v} if isinstance(v, str) else v for k, v in value.items()}

    @model_validator(mode="after")
    def _is_a_bill(self) -> Self:
        known = columns_by_id()
        if wrong := sorted(set(self.columns) - set(known)):
            raise ValueError(f"no FOCUS columns: {', '.join(wrong)}")
        if missing := sorted(set(NEEDED) - set(self.columns)):
            raise ValueError(f"a bill needs {', '.join(missing)}")
        numeric = {c for c, cell in self.columns.items() if cell.sum or cell.product}
        if odd := sorted(c for c in numeric if known[c].type != "decimal"):
            raise ValueError(f"sum and product make numbers, which these are not: {', '.join(odd)}")
        mapped = {c for c, cell in self.columns.items() if cell.map}
        if odd := sorted(c for c in mapped if known[c].type in ("decimal", "datetime") or c == "Tags"):
            raise ValueError(f"map is for texts, which these are not: {', '.join(odd)}")
        if "Tags" in self.columns and self.tags:
            raise ValueError("Tags comes from one column, or from tags: key by key")
        return self
