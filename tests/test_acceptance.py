"""From a bill to what each service costs, through the command line, on the real and realistic files."""

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal, localcontext
from pathlib import Path
from typing import Any

import pytest

from file_sums import sums_in_file
from warikan.bootstrap import open_workspace
from warikan.focus.columns import COST_METRICS

WARIKAN = Path(sys.executable).parent / "warikan"
FILES = (
    "focus_1_0_real_anonymised.csv",
    "synthetic_1.2/focus_1_2_cost_and_usage_aws.csv",
    "synthetic_1.2/focus_1_2_cost_and_usage_azure.csv",
    "synthetic_1.3/focus_1_3_cost_and_usage_aws.csv",
    "synthetic_1.3/focus_1_3_cost_and_usage_gcp.csv",
    "synthetic_1.4/aws/synthetic_focus_1_4_cost_and_usage.csv",
    "synthetic_1.4/azure/synthetic_focus_1_4_cost_and_usage.csv",
)


def run(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    """The command as a person runs it."""
    return subprocess.run(
        [WARIKAN, *map(str, arguments)], cwd=cwd, capture_output=True, text=True, check=False
    )


def answer(*arguments: object, cwd: Path) -> Any:
    """The JSON that a successful command prints."""
    result = run(*arguments, cwd=cwd)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def totals(workspace: Path, *arguments: object) -> dict[tuple[str, str], Decimal]:
    """(BillingCurrency, metric) → what `warikan cost` says it is."""
    said = {}
    for metric in COST_METRICS:
        command = ("cost", "--by", "ServiceProviderName", "--metric", metric, "--period", "all", "--json")
        for result in answer(*command, *arguments, cwd=workspace)["results"]:
            said[result["currency"], metric] = Decimal(result["total"])
            rows = [Decimal(row["cost"]) for row in result["rows"]]
            with localcontext(prec=60):
                assert Decimal(result["total"]) == sum(rows, Decimal(0))
    return said


def with_repairs(sums: Mapping[tuple[str, str], Decimal], workspace: Path) -> dict[tuple[str, str], Decimal]:
    """*sums* and what the repairs of the loaded bills say that they changed; never the billed cost."""
    changed = dict(sums)
    for row in open_workspace(workspace).loads().to_pylist():
        for said in json.loads(row["Repairs"] or "{}").values():
            for metric, change in said["changes"].items():
                assert metric != "BilledCost"
                changed[row["BillingCurrency"], metric] += Decimal(change["by"])
    return changed


@pytest.mark.parametrize("name", FILES)
def test_totals_are_the_files_own(name: str, data: Path, tmp_path: Path) -> None:
    """Each file, alone in a workspace: every cost is the file's own sum and what repairs say they changed."""
    file = data / "focus" / name
    assert run("init", "w", cwd=tmp_path).returncode == 0
    answer("ingest", "--file", file, cwd=tmp_path / "w")
    answer("allocate", cwd=tmp_path / "w")

    assert with_repairs(sums_in_file(file), tmp_path / "w") == totals(tmp_path / "w")


def test_all_files_in_one_workspace(data: Path, tmp_path: Path) -> None:
    """All FOCUS files side by side sum to all their sums; loading them again changes no total."""
    files = [data / "focus" / name for name in FILES]
    expected: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    with localcontext(prec=60):
        for file in files:
            for key, amount in sums_in_file(file).items():
                expected[key] += amount
    workspace = tmp_path / "w"
    run("init", workspace, cwd=tmp_path)
    # Two of the files are one bill in two versions; a name of its own says that both are meant.
    for number, file in enumerate(files):
        answer("ingest", "--file", file, "--source", f"bill-{number}", cwd=workspace)
    answer("allocate", cwd=workspace)

    assert with_repairs(expected, workspace) == totals(workspace)
    assert run("check", cwd=workspace).returncode == 0

    for number, file in enumerate(files):
        named = ("--file", file, "--source", f"bill-{number}")
        assert answer("ingest", *named, cwd=workspace)["loads"][0]["unchanged"]
    answer("allocate", cwd=workspace)

    assert with_repairs(expected, workspace) == totals(workspace)
    assert run("check", cwd=workspace).returncode == 0
