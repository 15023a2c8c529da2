"""The shapes that OpenAPI documents; answers.py and assets.py build them."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class WindowModel(BaseModel):
    """A half-open time in UTC."""

    start: str = Field(examples=["2026-11-01T00:00:00Z"])
    end: str = Field(description="Exclusive.", examples=["2026-11-02T00:00:00Z"])


class AllocationModel(BaseModel):
    """One allocation; Kubecost's and OpenCost's other fields are there too, null where nobody knows."""

    model_config = ConfigDict(extra="allow")

    name: str = Field(examples=["shop"])
    properties: dict[str, Any] = Field(description="What all parts agree in.")
    window: WindowModel
    start: str
    end: str = Field(description="As far as bills reach.")
    minutes: float
    cpu_cost: float = Field(alias="cpuCost")
    gpu_cost: float = Field(alias="gpuCost")
    ram_cost: float = Field(alias="ramCost")
    pv_cost: float = Field(alias="pvCost")
    network_cost: float = Field(alias="networkCost")
    load_balancer_cost: float = Field(alias="loadBalancerCost")
    shared_cost: float = Field(alias="sharedCost", description="Moved here by a share, or not split.")
    external_cost: float = Field(alias="externalCost", description="Of no cluster.")
    total_cost: float = Field(alias="totalCost", description="The sum of the above.")
    total_cost_exact: str = Field(alias="totalCostExact", description="To the last digit.")


class AboutModel(BaseModel):
    """What their shape has no place for."""

    model_config = ConfigDict(extra="allow")

    metric: str = "EffectiveCost"
    currency: str | None = Field(description="Of every amount; never converted, never added to another.")
    totals: list[str] = Field(description="Of each set, exactly, whatever page was asked for.")
    results: list[int] = Field(description="How many each set has.")
    notes: list[str]


class AllocationsModel(BaseModel):
    """Sets of allocations by name."""

    code: int = 200
    status: str = "success"
    data: list[dict[str, AllocationModel]]
    warning: str | None = Field(None, description="What could not be done as asked; also in `warikan`.")
    warikan: AboutModel


class AllocationSetModel(BaseModel):
    """One set of a summary."""

    allocations: dict[str, dict[str, Any]]
    window: WindowModel


class SummaryDataModel(BaseModel):
    """The sets of a summary."""

    step: int = Field(description="Nanoseconds.")
    sets: list[AllocationSetModel]
    window: WindowModel


class SummaryModel(BaseModel):
    """Sets of allocations with fewer fields."""

    code: int = 200
    status: str = "success"
    data: SummaryDataModel
    warning: str | None = None
    warikan: AboutModel


class AssetModel(BaseModel):
    """One asset; a Node or a Disk has more fields."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(examples=["Node"])
    properties: dict[str, Any]
    labels: dict[str, str]
    window: WindowModel
    start: str
    end: str
    minutes: float
    adjustment: float = Field(description="Of a node: what is not known by resource.")
    total_cost: float = Field(alias="totalCost")
    total_cost_exact: str = Field(alias="totalCostExact")


class AssetsModel(BaseModel):
    """Sets of assets by key."""

    code: int = 200
    status: str = "success"
    data: list[dict[str, AssetModel]]
    warning: str | None = None
    warikan: AboutModel


class FailureModel(BaseModel):
    """The body of every answer that is not 2xx."""

    code: int = Field(examples=[400])
    status: str = "error"
    message: str = Field(examples=["'7x' is no window; try: today, 7d"])
