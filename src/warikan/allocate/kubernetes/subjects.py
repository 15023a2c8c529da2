"""
Subjects: what in a cluster bears cost, with all that rules may read of it, and the rules that know it.

A subject is a container of a pod, a pod as a whole (its volumes, its traffic), or a namespace (its volumes
that nobody mounts).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import cast

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import pyarrow as pa

from warikan.allocate.kubernetes.hour_views import HourViews
from warikan.allocate.remembered import remembered
from warikan.catalog.entities import Catalog, Service
from warikan.catalog.settings import Derived, OwnershipRule
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


_ID, _SELECTOR, _NAMESPACE = (
    f"backstage.io/kubernetes-{what}" for what in ("id", "label-selector", "namespace")
)
_ARGO_NAME = "argocd/app-name"
_LABELS = (
    "app.kubernetes.io/part-of",
    "app.kubernetes.io/name",
    "app.kubernetes.io/instance",
    "app",
    "k8s-app",
)


def default_rules(catalog: Catalog) -> tuple[OwnershipRule, ...]:
    """
    The rules that hold where ``ownership.workloads`` is absent, in their order; first match wins.

    Catalogue annotations (Backstage's and its Argo CD plug-in's), then labels, Argo CD's tracking id, and
    the names of workload and namespace, each where it is, letter by letter, a service of the catalogue.
    """
    derived: list[tuple[str, str, Mapping[str, str]]] = [
        *((f"kubernetes-label-{i}", f"x_Labels['{label}']", {}) for i, label in enumerate(_LABELS, start=1)),
        ("kubernetes-argo-cd", "x_ArgoApplication", _by_annotation(catalog, _ARGO_NAME)),
        ("kubernetes-workload", "x_Workload", {}),
        ("kubernetes-namespace", "x_Namespace", _by_annotation(catalog, _NAMESPACE)),
    ]
    label = f"x_Labels['{_ID}']"
    return (
        _rule("kubernetes-id", label, _by_annotation(catalog, _ID)),
        *_selector_rules(catalog),
        *(_rule(*one) for one in derived),
    )


def _rule(name: str, source: str, known: Mapping[str, str]) -> OwnershipRule:
    return OwnershipRule(id=name, service=Derived(from_=(source,), map=dict(known)))


def _by_annotation(catalog: Catalog, key: str) -> dict[str, str]:
    """Value of the annotation *key* → the service that alone has it."""
    owners: dict[str, list[str]] = {}
    for service in catalog.services.values():
        if value := service.annotations.get(key, "").strip().lower():
            owners.setdefault(value, []).append(service.id)
    return {value: ids[0] for value, ids in owners.items() if len(ids) == 1}


def _selector_rules(catalog: Catalog) -> Iterator[OwnershipRule]:
    for service in catalog.services.values():
        conditions = list(_conditions(service))
        if conditions:
            when = " AND ".join(conditions)
            yield OwnershipRule(id=f"kubernetes-selector-{service.id}"[:64], when=when, service=service.id)


def _conditions(service: Service) -> Iterator[str]:
    """What the selector of *service* asks: ``a=b,c=d`` and, where it says so, its namespace."""
    pairs = [
        part.partition("=") for part in service.annotations.get(_SELECTOR, "").split(",") if part.strip()
    ]
    # Set-based requirements (in, notin, !) are not read; such a selector would claim too much.
    if not pairs or any(not value or key.strip().endswith("!") for key, _, value in pairs):
        return
    for key, _, value in pairs:
        yield f"x_Labels['{_quoted(key.strip())}'] = '{_quoted(value.lstrip('=').strip())}'"
    if namespace := service.annotations.get(_NAMESPACE, "").strip():
        yield f"x_Namespace = '{_quoted(namespace)}'"


def _quoted(text: str) -> str:
    return text.replace("'", "''")
