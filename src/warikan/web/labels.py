"""What columns, costs, classes and empty groups are called on the page."""

import re
from collections.abc import Mapping

from warikan.focus.columns import columns_by_id
from warikan.web.texts import N_, Texts

COLUMN_LABELS: Mapping[str, str] = {
    "x_TeamId": N_("Team"),
    "x_ServiceId": N_("Service"),
    "x_SystemId": N_("System"),
    "x_Environment": N_("Environment"),
    "x_AllocationClass": N_("Allocation class"),
    "x_RuleId": N_("Ownership rule"),
    "x_ShareId": N_("Share"),
    "x_OriginServiceId": N_("Service before sharing"),
    "x_SourceId": N_("Source"),
    "x_ClusterId": N_("Cluster"),
    "x_NodePool": N_("Node pool"),
    "x_Node": N_("Node"),
    "x_Namespace": N_("Namespace"),
    "x_WorkloadKind": N_("Workload kind"),
    "x_Workload": N_("Workload"),
    "x_Pod": N_("Pod"),
    "x_Container": N_("Container"),
    "x_ClusterAsset": N_("Cluster asset"),
    "x_ClusterCostClass": N_("Cluster cost class"),
    "ServiceProviderName": N_("Service provider"),
    "HostProviderName": N_("Host provider"),
    "ProviderName": N_("Provider"),
    "PublisherName": N_("Publisher"),
    "InvoiceIssuerName": N_("Invoice issuer"),
    "InvoiceId": N_("Invoice ID"),
    "BillingAccountId": N_("Billing account ID"),
    "BillingAccountName": N_("Billing account"),
    "SubAccountId": N_("Sub account ID"),
    "SubAccountName": N_("Sub account"),
    "RegionId": N_("Region ID"),
    "RegionName": N_("Region"),
    "AvailabilityZone": N_("Availability zone"),
    "ServiceCategory": N_("Provider service category"),
    "ServiceSubcategory": N_("Provider service subcategory"),
    "ServiceName": N_("Provider service"),
    "ChargeCategory": N_("Charge category"),
    "ChargeClass": N_("Charge class"),
    "ChargeFrequency": N_("Charge frequency"),
    "ChargeDescription": N_("Charge description"),
    "PricingCategory": N_("Pricing category"),
    "CommitmentDiscountId": N_("Commitment discount ID"),
    "CommitmentDiscountName": N_("Commitment discount"),
    "CommitmentDiscountCategory": N_("Commitment discount category"),
    "CommitmentDiscountType": N_("Commitment discount type"),
    "CommitmentDiscountStatus": N_("Commitment discount status"),
    "ResourceId": N_("Resource ID"),
    "ResourceName": N_("Resource"),
    "ResourceType": N_("Resource type"),
    "SkuId": N_("SKU ID"),
    "SkuMeter": N_("SKU meter"),
    "SkuPriceId": N_("SKU price ID"),
    "ConsumedUnit": N_("Consumed unit"),
    "PricingUnit": N_("Pricing unit"),
    "BillingCurrency": N_("Billing currency"),
    "PricingCurrency": N_("Pricing currency"),
    "BillingPeriodStart": N_("Billing period from"),
    "BillingPeriodEnd": N_("Billing period until"),
    "ChargePeriodStart": N_("Charge period from"),
    "ChargePeriodEnd": N_("Charge period until"),
    "ConsumedQuantity": N_("Consumed quantity"),
    "PricingQuantity": N_("Pricing quantity"),
    "ListUnitPrice": N_("List unit price"),
    "ContractedUnitPrice": N_("Contracted unit price"),
    "SkuPriceDetails": N_("SKU price details"),
    "Tags": N_("Tags"),
    "AllocatedMethodDetails": N_("Allocation method details"),
    "AllocatedMethodId": N_("Allocation method"),
    "AllocatedResourceId": N_("Allocated resource ID"),
    "AllocatedResourceName": N_("Allocated resource"),
    "AllocatedTags": N_("Allocated tags"),
    "BillingAccountType": N_("Billing account type"),
    "CapacityReservationId": N_("Capacity reservation ID"),
    "CapacityReservationStatus": N_("Capacity reservation status"),
    "CommitmentDiscountQuantity": N_("Commitment discount quantity"),
    "CommitmentDiscountUnit": N_("Commitment discount unit"),
    "CommitmentProgramEligibilityDetails": N_("Commitment program eligibility"),
    "ContractApplied": N_("Contract applied"),
    "InvoiceDetailId": N_("Invoice detail ID"),
    "PricingCurrencyContractedUnitPrice": N_("Contracted unit price in pricing currency"),
    "PricingCurrencyEffectiveCost": N_("Effective cost in pricing currency"),
    "PricingCurrencyListUnitPrice": N_("List unit price in pricing currency"),
    "SubAccountType": N_("Sub account type"),
}
METRIC_LABELS: Mapping[str, str] = {
    "EffectiveCost": N_("Effective cost"),
    "BilledCost": N_("Billed cost"),
    "ContractedCost": N_("Contracted cost"),
    "ListCost": N_("List cost"),
    "x_CpuCost": N_("CPU cost"),
    "x_MemoryCost": N_("Memory cost"),
    "x_GpuCost": N_("GPU cost"),
    "x_UsedCost": N_("Cost of what was used"),
    "x_WorkloadIdleCost": N_("Cost of workload idle"),
}
METRIC_NOTES: Mapping[str, str] = {
    "EffectiveCost": N_("amortised: what usage really cost"),
    "BilledCost": N_("what the invoices say"),
    "ContractedCost": N_("at negotiated prices"),
    "ListCost": N_("at public prices"),
    "x_CpuCost": N_("the part of effective cost that pays for CPU of nodes"),
    "x_MemoryCost": N_("the part of effective cost that pays for memory of nodes"),
    "x_GpuCost": N_("the part of effective cost that pays for GPUs of nodes"),
    "x_UsedCost": N_("the part of effective cost that workloads used of nodes"),
    "x_WorkloadIdleCost": N_("the part of effective cost that workloads asked for and did not use"),
}
CLASS_LABELS: Mapping[str, str] = {
    "direct": N_("Direct"),
    "kubernetes": N_("Kubernetes"),
    "shared": N_("Shared"),
    "idle": N_("Idle"),
    "overhead": N_("Overhead"),
    "unallocated": N_("Unallocated"),
}
CLASSES = tuple(CLASS_LABELS)
"""In the order in which they are drawn."""
CLUSTER_VALUES: Mapping[str, Mapping[str, str]] = {
    "x_ClusterAsset": {
        "node": N_("Nodes"),
        "volume": N_("Volumes"),
        "load_balancer": N_("Load balancers"),
        "network": N_("Traffic"),
        "cluster": N_("Cluster as a whole"),
    },
    "x_ClusterCostClass": {
        "workload": N_("Workloads"),
        "infrastructure_idle": N_("Infrastructure idle"),
        "system_overhead": N_("System overhead"),
        "cluster_overhead": N_("Cluster overhead"),
        "unmounted": N_("Unmounted volumes"),
        "unused": N_("Unused load balancers"),
        "unattributed": N_("Unattributed traffic"),
        "unmetered": N_("Unmetered"),
    },
}
METHOD_LABELS: Mapping[str, str] = {
    "even": N_("in even parts"),
    "fixed": N_("in fixed parts"),
    "proportional": N_("in proportion"),
}
UNIT_LABELS: Mapping[str, str] = {"Percent": N_("percent"), "Targets": N_("services")}
OWNER_COLUMNS = frozenset({"x_TeamId", "x_ServiceId", "x_SystemId"})

_OF_CLUSTERS = (
    "x_ClusterId", "x_NodePool", "x_Namespace", "x_Workload", "x_WorkloadKind", "x_Pod", "x_Container",
    "x_Node", "x_ClusterCostClass", "x_ClusterAsset",
)  # fmt: skip
GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (N_("Ownership"), ("x_TeamId", "x_ServiceId", "x_SystemId", "x_Environment", "x_AllocationClass")),
    (N_("Bill"), ("ServiceProviderName", "BillingAccountName", "SubAccountName", "x_SourceId", "RegionName")),
    (N_("Kubernetes"), _OF_CLUSTERS),
    (N_("Product"), ("ServiceCategory", "ServiceName", "SkuMeter", "ChargeDescription", "ResourceName")),
)
"""The group-by list's first groups; tags and everything else follow."""
DRILL_CHAIN = ("x_TeamId", "x_ServiceId", "ServiceName", "ChargeDescription", "ResourceId")
"""What a row opens into: the first of these that is not fixed yet."""
_INSIDE: Mapping[str, str] = {
    "x_ClusterId": "x_Namespace",
    "x_NodePool": "x_Node",
    "x_Namespace": "x_Workload",
    "x_Workload": "x_Pod",
    "x_Pod": "x_Container",
}
"""What places of clusters open into, before DRILL_CHAIN goes on."""
_TAG = re.compile(r"^(Tags|x_Labels)\['(.*)'\]$")


def column_label(column: str, texts: Texts) -> str:
    """The name of *column* for people; a tag shows its key, an unknown column its id."""
    if column in COLUMN_LABELS:
        return texts.gettext(COLUMN_LABELS[column])
    if match := _TAG.match(column):
        key = match[2].replace("''", "'")
        if match[1] == "x_Labels":
            return texts.gettext("Label %(key)s", key=key)
        return texts.gettext("Tag %(key)s", key=key)
    if column.startswith("x_Tag_"):
        return texts.gettext("Tag %(key)s", key=column.removeprefix("x_Tag_"))
    known = columns_by_id().get(column)
    return known.display_name if known else column


def value_label(column: str, value: str | None, texts: Texts, names: Mapping[str, str] | None = None) -> str:
    """The name of one value of *column*; *names* are titles from the catalogue."""
    if value is None:
        return texts.gettext("Unallocated") if column in OWNER_COLUMNS else texts.gettext("(no value)")
    if value == "":
        return texts.gettext("(empty)")
    if column == "x_AllocationClass" and value in CLASS_LABELS:
        return texts.gettext(CLASS_LABELS[value])
    if value in CLUSTER_VALUES.get(column, {}):
        return texts.gettext(CLUSTER_VALUES[column][value])
    return (names or {}).get(value, value)


def method_label(method: str, texts: Texts) -> str:
    """How a share finds its parts, in words."""
    return texts.gettext(METHOD_LABELS[method]) if method in METHOD_LABELS else method


def unit_label(unit: str, texts: Texts) -> str:
    """What the weights of a share are counted in: ``Percent``, ``Targets`` or a cost with its currency."""
    if unit in UNIT_LABELS:
        return texts.gettext(UNIT_LABELS[unit])
    metric, _, currency = unit.partition(" ")
    return f"{texts.gettext(METRIC_LABELS[metric])} {currency}" if metric in METRIC_LABELS else unit


def next_column(fixed: set[str], after: str) -> str | None:
    """What to break out by once *after* and *fixed* are known; None at the end of the chain."""
    done = fixed | {after}
    if _INSIDE.get(after, after) not in done:
        return _INSIDE[after]
    return next((c for c in DRILL_CHAIN if c not in done and not _implied(c, done)), None)


def _implied(column: str, done: set[str]) -> bool:
    return column == "x_TeamId" and "x_ServiceId" in done
