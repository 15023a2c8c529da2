"""Clusters as JSON-ready documents: cost by cause beside quantities (API and CLI)."""

from collections.abc import Mapping, Sequence

from warikan.api.answers import Document, period_document, table_rows, to_document
from warikan.catalog.clusters import ClusterSettings
from warikan.engine.cluster_costs import PlaceCost
from warikan.engine.clusters import POOLS, WORKLOADS, ClusterList, ClusterParts, Coverage
from warikan.engine.place import Place
from warikan.engine.usage import UsageAnswer
from warikan.engine.utilisation import used_of_requested
from warikan.focus.money import format_exact

Settings = Mapping[str, ClusterSettings]


def clusters_document(found: ClusterList, settings: Settings) -> Document:
    """
    All clusters: ``{"period", "clusters": [{"cluster", "title", "logical", "coverage", ...}]}``.

    Each with ``results``, one a currency (``cost_by_cause``), ``nodes`` and ``usage`` (quantities as text).
    """
    return {
        "period": period_document(found.period),
        "clusters": [_cluster(place.key[0], place, found.coverage, settings) for place in found.places],
    }


def cluster_document(cluster: str, found: ClusterParts, settings: Settings) -> Document:
    """One cluster, and its ``pools``, ``namespaces`` and ``workloads``, each with the largest cost first."""
    document: Document = {"period": period_document(found.period)}
    document |= _cluster(cluster, found.whole, found.coverage, settings)
    document["pools"] = [_place(place, POOLS) for place in found.pools]
    document["namespaces"] = [_place(place, WORKLOADS[:1]) for place in found.namespaces]
    document["workloads"] = [_place(place, WORKLOADS) for place in found.workloads]
    return document


def usage_document(answer: UsageAnswer) -> Document:
    """Quantities as text, one row a place and bucket: ``{"period", "by", "rows"}``."""
    return {
        "period": period_document(answer.period),
        "by": list(answer.by),
        "rows": table_rows(answer.rows),
    }


def _cluster(
    cluster: str | None, place: Place, coverage: Mapping[str, Coverage], settings: Settings
) -> Document:
    known = settings.get(cluster or "")
    seen = coverage.get(cluster or "")
    return {
        "cluster": cluster,
        "title": known.title or cluster if known else cluster,
        "logical": known.logical if known else None,
        "coverage": {"hours": seen.hours, "sampled_minutes": seen.sampled_minutes, "ratio": seen.ratio}
        if seen
        else None,
        **_amounts(place),
    }


def _place(place: Place, columns: Sequence[str]) -> Document:
    return {**dict(zip(columns, place.key, strict=True)), **_amounts(place)}


def _amounts(place: Place) -> Document:
    used = {r.lower(): used_of_requested(place.usage, r) for r in ("Cpu", "Memory", "Gpu")}
    return {
        "results": [cost_by_cause(cost, place) for cost in place.costs],
        "used_of_requested": {name: ratio for name, ratio in used.items() if ratio is not None},
        "nodes": to_document(place.nodes),
        "usage": to_document(place.usage),
    }


def cost_by_cause(cost: PlaceCost, place: Place) -> Document:
    """
    What a place costs in one currency.

    ``causes`` add up to ``cost``; ``efficiency`` is used of used and workload idle; ``vcpu_hour`` what its
    nodes cost for each hour of a vCPU, ``list_vcpu_hour`` the same at public prices.
    """
    paid, listed = place.per_vcpu_hour(cost.currency), place.list_per_vcpu_hour(cost.currency)
    return {
        "currency": cost.currency,
        "cost": format_exact(cost.cost),
        "list_cost": format_exact(cost.list_cost),
        "causes": {cause: format_exact(amount) for cause, amount in cost.causes.items()},
        "idle": format_exact(cost.idle),
        "efficiency": cost.efficiency,
        "matched": cost.matched,
        "vcpu_hour": format_exact(paid) if paid is not None else None,
        "list_vcpu_hour": format_exact(listed) if listed is not None else None,
    }
