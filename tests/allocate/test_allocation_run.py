"""The run over a real lake: what is due, what is committed, what a crash leaves."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from bills import charge
from small_workspace import SmallWorkspace, october

from warikan.allocate import worker
from warikan.catalog.settings import Settings
from warikan.engine.plan import ADDED_UP_FROM
from warikan.focus.errors import CheckFailed, ConfigError

SEPTEMBER, OCTOBER = date(2026, 9, 1), date(2026, 10, 1)
BILL = [
    charge("30", Tags={"s": "a"}, SubAccountId="2"),
    charge("10", Tags={"s": "b"}, SubAccountId="1", x_SourceId="other"),
    charge("1", Tags={"s": "platform"}),
    charge("7", Tags={"s": "?"}),
]


def test_slices_add_up_and_roll_up(workspace: SmallWorkspace) -> None:
    """The three tables have the same sums; each day and combination is one row of daily_costs."""
    workspace.load([*BILL, october("5", Tags={"s": "a"})])

    report = workspace.allocate()

    assert report.months == (SEPTEMBER, OCTOBER)
    assert (report.charges, report.slices, report.shared) == (5, 6, 1)
    assert Decimal(53) == workspace.total("charges") == workspace.total("allocations")
    assert Decimal(53) == workspace.total("daily_costs")
    paid: dict[tuple[str | None, str], Decimal] = {}
    for row in workspace.rows("daily_costs"):
        key = (row["x_ServiceId"], row["x_AllocationClass"])
        paid[key] = paid.get(key, Decimal(0)) + row["EffectiveCost"]
    assert {
        ("a", "direct"): Decimal(35),
        ("b", "direct"): Decimal(10),
        ("a", "shared"): Decimal("0.75"),
        ("b", "shared"): Decimal("0.25"),
        (None, "unallocated"): Decimal(7),
    } == paid
    assert sum(r["x_ChargeCount"] for r in workspace.rows("daily_costs")) == 6


def test_what_did_not_change_is_not_computed(workspace: SmallWorkspace) -> None:
    """A second run changes nothing; with force it computes the very same rows."""
    workspace.load([*BILL, october("5", Tags={"s": "a"})])
    workspace.allocate()
    before = (workspace.rows("allocations"), workspace.rows("daily_costs"))
    snapshot = workspace.lake.snapshot("allocations")

    again = workspace.allocate()

    assert (again.months, again.unchanged) == ((), (SEPTEMBER, OCTOBER))
    assert snapshot == workspace.lake.snapshot("allocations")
    assert workspace.allocate(force=True).months == (SEPTEMBER, OCTOBER)
    assert before == (workspace.rows("allocations"), workspace.rows("daily_costs"))


def test_only_the_restated_month_is_computed(workspace: SmallWorkspace) -> None:
    """A bill that is loaded again makes its month due and leaves the others alone."""
    workspace.load([*BILL, october("5", Tags={"s": "a"})])
    workspace.allocate()
    workspace.load([october("6", Tags={"s": "b"})])

    report = workspace.allocate()

    assert (report.months, report.unchanged) == ((OCTOBER,), (SEPTEMBER,))
    assert Decimal(54) == workspace.total("allocations") == workspace.total("daily_costs")


def test_new_rules_and_owners_make_every_month_due(workspace: SmallWorkspace) -> None:
    """A rule, a share or the catalogue decides all months; a note does not."""
    workspace.load(BILL)
    workspace.allocate()
    noted = workspace.settings.model_dump(mode="json", by_alias=True)
    noted["ownership"]["rules"][0]["note"] = "another word"
    workspace.settings = Settings.model_validate(noted)
    assert workspace.allocate().months == ()

    workspace.settings = workspace.settings.model_copy(update={"shares": ()})
    assert workspace.allocate().months == (SEPTEMBER,)
    services = {s: replace(v, team_id="new") for s, v in workspace.catalog.services.items()}
    workspace.catalog = replace(workspace.catalog, services=services)
    assert workspace.allocate().months == (SEPTEMBER,)
    assert {"new", None} == {r["x_TeamId"] for r in workspace.rows("daily_costs")}


def test_a_month_without_charges_disappears(workspace: SmallWorkspace) -> None:
    """What vanished from the bill vanishes from allocations and daily_costs."""
    workspace.load([charge("1", Tags={"s": "a"}), october("5", Tags={"s": "a"})])
    workspace.allocate()
    workspace.load([], months=[OCTOBER])

    report = workspace.allocate()

    assert report.removed == (OCTOBER,)
    assert Decimal(1) == workspace.total("allocations") == workspace.total("daily_costs")
    assert workspace.allocate().removed == ()


def test_a_source_that_vanished_from_a_month_disappears(workspace: SmallWorkspace) -> None:
    """The month is computed again without it."""
    workspace.load(BILL)
    workspace.allocate()
    workspace.load([], months=[SEPTEMBER])

    assert workspace.allocate().months == (SEPTEMBER,)
    assert {"other"} == {r["x_SourceId"] for r in workspace.rows("allocations")}


def test_a_run_that_died_between_its_commits_is_finished(
    workspace: SmallWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """daily_costs is brought up to date by the next run, which has nothing else to do."""
    workspace.load(BILL)

    def die(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(worker, "daily_costs", die)
        with pytest.raises(KeyboardInterrupt):
            workspace.allocate()
    assert workspace.rows("daily_costs") == []
    assert Decimal(48) == workspace.total("allocations")

    assert workspace.allocate().months == ()
    assert Decimal(48) == workspace.total("daily_costs")
    snapshot, marks = workspace.lake.newest("daily_costs")
    assert snapshot is not None
    assert marks[ADDED_UP_FROM] == str(workspace.lake.snapshot("allocations"))


def test_a_broken_sum_commits_nothing(workspace: SmallWorkspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Slices that lose money are found in the written files, and the lake stays as it was."""
    workspace.load(BILL)
    whole = worker.Month.whole

    def lossy(self: Any, charges: Any, *, has_taken: bool) -> Any:
        slices = whole(self, charges, has_taken=has_taken)
        return slices.filter(slices.SubAccountId.isnull() | (slices.SubAccountId != "2"))

    with monkeypatch.context() as patched:
        patched.setattr(worker.Month, "whole", lossy)
        with pytest.raises(CheckFailed, match="a difference of -30"):
            workspace.allocate()

    assert workspace.lake.snapshot("allocations") is None
    assert workspace.allocate().months == (SEPTEMBER,)


def test_rules_that_cannot_run_leave_the_lake_alone(workspace: SmallWorkspace) -> None:
    """The error names the rule; what was allocated stays."""
    workspace.load(BILL)
    workspace.allocate()
    broken = {"ownership": {"rules": [{"id": "typo", "service": "nobody"}]}}
    workspace.settings = Settings.model_validate(broken)

    with pytest.raises(ConfigError, match="ownership rule typo"):
        workspace.allocate()

    assert Decimal(48) == workspace.total("allocations")


def test_an_empty_lake_has_nothing_to_do(workspace: SmallWorkspace) -> None:
    """No charges: no error and no commit."""
    assert workspace.allocate().months == ()
    assert workspace.lake.snapshot("allocations") is None


def test_only_the_named_months_are_looked_at(workspace: SmallWorkspace) -> None:
    """months= leaves the others as they are, also when they are due."""
    workspace.load([*BILL, october("5", Tags={"s": "a"})])

    assert workspace.allocate(months=[OCTOBER]).months == (OCTOBER,)
    assert Decimal(5) == workspace.total("allocations") == workspace.total("daily_costs")


def test_the_order_of_the_bill_is_kept(workspace: SmallWorkspace) -> None:
    """Direct slices stand in the order of the charges file, which is sorted for reading."""
    workspace.settings = workspace.settings.model_copy(update={"shares": ()})
    workspace.load([charge("1", Tags={"s": "ab"[i % 2]}, ResourceId=f"{i:05}") for i in range(3000)])
    workspace.allocate()

    table = workspace.engine.table("allocations")
    ids = workspace.engine.to_arrow(table.select("ResourceId"))["ResourceId"].to_pylist()
    assert sorted(ids) == ids


def test_a_tag_promoted_after_the_load_has_its_values(workspace: SmallWorkspace) -> None:
    """A column that the bill's file does not have is filled from Tags."""
    workspace.load([charge("1", Tags={"s": "a", "env": "prod"})])
    settings = workspace.settings.model_copy(
        update={"tags": workspace.settings.tags.model_copy(update={"promote": ("s", "env")})}
    )
    later = SmallWorkspace(workspace.folder, settings, workspace.catalog)

    later.allocate()

    assert [r["x_Tag_env"] for r in later.rows("allocations")] == ["prod"]
    assert [r["x_Tag_env"] for r in later.rows("daily_costs")] == ["prod"]
