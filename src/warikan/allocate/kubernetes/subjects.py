"""
Subjects: what in a cluster bears cost, with all that rules may read of it.

A subject is a container of a pod, a pod as a whole (its volumes, its traffic), or a namespace (its volumes
that nobody mounts).
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import cast

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import pyarrow as pa

from warikan.allocate.kubernetes.hour_views import HourViews
from warikan.allocate.remembered import remembered
from warikan.engine.column import metric_key
from warikan.engine.functions import map_value

SUBJECT = ("x_ClusterId", "PodUid", "Container", "Namespace", "_epoch")
"""What names a subject; all but the first and last may be null."""
_TEXTS = ("x_NodePool", "x_Namespace", "x_WorkloadKind", "x_Workload", "x_Pod", "x_Container")
RULE_SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("x_SourceId", "x_ClusterId", *_TEXTS, "x_ArgoApplication")),
        *((name, pa.map_(pa.string(), pa.string())) for name in ("x_Labels", "x_Annotations")),
        *((n, pa.timestamp("us", tz="UTC")) for n in ("ChargePeriodStart", "BillingPeriodStart")),
    ]
)
"""What rules for workloads can read."""
_NOISE = (
    "pod-template-hash",
    "controller-revision-hash",
    "pod-template-generation",
    "controller-uid",
    "job-name",
    "batch.kubernetes.io/controller-uid",
    "batch.kubernetes.io/job-name",
    "statefulset.kubernetes.io/pod-name",
    "apps.kubernetes.io/pod-index",
)
"""Labels that controllers put on single pods: they say nothing of owners and would make every pod unlike."""
_TRACKING = "argocd.argoproj.io/tracking-id"
_TEXT_MAP = dt.Map(dt.string, dt.string)
_UTC = dt.Timestamp(timezone="UTC", scale=6)


@remembered
def describe_subjects(slices: ir.Table, views: HourViews, dates: Sequence[date]) -> ir.Table:
    """
    The subjects of *slices*, each once: SUBJECT and the columns of RULE_SCHEMA.

    Labels are those that a pod had last in the month, over those of its namespace.

    Args:
        slices: With SUBJECT.
        dates: The days on which an answer of the rules may change, ascending; ``_epoch`` counts them.
    """
    pods = _describe_pods(views)
    wanted = slices.filter(slices.PodUid.notnull() | slices.Namespace.notnull()).select(*SUBJECT).distinct()
    both = wanted.left_join(pods, [wanted.x_ClusterId == pods._pod_cluster, wanted.PodUid == pods._pod_uid])
    both = both.mutate(x_Namespace=ibis.coalesce(both._pod_namespace, both.Namespace))
    spaces = _last_labels(views.namespaces, views.labels, ["x_ClusterId", "Namespace"], prefix="_space_")
    both = both.left_join(
        spaces, [both.x_ClusterId == spaces._space_x_ClusterId, both.x_Namespace == spaces._space_Namespace]
    )
    labels = _merge(both._space_labels, both._pod_labels)
    annotations = _merge(both._space_annotations, both._pod_annotations)
    start = _start_of_epoch(both._epoch, dates)
    described = both.select(
        *SUBJECT,
        x_SourceId=both.x_ClusterId,
        x_NodePool=both._pod_pool,
        x_Namespace=both.x_Namespace,
        x_WorkloadKind=both._pod_kind,
        x_Workload=ibis.coalesce(both._pod_workload, both._pod_name),
        x_Pod=both._pod_name,
        x_Container=both.Container,
        x_Labels=labels,
        x_Annotations=annotations,
        ChargePeriodStart=start,
        BillingPeriodStart=start,
    )
    return described.mutate(x_ArgoApplication=_argo_application(described))


def _describe_pods(views: HourViews) -> ir.Table:
    rows, machines = views.containers, views.machines
    names = ("Namespace", "Pod", "WorkloadKind", "Workload", "NodeUid")
    pods = rows.group_by("x_ClusterId", "PodUid").agg(
        **{name: rows[name].argmax(rows.Hour) for name in names}
    )
    labels = _last_labels(rows, views.labels, ["x_ClusterId", "PodUid"], prefix="_of_")
    pods = pods.left_join(
        labels, [pods.x_ClusterId == labels._of_x_ClusterId, pods.PodUid == labels._of_PodUid]
    )
    places = machines.select(_cluster="x_ClusterId", _node="NodeUid", _pool="NodePool")
    both = pods.left_join(places, [pods.x_ClusterId == places._cluster, pods.NodeUid == places._node])
    return both.select(
        _pod_cluster=both.x_ClusterId,
        _pod_uid=both.PodUid,
        _pod_namespace=both.Namespace,
        _pod_name=both.Pod,
        _pod_kind=both.WorkloadKind,
        _pod_workload=both.Workload,
        _pod_pool=both._pool,
        _pod_labels=both._of_labels,
        _pod_annotations=both._of_annotations,
    )


def _last_labels(rows: ir.Table, labels: ir.Table, key: list[str], *, prefix: str) -> ir.Table:
    """The labels that each *key* of *rows* had last: the key, ``labels``, ``annotations``, all prefixed."""
    told = rows.filter(rows.LabelsId.notnull())
    last = told.group_by(key).agg(_id=told.LabelsId.argmax(told.Hour))
    known = labels.select(_cluster="x_ClusterId", _key="LabelsId", labels="Labels", annotations="Annotations")
    met = last.inner_join(known, [last.x_ClusterId == known._cluster, last._id == known._key])
    return met.select(**{f"{prefix}{name}": met[name] for name in (*key, "labels", "annotations")})


def _merge(under: ir.Value, over: ir.Value) -> ir.MapValue:
    """Both maps as one, without noise; what *over* says holds."""
    none = ibis.literal({}, type=_TEXT_MAP)
    whole = ibis.coalesce(under, none) + ibis.coalesce(over, none)
    merged = cast("ir.MapValue", whole)
    noise = sorted({*_NOISE, *map(metric_key, _NOISE)})
    keys = merged.keys().filter(lambda key: ~key.isin(noise)).sort()
    return cast("ir.MapValue", ibis.map(keys, keys.map(lambda key: merged[key])))


def _argo_application(subjects: ir.Table) -> ir.StringValue:
    """
    The Argo CD application of a subject, where its tracking id is of the object that carries it.

    ``<application>:<group>/<kind>:<namespace>/<name>``. An annotation that was copied from another object
    names that one; Argo CD itself then ignores it (argo-cd.readthedocs.io, resource tracking).
    """
    told = ibis.coalesce(
        *(map_value(subjects.x_Annotations, key) for key in (_TRACKING, metric_key(_TRACKING))), ""
    )
    where = told.re_extract(r"^[^:]+:[^:]*:([^/]*)/(.*)$", 1)
    name = told.re_extract(r"^[^:]+:[^:]*:([^/]*)/(.*)$", 2)
    is_own = (where == subjects.x_Namespace) & (
        (name == subjects.x_Workload) | (name == subjects.x_Pod) | (name == subjects.x_Namespace)
    )
    return cast("ir.StringValue", ibis.ifelse(is_own, told.re_extract("^([^:]+):", 1), None))


def _start_of_epoch(epoch: ir.Value, dates: Sequence[date]) -> ir.TimestampValue:
    """A moment of each epoch; with no dates there is one."""
    moments = [
        datetime(1970, 1, 1, tzinfo=UTC),
        *(datetime(d.year, d.month, d.day, tzinfo=UTC) for d in dates),
    ]
    cases = ((epoch == i, ibis.literal(moment, type=_UTC)) for i, moment in enumerate(moments))
    return cast("ir.TimestampValue", ibis.cases(*cases, else_=ibis.literal(moments[0], type=_UTC)))
