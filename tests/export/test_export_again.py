"""Our own ingest takes what was exported: in another workspace, with the same totals, digit for digit."""

from pathlib import Path
from typing import Any

import pytest
from exported import assert_same_charges, charges_again, export_all, load, make_workspace, stored

from tiny_company import make_company
from warikan.bootstrap import Workspace
from warikan.engine.query import Query
from warikan.focus.columns import COST_METRICS, columns_by_id

DOCS = Path(__file__).parent.parent.parent / "docs" / "export.md"
HOSTILE = {
    "ChargeDescription": 'a\r\n"b",=c',
    "Tags": '{"s": "platform", "k\\"": "v\\n"}',
    "BilledCost": "-1e-18",
}


def totals_of(workspace: Workspace) -> dict[Any, Any]:
    """(currency, month) → the four costs, as ``warikan cost`` answers."""
    answer = workspace.ask(Query(metrics=COST_METRICS, period="all", granularity="month"))
    return {
        (a.currency, row["period_start"]): [row[m] for m in COST_METRICS]
        for a in answer.answers
        for row in a.rows.to_pylist()
    }


def read_again(folder: Path, exported: Path) -> Workspace:
    """Another workspace with the exported files as its only bill."""
    second = make_workspace(folder)
    [report] = second.ingest(file=str(exported), source_id="x")
    assert (report.rejected_rows, report.rounded_values, report.skipped) == (0, 0, ())
    second.allocate()
    return second


@pytest.mark.parametrize(
    ("out", "form"),
    [
        ("out", "csv"),
        ("out", "csv.gz"),
        ("out", "parquet"),
        ("o.csv", None),
        ("o.csv.gz", None),
        ("o.parquet", None),
    ],
)
def test_totals_are_the_same(out: str, form: str | None, tmp_path: Path) -> None:
    """Each form, as files of a folder and as one file: every total of every month and currency."""
    first = make_company(tmp_path / "w")
    load(first, HOSTILE, HOSTILE | {"BillingCurrency": "EUR"}, {"x_Mine": "1"}, source="odd")
    report = export_all(first, tmp_path / out, form=form)
    second = read_again(tmp_path / "w2", tmp_path / out)

    assert totals_of(first) == totals_of(second)
    assert len(stored(first, "allocations")) == len(stored(second, "charges"))
    assert {c: s.costs for c, s in report.totals.items()} == {
        a.currency: a.totals for a in first.ask(Query(metrics=COST_METRICS, period="all")).answers
    }
    assert list(report.files) == sorted({p.path for p in report.parts})


def test_every_column_is_the_same(tmp_path: Path) -> None:
    """Each slice is a charge of the second workspace with equal values, which lead back to charges."""
    first = make_workspace(tmp_path / "w", HOSTILE, {"Tags": '{"s": "a"}'})
    export_all(first, tmp_path / "out")
    second = read_again(tmp_path / "w2", tmp_path / "out")
    export_all(second, tmp_path / "again", form="parquet")

    assert_same_charges(second, charges_again(tmp_path / "again", DOCS))
    one = next(c for c in stored(first, "charges") if c["ChargeDescription"] == HOSTILE["ChargeDescription"])
    for charge in stored(second, "charges"):
        if charge["AllocatedMethodId"]:
            same = {"ChargeDescription", "Tags", "BillingCurrency", "ChargePeriodEnd", "ProviderName"}
            assert {n: charge[n] for n in same} == {n: one[n] for n in same}
            assert {"x_ServiceId", "x_ShareId"} <= dict(charge["x_Extra"]).keys()


@pytest.mark.parametrize(
    "name",
    [
        "focus_1_0_real_anonymised.csv",
        "synthetic_1.2/focus_1_2_cost_and_usage_aws.csv",
        "synthetic_1.3/focus_1_3_cost_and_usage_gcp.csv",
        "synthetic_1.4/azure/synthetic_focus_1_4_cost_and_usage.csv",
    ],
)
def test_real_files_come_through_whole(name: str, data: Path, tmp_path: Path) -> None:
    """A real bill that nothing splits is, after out and in again, the same in every charge and column."""
    first = make_workspace(tmp_path / "w")
    first.ingest(file=str(data / "focus" / name), source_id="bill")
    first.allocate()
    export_all(first, tmp_path / "o.csv", version="1.4" if "1.4" in name else "1.3")
    second = read_again(tmp_path / "w2", tmp_path / "o.csv")

    assert totals_of(first) == totals_of(second)
    kept = [{n: c[n] for n in columns_by_id()} for c in stored(first, "charges")]
    again = [{n: c[n] for n in columns_by_id()} for c in stored(second, "charges")]
    assert sorted(map(_text, kept)) == sorted(map(_text, again))


def _text(charge: dict[str, Any]) -> str:
    return str({**charge, "Tags": sorted(charge["Tags"] or [])})
