"""The parameters of the two endpoints, as Kubecost's and OpenCost's documentation name them."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from warikan.api.kubecost.filters import MAX_LENGTH
from warikan.api.kubecost.window import EXAMPLES
from warikan.focus.errors import UsageError

MAX_LIMIT = 50_000
_LARGEST = Decimal(10) ** 15


def _none_if_blank(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


Flag = Annotated[bool | None, BeforeValidator(_none_if_blank)]
Text = Annotated[str | None, Field(max_length=MAX_LENGTH)]
Number = Annotated[int | None, BeforeValidator(_none_if_blank)]


class WindowParameters(BaseModel):
    """What both endpoints take."""

    model_config = ConfigDict(populate_by_name=True)

    window: str = Field(max_length=MAX_LENGTH, description=f"UTC, half-open. {EXAMPLES}", examples=["7d"])
    aggregate: Text = None
    accumulate: Text = Field(
        None,
        description="true: one set for the whole window. hour, day, week (from Sunday), month, quarter: "
        "one set for each. false: as `step` says.",
    )
    accumulate_by: Text = Field(None, alias="accumulateBy", description="Goes before `accumulate`.")
    filter: Text = Field(
        None,
        description="Kubecost's filter language (v2). Goes before the filter… parameters (v1).",
        examples=['namespace:"shop","search"+label[app]:"api"'],
    )
    filter_clusters: Text = Field(None, alias="filterClusters", description="v1: a,b*; any of them.")
    filter_services: Text = Field(None, alias="filterServices")
    filter_labels: Text = Field(None, alias="filterLabels", description="v1: key:value,key:val*")
    format: Annotated[Literal["json", "csv", "pdf"] | None, BeforeValidator(_none_if_blank)] = None
    offset: Number = Field(None, ge=0, le=10_000_000, description="Allocations to pass over in each set.")
    limit: Number = Field(None, ge=1, le=MAX_LIMIT, description="Allocations of a set, largest first.")
    currency: Annotated[
        Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")] | None, BeforeValidator(_none_if_blank)
    ] = Field(None, description="Ours: the billing currency to answer in. Nothing is ever converted.")


class AllocationParameters(WindowParameters):
    """What ``/allocation`` and its like take."""

    aggregate: Text = Field(
        None,
        description="Keys joined by commas: cluster, node, namespace, controllerKind, controller, "
        "deployment, statefulset, daemonset, job, pod, container, label:NAME, and from the catalogue "
        "team, service, environment. Absent: containers under their full names. `all`: one.",
        examples=["namespace", "cluster,label:app"],
    )
    step: Text = Field(None, description="Length of a set: 1h, 6h, 1d, 1w.", examples=["1d"])
    idle: Flag = Field(None, description="Show free capacity as `__idle__`.")
    include_idle: Flag = Field(None, alias="includeIdle", description="OpenCost's name of `idle`.")
    idle_by_node: Flag = Field(
        None, alias="idleByNode", description="Idle by node and not by cluster, also when it is shared."
    )
    split_idle: Flag = Field(
        None, alias="splitIdle", description="One `__idle__` for each cluster (or node), not one for all."
    )
    share_idle: Text = Field(
        None,
        alias="shareIdle",
        description="true, weighted: idle goes to what ran in its cluster, resource by resource. even.",
    )
    share_namespaces: Text = Field(None, alias="shareNamespaces", description="a,b: shared by the others.")
    share_labels: Text = Field(None, alias="shareLabels", description="key:value,…: shared by the others.")
    share_cost: Annotated[
        Decimal | None, BeforeValidator(_none_if_blank), Field(allow_inf_nan=False, ge=0, le=_LARGEST)
    ] = Field(None, alias="shareCost", description="A monthly amount that is on no bill, shared by all.")
    share_split: Annotated[Literal["weighted", "even"] | None, BeforeValidator(_none_if_blank)] = Field(
        None, alias="shareSplit", description="How what is shared is split; not idle."
    )
    share_tenancy_costs: Flag = Field(
        None,
        alias="shareTenancyCosts",
        description="Control planes and the like are shared by what ran in their cluster. Here not by "
        "default: nothing moves unasked.",
    )
    external: Flag = Field(None, description="Also what is of no cluster, as `externalCost`.")
    cost_metric: Annotated[
        Literal["cumulative", "hourly", "daily", "monthly"] | None, BeforeValidator(_none_if_blank)
    ] = Field(None, alias="costMetric", description="Costs of the window, or at its rate in an hour …")
    filter_nodes: Text = Field(None, alias="filterNodes")
    filter_namespaces: Text = Field(None, alias="filterNamespaces")
    filter_controller_kinds: Text = Field(None, alias="filterControllerKinds")
    filter_controllers: Text = Field(None, alias="filterControllers", description="v1: name or kind:name.")
    filter_pods: Text = Field(None, alias="filterPods")
    filter_containers: Text = Field(None, alias="filterContainers")
    filter_departments: Text = Field(None, alias="filterDepartments")
    filter_environments: Text = Field(None, alias="filterEnvironments")
    filter_owners: Text = Field(None, alias="filterOwners")
    filter_products: Text = Field(None, alias="filterProducts")
    filter_teams: Text = Field(None, alias="filterTeams")
    filter_annotations: Text = Field(None, alias="filterAnnotations", description="Cannot be asked here.")
    reconcile: Flag = Field(None, description="Costs are always those of the bill.")
    resolution: Text = Field(None, description="Changes nothing here.")
    sharelb: Flag = Field(None, description="Changes nothing here.")
    include_shared_cost_breakdown: Flag = Field(
        None, alias="includeSharedCostBreakdown", description="Changes nothing here."
    )
    include_proportional_asset_resource_costs: Flag = Field(
        None, alias="includeProportionalAssetResourceCosts", description="Changes nothing here."
    )
    include_aggregated_metadata: Flag = Field(
        None, alias="includeAggregatedMetadata", description="Changes nothing here."
    )


class AssetParameters(WindowParameters):
    """What ``/assets`` takes."""

    aggregate: Text = Field(
        None,
        description="Keys joined by commas: type, cluster, provider, account, project, category, service, "
        "providerID, name, region, team, environment, label:NAME. Absent: each asset.",
        examples=["type"],
    )
    step: Text = None
    filter_types: Text = Field(None, alias="filterTypes", description="v1: Node,Disk,LoadBalancer …")
    filter_accounts: Text = Field(None, alias="filterAccounts")
    filter_categories: Text = Field(None, alias="filterCategories")
    filter_names: Text = Field(None, alias="filterNames")
    filter_projects: Text = Field(None, alias="filterProjects")
    filter_providers: Text = Field(None, alias="filterProviders")
    filter_provider_ids: Text = Field(None, alias="filterProviderIDs")
    filter_provider_ids_too: Text = Field(None, alias="filterProviderIds")
    filter_regions: Text = Field(None, alias="filterRegions")
    disable_adjustments: Flag = Field(
        None, alias="disableAdjustments", description="Changes nothing here: costs are those of the bill."
    )


def given_filters(parameters: BaseModel, names: Mapping[str, str]) -> dict[str, str | None]:
    """The v1 filters *names* of *parameters*, by their parameter."""
    said = parameters.model_dump(by_alias=True)
    return {name: said.get(name) for name in names}


def check_names(given: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    """
    A note for each parameter that is not known here, which changed nothing.

    Raises:
        UsageError: a filter is among them: without it the answer would be of more than was asked.
    """
    unknown = tuple(dict.fromkeys(name for name in given if name not in known))
    for name in unknown:
        if name.lower().startswith("filter"):
            filters = ", ".join(k for k in known if k.startswith("filter"))
            raise UsageError(f"there is no filter {name[:80]!r} here", hint=f"there is: {filters}")
    return tuple(f"{name[:80]}: not known here, changed nothing" for name in unknown)


_CHANGES_NOTHING = {
    "resolution": "hours are in the lake already",
    "sharelb": "load balancers go by bytes or endpoint-seconds",
    "include_shared_cost_breakdown": "warikan explain opens what is shared",
    "include_proportional_asset_resource_costs": "/assets has the cost of assets",
    "include_aggregated_metadata": "properties tell what all parts agree in",
    "disable_adjustments": "costs are those of the bill, nothing is adjusted",
}


def note_unhonoured(parameters: BaseModel) -> tuple[str, ...]:
    """A note for each parameter that was given and changes nothing."""
    aliases = {name: info.alias or name for name, info in type(parameters).model_fields.items()}
    notes = [
        f"{aliases[name]}: changed nothing: {why}"
        for name, why in _CHANGES_NOTHING.items()
        if getattr(parameters, name, None)
    ]
    if getattr(parameters, "reconcile", None) is False:
        notes.append("reconcile=false: changed nothing: there are no list prices, only the bill")
    return tuple(notes)
