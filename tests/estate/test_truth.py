"""The truth covers every charge, and nodes and pods agree with the bills."""

from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from bill_files import ReadBill
from estate_dates import LIVES, SCRIPT, TIMELINE

from warikan.estate import EstateReport
from warikan.estate.company import load_company
from warikan.estate.events import LEFT_VOLUMES


def truth(estate: EstateReport, name: str) -> pa.Table:
    """One table of the truth."""
    return pq.read_table(estate.folder / f"truth/{name}.parquet")


def test_every_row_has_one_truth(estate: EstateReport) -> None:
    """Each file's rows 1..n appear exactly once, in order, under the path that a loader sees."""
    table = truth(estate, "charges")
    rows: dict[tuple[str, str], list[int]] = defaultdict(list)
    for source, file, row in zip(
        table["x_SourceId"].to_pylist(),
        table["x_SourceFile"].to_pylist(),
        table["x_SourceRow"].to_pylist(),
        strict=True,
    ):
        rows[source, file].append(row)

    assert {(f.source_id, f.path): list(range(1, f.rows + 1)) for f in estate.files} == rows


def test_true_owners_are_services(estate: EstateReport) -> None:
    """Every charge has a true owner, and all services own something."""
    services = set(truth(estate, "charges")["service"].to_pylist())

    assert {s.id for s in load_company().services} == services


def test_events_know_their_cost(estate: EstateReport) -> None:
    """Events that add cost say how much, equal to the sum over their charges; others say nothing."""
    by_cause: dict[str, Decimal] = defaultdict(Decimal)
    charges = truth(estate, "charges")
    has_cost = charges.filter(pc.is_valid(charges["event_cost"]))
    for cause, cost in zip(has_cost["cause"].to_pylist(), has_cost["event_cost"].to_pylist(), strict=True):
        by_cause[cause] += cost
    events = {e["id"]: e for e in truth(estate, "events").to_pylist()}

    assert {i: e["cost"] for i, e in events.items() if e["cost"] is not None} == by_cause
    assert {"incident", "release", "price", "commitment", "waste", "change", "correction"} == {
        e["kind"] for e in events.values()
    }
    assert events["mihari-log-price"]["currency"] == "JPY"
    assert events["search-semantic-release"]["cost"] > 8_000
    assert events["sms-refund"]["cost"] < 0
    # 18 volumes of 500 GB at $0.096 × 0.96 a month, for the days that are left of each month.
    left = SCRIPT.event(LEFT_VOLUMES).start
    waste = sum(
        Decimal("829.44") * (m.data_end - max(left, m.start)).days / (m.end - m.start).days
        for m in TIMELINE.months()
        if left < m.data_end
    )
    assert abs(events[LEFT_VOLUMES]["cost"] - waste) < Decimal("0.01")


def test_node_hours_are_on_the_bill(estate: EstateReport, read_bill: ReadBill) -> None:
    """The hours of each machine on a bill are the hours that its node lived in the month."""
    billed: dict[str, Decimal] = defaultdict(Decimal)
    table = read_bill("bills/aws/hinode-focus-2026-09.csv.gz")
    for row in table.select(["ResourceId", "ResourceType", "PricingQuantity", "Tags"]).to_pylist():
        if row["ResourceType"] == "instance" and "aws:eks:cluster-name" in (row["Tags"] or ""):
            billed[row["ResourceId"]] += Decimal(row["PricingQuantity"])
    month = [pa.scalar(d).cast(pa.timestamp("us", tz="UTC")).as_py() for d in
             (date(2026, 9, 1), date(2026, 10, 1))]  # fmt: skip
    lived = {
        n["resource_id"]: Decimal((min(n["end"], month[1]) - max(n["start"], month[0])) / timedelta(hours=1))
        for n in truth(estate, "nodes").to_pylist()
        if n["resource_id"].startswith("i-") and n["start"] < month[1] and month[0] < n["end"]
    }

    assert lived == billed
    assert len(lived) > 20


def test_pods_fit_on_their_nodes(estate: EstateReport) -> None:
    """On every node and day, requests are at most what the node has; pods live within their node."""
    nodes = {n["node_uid"]: n for n in truth(estate, "nodes").to_pylist()}
    pods = truth(estate, "pods")
    cores: Counter[tuple[str, date]] = Counter()
    memory: Counter[tuple[str, date]] = Counter()
    for pod in pods.slice(0, 40_000).to_pylist() + pods.slice(len(pods) - 10_000).to_pylist():
        node = nodes[pod["node_uid"]]
        cores[pod["node_uid"], pod["start"].date()] += pod["cpu_request_cores"]
        memory[pod["node_uid"], pod["start"].date()] += pod["memory_request_gib"]

        assert node["start"] <= pod["start"] < pod["end"] <= node["end"]
        assert node["cluster"] == pod["cluster"]
        assert node["dedicated_service"] in (None, pod["service"]) or pod["namespace"] == "kube-system"
    assert [k for k, used in cores.items() if used > nodes[k[0]]["cores"]] == []
    assert [k for k, used in memory.items() if used > nodes[k[0]]["memory_gib"]] == []


def test_three_clusters_and_a_pair_during_the_upgrade(estate: EstateReport) -> None:
    """Production is blue, then both, then green; staging and data run all the time."""
    lives: dict[str, tuple[date, date]] = {}
    for n in truth(estate, "nodes").to_pylist():
        first, last = lives.get(n["cluster"], (date.max, date.min))
        lives[n["cluster"]] = (min(first, n["start"].date()), max(last, n["end"].date()))

    assert lives == LIVES
