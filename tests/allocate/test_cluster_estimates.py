"""Days without a bill are estimated beside the bill, and the bill tells the difference when it comes."""

from datetime import date
from decimal import Decimal

from cluster_workspace import SmallCluster, machine
from small_workspace import SmallWorkspace

from warikan.allocate.estimates import list_estimates


def test_a_day_without_a_bill_is_priced_at_the_last_rate(workspace: SmallWorkspace) -> None:
    """Estimates never stand among the charges; the difference and its cause are told afterwards."""
    cluster = SmallCluster()
    cluster.node(range(48))
    cluster.pod(range(48), uid="p1", labels={"app": "a"}, workload=("Deployment", "web"))
    cluster.keep(workspace)
    first = machine("48", hours=(0, 24), Tags={"s": "b"})
    workspace.load([first])
    workspace.settings = workspace.settings.model_copy(update={"shares": ()})
    workspace.allocate()
    assert workspace.total("allocations") == Decimal(48)
    [one] = list_estimates(workspace.engine, workspace.lake)
    assert (one.cluster_id, one.day, one.currency) == ("prod", date(2026, 9, 2), "USD")
    assert (one.estimated, one.billed, one.difference, one.cause) == (Decimal(48), None, None, None)
    assert (one.priced_from, one.priced_until) == (date(2026, 9, 1), date(2026, 9, 2))
    rows = {r["x_ClusterCostClass"]: r for r in workspace.rows("kubernetes_estimates")}
    assert rows["workload"]["EffectiveCost"] == Decimal(12)
    assert (rows["workload"]["x_ServiceId"], rows["workload"]["x_Workload"]) == ("a", "web")
    assert rows["infrastructure_idle"]["EffectiveCost"] == Decimal(36)

    workspace.load([first, machine("30", hours=(24, 48), Tags={"s": "b"})])
    workspace.allocate()
    assert workspace.total("allocations") == Decimal(78)
    [one] = list_estimates(workspace.engine, workspace.lake)
    assert (one.estimated, one.billed, one.difference) == (Decimal(48), Decimal(30), Decimal(-18))
    assert one.cause is not None
    assert "other prices" in one.cause


def test_a_machine_that_was_never_priced_is_not_guessed(workspace: SmallWorkspace) -> None:
    """No default price: another kind of machine has no estimate."""
    cluster = SmallCluster()
    cluster.node(range(24))
    cluster.node(range(24, 48), name="i-00002")
    for row in cluster.rows["nodes"][24:]:
        row["InstanceType"] = "new.large"
    cluster.keep(workspace)
    workspace.load([machine("48", hours=(0, 24))])
    workspace.allocate()
    assert list_estimates(workspace.engine, workspace.lake) == ()
