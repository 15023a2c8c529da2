"""
Cost and usage reports with split cost allocation data, as AWS documents them, in each form that it delivers.

Sources: docs.aws.amazon.com/cur/latest/userguide (split-line-item-columns,
example-split-cost-allocation-data,
table-dictionary-cur2-split-line-item) and the queries of AWS's CUR Query Library (container section).
"""

import csv
import gzip
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

ACCOUNT, REGION = "111122223333", "eu-west-1"
_LEGACY = {
    "id": "identity/LineItemId", "type": "lineItem/LineItemType", "code": "lineItem/ProductCode",
    "operation": "lineItem/Operation", "usage_type": "lineItem/UsageType", "start": "lineItem/UsageStartDate",
    "end": "lineItem/UsageEndDate", "amount": "lineItem/UsageAmount", "resource": "lineItem/ResourceId",
    "zone": "lineItem/AvailabilityZone", "cost": "lineItem/UnblendedCost",
    "parent": "splitLineItem/ParentResourceId", "reserved": "splitLineItem/ReservedUsage",
    "actual": "splitLineItem/ActualUsage", "split": "splitLineItem/SplitUsage",
    "ratio": "splitLineItem/SplitUsageRatio", "split_cost": "splitLineItem/SplitCost",
    "unused_cost": "splitLineItem/UnusedCost", "instance_type": "product/instanceType",
    "vcpu": "product/vcpu",
    "memory": "product/memory", "gpu": "product/gpu", "os": "product/operatingSystem",
    "region": "product/regionCode", "market": "product/marketoption",
}  # fmt: skip
_SNAKE = {
    "id": "identity_line_item_id", "type": "line_item_line_item_type", "code": "line_item_product_code",
    "operation": "line_item_operation", "usage_type": "line_item_usage_type",
    "start": "line_item_usage_start_date", "end": "line_item_usage_end_date",
    "amount": "line_item_usage_amount",
    "resource": "line_item_resource_id", "zone": "line_item_availability_zone",
    "cost": "line_item_unblended_cost", "parent": "split_line_item_parent_resource_id",
    "reserved": "split_line_item_reserved_usage", "actual": "split_line_item_actual_usage",
    "split": "split_line_item_split_usage", "ratio": "split_line_item_split_usage_ratio",
    "split_cost": "split_line_item_split_cost", "unused_cost": "split_line_item_unused_cost",
    "instance_type": "product_instance_type",
}  # fmt: skip
_PRODUCT = ("vcpu", "memory", "gpu", "os", "region", "market")
_IN_MAP = {"os": "operating_system"}
_NUMBERS = ("amount", "cost", "reserved", "actual", "split", "ratio", "split_cost", "unused_cost")
Row = dict[str, Any]


@dataclass(frozen=True)
class Pod:
    """A pod of a cluster: vCPU and GB (reserved, actual) for an hour; the sums that AWS makes of them."""

    name: str
    vcpu: tuple[float, float | None]
    gb: tuple[float, float | None]
    namespace: str = "shop"
    cluster: str = "prod"
    instance: str = "i-0aaa"
    gpus: float | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def uid(self) -> str:
        """The uid in its ARN."""
        return f"0c9a44c5-{self.name}"


def hour_of(start: int, hours: int = 1) -> tuple[datetime, datetime]:
    """*hours* of October 2026 from the hour *start* on."""
    first = datetime(2026, 10, 1, tzinfo=UTC) + timedelta(hours=start)
    return first, first + timedelta(hours=hours)


def split_rows(pod: Pod, start: int, hours: int = 1, ratios: Mapping[str, float] | None = None) -> list[Row]:
    """Its rows of a period: one for vCPU, one for GB, one for accelerators where it has some."""
    arn = f"arn:aws:eks:{REGION}:{ACCOUNT}:pod/{pod.cluster}/{pod.namespace}/{pod.name}/{pod.uid}"
    usages = {"vCPU": pod.vcpu, "GB": pod.gb} | ({"GPU": (pod.gpus, None)} if pod.gpus else {})
    first, last = hour_of(start, hours)
    eks = {"cluster-name": pod.cluster, "namespace": pod.namespace, "node": f"ip-{pod.instance}.internal"}
    tags = {f"aws:eks:{name}": value for name, value in eks.items()} | dict(pod.tags)
    return [
        {
            "id": f"{pod.name}-{kind}-{start}", "type": "Usage", "code": "AmazonEKS",
            "operation": "EKSPod-EC2",
            "usage_type": f"EUW1-EKS-EC2-{kind}-Hours", "start": first, "end": last, "amount": 0,
            "resource": arn, "parent": pod.instance, "reserved": usage[0], "actual": usage[1],
            "split": max(usage[0], usage[1] or 0), "ratio": (ratios or {}).get(kind), "cost": 0,
            "split_cost": 0.5, "unused_cost": 0.25, "tags": tags,
        }
        for kind, usage in usages.items()
    ]  # fmt: skip


def instance_row(instance: str, start: int, hours: int = 1, **more: Any) -> Row:
    """The instance's own row: m5.xlarge, on demand, all the time."""
    first, last = hour_of(start, hours)
    return {
        "id": f"{instance}-{start}-{more.get('type', 'Usage')}", "type": "Usage", "code": "AmazonEC2",
        "operation": "RunInstances", "usage_type": "EUW1-BoxUsage:m5.xlarge", "start": first, "end": last,
        "amount": hours, "resource": instance, "zone": f"{REGION}a", "cost": 1, "instance_type": "m5.xlarge",
        "vcpu": "4", "memory": "16 GiB", "os": "Linux", "region": REGION, "market": "OnDemand",
        "tags": {"user:eks:nodegroup-name": "blue", "aws:eks:cluster-name": "prod"}, **more,
    }  # fmt: skip


def other_rows(start: int) -> list[Row]:
    """What else a bill holds: an instance that is no node, a bucket, traffic of a node, an ECS task, tax."""
    node = instance_row("i-0aaa", start)
    task = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/c/1"
    return [
        instance_row("i-0zzz", start, vcpu="96", memory="1,152 GiB"),
        node
        | {
            "id": "s3",
            "code": "AmazonS3",
            "operation": "PutObject",
            "usage_type": "Requests",
            "resource": "b",
        },
        node | {"id": "out", "usage_type": "EUW1-DataTransfer-Out-Bytes", "operation": "RunInstances"},
        node | {"id": "neg", "type": "SavingsPlanNegation"},
        node | {"id": "ecs", "operation": "ECSTask-EC2", "resource": task, "parent": "i-0aaa", "split": 4},
        {"id": "tax", "type": "Tax", "start": node["start"], "end": node["end"], "cost": 3},
    ]


def legacy_csv(path: Path, rows: Iterable[Row]) -> Path:
    """Legacy CSV, packed where the name says so; each tag is a column."""
    rows = list(rows)
    tags = sorted({name for row in rows for name in row.get("tags", {})})
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*_LEGACY.values(), *(f"resourceTags/{name}" for name in tags)])
    for row in rows:
        values = [_text(row.get(name)) for name in _LEGACY]
        writer.writerow(values + [row.get("tags", {}).get(name, "") for name in tags])
    return _save(path, out.getvalue())


def cur2_csv(path: Path, rows: Iterable[Row]) -> Path:
    """CUR 2.0 as CSV: maps as JSON, keys of tags with ``_``."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*_SNAKE.values(), "product", "resource_tags"])
    for row in rows:
        writer.writerow(
            [*(_text(row.get(name)) for name in _SNAKE), json.dumps(_product(row)), json.dumps(_tags(row))]
        )
    return _save(path, out.getvalue())


def cur2_parquet(path: Path, rows: Iterable[Row]) -> Path:
    """CUR 2.0 as Parquet: real times, numbers and maps."""
    rows = list(rows)
    text = pa.map_(pa.string(), pa.string())
    columns: dict[str, pa.Array] = {}
    for name, column in _SNAKE.items():
        kind = (
            pa.timestamp("ms")
            if name in ("start", "end")
            else pa.float64()
            if name in _NUMBERS
            else pa.string()
        )
        values = [row.get(name) for row in rows]
        columns[column] = pa.array(
            [v.replace(tzinfo=None) if isinstance(v, datetime) else v for v in values], kind
        )
    columns["product"] = pa.array([list(_product(row).items()) for row in rows], text)
    columns["resource_tags"] = pa.array([list(_tags(row).items()) for row in rows], text)
    pq.write_table(pa.table(columns), path)
    return path


def athena_parquet(path: Path, rows: Iterable[Row]) -> Path:
    """The legacy report as Parquet: a column for each tag and product attribute."""
    rows = list(rows)
    tags = sorted({name for row in rows for name in _tags(row)})
    names = (
        _SNAKE
        | {name: f"product_{_IN_MAP.get(name, name)}" for name in _PRODUCT}
        | {"region": "product_region"}
    )
    columns = {
        column: pa.array([row.get(name) for row in rows], pa.timestamp("ms", tz="UTC"))
        if name in ("start", "end")
        else pa.array([row.get(name) for row in rows], pa.float64() if name in _NUMBERS else pa.string())
        for name, column in names.items()
    }
    columns |= {
        f"resource_tags_{tag}": pa.array([_tags(row).get(tag) for row in rows], pa.string()) for tag in tags
    }
    pq.write_table(pa.table(columns), path)
    return path


def _product(row: Row) -> dict[str, str]:
    return {_IN_MAP.get(name, name): row[name] for name in _PRODUCT if row.get(name) is not None}


def _tags(row: Row) -> dict[str, str]:
    plain = str.maketrans(":-./", "____")
    return {name.translate(plain): value for name, value in row.get("tags", {}).items()}


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%SZ}"
    return "" if value is None else str(value)


def _save(path: Path, text: str) -> Path:
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path
