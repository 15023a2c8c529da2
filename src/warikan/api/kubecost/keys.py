"""``aggregate``: what allocations are grouped by, as columns of ours and names of theirs."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from warikan.api.kubecost.names import UNALLOCATED, UNMOUNTED, written_keys
from warikan.engine.column import MapValue
from warikan.focus.errors import UsageError

MAX_KEYS = 8
MAX_LABEL = 317
"""Characters of a label's key: a DNS name, a slash and 63 (Kubernetes)."""

Row = Mapping[str, str | None]


@dataclass(frozen=True)
class Key:
    """
    One part of ``aggregate``.

    Attributes:
        name: As Kubecost writes it.
        columns: What is read of the cost of clusters.
        value_of: The value of a row, None where it has none.
        outside: What is read of cost that is of no cluster (``external=true``).
    """

    name: str
    columns: tuple[str, ...]
    value_of: Callable[[Row], str | None]
    outside: tuple[str, ...] = ()


DEFAULT = ("cluster", "node", "namespace", "pod", "container")
"""What ``aggregate`` is when it is not given: containers, each under its full name."""
_COLUMNS = {
    "cluster": "x_ClusterId",
    "node": "x_Node",
    "namespace": "x_Namespace",
    "pod": "x_Pod",
    "container": "x_Container",
    "providerID": "ResourceId",
}
OWNERS = {"team": "x_TeamId", "service": "x_ServiceId", "environment": "x_Environment"}
"""Keys whose value is what the catalogue says, also of cost that is of no cluster."""
_KINDS = {
    "deployment": ("deployment",),
    "statefulset": ("statefulset",),
    "daemonset": ("daemonset",),
    "job": ("job", "cronjob"),
}
_LABELS = {"department": "department", "owner": "owner", "product": "app"}
"""Keys that are labels by Kubecost's defaults."""
_CONTROLLERS = ("controllerKind", "controller", "controllerNamespace")
KEYS = (*_COLUMNS, *_CONTROLLERS, *_KINDS, *OWNERS, *_LABELS)
"""Every key but ``label:…``."""
_UNMOUNTED_CLASSES = ("unmounted", "unused")


def parse_aggregate(text: str | None) -> tuple[Key, ...]:
    """
    The keys of *text* (joined by commas), each once; of DEFAULT when it is blank, none for ``all``.

    Raises:
        UsageError: a key is not known or cannot be answered, or there are more than MAX_KEYS.
    """
    asked = [part.strip() for part in (text or "").split(",") if part.strip()]
    if asked == ["all"]:
        return ()
    keys = {key.name: key for key in (_key(part) for part in asked or DEFAULT)}
    if len(keys) > MAX_KEYS:
        raise UsageError(f"aggregate has {len(keys)} keys; at most {MAX_KEYS} are answered")
    return tuple(keys.values())


def label_columns(key: str) -> tuple[str, ...]:
    """The columns that may hold the pod label *key*, as they are written in a query."""
    return tuple(MapValue("x_Labels", one).render() for one in written_keys(key))


def tag_columns(key: str) -> tuple[str, ...]:
    """The columns that may hold the tag *key* of the bill, as they are written in a query."""
    return tuple(MapValue("Tags", one).render() for one in written_keys(key))


def is_unmounted(row: Row) -> bool:
    """Whether *row* is of a volume or load balancer that nothing uses."""
    return row.get("x_ClusterCostClass") in _UNMOUNTED_CLASSES


def list_columns(keys: Iterable[Key]) -> tuple[str, ...]:
    """The columns of *keys*, each once."""
    return tuple(dict.fromkeys(column for key in keys for column in key.columns))


def values_of(keys: Sequence[Key], row: Row, *, missing: str = UNALLOCATED) -> tuple[str, ...]:
    """The parts of the name of *row*: one for each of *keys*, *missing* where it has no value."""
    return tuple(_shown(key, row, missing) for key in keys)


def properties_of(keys: Sequence[Key], row: Row) -> dict[str, str]:
    """What *row* tells of itself under the names of ``properties``; labels as ``label:key``."""
    told = {name: row.get(column) for name, column in _COLUMNS.items()}
    told |= {"controller": row.get("x_Workload") if kind_of(row) else None, "controllerKind": kind_of(row)}
    told |= {"service": row.get("x_ServiceId"), "team": row.get("x_TeamId")}
    told |= {key.name: key.value_of(row) for key in keys if key.name.startswith("label:")}
    return {name: value for name, value in told.items() if value is not None}


def _shown(key: Key, row: Row, missing: str) -> str:
    value = key.value_of(row)
    if value is None and is_unmounted(row) and row.get("x_Namespace") is None:
        return UNMOUNTED if key.name in {"namespace", "pod", "container", "service"} else missing
    if value is None and is_unmounted(row) and key.name in {"pod", "container"}:
        return f"{row['x_Namespace']}-unmounted-pvcs" if key.name == "pod" else UNMOUNTED
    return value or missing


def _key(part: str) -> Key:
    kind, colon, label = part.partition(":")
    if colon:
        return _label_key(part, kind.strip().lower(), label.strip())
    name = next((k for k in KEYS if k.lower() == part.lower()), None)
    if name is None:
        raise UsageError(f"aggregate={part[:80]!r} is not known", hint=f"{', '.join(KEYS)}, label:NAME")
    if name in _LABELS:
        return _of_label(name, _LABELS[name])
    if name in OWNERS:
        column = OWNERS[name]
        return Key(name, (column,), lambda row: row[column], (column,))
    if name in _COLUMNS:
        column = _COLUMNS[name]
        reads = (column, "x_Namespace") if name in {"pod", "container"} else (column,)
        return Key(name, reads, lambda row: row.get(column))
    if name in _KINDS:
        return _of_kind(name, _KINDS[name])
    return _of_controller(name)


def _label_key(part: str, kind: str, label: str) -> Key:
    if kind == "annotation":
        raise UsageError(
            "aggregate=annotation: annotations are not kept with the cost",
            hint="aggregate=label:NAME, team or service",
        )
    if kind != "label" or not label:
        raise UsageError(f"aggregate={part[:80]!r} is not known", hint=f"{', '.join(KEYS)}, label:NAME")
    if len(label) > MAX_LABEL or not label.isprintable():
        raise UsageError(f"aggregate={part[:80]!r} is no key of a label")
    return _of_label(f"label:{label}", label)


def _of_label(name: str, label: str) -> Key:
    columns = label_columns(label)
    tags = tag_columns(label)
    return Key(name, columns, lambda row: first_of(row, (*columns, *tags)), tags)


def first_of(row: Row, columns: Sequence[str]) -> str | None:
    """The first of *columns* that *row* has a value in."""
    return next((row[c] for c in columns if row.get(c) is not None), None)


def kind_of(row: Row) -> str | None:
    """The kind of controller of *row* in Kubecost's lower case; None for a bare pod."""
    kind = row.get("x_WorkloadKind")
    return None if kind is None or kind.lower() == "pod" else kind.lower()


def _of_kind(name: str, kinds: Sequence[str]) -> Key:
    return Key(
        name,
        ("x_WorkloadKind", "x_Workload"),
        lambda row: row.get("x_Workload") if kind_of(row) in kinds else None,
    )


def _of_controller(name: str) -> Key:
    if name == "controllerKind":
        return Key(name, ("x_WorkloadKind",), kind_of)
    columns = ("x_WorkloadKind", "x_Workload", *(("x_Namespace",) if name == "controllerNamespace" else ()))

    def value(row: Row) -> str | None:
        kind, workload = kind_of(row), row.get("x_Workload")
        if kind is None or workload is None:
            return None
        namespace = row.get("x_Namespace") if "x_Namespace" in columns else None
        return ":".join(part for part in (kind, namespace, workload) if part)

    return Key(name, columns, value)
