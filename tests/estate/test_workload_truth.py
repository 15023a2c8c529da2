"""What the product says that workloads cost, through its whole length, against the truth of the estate."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from estate_dates import LIVES, MEASURED, UPGRADE_END, UPGRADE_START
from usage_files import read_truth

from warikan.bootstrap import Workspace, open_workspace
from warikan.estate import EstateReport, generate

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
MONTH = MEASURED[0]
"""A whole month, in which blue gives way to green."""
BILLS = {
    "aws": f"bills/aws/hinode-focus-{MONTH.label}.csv.gz",
    "google-cloud": f"bills/google-cloud/focus-{MONTH.label}.parquet",
}
"""The bills that clusters are on."""
PLACE = ("x_ClusterId", "x_ClusterAsset", "x_ClusterCostClass", "x_Namespace", "x_WorkloadKind", "x_Workload")
TRUE_PLACE = ("cluster", "asset", "class", "namespace", "workload_kind", "workload")
Key = tuple[str | None, ...]


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> EstateReport:
    """The small estate, in a folder that becomes a workspace."""
    return generate(tmp_path_factory.mktemp("workloads"))


@pytest.fixture(scope="module")
def workspace(measured: EstateReport) -> Workspace:
    """One month of it: the clusters' bills loaded, their hours collected, all of it allocated."""
    workspace = open_workspace(measured.folder, clock=lambda: NOW)
    for source, path in BILLS.items():
        workspace.ingest(file=str(measured.folder / path), source_id=source)
    workspace.collect(start=MONTH.start, end=MONTH.end)
    workspace.allocate(months=[MONTH.start])
    return workspace


@pytest.fixture(scope="module")
def slices(workspace: Workspace) -> pa.Table:
    """EffectiveCost of all that is of a cluster, by PLACE."""
    columns = [*PLACE, "EffectiveCost"]
    files = [pq.ParquetFile(f.path) for f in workspace.lake.data_files("allocations")]
    parts = [f.read([c for c in columns if c in f.schema_arrow.names]) for f in files]
    table = pa.concat_tables(parts, promote_options="default")
    sums = table.filter(pc.is_valid(table["x_ClusterId"])).group_by(list(PLACE))
    return sums.aggregate([("EffectiveCost", "sum")])


def by_workload(rows: Iterable[Key], costs: Iterable[Decimal]) -> dict[Key, Decimal]:
    """Costs by cluster, asset, class, namespace and workload; the truth names no claims and no bare pods."""
    sums: dict[Key, Decimal] = defaultdict(Decimal)
    for (cluster, asset, kind, namespace, owner, workload), cost in zip(rows, costs, strict=True):
        at = (namespace, workload if owner else None) if kind == "workload" else (None, None)
        sums[cluster, asset, kind, *at] += cost
    return dict(sums)


def test_the_month_is_whole_and_has_the_upgrade() -> None:
    """The hardest month there is: a cluster fills while another empties, and leaves its volumes."""
    assert not MONTH.is_open
    assert MONTH.start < UPGRADE_START < UPGRADE_END < MONTH.end


def test_workloads_cost_what_they_truly_cost(slices: pa.Table, measured: EstateReport) -> None:
    """Each workload of each cluster, and idle, overhead and waste, within a millionth of the truth."""
    truth = read_truth(measured, "workload_costs")
    truth = truth.filter(pc.equal(truth["month"], pa.scalar(MONTH.start)))
    true, found = (
        by_workload(zip(*(t[n].to_pylist() for n in names), strict=True), t[cost].to_pylist())
        for t, names, cost in ((truth, TRUE_PLACE, "cost"), (slices, PLACE, "EffectiveCost_sum"))
    )

    assert set(true) == set(found)
    assert {k[0] for k in true} == set(LIVES)
    assert len(true) > 150
    assert max(abs(found[k] / true[k] - 1) for k in true) < Decimal("1e-6")


@pytest.mark.parametrize("cluster", LIVES)
def test_nodes_sum_to_their_bill(
    slices: pa.Table, workspace: Workspace, measured: EstateReport, cluster: str
) -> None:
    """All classes of a cluster's nodes sum to what the bill has for them, to the last digit."""
    nodes = read_truth(measured, "nodes")
    machines = nodes.filter(pc.equal(nodes["cluster"], cluster))["resource_id"]
    files = [f.path for f in workspace.lake.data_files("charges")]
    bill = pa.concat_tables(pq.read_table(f, columns=["ResourceId", "EffectiveCost"]) for f in files)
    billed = bill.filter(pc.is_in(bill["ResourceId"], machines))["EffectiveCost"]
    of_nodes = (pc.field("x_ClusterId") == cluster) & pc.field("x_ClusterAsset").isin(["node", "network"])
    found = slices.filter(of_nodes)["EffectiveCost_sum"]

    assert len(billed) > 100
    assert pc.sum(found).as_py() == pc.sum(billed).as_py()
