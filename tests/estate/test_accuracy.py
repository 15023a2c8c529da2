"""The demo's rules, run by the product itself, against the truth of the estate."""

from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from warikan.bootstrap import Workspace, open_workspace
from warikan.estate import EstateReport, generate

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> EstateReport:
    """The small estate whose clusters are measured in its open month only."""
    return generate(tmp_path_factory.mktemp("measured"), usage_months=1)


@pytest.fixture(scope="module")
def workspace(measured: EstateReport) -> Workspace:
    """The estate, loaded, collected and allocated."""
    workspace = open_workspace(measured.folder, clock=lambda: NOW)
    workspace.ingest()
    workspace.collect()
    workspace.allocate()
    return workspace


def read_table(workspace: Workspace, name: str, columns: list[str]) -> pa.Table:
    """Some columns of one table of the lake, whole; a file leaves out a column that is null throughout."""
    files = [pq.ParquetFile(f.path) for f in workspace.lake.data_files(name)]
    parts = [f.read([c for c in columns if c in f.schema_arrow.names]) for f in files]
    return pa.concat_tables(parts, promote_options="default")


def test_every_row_is_loaded(workspace: Workspace, measured: EstateReport) -> None:
    """All bills load without a reject."""
    assert measured.rows == sum(f.rows for f in workspace.lake.data_files("charges"))
    assert workspace.rejects().num_rows == 0


def test_98_percent_go_to_their_true_owner(workspace: Workspace, measured: EstateReport) -> None:
    """
    Per currency ≥ 98 % of EffectiveCost has its true owner, the rest is unallocated, none is wrong.

    What a pod bears is truly its owner's, all else its charge's.
    """
    where = ["x_SourceId", "x_SourceFile", "x_SourceRow"]
    charges = read_table(workspace, "charges", [*where, "x_ChargeKey", "BillingPeriodStart"])
    key = ["x_SourceId", "BillingPeriodStart", "x_ChargeKey"]
    more = ["BillingCurrency", "x_OriginServiceId", "AllocatedResourceId", "EffectiveCost"]
    slices = read_table(workspace, "allocations", [*key, *more])
    truth = pq.read_table(measured.folder / "truth/charges.parquet", columns=[*where, "service"])
    truth = pa.table(
        {n: truth[n].cast(pa.int64() if n == where[2] else pa.string()) for n in (*where, "service")}
    )
    pods = pq.read_table(measured.folder / "truth/pods.parquet", columns=["pod_uid", "service"])
    pods = pods.rename_columns(["AllocatedResourceId", "of_pod"]).group_by(["AllocatedResourceId", "of_pod"])
    joined = slices.join(charges, keys=key).join(truth, keys=where)
    joined = joined.join(pods.aggregate([]), keys="AllocatedResourceId")
    names = ("BillingCurrency", "x_OriginServiceId", "service", "of_pod")
    sums = joined.group_by(list(names)).aggregate([("EffectiveCost", "sum")])
    right: dict[str, Decimal] = defaultdict(Decimal)
    total: dict[str, Decimal] = defaultdict(Decimal)
    wrong: set[tuple[str, str]] = set()
    for row in sums.to_pylist():
        currency, owner, service = (
            row["BillingCurrency"],
            row["x_OriginServiceId"],
            row["of_pod"] or row["service"],
        )
        total[currency] += row["EffectiveCost_sum"]
        if owner == service:
            right[currency] += row["EffectiveCost_sum"]
        elif owner is not None:
            wrong.add((owner, service))

    assert joined.num_rows == slices.num_rows
    assert {"USD", "JPY"} == set(total)
    assert set() == wrong
    assert all(right[c] >= total[c] * Decimal("0.98") for c in total)
    assert right["USD"] < total["USD"]
    assert sum(service is not None for service in joined["of_pod"].unique().to_pylist()) > 15
