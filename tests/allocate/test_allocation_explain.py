"""From a cell to the bill row: every number on the way re-adds."""

import json
from datetime import date
from decimal import Decimal

import pytest
from bills import catalog, charge
from small_workspace import NOW, SmallWorkspace

from warikan.allocate.explain import CellExplanation, explain, explain_slice
from warikan.allocate.explain_charge import ChargeExplanation
from warikan.catalog.settings import Settings
from warikan.focus.errors import FilterError, UnknownColumn, UsageError

SEPTEMBER = date(2026, 9, 1)
BILL = [
    charge("30", Tags={"s": "a"}, ServiceName="EC2"),
    charge("10", Tags={"s": " B "}, ServiceName="EC2"),
    charge("1", Tags={"s": "platform"}, ServiceName="EKS", ListCost=Decimal("1.000000000000000001")),
    charge("7", ServiceName="Support"),
    charge("100", Tags={"s": "a"}, currency="JPY"),
]


def _explain(workspace: SmallWorkspace, where: str | None = None, **options: str) -> CellExplanation:
    common = (workspace.engine, workspace.lake, workspace.settings, workspace.catalog)
    return explain(*common, where=where, period="2026-09", now=NOW, **options)  # type: ignore[arg-type]


def _open(workspace: SmallWorkspace, key: int) -> ChargeExplanation:
    common = (workspace.engine, workspace.lake, workspace.settings, workspace.catalog)
    return explain_slice(*common, source_id="bill", month=SEPTEMBER, charge_key=key)


def test_a_cell_opens_into_classes_rules_and_slices(workspace: SmallWorkspace) -> None:
    """Classes and rules each sum to the amount; slices come largest first, currencies apart."""
    workspace.load(BILL)
    workspace.allocate()

    cell = _explain(workspace, "x_ServiceId = 'a'")

    dollars, yen = cell.cells
    assert ("USD", Decimal("30.75")) == (dollars.currency, dollars.amount)
    assert {"direct": Decimal(30), "shared": Decimal("0.75")} == dollars.classes
    assert {"by-tag": Decimal("30.75")} == dollars.rules
    assert [("platform", "platform", Decimal("0.75"))] == [
        (o.service_id, o.share_id, o.amount) for o in dollars.origins
    ]
    assert ("JPY", Decimal(100)) == (yen.currency, yen.amount)
    assert [(5, Decimal(100)), (1, Decimal(30)), (3, Decimal("0.75"))] == [
        (s.charge_key, s.amount) for s in cell.slices
    ]
    assert cell.slices[1].ServiceName == "EC2"
    assert cell.total_slices == 3
    assert tuple(c.currency for c in _explain(workspace, currency="JPY").cells) == ("JPY",)


def test_a_direct_charge_names_its_rule_and_the_value_it_matched(workspace: SmallWorkspace) -> None:
    """File, row, rule, position, note and the tag as it stands in the bill."""
    workspace.load(BILL)
    workspace.allocate()

    opened = _open(workspace, 2)

    assert (opened.file, opened.row) == ("bill.csv", 2)
    assert opened.rule is not None
    assert (opened.rule.id, opened.rule.position, opened.rule.note) == ("by-tag", 1, "its own word")
    assert opened.rule.values == {"Tags['s']": " B "}
    assert opened.charge["Tags"] == {"s": " B "}
    assert [("b", Decimal(10))] == [(s.service_id, s.costs["EffectiveCost"]) for s in opened.slices]
    assert (opened.slices[0].team_id, opened.slices[0].owner_where) == ("team-b", "all.yaml: Component b")
    assert opened.adds_up


def test_a_shared_charge_re_adds_step_by_step(workspace: SmallWorkspace) -> None:
    """Weights, totals and formulas give exactly the stored slices, and those the charge."""
    workspace.load(BILL)
    workspace.allocate()

    opened = _open(workspace, 3)

    assert opened.adds_up
    assert opened.origin_service_id == "platform"
    assert [(s.service_id, s.recomputed) for s in opened.slices] == [("a", True), ("b", True)]
    step = opened.slices[0].steps[0]
    assert ("platform", 1, "a", Decimal(30), Decimal(40)) == (
        step.share_id,
        step.stage,
        step.target,
        step.weight,
        step.total_weight,
    )
    assert (step.unit, step.note, step.takes_rest) == ("EffectiveCost USD", "used by all", True)
    assert step.formula == "EffectiveCost 1 × 30 / 40 and what rounding leaves = 0.75"
    assert Decimal("0.750000000000000001") == step.after["ListCost"]


def test_two_stages_are_recomputed_through_both(workspace: SmallWorkspace) -> None:
    """A slice that went through two shares explains both, with what came in and what went out."""
    workspace.catalog = catalog("a", "b", "data", "platform")
    shares = [
        {"id": "one", "source": "x_ServiceId = 'platform'", "method": "even"},
        {"id": "two", "stage": 2, "source": "x_ServiceId = 'data'", "method": "fixed"}
        | {"percent": {"a": "33.3", "b": "66.7"}},
    ]
    rules = workspace.settings.model_dump(mode="json", by_alias=True) | {"shares": shares}
    workspace.settings = Settings.model_validate(rules)
    workspace.load(
        [charge("1", Tags={"s": "platform"}), charge("-0.000000000000000007", Tags={"s": "platform"})]
    )
    workspace.allocate()

    for key in (1, 2):
        opened = _open(workspace, key)
        assert opened.adds_up
        assert all(s.recomputed for s in opened.slices)
    ratios = []
    for row in workspace.rows("allocations"):
        details = json.loads(row["AllocatedMethodDetails"])
        ratios.append(details["Elements"][0]["AllocatedRatio"])
        product = 1.0
        for step in details["x_Steps"]:
            product *= step["Ratio"]
        assert product == ratios[-1]
    assert abs(sum(ratios) - 2) < 1e-12  # FOCUS 1.3: the ratios of a charge sum to 1
    shares_of = sorted((s.service_id, [t.share_id for t in s.steps]) for s in _open(workspace, 1).slices)
    assert shares_of == [("a", ["one"]), ("a", ["one", "two"]), ("b", ["one"]), ("b", ["one", "two"])]


def test_cost_that_stayed_says_why(workspace: SmallWorkspace) -> None:
    """No weights: the reason stands where the formula would."""
    workspace.load([charge("5", Tags={"s": "platform"})])
    report = workspace.allocate()

    (only,) = _open(workspace, 1).slices

    assert (only.service_id, only.allocation_class, only.share_id) == ("platform", "shared", "platform")
    assert only.steps[0].formula == "EffectiveCost 5 stays at its source: no target has any weight"
    assert report.kept == ("share platform: no target has any weight (EffectiveCost USD): 1 times",)


def test_unallocated_has_no_rule(workspace: SmallWorkspace) -> None:
    """Never guessed: no rule, no service, class unallocated."""
    workspace.load(BILL)
    workspace.allocate()

    opened = _open(workspace, 4)

    assert opened.rule is None
    assert [(s.service_id, s.allocation_class) for s in opened.slices] == [(None, "unallocated")]


def test_before_allocation_a_charge_opens_without_slices(workspace: SmallWorkspace) -> None:
    """The bill row is shown; nothing pretends to add up."""
    workspace.load(BILL)

    opened = _open(workspace, 1)

    assert (opened.slices, opened.adds_up, opened.rule) == ((), False, None)


def test_a_rule_that_is_gone_is_named(workspace: SmallWorkspace) -> None:
    """Explained with yesterday's allocation and today's rules: the rule's id, no position."""
    workspace.load(BILL)
    workspace.allocate()
    workspace.settings = Settings.model_validate({})

    opened = _open(workspace, 1)

    assert opened.rule is not None
    assert (opened.rule.id, opened.rule.position) == ("by-tag", None)


def test_what_cannot_be_explained_is_an_error(workspace: SmallWorkspace) -> None:
    """An unknown charge, metric or filter says so."""
    workspace.load(BILL)
    workspace.allocate()

    with pytest.raises(UsageError, match="has no charge 99 in 2026-09"):
        _open(workspace, 99)
    with pytest.raises(LookupError):
        _open(workspace, 99)
    with pytest.raises(UnknownColumn, match="'Cost' is no cost metric"):
        _explain(workspace, metric="Cost")
    with pytest.raises(FilterError):
        _explain(workspace, "x_ServiceId =")
