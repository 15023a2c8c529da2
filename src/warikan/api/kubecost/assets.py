"""``/assets``: what clusters are made of, by what the bill says that it cost."""

from collections.abc import Mapping, Sequence
from typing import Any

from warikan.allocate.allocation_sets import READ, Allocations, Cell, asset_costs_of, make_set, merge
from warikan.api.answers import freshness_document
from warikan.api.kubecost.answers import Document, window_document, wrapped
from warikan.api.kubecost.asking import IN_CLUSTERS, Asking, Row, join_filters, moment_text, seen_part
from warikan.api.kubecost.fields import ASSET_CATEGORIES, ASSET_TYPES, PROVIDERS
from warikan.api.kubecost.keys import MAX_KEYS, Key, first_of, tag_columns, values_of
from warikan.api.kubecost.machines import Machine, Node, ask_machines
from warikan.api.kubecost.names import IDLE, SEPARATOR, UNDEFINED
from warikan.api.kubecost.question import AssetQuestion
from warikan.bootstrap import Workspace
from warikan.engine.query import Freshness
from warikan.focus.errors import UsageError
from warikan.focus.money import format_exact
from warikan.focus.period import Period

DEFAULT = ("provider", "account", "project", "category", "cluster", "type", "service", "providerID", "name")
"""What an asset's key is made of, in OpenCost's order."""
_PLAIN = {
    "account": "SubAccountId",
    "project": "SubAccountId",
    "cluster": "x_ClusterId",
    "service": "ServiceName",
    "providerID": "ResourceId",
    "region": "RegionId",
    "team": "x_TeamId",
    "environment": "x_Environment",
}
KEYS = (*DEFAULT, "region", "team", "environment")
"""Every key but ``label:…``."""
_BREAKDOWN = {"idle": 0, "other": 0, "system": 0, "user": 0}
_NODE_AMOUNTS = ("cpuCores", "ramBytes", "gpuCount", "cpuCoreHours", "ramByteHours", "GPUHours")
_DISK: Document = {
    **dict.fromkeys(("storageClass", "volumeName", "claimName", "claimNamespace"), ""),
    **dict.fromkeys(("bytes", "byteHours", "byteHoursUsed", "byteUsageMax")),
    "breakdown": _BREAKDOWN,
}
"""What their clients read of a disk; what is not known is null."""


def answer_assets(workspace: Workspace, question: AssetQuestion) -> Document:
    """
    ``data``: one object of assets by key for each set.

    The cost of a node is its parts by resource and ``adjustment``: what is not known by resource. All other
    assets have ``totalCost`` alone. Together they are what the bill has for clusters.

    Raises:
        UsageError: a key is not known, nothing is allocated yet, or it is too much.
    """
    keys = _read_keys(question.aggregate)
    asking = Asking(workspace, question.cut, question.currency)
    by_asset = bool({"name", "providerID"} & {key.name for key in keys})
    columns = (
        *READ[:2],
        *(column for key in keys for column in key.columns),
        *(("x_Node",) if by_asset else ()),
    )
    cells: list[list[Cell]] = [[] for _ in question.cut.sets]
    for place, row in asking.rows(columns, join_filters(IN_CLUSTERS, question.where)):
        cells[place].append(_cell(keys, row))
    sets = [make_set(merge(of_set), idle="show", idle_name=IDLE) for of_set in cells]
    machines = ask_machines(workspace, question.cut) if by_asset else [{} for _ in sets]
    data = []
    for period, one, nodes in zip(question.cut.sets, sets, machines, strict=True):
        seen = seen_part(period, asking.freshness.data)
        data.append({cell.name: _item(cell, period, seen, nodes) for cell in one.items[question.page]})
    more = _more(asking.currency, sets, asking.freshness)
    return wrapped(data, (*question.notes, *asking.notes()), more)


def _more(currency: str | None, sets: Sequence[Allocations], freshness: Freshness) -> Document:
    return {
        "metric": "EffectiveCost",
        "currency": currency,
        "totals": [format_exact(one.total) for one in sets],
        "results": [len(one.items) for one in sets],
        "freshness": freshness_document(freshness),
    }


def _read_keys(text: str) -> tuple[Key, ...]:
    asked = [part.strip() for part in text.split(",") if part.strip()] or list(DEFAULT)
    keys = {key.name: key for key in (_key(part) for part in asked)}
    if len(keys) > max(MAX_KEYS, len(DEFAULT)):
        raise UsageError(f"aggregate has {len(keys)} keys; at most {MAX_KEYS} are answered")
    return tuple(keys.values())


def _key(part: str) -> Key:
    kind, colon, label = part.partition(":")
    if colon and kind.strip().lower() == "label" and label.strip() and label.isprintable():
        tags = tag_columns(label.strip())
        return Key(f"label:{label.strip()}", tags, lambda row: first_of(row, tags))
    name = next((k for k in KEYS if k.lower() == part.lower()), None)
    if name is None:
        raise UsageError(f"aggregate={part[:80]!r} is not known", hint=f"{', '.join(KEYS)}, label:NAME")
    if name in _PLAIN:
        column = _PLAIN[name]
        return Key(name, (column,), lambda row: row.get(column))
    match name:
        case "type":
            return Key(name, ("x_ClusterAsset",), lambda row: _named(ASSET_TYPES, row))
        case "category":
            return Key(name, ("x_ClusterAsset",), lambda row: _named(ASSET_CATEGORIES, row))
        case "provider":
            return Key(name, ("ProviderName",), _provider_of)
        case _:
            return Key(name, ("ResourceName", "ResourceId"), name_of)


def name_of(row: Row) -> str | None:
    """What an asset is called: a node as Kubernetes calls it, all else as the bill does."""
    node = row.get("x_Node") if row["x_ClusterAsset"] == "node" else None
    return node or first_of(row, ("ResourceName", "ResourceId"))


def _provider_of(row: Row) -> str | None:
    name = row.get("ProviderName")
    return None if name is None else PROVIDERS.get(name, name)


def _named(names: Mapping[str, str], row: Row) -> str | None:
    return names.get(row["x_ClusterAsset"] or "")


def _cell(keys: Sequence[Key], row: Row) -> Cell:
    values = values_of(keys, row, missing=UNDEFINED)
    told = {key.name: key.value_of(row) for key in keys}
    told |= {"type": _named(ASSET_TYPES, row), "category": _named(ASSET_CATEGORIES, row)}
    told |= {"node": row.get("x_Node")}
    properties = {name: value for name, value in told.items() if value is not None}
    return Cell("other", SEPARATOR.join(values), row["x_ClusterId"], None, asset_costs_of(row), properties)


def _item(cell: Cell, period: Period, seen: Period, nodes: Mapping[Node, Machine]) -> Document:
    kind = cell.properties.get("type", "Any")
    known: dict[str, Any] = {"cluster": cell.cluster} if cell.cluster is not None else {}
    known |= {n: v for n, v in cell.properties.items() if n not in {"type", "node"} and ":" not in n}
    labels = {n.removeprefix("label:"): v for n, v in cell.properties.items() if n.startswith("label:")}
    item: Document = {
        "type": kind,
        "properties": known,
        "labels": labels,
        "window": window_document(period),
        "start": moment_text(seen.start),
        "end": moment_text(seen.end),
        "minutes": (seen.end - seen.start).total_seconds() / 60,
        "adjustment": float(cell.costs.shared) if kind == "Node" else 0.0,
        "totalCost": float(cell.costs.total),
        "totalCostExact": format_exact(cell.costs.total),
    }
    if kind == "Node":
        machine = nodes.get((cell.cluster, cell.properties.get("node")))
        return (
            item | _node_parts(cell) | _node_amounts(machine, (seen.end - seen.start).total_seconds() / 3600)
        )
    return item | (_DISK if kind == "Disk" else {})


def _node_parts(cell: Cell) -> Document:
    costs = {"cpuCost": cell.costs.cpu, "gpuCost": cell.costs.gpu, "ramCost": cell.costs.ram}
    return {name: float(amount) for name, amount in costs.items()} | {
        "discount": 0.0,
        "cpuBreakdown": _BREAKDOWN,
        "ramBreakdown": _BREAKDOWN,
    }


def _node_amounts(machine: Machine | None, hours: float) -> Document:
    """What a node offered, on average over *hours*; null where its hours are not known."""
    if machine is None:
        return {"nodeType": "", "preemptible": 0, **dict.fromkeys(_NODE_AMOUNTS)}
    sums = (machine.core_hours, machine.byte_hours, machine.gpu_hours)
    averages = (sums[0] / hours, sums[1] / hours, sums[2] / hours)
    amounts = dict(zip(_NODE_AMOUNTS, (*averages, *sums), strict=True))
    return {"nodeType": machine.instance_type, "preemptible": int(machine.is_spot), **amounts}
