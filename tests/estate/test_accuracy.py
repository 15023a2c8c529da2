"""The demo's rules, run by the product itself, against the truth of the estate."""

from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from warikan.bootstrap import Workspace, open_workspace
from warikan.estate import EstateReport

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def workspace(estate: EstateReport) -> Workspace:
    """The estate, loaded and allocated."""
    workspace = open_workspace(estate.folder, clock=lambda: NOW)
    workspace.ingest()
    workspace.allocate()
    return workspace


def read_table(workspace: Workspace, name: str, columns: list[str]) -> pa.Table:
    """Some columns of one table of the lake, whole."""
    files = [f.path for f in workspace.lake.data_files(name)]
    return pa.concat_tables(pq.read_table(f, columns=columns, partitioning=None) for f in files)


def test_every_row_is_loaded(workspace: Workspace, estate: EstateReport) -> None:
    """All bills load without a reject."""
    assert estate.rows == sum(f.rows for f in workspace.lake.data_files("charges"))
    assert workspace.rejects().num_rows == 0


def test_98_percent_go_to_their_true_owner(workspace: Workspace, estate: EstateReport) -> None:
    """Per currency ≥ 98 % of EffectiveCost has its true owner, the rest is unallocated, none is wrong."""
    where = ["x_SourceId", "x_SourceFile", "x_SourceRow"]
    charges = read_table(workspace, "charges", [*where, "x_ChargeKey", "BillingPeriodStart"])
    key = ["x_SourceId", "BillingPeriodStart", "x_ChargeKey"]
    slices = read_table(
        workspace, "allocations", [*key, "BillingCurrency", "x_OriginServiceId", "EffectiveCost"]
    )
    truth = pq.read_table(estate.folder / "truth/charges.parquet", columns=[*where, "service"])
    truth = pa.table(
        {n: truth[n].cast(pa.int64() if n == where[2] else pa.string()) for n in (*where, "service")}
    )
    joined = slices.join(charges, keys=key).join(truth, keys=where)
    right: dict[str, Decimal] = defaultdict(Decimal)
    total: dict[str, Decimal] = defaultdict(Decimal)
    wrong: set[tuple[str, str]] = set()
    names = ("BillingCurrency", "x_OriginServiceId", "service", "EffectiveCost")
    for currency, owner, service, cost in zip(*(joined[n].to_pylist() for n in names), strict=True):
        total[currency] += cost
        if owner == service:
            right[currency] += cost
        elif owner is not None:
            wrong.add((owner, service))

    assert joined.num_rows == slices.num_rows
    assert {"USD", "JPY"} == set(total)
    assert set() == wrong
    assert all(right[c] >= total[c] * Decimal("0.98") for c in total)
    assert right["USD"] < total["USD"]
