"""``warikan clusters`` and costs by the short names of places."""

import json
import shutil
from pathlib import Path

import pytest
from cli_bills import Run

from tiny_clusters import make_clusters


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The company with clusters; tests take copies."""
    folder = tmp_path_factory.mktemp("clusters") / "company"
    make_clusters(folder)
    return folder


@pytest.fixture
def folder(company: Path, tmp_path: Path) -> Path:
    """The company with clusters."""
    shutil.copytree(company, tmp_path / "w")
    return tmp_path / "w"


PERIOD = ("--period", "2026-11-01..2026-11-21")


def test_clusters_as_json(run: Run, folder: Path) -> None:
    """In a pipe: the document of the API; the workspace and period on stderr."""
    result = run("clusters", *PERIOD, cwd=folder)
    found = json.loads(result.stdout)

    assert [c["cluster"] for c in found["clusters"]] == ["green", "blue", "old"]
    assert found["clusters"][0]["results"][0]["cost"] == "408"
    assert "2026-11-01..2026-11-21 · EffectiveCost" in result.stderr


def test_clusters_as_csv(run: Run, folder: Path) -> None:
    """One line a cluster and currency, exact; of one cluster its workloads."""
    every = run("clusters", "--csv", *PERIOD, cwd=folder).stdout.splitlines()
    one = run("clusters", "green", "--csv", *PERIOD, cwd=folder).stdout.splitlines()

    assert every[0].startswith("cluster,BillingCurrency,cost,used,workload idle,infra idle")
    assert every[1] == "green,USD,408,142.8,102,122.4,40.8,0,58.3%,0.25,0.5,95.0%"
    assert one[1] == "shop,Deployment,web,USD,204,102,102,0,0,0,50.0%,–,–,–"


def test_no_such_cluster(run: Run, folder: Path) -> None:
    """A misspelt name is a usage error that says what there is."""
    result = run("clusters", "grene", *PERIOD, cwd=folder)

    assert result.returncode == 2
    assert "there is: green, blue, old" in result.stderr


def test_no_cluster_at_all(run: Run, workspace: Path) -> None:
    """An empty list, and what comes next."""
    result = run("clusters", "--csv", cwd=workspace)

    assert result.returncode == 0
    assert "warikan collect" in result.stderr


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("cluster", "x_ClusterId"),
        ("Namespace", "x_Namespace"),
        ("label:app", "x_Labels['app']"),
        ("team", "x_TeamId"),
    ],
)
def test_short_names(run: Run, folder: Path, name: str, column: str) -> None:
    """The answer says the exact column; both give the same."""
    short = run("cost", "--by", name, "--csv", *PERIOD, cwd=folder)
    exact = run("cost", "--by", column, "--csv", *PERIOD, cwd=folder)

    assert short.returncode == 0, short.stderr
    assert short.stdout.splitlines()[0] == f"BillingCurrency,{column},EffectiveCost"
    assert short.stdout == exact.stdout
