"""
A small cluster as OpenCost tells it: allocations by window, assets, and a real HTTP server that answers so.

The shapes are those of core/pkg/opencost/{allocation_json,asset_json}.go and of answers that others recorded.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

Entry = dict[str, Any]
GIB = 1 << 30


def at(text: str) -> datetime:
    """``2026-10-01T05:30`` in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def told(moment: datetime) -> str:
    """As Go prints it (RFC 3339)."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


@dataclass(frozen=True)
class Container:
    """A container on *node* in ``[start, end)``: cores and bytes asked for and used all the time."""

    namespace: str
    pod: str
    name: str
    node: str
    start: datetime
    end: datetime
    cpu: tuple[float, float] = (0.5, 0.25)
    memory: tuple[float, float] = (GIB, GIB / 2)
    controller: tuple[str, str] | None = ("deployment", "web")
    labels: dict[str, str] = field(default_factory=dict)
    volumes: tuple[str, ...] = ()
    balancer: str | None = None


@dataclass(frozen=True)
class Node:
    """A machine in ``[start, end)``."""

    name: str
    start: datetime
    end: datetime
    cores: float = 4
    memory: float = 16 * GIB


@dataclass(frozen=True)
class World:
    """What there is; ``cluster`` is what OpenCost calls it."""

    nodes: tuple[Node, ...] = ()
    containers: tuple[Container, ...] = ()
    cluster: str = "default-cluster"

    def allocations(self, start: datetime, end: datetime, step: timedelta) -> list[dict[str, Entry]]:
        """The sets of ``[start, end)``, one for each *step*."""
        sets = []
        while start < end:
            stop = min(start + step, end)
            here = [c for c in self.containers if c.start < stop and c.end > start]
            entries = [allocation(c, start, stop, self.cluster) for c in here]
            idle = {"name": "__idle__", "properties": {"cluster": self.cluster}, "cpuCoreHours": 1}
            sets.append({entry["name"]: entry for entry in entries} | {f"{self.cluster}/__idle__": idle})
            start = stop
        return sets

    def assets(self, start: datetime, end: datetime) -> dict[str, Entry]:
        """Nodes and disks that were there in ``[start, end)``."""
        nodes = [node(n, start, end, self.cluster) for n in self.nodes if n.start < end and n.end > start]
        names = {v for c in self.containers for v in c.volumes}
        disks = [disk(name, start, end, self.cluster) for name in sorted(names)]
        other = {"type": "ClusterManagement", "properties": {"cluster": self.cluster}, "totalCost": 1}
        return {f"{e['type']}/{e['properties'].get('name')}": e for e in (*nodes, *disks, other)}


def allocation(c: Container, start: datetime, end: datetime, cluster: str) -> Entry:
    """The entry of *c* in the window, rounded to five decimals as OpenCost does."""
    first, last = max(c.start, start), min(c.end, end)
    hours = (last - first).total_seconds() / 3600
    key = f"{cluster}/{c.node}/{c.namespace}/{c.pod}/{c.name}"
    kind, name = c.controller or ("", "")
    properties = {
        "cluster": cluster, "node": c.node, "container": c.name, "controller": name, "controllerKind": kind,
        "namespace": c.namespace, "pod": c.pod, "providerID": f"i-{c.node}", "labels": c.labels,
        "namespaceLabels": {"kubernetes_io_metadata_name": c.namespace, "team": f"of-{c.namespace}"},
    }  # fmt: skip
    amounts = {
        "minutes": hours * 60,
        "cpuCoreRequestAverage": c.cpu[0], "cpuCoreUsageAverage": c.cpu[1],
        "cpuCoreHours": max(c.cpu) * hours,
        "ramByteRequestAverage": c.memory[0], "ramByteUsageAverage": c.memory[1],
        "ramByteHours": max(c.memory) * hours, "gpuHours": 0, "networkTransferBytes": 1000 * hours,
        "networkReceiveBytes": 500 * hours, "cpuCost": 12.5, "totalCost": 99.5,
    }  # fmt: skip
    volumes = {f"cluster={cluster}:name={v}": {"byteHours": 10 * GIB * hours, "cost": 1} for v in c.volumes}
    service = f"{c.namespace}/{c.balancer}"
    balancers = {
        f"{cluster}/{service}": {"service": service, "cost": 1, "private": False, "ip": "203.0.113.7"}
    }
    return {
        "name": key, "properties": {k: v for k, v in properties.items() if v},
        "window": {"start": told(start), "end": told(end)}, "start": told(first), "end": told(last),
        **{name: round(value, 5) for name, value in amounts.items()},
        "pvs": volumes or None, "lbAllocations": balancers if c.balancer else None, "gpuAllocation": None,
    }  # fmt: skip


def node(n: Node, start: datetime, end: datetime, cluster: str) -> Entry:
    """The asset of *n* in the window."""
    first, last = max(n.start, start), min(n.end, end)
    hours = (last - first).total_seconds() / 3600
    labels = {
        "label_kubernetes_io_os": "linux", "label_topology_kubernetes_io_region": "eu-west-1",
        "label_topology_kubernetes_io_zone": "eu-west-1a",
        "label_eks_amazonaws_com_capacityType": "ON_DEMAND",
    }  # fmt: skip
    return {
        "type": "Node",
        "properties": {"category": "Compute", "provider": "AWS", "cluster": cluster, "name": n.name,
                       "providerID": f"i-{n.name}"},
        "labels": labels, "window": {"start": told(start), "end": told(end)}, "start": told(first),
        "end": told(last), "minutes": hours * 60, "nodeType": "m5.xlarge", "pool": "blue",
        "cpuCores": n.cores,
        "ramBytes": n.memory, "cpuCoreHours": n.cores * hours, "ramByteHours": n.memory * hours,
        "GPUHours": 0,
        "preemptible": 0, "gpuCount": 0, "totalCost": 4.2,
        "overhead": {"CpuOverheadFraction": 0.25, "RamOverheadFraction": 0.5, "OverheadCostFraction": 0.3},
    }  # fmt: skip


def disk(name: str, start: datetime, end: datetime, cluster: str) -> Entry:
    """The asset of a volume of 10 GiB."""
    return {
        "type": "Disk", "properties": {"cluster": cluster, "name": name, "providerID": f"vol-{name}"},
        "labels": {}, "window": {"start": told(start), "end": told(end)}, "start": told(start),
        "end": told(end),
        "minutes": 60, "byteHours": 1, "bytes": 10 * GIB, "storageClass": "gp3", "volumeName": name,
        "claimName": f"claim-{name}", "claimNamespace": "shop",
    }  # fmt: skip


def answer(data: Any) -> bytes:
    """What the server sends."""
    return json.dumps({"code": 200, "data": data}).encode()


@dataclass
class Asked:
    """What a server was asked: path, parameters, headers; and what it answers instead, first to last."""

    url: str = ""
    questions: list[tuple[str, dict[str, str], dict[str, str]]] = field(default_factory=list)
    instead: list[tuple[int, bytes, dict[str, str]]] = field(default_factory=list)

    def windows(self, path: str) -> list[str]:
        """The windows that *path* was asked for."""
        return [parameters["window"] for asked, parameters, _ in self.questions if asked == path]


@contextmanager
def serve(world: World) -> Iterator[Asked]:
    """An OpenCost on the loopback address."""
    asked = Asked()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            parameters = {name: values[0] for name, values in parse_qs(parts.query).items()}
            asked.questions.append((parts.path, parameters, dict(self.headers)))
            if asked.instead:
                self._send(*asked.instead.pop(0))
            else:
                start, end = (datetime.fromisoformat(t) for t in parameters["window"].split(","))
                step = timedelta(hours=1) if parameters.get("step") == "1h" else end - start
                is_assets = parts.path.endswith("/assets")
                data = world.assets(start, end) if is_assets else world.allocations(start, end, step)
                self._send(200, answer(data), {})

        def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        asked.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield asked
        finally:
            server.shutdown()
            thread.join()


def small_world(nodes: Sequence[Node] = ()) -> World:
    """Two nodes, a pod of two containers that ends at 01:30, one that begins at 01:15 and goes on."""
    day, end = at("2026-10-01T00:00"), at("2026-10-01T03:00")
    web = {"app": "web", "app_kubernetes_io_name": "shop"}
    return World(
        nodes=tuple(nodes) or (Node("n1", day, end), Node("n2", at("2026-10-01T01:00"), end)),
        containers=(
            Container(
                "shop", "web-1", "app", "n1", day, at("2026-10-01T01:30"), labels=web, volumes=("pv1",)
            ),
            Container(
                "shop", "web-1", "proxy", "n1", day, at("2026-10-01T01:30"), (0.1, 0.2), (0, 1e6), labels=web
            ),
            Container(
                "ml",
                "train-0",
                "train",
                "n2",
                at("2026-10-01T01:15"),
                end,
                (2, 3),
                (8 * GIB, GIB),
                None,
                balancer="api",
            ),
        ),
    )
