"""The shapes that OpenAPI documents; answers.py builds them."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Amount = str
"""An exact decimal number as text, in the currency of its result."""


class PeriodModel(BaseModel):
    """A half-open period in UTC."""

    start: str = Field(examples=["2026-10-21T00:00:00Z"])
    end: str = Field(description="Exclusive.", examples=["2026-11-20T00:00:00Z"])


class SourceFreshnessModel(BaseModel):
    """How far one source reaches."""

    source_id: str = Field(examples=["aws"])
    data_end: str = Field(description="End (exclusive) of the last day with charges.")
    loaded_at: str
    late: bool = Field(description="Ends at least one whole day before the newest source.")


class MonthStateModel(BaseModel):
    """Whether a billing month of one source can still change."""

    source_id: str = Field(examples=["aws"])
    month: str = Field(examples=["2026-10"])
    status: Literal["open", "final"]
    why: Literal["closed", "not closed", "not ended", "invoiced", "settling", "not reloaded", "settled"] = (
        Field(description="docs/restatement.md says what each is.")
    )
    data_end: str = Field(description="End (exclusive) of the last day with charges.")
    loaded_at: str
    final_from: str = Field(description="When the provider's grace days are over.")
    late_days: int = Field(description="Whole days of the month that others have and this source has not.")


class FreshnessModel(BaseModel):
    """How far the numbers reach."""

    data: PeriodModel | None = Field(description="null while the lake is empty.")
    sources: list[SourceFreshnessModel]
    estimated_months: list[str] = Field(
        description="Billing months that may still change.", examples=[["2026-11"]]
    )
    months: list[MonthStateModel] = Field(description="Each billing month of each source, in the period.")
    stale_months: list[str] = Field(
        description="Billing months whose bill or rules changed since they were allocated: warikan allocate."
    )


class ChangeModel(BaseModel):
    """A cost against the previous period."""

    previous: Amount
    delta: Amount
    ratio: float | None = Field(description="delta / previous; null where previous is 0.")


class RowModel(BaseModel):
    """One group. It also has one member for each column of *by*, and ``period_start`` with granularity."""

    model_config = ConfigDict(extra="allow")

    cost: Amount = Field(description="The first metric.", examples=["123.45"])
    costs: dict[str, Amount] | None = Field(None, description="With several metrics: each of them.")
    previous: Amount | None = Field(None, description="With compare.")
    delta: Amount | None = Field(None, description="With compare.")
    ratio: float | None = Field(None, description="With compare; null where previous is 0.")
    changes: dict[str, ChangeModel] | None = Field(None, description="With compare and several metrics.")
    is_other: bool | None = Field(
        None, alias="x_IsOther", description="With top: the row of all groups beyond it."
    )


class ResultModel(BaseModel):
    """The answer in one currency; nothing is ever summed over two."""

    currency: str = Field(examples=["USD"])
    rows: list[RowModel]
    total: Amount = Field(description="Sum of the rows, exactly.", examples=["1234.5"])
    totals: dict[str, Amount] | None = None
    charges: int = Field(description="How many slices of charges are added up.")
    previous: Amount | None = None
    delta: Amount | None = None
    ratio: float | None = None
    changes: dict[str, ChangeModel] | None = None


class RateModel(BaseModel):
    """The charges of one billing currency and billing month in the currency of display."""

    currency: str = Field(description="Billed in it.", examples=["USD"])
    month: str | None = Field(description="Billing month.", examples=["2026-10"])
    rate: str = Field(description="What one of it is, exactly as multiplied.", examples=["151.2"])
    source: str = Field(examples=["eurofxref-hist.csv: average of 22 days to 2026-10-30"])
    frozen: bool = Field(description="Kept: it never moves again.")
    billed: dict[str, Amount] = Field(description="metric → sum as billed.")
    shown: dict[str, Amount] = Field(description="metric → that at the rate; all of them are the total.")


class WithoutRateModel(BaseModel):
    """What has no rate stays in its own currency."""

    currency: str
    month: str | None
    billed: dict[str, Amount]
    previous: dict[str, Amount] = Field(description="With compare: of the period before.")


class DisplayModel(BaseModel):
    """The same question in another currency; billed amounts stay as they are beside it."""

    currency: str = Field(examples=["JPY"])
    results: list[ResultModel] = Field(description="In this currency first; then what has no rate.")
    rates: list[RateModel]
    without_rate: list[WithoutRateModel]


class CostModel(BaseModel):
    """What things cost."""

    metric: str = Field(examples=["EffectiveCost"])
    metrics: list[str] | None = None
    period: PeriodModel
    previous_period: PeriodModel | None = None
    freshness: FreshnessModel
    results: list[ResultModel]
    display: DisplayModel | None = Field(None, description="With in.")

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "metric": "EffectiveCost",
                    "period": {"start": "2026-10-21T00:00:00Z", "end": "2026-11-20T00:00:00Z"},
                    "freshness": {
                        "data": None,
                        "sources": [],
                        "estimated_months": ["2026-11"],
                        "stale_months": [],
                    },
                    "results": [
                        {
                            "currency": "USD",
                            "rows": [{"x_TeamId": "payments", "cost": "123.45"}],
                            "total": "123.45",
                            "charges": 42,
                        }
                    ],
                }
            ]
        }
    )


class RowsModel(BaseModel):
    """A list of plain rows."""

    rows: list[dict[str, Any]]


class DimensionsModel(BaseModel):
    """The columns one can group and filter by."""

    dimensions: list[dict[str, Any]]


class ValuesModel(BaseModel):
    """Values of one column, largest cost first."""

    column: str
    values: list[dict[str, Any]]


class ProblemModel(BaseModel):
    """What went wrong, and what to do."""

    code: str = Field(examples=["filter_error"])
    message: str
    hint: str | None = None
    position: int | None = Field(None, description="Zero-based character of the filter where it went wrong.")
    request_id: str


class ErrorModel(BaseModel):
    """The body of every answer that is not 2xx."""

    error: ProblemModel
