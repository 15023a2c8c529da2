"""``clusters`` of ``warikan.yaml``: where a cluster's hours come from, and how its cost is split."""

from typing import Annotated, Literal, Self, get_args

from pydantic import Field, model_validator

from warikan.catalog.strict import Identifier, Strict

Label = Annotated[str, Field(pattern=r"^[a-zA-Z_][a-zA-Z0-9_]*$")]
Variable = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
"""Name of an environment variable: secrets are never in the file."""


class PrometheusUsage(Strict):
    """Hours from any server with Prometheus' HTTP API: Prometheus, Thanos, Mimir, VictoriaMetrics."""

    type: Literal["prometheus"]
    url: str = Field(max_length=2000, examples=["https://prometheus.example.com"])
    labels: dict[Label, str] = Field({}, description="Labels of this cluster's series, where it holds many.")
    names: dict[str, str] = Field(
        {},
        description="A series of docs/clusters.md → its name on this server, e.g. of a recording rule.",
        examples=[{"container_cpu_usage_seconds_total": "cluster:container_cpu_usage_seconds:total"}],
    )
    step: Literal[60, 120, 300, 600] = Field(60, description="Seconds; at least the scrape interval.")
    bearer_from: Variable | None = Field(None, description="Variable with the bearer token.")
    user: str | None = Field(None, description="User of basic authentication.")
    password_from: Variable | None = Field(None, description="Variable with its password.")
    headers: dict[str, str] = Field({}, description="Sent with each question, e.g. X-Scope-OrgID.")
    headers_from: dict[str, Variable] = Field({}, description="Header → variable with its value.")
    ca: str | None = Field(None, description="File of the authorities to trust (PEM).")
    certificate: str | None = Field(None, description="File of our certificate (mTLS, PEM).")
    key: str | None = Field(None, description="File of its key (PEM).")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.user is None) != (self.password_from is None):
            raise ValueError("user and password_from go together")
        if self.user is not None and self.bearer_from is not None:
            raise ValueError("a server takes a bearer token or a user and password, not both")
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate and key go together")
        return self


class FileUsage(Strict):
    """
    Hours from files, for a cluster whose metrics server cannot be reached.

    ``hours``: Warikan's own Parquet (``warikan collect --out``). ``koku``: CSVs of OpenShift's cost operator.
    ``opencost``: answers of OpenCost's or Kubecost's allocation API as JSON. ``aws_split``: the split cost
    allocation rows of an AWS cost and usage report.
    """

    type: Literal["hours", "koku", "opencost", "aws_split"]
    path: str = Field(description="A file, a folder or a glob, relative to the workspace.")


class OpenCostUsage(Strict):
    """Hours from a running OpenCost or Kubecost, by its allocation and asset API."""

    type: Literal["opencost_api"]
    url: str = Field(max_length=2000, examples=["http://opencost.example.com:9003"])
    bearer_from: Variable | None = Field(None, description="Variable with the bearer token.")
    headers: dict[str, str] = Field({}, description="Sent with each question.")


Usage = Annotated[PrometheusUsage | FileUsage | OpenCostUsage, Field(discriminator="type")]
USAGE_TYPES: tuple[str, ...] = tuple(
    kind
    for usage in (PrometheusUsage, FileUsage, OpenCostUsage)
    for kind in get_args(usage.model_fields["type"].annotation)
)
"""What hours of clusters can be; no bill is of one of these."""


class ResourceWeights(Strict):
    """What a vCPU, a GiB of memory and a GPU are worth of each other; numbers from 0 on, not all 0."""

    cpu: float = Field(9, ge=0, allow_inf_nan=False)
    memory: float = Field(1, ge=0, allow_inf_nan=False)
    gpu: float = Field(90, ge=0, allow_inf_nan=False)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not (self.cpu or self.memory or self.gpu):
            raise ValueError("weights that are all 0 split no cost")
        return self


class ClusterSettings(Strict):
    """One Kubernetes cluster."""

    title: str = Field("", description="Shown instead of the id.")
    usage: Usage | None = Field(
        None, description="Where its hours come from; absent: only the bill knows it."
    )
    names: tuple[str, ...] = Field(
        (), description="What the bill calls it in cluster tags and resource ids, besides its id."
    )
    logical: Identifier | None = Field(
        None,
        description="What people call it where several clusters follow each other (blue, green).",
    )
    basis: Literal["max", "request", "usage"] = Field(
        "max", description="What containers pay for: in each minute the larger of request and usage, or one."
    )
    idle: Literal["keep", "node"] = Field(
        "keep", description="Free capacity: visible at its owner, or shared by what ran on the node."
    )
    overhead: Literal["keep", "node"] = Field(
        "keep", description="What the node keeps for itself: visible, or shared by what ran on the node."
    )
    weights: ResourceWeights | None = Field(
        None, description="By vCPU, GiB and GPU; absent: from the bill's SKUs, else AWS's 9 : 1 : 90."
    )
