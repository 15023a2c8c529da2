"""What pages of clusters ask, and that nothing is asked twice."""

from pathlib import Path

from hour_lake import container_hour, fill_hours
from tiny_clusters import make_clusters
from warikan.bootstrap import Workspace
from warikan.engine.clusters import ClusterQuery
from warikan.web.cluster import load_cluster
from warikan.web.clusters import load_clusters
from warikan.web.memory import Memory
from warikan.web.state import ViewState
from warikan.web.texts import load_texts
from warikan.web.visit import Visit


def test_a_cluster_asks_five_questions(clusters: Workspace) -> None:
    """Its parts, cost, nodes and use over time, and how fresh all is; the other resource asks nothing new."""
    visit = Visit(Memory(clusters), load_texts("en"))
    load_cluster("green", ViewState(), visit, resource="Cpu", pool=None)
    first = visit.memory.asked
    load_cluster("green", ViewState(), visit, resource="Memory", pool=None)

    assert (first, visit.memory.asked) == (5, 5)


def test_all_clusters_ask_one(clusters: Workspace) -> None:
    """Whatever the currency."""
    visit = Visit(Memory(clusters), load_texts("en"))
    load_clusters(ViewState(), visit)
    load_clusters(ViewState(currency="JPY"), visit)

    assert visit.memory.asked == 1


def test_new_hours_are_seen(tmp_path: Path) -> None:
    """What is remembered is forgotten when hours come, before they are allocated."""
    workspace = make_clusters(tmp_path / "w", hours=False)
    memory, query = Memory(workspace), ClusterQuery(clusters=("green",))
    before = Visit(memory, load_texts("en")).clusters.parts(query)
    hour = container_hour("2026-11-19T00:00", x_ClusterId="green")
    fill_hours(workspace.lake, "kubernetes_container_hours", [hour])
    after = Visit(memory, load_texts("en")).clusters.parts(query)

    assert not before.whole.usage
    assert after.whole.usage["ContainerHours"] == 1
