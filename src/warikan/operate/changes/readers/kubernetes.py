"""
Kubernetes events that change what a cluster costs: replicas, nodes, Karpenter, the cluster autoscaler, KEDA.

As ``kubectl get events -o json`` writes them (core/v1), as events.k8s.io/v1, and as event exporters send them
(with labels of the object and the cluster's name). All other events are ignored.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from warikan.operate.changes.change import ChangeDraft, Kind, Subject
from warikan.operate.changes.document import dig, list_at, number_at, text_at, texts_at, time_at
from warikan.operate.changes.readers.argo import TRACKING
from warikan.operate.changes.readers.reading import Delivery, Reader, require, whole

REASONS: Mapping[str, Kind] = {
    # HorizontalPodAutoscaler, Deployment, KEDA
    "SuccessfulRescale": "scale",
    "ScalingReplicaSet": "scale",
    "KEDAScaleTargetActivated": "scale",
    "KEDAScaleTargetDeactivated": "scale",
    "EvictedByVPA": "scale",
    # node controller
    "RegisteredNode": "node",
    "NodeReady": "node",
    "NodeNotReady": "node",
    "RemovingNode": "node",
    "DeletingNode": "node",
    # cluster autoscaler
    "TriggeredScaleUp": "node",
    "ScaledUpGroup": "node",
    "ScaleDown": "node",
    "ScaleDownEmpty": "node",
    # Karpenter, before and since 1.0 (pkg/events/reason.go)
    "Launched": "node",
    "Registered": "node",
    "Disrupted": "node",
    "DisruptionLaunching": "node",
    "DisruptionTerminating": "node",
    "DeprovisioningLaunching": "node",
    "DeprovisioningTerminating": "node",
    "SpotInterrupted": "node",
    "InstanceTerminating": "node",
    "TerminatingOnInterruption": "node",
    "NodePoolUpdated": "node",
}
_WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob")
_SCALERS = ("HorizontalPodAutoscaler", "ScaledObject", "VerticalPodAutoscaler")


def _split(body: Any, delivery: Delivery) -> Iterable[Any]:
    return list_at(body, "items") if isinstance(dig(body, "items"), list) else whole(body, delivery)


def _read(event: Any, delivery: Delivery) -> Iterator[ChangeDraft]:
    reason = text_at(event, "reason", most=100)
    kind = REASONS.get(reason or "")
    if reason is None or kind is None:
        return
    thing = dig(event, "involvedObject") or dig(event, "regarding")
    name = require(text_at(thing, "name", most=253), "involvedObject.name")
    object_kind = text_at(thing, "kind", most=100) or "object"
    namespace = text_at(thing, "namespace", most=253)
    uid = require(text_at(event, "metadata", "uid", most=100), "metadata.uid")
    count = number_at(event, "count") or number_at(event, "series", "count") or 1
    message = text_at(event, "message", most=300) or text_at(event, "note", most=300) or reason
    annotations = texts_at(thing, "annotations", most=400)
    cluster = text_at(event, "clusterName", most=100)
    yield ChangeDraft(
        kind=kind,
        title=f"{object_kind} {name}: {message}",
        at=_time(event) or delivery.received_at,
        # An event that repeats keeps its uid and counts: each time is a change of its own.
        event_id=uid if count == 1 else f"{uid}/{count}",
        subject=Subject(
            namespace=namespace,
            object_kind=object_kind,
            object_name=name if object_kind in (*_WORKLOADS, *_SCALERS) else None,
            tracking_id=annotations.get(TRACKING),
            labels=texts_at(thing, "labels"),
            annotations={k: v for k, v in annotations.items() if k.startswith("backstage.io/")},
        ),
        cluster=cluster,
        scope=_scope(object_kind, namespace, name),
        actor_kind="automation",
        actor=_component(event),
        summary={"reason": reason, "object": f"{object_kind} {name}", "namespace": namespace, "count": count},
    )


def _time(event: Any) -> datetime | None:
    """When it happened last."""
    paths = (("series", "lastObservedTime"), ("lastTimestamp",), ("deprecatedLastTimestamp",), ("eventTime",))
    more = (("firstTimestamp",), ("metadata", "creationTimestamp"))
    return next((moment for path in (*paths, *more) if (moment := time_at(event, *path))), None)


def _component(event: Any) -> str | None:
    """The controller that did it."""
    return text_at(event, "reportingComponent", most=200) or text_at(event, "source", "component", most=200)


def _scope(object_kind: str, namespace: str | None, name: str) -> dict[str, str]:
    """What of the cluster's cost it is about."""
    scope = {"x_Namespace": namespace} if namespace else {}
    if object_kind in _WORKLOADS and namespace:
        scope |= {"x_WorkloadKind": object_kind, "x_Workload": name}
    return scope


READER = Reader(_split, _read)
