"""Parameters that several routes share, with one meaning and one bound each."""

from typing import Annotated, Literal

from fastapi import Query

from warikan.focus.errors import UsageError
from warikan.focus.period import EXAMPLES

MAX_LIMIT = 1_000

Text = Annotated[str, Query(max_length=200)]
Metric = Literal[
    "BilledCost",
    "EffectiveCost",
    "ListCost",
    "ContractedCost",
    "x_CpuCost",
    "x_MemoryCost",
    "x_GpuCost",
    "x_UsedCost",
    "x_WorkloadIdleCost",
]
Where = Annotated[
    str | None,
    Query(
        max_length=4000, description="A filter.", examples=["x_TeamId = 'payments' AND Tags['env'] <> 'prod'"]
    ),
]
Currency = Annotated[
    str | None,
    Query(pattern=r"^[A-Za-z0-9_.-]{1,64}$", description="Only charges billed in it.", examples=["USD"]),
]
DisplayCurrency = Annotated[
    str | None,
    Query(
        alias="in",
        pattern=r"^[A-Za-z0-9_.-]{1,64}$",
        description="Also show all in it, at the rates of the billing months.",
        examples=["JPY"],
    ),
]
PeriodText = Annotated[str | None, Query(max_length=80, description=EXAMPLES, examples=["2026-10"])]
Last = Annotated[
    str | None, Query(pattern=r"^\d{1,4}[dwm]$", description="Short for period=last ...", examples=["30d"])
]
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT)]
Offset = Annotated[int, Query(ge=0, le=10_000_000)]
By = Annotated[list[Text] | None, Query(max_length=8, description="Group by; repeat for several.")]


def period_text(period: str | None, last: str | None) -> str:
    """
    *period*, or ``last ...``, or the default of the last 30 days.

    Raises:
        UsageError: both are given.
    """
    if period and last:
        raise UsageError("period and last are given; they mean the same", hint="keep one of them")
    return period or (f"last {last}" if last else "last 30d")
