"""A node's cost as three pools: CPU, memory and GPU, by what each is worth of the other."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

import ibis
import ibis.expr.types as ir

from warikan.allocate.kubernetes.demand import RESOURCES, Resource
from warikan.focus.errors import ConfigError

_UNITS: Mapping[Resource, float] = {"Cpu": 1000.0, "Memory": 2.0**30, "Gpu": 1000.0}
"""How many of a column's units are one vCPU, one GiB, one GPU (each for a second)."""


@dataclass(frozen=True)
class Weights:
    """
    What a vCPU, a GiB and a GPU cost, in relation to each other.

    Raises:
        ConfigError: a weight is negative or no number, or all are zero.
    """

    cpu: float
    memory: float
    gpu: float

    def __post_init__(self) -> None:
        values = (self.cpu, self.memory, self.gpu)
        if not all(math.isfinite(v) and v >= 0 for v in values) or not any(values):
            raise ConfigError(
                f"weights cpu {self.cpu}, memory {self.memory}, gpu {self.gpu} split no cost: "
                "give numbers from 0 on, of which at least one is more"
            )

    def of(self, resource: Resource) -> float:
        """The weight of one vCPU, GiB or GPU."""
        return {"Cpu": self.cpu, "Memory": self.memory, "Gpu": self.gpu}[resource]


AWS = Weights(cpu=9, memory=1, gpu=90)
"""
AWS's published rule: 9:1 per vCPU:GiB, from Fargate's prices; with GPUs 9 : 0.9 : 0.1 per GPU:vCPU:GiB.

docs.aws.amazon.com/cur/latest/userguide, split-cost-allocation-data and example-accelerated-instances.
"""


@dataclass(frozen=True)
class Weighting:
    """
    Which weights hold for a charge on a node; the first that is known, in the order of the attributes.

    Attributes:
        by_sku: SkuId of the charge → weights. A SKU that buys one resource only (Google's cores, Google's
            memory) has a weight for that one only.
        by_instance_type: The node's whole InstanceType → weights.
        by_family: Its family (``family_of``) → weights.
        default: For all else.
    """

    by_sku: Mapping[str, Weights] = field(default_factory=dict)
    by_instance_type: Mapping[str, Weights] = field(default_factory=dict)
    by_family: Mapping[str, Weights] = field(default_factory=dict)
    default: Weights = AWS


def family_of(instance_type: ir.Value) -> ir.StringValue:
    """
    The family of an instance type, as its cloud names it.

    ``m5.xlarge`` is of ``m5``, ``n2-standard-4`` of ``n2``, ``Standard_D4s_v5`` of ``Standard_Ds_v5``.
    """
    text = cast("ir.StringValue", instance_type)
    azure = text.re_replace(r"^(Standard_[A-Z]+)[0-9]+(-[0-9]+)?", r"\1")
    return cast(
        "ir.StringValue",
        ibis.ifelse(text.startswith("Standard_"), azure, text.re_replace(r"[.-].*$", "")),
    )


def pool_fractions(charges: ir.Table, weighting: Weighting) -> dict[Resource, ir.FloatingValue]:
    """
    The part of each row's cost that pays for each resource; they sum to 1.

    All are null where no weighted resource has any capacity: such a cost cannot be split.

    Args:
        charges: With ``InstanceType`` and ``<resource>Capacity``; ``SkuId`` is read where there is one, and
            ``Buys``: the one resource (Cpu, Memory, Gpu) that a charge pays for, null for a whole machine.
    """
    worth = {r: _worth(charges, weighting, r) for r in RESOURCES}
    total = worth["Cpu"] + worth["Memory"] + worth["Gpu"]
    return {
        r: cast("ir.FloatingValue", ibis.ifelse(total > 0, value / total, ibis.null("float64")))
        for r, value in worth.items()
    }


def _worth(charges: ir.Table, weighting: Weighting, resource: Resource) -> ir.FloatingValue:
    capacity = ibis.coalesce(charges[f"{resource}Capacity"], 0).cast("float64") / _UNITS[resource]
    branches = []
    if "Buys" in charges.columns:
        branches += [(charges.Buys == one, 1.0 if one == resource else 0.0) for one in RESOURCES]
    if "SkuId" in charges.columns:
        branches += [(charges.SkuId == sku, w.of(resource)) for sku, w in weighting.by_sku.items()]
    kind = charges.InstanceType
    branches += [(kind == name, w.of(resource)) for name, w in weighting.by_instance_type.items()]
    branches += [(family_of(kind) == name, w.of(resource)) for name, w in weighting.by_family.items()]
    default = ibis.literal(float(weighting.default.of(resource)))
    weight = default if not branches else ibis.cases(*branches, else_=default).cast("float64")
    return cast("ir.FloatingValue", weight * capacity)
