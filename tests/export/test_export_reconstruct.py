"""Parents can be reconstructed: what is exported adds up to the charges, in every column."""

import json
from collections.abc import Iterator
from decimal import Decimal, localcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from exported import (
    add_up,
    assert_same_charges,
    charges_again,
    cut_slices,
    export_all,
    load,
    make_workspace,
    read_files,
    stored,
)
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tiny_company import make_company
from warikan.export.columns import SUMMABLE
from warikan.focus.columns import COST_METRICS
from warikan.focus.money import format_exact

DOCS = Path(__file__).parent.parent.parent / "docs" / "export.md"

# No shrinking: an example takes a second, as it loads, allocates and exports.
few = settings(max_examples=8, phases=[Phase.explicit, Phase.reuse, Phase.generate])
money = st.decimals(min_value=Decimal("-1e9"), max_value=Decimal("1e9"), places=18).map(format_exact)
quantities = st.one_of(st.just(""), money)
texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12).filter(
    lambda t: t.strip() and t not in ("NULL", "null")
)
charges = st.fixed_dictionaries(
    {
        **dict.fromkeys(COST_METRICS, money),
        **dict.fromkeys(SUMMABLE, quantities),
        "ListUnitPrice": quantities,
        "ChargeDescription": texts,
        "Tags": st.dictionaries(texts, texts, max_size=2).map(lambda t: json.dumps(t | {"s": "platform"})),
        "SkuPriceDetails": st.sampled_from(["", '{"CoreCount": 4}']),
        "ChargePeriodStart": st.sampled_from(["2026-10-05T00:00:00Z", "2026-10-05T01:30:00.5Z"]),
    }
)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder for all examples."""
    with TemporaryDirectory() as path:
        yield Path(path)


@given(rows=st.lists(charges, min_size=1, max_size=8), form=st.sampled_from(["csv", "parquet"]))
@few
def test_shared_charges_come_back(rows: list[dict[str, str]], form: str, folder: Path) -> None:
    """Whatever a bill holds, its shared charges are made again from their parts, to the last digit."""
    workspace = _emptied(folder)
    load(workspace, *rows)
    report = export_all(workspace, folder / "out", form=form, force=True)

    assert_same_charges(workspace, charges_again(folder / "out", DOCS))
    assert sum(p.rows for p in report.parts) == 3 * len(rows)
    for file in (folder / "out").iterdir():
        file.unlink()


ratios = st.lists(st.floats(0, 1, allow_subnormal=False), min_size=1, max_size=6)


@given(parts=st.lists(ratios, min_size=1, max_size=4), row=charges)
@few
def test_slices_of_clusters_come_back(parts: list[list[float]], row: dict[str, str], folder: Path) -> None:
    """However a node's charge is split, and also where a share moves some slices on, the parts add up."""
    workspace = _emptied(folder)
    load(workspace, *([row | {"Tags": ""}] * len(parts)))
    cut_slices(
        workspace, [s for whole, r in zip(_whole(workspace), parts, strict=True) for s in _cut(whole, r)]
    )
    export_all(workspace, folder / "out", force=True)

    assert_same_charges(workspace, charges_again(folder / "out", DOCS))
    rows = read_files((folder / "out").glob("*.csv"))
    for key in {r["x_ChargeKey"] for r in rows}:
        of = [r for r in rows if r["x_ChargeKey"] == key]
        found = [json.loads(r["AllocatedMethodDetails"], parse_float=Decimal) for r in of]
        with localcontext(prec=60):
            assert sum(Decimal(d["Elements"][0]["AllocatedRatio"]) for d in found) == 1
        assert all(0 <= d["Elements"][0]["AllocatedRatio"] <= 1 for d in found)


def _emptied(folder: Path) -> Any:
    """A workspace of its own for each example, in place of the last."""
    from shutil import rmtree

    rmtree(folder / "w", ignore_errors=True)
    return make_workspace(folder / "w")


def _whole(workspace: Any) -> list[dict[str, Any]]:
    return sorted(stored(workspace, "allocations"), key=lambda s: s["x_ChargeKey"])


def _cut(whole: dict[str, Any], weights: list[float]) -> list[dict[str, Any]]:
    """Slices whose ratios add up to 1 as well as floats do; the first takes what is left."""
    total = sum(weights) or 1.0
    slices = []
    with localcontext(prec=60):
        for number, weight in enumerate(weights, start=1):
            ratio = weight / total
            costs = {m: (whole[m] * Decimal(ratio)).quantize(Decimal("1e-12")) for m in COST_METRICS}
            names = {"x_ClusterId": "prod", "x_ClusterCostClass": "workload", "x_Pod": f"pod-{number}"}
            slices.append(
                whole
                | costs
                | names
                | {"x_SliceKey": number, "x_Ratio": ratio, "AllocatedResourceId": f"uid-{number}"}
                | {"x_AllocationClass": "kubernetes", "AllocatedMethodId": "warikan:kubernetes-node/1"}
            )
        for metric in COST_METRICS:
            slices[0][metric] += whole[metric] - sum(s[metric] for s in slices)
    return slices


def test_the_tiny_company_comes_back(tmp_path: Path) -> None:
    """Two bills, two currencies, hostile text, a share: all charges again."""
    workspace = make_company(tmp_path / "w")
    export_all(workspace, tmp_path / "out")

    assert_same_charges(workspace, charges_again(tmp_path / "out", DOCS))


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("focus_1_0_real_anonymised.csv", "csv"),
        ("synthetic_1.2/focus_1_2_cost_and_usage_azure.csv", "parquet"),
        ("synthetic_1.3/focus_1_3_cost_and_usage_aws.csv", "csv"),
        ("synthetic_1.4/aws/synthetic_focus_1_4_cost_and_usage.csv", "parquet"),
    ],
)
def test_real_files_come_back(name: str, form: str, data: Path, tmp_path: Path) -> None:
    """Real bills of every version, shared as a whole, in the version that has all their columns."""
    workspace = make_workspace(tmp_path / "w")
    settings_file = workspace.folder / "warikan.yaml"
    text = settings_file.read_text().replace("service: {from: \"Tags['s']\"}", "service: platform")
    settings_file.write_text(text)
    workspace = type(workspace)(workspace.folder, _settings(workspace.folder), clock=workspace.clock)
    workspace.ingest(file=str(data / "focus" / name), source_id="bill")
    workspace.allocate()
    version: Any = "1.4" if "1.4" in name else "1.3"
    report = export_all(workspace, tmp_path / "out", form=form, version=version)

    assert report.totals["USD"].rows == 3000
    assert_same_charges(workspace, charges_again(tmp_path / "out", DOCS), version=version)


def _settings(folder: Path) -> Any:
    from warikan.catalog.settings import load_settings

    return load_settings(folder)


def test_sums_of_python_agree(tmp_path: Path) -> None:
    """By Python's csv and Decimal alone the parts of three charges add up, and no number has an exponent."""
    row = {
        "Tags": '{"s": "platform"}',
        "PricingQuantity": "1e-17",
        "ConsumedQuantity": "0.000000000000000001",
    }
    workspace = make_workspace(tmp_path / "w", row, row | {"BilledCost": "-0.000000000000000007"}, row)
    export_all(workspace, tmp_path / "out")

    rows = read_files((tmp_path / "out").glob("*.csv"))
    expected = {m: Decimal("4.5") for m in COST_METRICS} | {"BilledCost": Decimal("2.999999999999999993")}
    assert expected == add_up(rows, *COST_METRICS)
    assert add_up(rows, "PricingQuantity", "ConsumedQuantity") == {
        "PricingQuantity": Decimal("3e-17"),
        "ConsumedQuantity": Decimal("3e-18"),
    }
    assert not [v for r in rows for n, v in r.items() if n in (*COST_METRICS, *SUMMABLE) and "e" in v.lower()]
