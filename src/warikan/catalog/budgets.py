"""``budgets`` of ``warikan.yaml``: what may be spent."""

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from warikan.catalog.strict import Identifier, Strict
from warikan.focus.columns import COST_METRICS, DEFAULT_METRIC

Month = Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
"""``2026-11``"""
Amount = Annotated[Decimal, Field(gt=0, max_digits=30, decimal_places=6)]
MONTHS: dict[str, int] = {"month": 1, "quarter": 3, "year": 12}


class BurnSettings(Strict):
    """
    How much faster than planned is too fast; 1 ends the period exactly on budget.

    Both windows must burn that fast, as in the multi-window alerts of the SRE workbook (chapter 5): the
    longer one says that it matters, the shorter one that it goes on.
    """

    fast: float = Field(1.5, gt=1, le=100, description="Over the last 2 and the last 7 complete days.")
    slow: float = Field(1.1, gt=1, le=100, description="Over the last 7 and the last 28 complete days.")


class BudgetSettings(Strict):
    """One budget."""

    title: str = Field("", max_length=200, description="Shown instead of the id.")
    team: Identifier | None = Field(None, description="A team: what its services cost.")
    service: Identifier | None = Field(None, description="A service.")
    where: str | None = Field(
        None, max_length=4000, description="A filter; with team or service, both hold. Nothing of these: all."
    )
    currency: str | None = Field(
        None, pattern=r"^[A-Za-z0-9_.-]{1,64}$", description="Of the bill; default: `currency` of this file."
    )
    metric: str = Field(DEFAULT_METRIC, description="A cost column, e.g. BilledCost.")
    amount: Amount = Field(description="For each period.")
    period: Literal["month", "quarter", "year"] = Field(
        "month", description="Quarter and year are fiscal: see `fiscal_year_start`."
    )
    from_: Month | None = Field(None, alias="from", description="First month it holds.")
    until: Month | None = Field(None, description="Last month it holds.")
    growth: Decimal = Field(
        Decimal(0), ge=-50, le=100, description="Percent added for each period since `from`, compounded."
    )
    amounts: dict[Month, Amount] = Field(
        {}, description="First month of a period → another amount for it; growth goes on from `amount`."
    )
    parent: Identifier | None = Field(None, description="The budget that this one is a part of.")
    burn: BurnSettings = Field(BurnSettings(), description="How fast is too fast.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.team is not None and self.service is not None:
            raise ValueError("team and service exclude each other: a service has its team")
        if self.metric not in COST_METRICS:
            raise ValueError(f"metric must be one of {', '.join(COST_METRICS)}")
        if self.growth and self.from_ is None:
            raise ValueError("growth needs from: the month it grows from")
        if self.from_ and self.until and self.until < self.from_:
            raise ValueError("until lies before from")
        return self


def check_tree(budgets: dict[str, BudgetSettings]) -> dict[str, BudgetSettings]:
    """
    Parents exist, nothing is its own ancestor, and a child is of its parent's currency and metric.

    Raises:
        ValueError: else; it names the budgets.
    """
    for name, budget in budgets.items():
        seen = [name]
        while (parent := budgets[seen[-1]].parent) is not None:
            if parent not in budgets:
                raise ValueError(f"{seen[-1]}: there is no budget {parent!r} to be a part of")
            if parent in seen:
                raise ValueError(f"{' → '.join([*seen, parent])}: a budget cannot be a part of itself")
            seen.append(parent)
        if budget.parent is not None:
            _check_child(name, budget, budgets[budget.parent])
    return budgets


def _check_child(name: str, child: BudgetSettings, parent: BudgetSettings) -> None:
    if child.currency != parent.currency:
        raise ValueError(f"{name} and {child.parent} are in different currencies, which are never added")
    if child.metric != parent.metric:
        raise ValueError(f"{name} and {child.parent} are of different metrics")
    if MONTHS[child.period] > MONTHS[parent.period]:
        raise ValueError(f"{name} is for a {child.period}, longer than {child.parent}'s {parent.period}")


BudgetTree = Annotated[dict[Identifier, BudgetSettings], AfterValidator(check_tree)]


def month_of(text: str) -> date:
    """``2026-11`` → its first day."""
    match = re.fullmatch(r"(\d{4})-(\d{2})", text)
    if match is None:
        raise ValueError(f"{text!r} is no month")
    return date(int(match[1]), int(match[2]), 1)
