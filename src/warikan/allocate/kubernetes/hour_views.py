"""The hours of a month as tables by asset: what ran, where, and what pods are."""

from collections.abc import Callable
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from warikan.allocate.kubernetes.assets import balancer_asset, node_asset, volume_asset
from warikan.allocate.kubernetes.demand import RESOURCES
from warikan.allocate.remembered import remembered

HOUR_TABLES = (
    "kubernetes_node_hours",
    "kubernetes_container_hours",
    "kubernetes_volume_hours",
    "kubernetes_load_balancer_hours",
    "kubernetes_namespace_hours",
    "kubernetes_labels",
)
"""What is read of the lake."""
_QUANTITIES = [f"{r}{kind}" for r in RESOURCES for kind in ("Capacity", "Allocatable")]
_FULL_HOUR = 3600


@dataclass(frozen=True)
class HourViews:
    """
    Rows of the hour tables of a month (and a day on either side).

    Attributes:
        machines: One row per (x_ClusterId, NodeUid): ``_asset``, and its last ``NodeName`` and ``NodePool``.
    """

    nodes: ir.Table
    containers: ir.Table
    volumes: ir.Table
    balancers: ir.Table
    namespaces: ir.Table
    labels: ir.Table
    machines: ir.Table

    @remembered
    def machine_hours(self) -> ir.Table:
        """
        Node-hours by machine: columns of node hours with ``NodeUid`` the asset, one row per hour of one.

        Rows that say the same node-hour twice are one, the larger; the nodes that one asset is add up.
        """
        names = ("InstanceType", "UpSeconds", *_QUANTITIES)
        nodes = self.nodes.group_by("x_ClusterId", "Hour", "NodeUid").agg(
            **{name: self.nodes[name].max() for name in names}
        )
        placed = self._on_machines(nodes)
        return placed.group_by("x_ClusterId", "Hour", "NodeUid").agg(
            InstanceType=placed.InstanceType.max(),
            UpSeconds=placed.UpSeconds.max(),
            **{name: placed[name].sum().cast("int64") for name in _QUANTITIES},
        )

    @remembered
    def containers_on_machines(self) -> ir.Table:
        """Container-hours with ``NodeUid`` the asset."""
        return self._on_machines(self.containers)

    def _on_machines(self, rows: ir.Table) -> ir.Table:
        machines = self.machines.select(_cluster="x_ClusterId", _node="NodeUid", _asset="_asset")
        both = rows.left_join(
            machines, [rows.x_ClusterId == machines._cluster, rows.NodeUid == machines._node]
        )
        placed = both.mutate(NodeUid=ibis.coalesce(both._asset, both.NodeUid))
        return placed.drop("_cluster", "_node", "_asset")

    @remembered
    def billed_pods(self) -> ir.Table:
        """Container-hours of pods on Fargate: a pod has a machine of its own, billed under its uid."""
        alone = self.nodes.filter(self.nodes.CapacityType == "fargate")
        alone = alone.select(_cluster="x_ClusterId", _node="NodeUid").distinct()
        rows = self.containers
        return rows.semi_join(alone, [rows.x_ClusterId == alone._cluster, rows.NodeUid == alone._node])

    @remembered
    def traffic(self) -> ir.Table:
        """Weights of the traffic of a machine: bytes that each pod sent (weighted.py)."""
        rows = self.containers_on_machines()
        return rows.group_by("x_ClusterId", "Hour", "PodUid", "Namespace", _asset=rows.NodeUid).agg(
            _weight=ibis.coalesce(rows.TransmitBytes.sum(), 0).cast("int64")
        )

    @remembered
    def mounts(self) -> ir.Table:
        """Weights of a volume: seconds that each pod mounted it, and that nobody did."""
        rows = self.volumes
        return rows.select(
            "x_ClusterId", "Hour", "PodUid", "Namespace", _asset=volume_asset(rows), _weight=rows.MountSeconds
        )

    @remembered
    def volume_seconds(self) -> ir.Table:
        """``_seconds`` in which a volume was there; one row per (x_ClusterId, _asset, Hour)."""
        rows = self.mounts()
        return rows.group_by("x_ClusterId", "_asset", "Hour").agg(
            _seconds=ibis.least(rows._weight.sum(), _FULL_HOUR).cast("int64")
        )

    @remembered
    def endpoints(self) -> ir.Table:
        """Weights of a load balancer: bytes of each pod behind it where all are known, else seconds."""
        rows = self.balancers.mutate(_asset=balancer_asset(self.balancers))
        place = ibis.window(group_by=["x_ClusterId", "_asset", "Hour"])
        classified = (rows.Bytes.count().over(place) == rows.count().over(place)) & (
            ibis.coalesce(rows.Bytes.sum().over(place), 0) > 0
        )
        weight = ibis.ifelse(classified, rows.Bytes, rows.EndpointSeconds)
        return rows.select("x_ClusterId", "Hour", "PodUid", "Namespace", "_asset", _weight=weight)

    @remembered
    def balancer_seconds(self) -> ir.Table:
        """``_seconds`` in which a load balancer was there; one row per (x_ClusterId, _asset, Hour)."""
        rows = self.balancers.mutate(_asset=balancer_asset(self.balancers))
        return rows.group_by("x_ClusterId", "_asset", "Hour").agg(
            _seconds=ibis.least(rows.EndpointSeconds.max(), _FULL_HOUR).cast("int64")
        )

    @remembered
    def machine_seconds(self) -> ir.Table:
        """``_seconds`` in which a machine was up; one row per (x_ClusterId, _asset, Hour)."""
        rows = self.machine_hours()
        return rows.select("x_ClusterId", "Hour", _asset="NodeUid", _seconds="UpSeconds")

    @remembered
    def covered_days(self) -> ir.Table:
        """The days (as their first moment) of which there are node-hours, by cluster."""
        return self.nodes.select("x_ClusterId", _day=self.nodes.Hour.truncate("D")).distinct()


@remembered
def list_machines(nodes: ir.Table) -> ir.Table:
    """``HourViews.machines`` of *nodes*, rows of node hours."""
    told = nodes.mutate(_asset=node_asset(nodes))
    last = {name: told[name].argmax(told.Hour) for name in ("_asset", "NodeName", "NodePool")}
    return told.group_by("x_ClusterId", "NodeUid").agg(**last)


ReadTable = Callable[[str], ir.Table]
Keep = Callable[[str, ir.Table], ir.Table]


def read_hours(read: ReadTable, keep: Keep) -> HourViews:
    """
    The views of a month.

    Args:
        read: The rows of a table of HOUR_TABLES.
        keep: Runs an expression once and gives its rows as a table.
    """
    nodes, containers, volumes, balancers, namespaces, labels = (read(name) for name in HOUR_TABLES)
    machines = keep("machines", list_machines(nodes))
    return HourViews(nodes, containers, volumes, balancers, namespaces, labels, machines)
