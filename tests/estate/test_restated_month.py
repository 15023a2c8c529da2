"""The month that AWS restates in the simulated company: what changed, where, and why."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from shutil import copytree

import duckdb
import pytest

from warikan.allocate.restated import Restatements
from warikan.bootstrap import Workspace, open_workspace
from warikan.estate import EstateReport
from warikan.focus.columns import COST_METRICS
from warikan.focus.errors import DuplicateContent, NotFound, UsageError

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def restated(estate: EstateReport, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace with the AWS month of September as first delivered, allocated; then as restated."""
    folder = tmp_path_factory.mktemp("restated")
    for name in ("warikan.yaml", "catalog"):
        source = estate.folder / name
        if source.is_dir():
            copytree(source, folder / name)
        else:
            (folder / name).write_bytes(source.read_bytes())
    workspace = open_workspace(folder, clock=lambda: NOW)
    for root in (estate.folder, estate.folder / "bills-late" / "restated"):
        workspace.ingest(file=str(_restated_file(estate, root)), source_id="aws")
        workspace.allocate()
    return workspace


def _restated_file(estate: EstateReport, root: Path) -> Path:
    late = estate.folder / "bills-late" / "restated"
    (file,) = [p for p in late.rglob("*") if p.is_file()]
    return root / file.relative_to(late)


def test_the_restated_month(restated: Workspace) -> None:
    """4 % more content delivery: larger quantities at the same price; support and tax follow the bill."""
    asked = Restatements(restated.engine, restated.settings, restated.catalog)
    month = f"{restated.lake.data_files('charges')[0].start:%Y-%m}"

    found = asked.diff("aws", month)

    (total,) = found.totals.to_pylist()
    for metric in COST_METRICS:
        changed = sum(Decimal(row[metric]) for row in found.causes.to_pylist())
        assert total[f"before_{metric}"] + changed == total[f"after_{metric}"]
        assert changed > 0
    services = {r["ServiceName"] for r in found.groups["provider_service"].to_pylist()}
    assert services == {"Amazon CloudFront", "AWS Support (Business)", "Tax"}
    causes = {(r["cause"], r["reason"]) for r in found.causes.to_pylist() if r["EffectiveCost"]}
    assert {("usage", "quantity"), ("tax", "tax")} <= causes
    assert {cause for cause, _ in causes} <= {"usage", "tax", "price", "other"}
    assert total["added_rows"] == total["removed_rows"] == 0
    delivery = next(r for r in found.groups["provider_service"].to_pylist() if "Front" in r["ServiceName"])
    growth = delivery["changed_ListCost"] / delivery["before_ListCost"]
    assert Decimal("0.001") < growth < Decimal("0.041")
    assert found.owned_by == "allocations"
    for grouping in ("service", "team"):
        rows = found.groups[grouping].to_pylist()
        assert sum(r["moved_EffectiveCost"] for r in rows) == 0
        assert (
            sum(r["after_EffectiveCost"] - r["before_EffectiveCost"] for r in rows)
            == (total["changed_EffectiveCost"])
        )
    assert (
        asked.diff("aws", month, before=found.after.snapshot, after=found.before.snapshot)
        .totals["changed_BilledCost"][0]
        .as_py()
        == -total["changed_BilledCost"]
    )


def test_what_cannot_be_compared(restated: Workspace) -> None:
    """Each wrong question has an answer that says what there is."""
    asked = Restatements(restated.engine, restated.settings, restated.catalog)
    month = f"{restated.lake.data_files('charges')[0].start:%Y-%m}"
    loads = asked.loads("aws", month)

    assert [one.is_present for one in loads] == [True, False]
    with pytest.raises(UsageError, match="nothing to compare"):
        asked.diff("aws", month, after=loads[1].snapshot)
    with pytest.raises(NotFound, match="no load is kept under the snapshot 1"):
        asked.diff("aws", month, before=1)
    with pytest.raises(NotFound, match="no load of azure"):
        asked.loads("azure", month)
    with pytest.raises(NotFound) as error:
        asked.loads("aws", "2020-01")
    assert error.value.hint == f"aws has {month}"
    for text in ("2026", "all", "last 3m", "2026-09..2026-10", "", "2026-09-01"):
        with pytest.raises(UsageError):
            asked.loads("aws", text)


def test_the_duplicated_file(estate: EstateReport, restated: Workspace, tmp_path: Path) -> None:
    """Google's month a second time under another name is passed over; written anew, it is refused."""
    original = next(p for p in (estate.folder / "bills-late" / "duplicate").rglob("*") if p.is_file())
    folder = original.relative_to(estate.folder / "bills-late" / "duplicate").parent
    first = estate.folder / folder / original.name.replace("-1.", ".")
    both = tmp_path / "gcp"
    both.mkdir()
    for path in (first, original):
        (both / path.name).write_bytes(path.read_bytes())
    (report,) = restated.ingest(file=str(both), source_id="gcp")
    assert [reason for _, reason in report.skipped if "has the same bytes as" in reason]
    copied = both / original.name
    with duckdb.connect() as connection:
        rows = (
            f"SELECT * FROM read_parquet('{first}')"
            if first.suffix == ".parquet"
            else f"FROM read_csv('{first}', all_varchar = true)"
        )
        connection.execute(f"COPY ({rows} ORDER BY ALL) TO '{copied}'")
    with pytest.raises(DuplicateContent, match="two files of gcp have the same charges"):
        restated.ingest(file=str(both), source_id="gcp")
