"""What a row says: of a whole charge nothing but the charge, of a part how it came to be."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from exported import cut_slices, export_all, load, make_workspace, read_files, stored

from warikan.bootstrap import Workspace
from warikan.export.columns import ALLOCATED

SHARED = {"Tags": '{"s": "platform", "env": "prod"}'}


def rows_of(workspace: Workspace, out: Path, **options: Any) -> list[dict[str, str]]:
    """What is exported, as one CSV file."""
    export_all(workspace, out / "all.csv", force=True, **options)
    return read_files([out / "all.csv"])


def allocated(row: dict[str, str]) -> dict[str, str]:
    """The five columns, where they have a value."""
    return {name: row[name] for name in ALLOCATED if row[name]}


def test_a_whole_charge_is_the_charge(tmp_path: Path) -> None:
    """What one service bears, or nobody, has nothing allocated; owners stand in our own columns."""
    workspace = make_workspace(tmp_path / "w", {"Tags": '{"s": "a"}'}, {"ServiceName": "Amazon S3"})

    owned, nobodys = rows_of(workspace, tmp_path)
    assert (allocated(owned), allocated(nobodys)) == ({}, {})
    assert (owned["x_ServiceId"], owned["x_TeamId"], owned["x_SliceKey"]) == ("a", "team-a", "0")
    assert (nobodys["x_ServiceId"], nobodys["x_AllocationClass"]) == ("", "unallocated")


def test_a_shared_charge_says_who_and_how(tmp_path: Path) -> None:
    """A part of a share names its service, its ratio and the steps; all else is the charge's."""
    workspace = make_workspace(tmp_path / "w", {**SHARED, "PricingQuantity": "2", "ListUnitPrice": "0.75"})

    rows = rows_of(workspace, tmp_path)
    details = [json.loads(r["AllocatedMethodDetails"]) for r in rows]
    assert [r["AllocatedResourceId"] for r in rows] == ["a", "b", "c"]
    assert [d["Elements"] for d in details] == [[{"AllocatedRatio": n}] for n in (0.6, 0.3, 0.1)]
    assert [r["PricingQuantity"] for r in rows] == ["1.2", "0.6", "0.2"]
    assert details[1]["x_Steps"][0]["ShareId"] == "platform"
    assert {r["AllocatedMethodId"] for r in rows} == {"warikan:fixed/1"}
    assert {json.loads(r["Tags"])["env"] for r in rows} == {"prod"}
    assert {r["ListUnitPrice"] for r in rows} == {"0.75"}


def test_a_part_of_a_node_names_its_pod(tmp_path: Path) -> None:
    """A pod by uid and path, its labels without what is a tag already; idle is nobody's."""
    workspace = make_workspace(
        tmp_path / "w", {"Tags": '{"team": "x", "zone": "1"}', "PricingQuantity": "24"}
    )
    [whole] = stored(workspace, "allocations")
    cluster = {
        "x_ClusterId": "prod",
        "x_ClusterAsset": "node",
        "AllocatedMethodId": "warikan:kubernetes-node/1",
    }
    pod = {"x_Namespace": "shop", "x_Pod": "web-0", "x_Container": "app", "AllocatedResourceId": "uid-1"}
    half = {m: whole[m] / 2 for m in ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")}
    cut_slices(
        workspace,
        [
            whole | cluster | pod | half
            | {"x_SliceKey": 5, "x_Ratio": 0.5, "x_ClusterCostClass": "workload"}
            | {"x_Labels": [("team", "x"), ("zone", "2"), ("app", 'we"b')]},
            whole | cluster | half
            | {"x_SliceKey": 7, "x_Ratio": 0.5, "x_ClusterCostClass": "infrastructure_idle"},
        ],
    )  # fmt: skip

    ran, idle = rows_of(workspace, tmp_path)
    assert allocated(ran) == {
        "AllocatedMethodId": "warikan:kubernetes-node/1",
        "AllocatedMethodDetails": '{"Elements":[{"AllocatedRatio":0.5}]}',
        "AllocatedResourceId": "uid-1",
        "AllocatedResourceName": "prod/shop/web-0/app",
        "AllocatedTags": '{"zone":"2","app":"we\\"b"}',
    }
    assert set(allocated(idle)) == {"AllocatedMethodId", "AllocatedMethodDetails"}
    assert [r["PricingQuantity"] for r in (ran, idle)] == ["12", "12"]
    assert (ran["x_ClusterCostClass"], idle["x_Pod"]) == ("workload", "")


def test_a_charge_of_a_cluster_itself_is_whole(tmp_path: Path) -> None:
    """A control plane is of a cluster but not split."""
    workspace = make_workspace(tmp_path / "w", {})
    [whole] = stored(workspace, "allocations")
    cut_slices(
        workspace,
        [whole | {"x_SliceKey": 9, "x_Ratio": 1.0, "x_ClusterAsset": "cluster", "x_ClusterId": "prod"}],
    )

    [row] = rows_of(workspace, tmp_path)
    assert allocated(row) == {}
    assert row["x_ClusterId"] == "prod"


def test_what_the_provider_allocated_stays(tmp_path: Path) -> None:
    """A provider's own split leaves as it came; where a share moves it on, x_Origin keeps what it said."""
    own = {
        "AllocatedMethodId": "aws-scad",
        "AllocatedMethodDetails": '{"Elements": [{"AllocatedRatio": 0.05}]}',
        "AllocatedResourceId": "pod-1",
        "AllocatedResourceName": "pod",
        "AllocatedTags": '{"k": "v"}',
    }
    workspace = make_workspace(tmp_path / "w", {"Tags": '{"s": "a"}', **own}, {**SHARED, **own}, SHARED)

    first, *parts = rows_of(workspace, tmp_path)
    assert allocated(first) == own
    assert {r["AllocatedResourceName"] for r in parts[:3]} == {"pod"}
    origins = [json.loads(r["AllocatedMethodDetails"]).get("x_Origin") for r in parts]
    assert origins == [own] * 3 + [None] * 3


def test_amounts_toward_contracts_are_split_too(tmp_path: Path) -> None:
    """ContractApplied holds amounts: those of the parts add up, what is no amount is copied."""
    applied = (
        '{"Elements":[{"ContractId":"c","ContractCommitmentId":"1","ContractCommitmentAppliedCost":1.0},'
        '{"ContractId":"c","ContractCommitmentId":"2","ContractCommitmentAppliedQuantity":0.1,'
        '"ContractCommitmentAppliedUnit":"Hours","x_Note":[1,"a"]}],"x_More":{"a":null}}'
    )
    odd = '{"Elements":[{"ContractCommitmentAppliedCost":1,"a b":2}]}'
    workspace = make_workspace(
        tmp_path / "w",
        {**SHARED, "ContractApplied": applied},
        {**SHARED, "ContractApplied": odd},
        {**SHARED, "ContractApplied": "no JSON"},
        {"Tags": '{"s": "a"}', "ContractApplied": applied},
    )

    rows = rows_of(workspace, tmp_path)
    found = [json.loads(r["ContractApplied"], parse_float=Decimal) for r in rows[:3]]
    costs = [d["Elements"][0].pop("ContractCommitmentAppliedCost") for d in found]
    quantities = [d["Elements"][1].pop("ContractCommitmentAppliedQuantity") for d in found]
    assert costs == [Decimal("0.6"), Decimal("0.3"), Decimal("0.1")]
    assert quantities == [Decimal("0.06"), Decimal("0.03"), Decimal("0.01")]
    expected = json.loads(applied)
    expected["Elements"][0].pop("ContractCommitmentAppliedCost")
    expected["Elements"][1].pop("ContractCommitmentAppliedQuantity")
    assert found == [expected] * 3
    assert json.loads(rows[0]["AllocatedMethodDetails"])["x_Origin"] == {"ContractApplied": applied}
    assert [r["ContractApplied"] for r in rows[3:]] == [odd] * 3 + ["no JSON"] * 3 + [applied]


def test_values_are_not_changed(tmp_path: Path) -> None:
    """Formulas, line ends, quotes and blanks leave as they came; no value is an empty field."""
    hostile = ["=1+1", "@SUM(A1)", 'a"b,c', "two\nlines", "a\rb", "  blanks  ", "割り勘 🧾"]
    workspace = make_workspace(tmp_path / "w", *({"ChargeDescription": text} for text in hostile))

    rows = rows_of(workspace, tmp_path)
    assert [r["ChargeDescription"] for r in rows] == hostile
    assert {(r["RegionId"], r["ChargePeriodStart"]) for r in rows} == {("", "2026-10-05T00:00:00Z")}
    assert {r["x_Extra"] for r in rows if "x_Extra" in r} == set()


def test_columns_that_must_not_be_null_are_not_made_up(tmp_path: Path) -> None:
    """A file has all columns of its version, but no conditional one that is never null and has no value."""
    workspace = make_workspace(tmp_path / "w", {"x_Operation": "RunInstances"})
    [row] = rows_of(workspace, tmp_path)
    load(workspace, {"PricingCurrency": "USD", "BillingAccountType": "Payer"})
    [newer] = rows_of(workspace, tmp_path, version="1.4")

    assert {"ProviderName", "PricingCurrency", *ALLOCATED} <= row.keys()
    assert not {"BillingAccountType", "ServiceSubcategory", "InvoiceDetailId", "x_ClusterId"} & row.keys()
    assert row["x_Extra"] == '{"x_Operation":"RunInstances"}'
    assert {"PricingCurrency", "BillingAccountType", "InvoiceDetailId"} <= newer.keys()
    assert not {"ProviderName", "PublisherName", "PricingCurrencyEffectiveCost"} & newer.keys()


@pytest.mark.parametrize("version", ["1.2", "1.0", "2", ""])
def test_versions_without_the_columns_are_refused(version: str, tmp_path: Path) -> None:
    """Before 1.3 there is no place for allocated charges: the error says so, and what to do."""
    from warikan.focus.errors import UsageError

    workspace = make_workspace(tmp_path / "w", {})
    with pytest.raises(UsageError, match=r"1\.3") as caught:
        export_all(workspace, tmp_path / "out", version=version)
    assert "--focus 1.3" in str(caught.value.hint)
    assert not (tmp_path / "out").exists()
