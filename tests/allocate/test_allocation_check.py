"""The laws on the lake as it is, what would claim the unallocated, and what is wrong with the rules."""

from datetime import date
from decimal import Decimal

from bills import catalog, charge
from small_workspace import SmallWorkspace

from warikan.allocate.check import check
from warikan.allocate.lint import lint
from warikan.allocate.suggest import suggest_unallocated
from warikan.catalog.settings import Settings
from warikan.lake import Unit

BILL = [charge("30", Tags={"s": "a"}), charge("1", Tags={"s": "platform"}), charge("7", Tags={"s": "?"})]


def _broken(workspace: SmallWorkspace) -> dict[str, str]:
    results = check(workspace.engine, workspace.lake, workspace.settings, workspace.catalog)
    return {r.name: r.detail for r in results if not r.ok}


def test_every_law_holds_after_a_run(workspace: SmallWorkspace) -> None:
    """A loaded and allocated lake passes."""
    workspace.load(BILL)
    workspace.allocate()

    assert _broken(workspace) == {}


def test_an_empty_lake_passes(workspace: SmallWorkspace) -> None:
    """Nothing is nothing."""
    assert _broken(workspace) == {}


def test_a_bill_that_is_not_allocated_is_found(workspace: SmallWorkspace) -> None:
    """Three laws fail and one says what to do."""
    workspace.load(BILL)

    broken = _broken(workspace)

    assert {
        "allocations are of the bill and the rules as they are",
        "allocations add up to charges",
        "every charge has a slice",
    } == set(broken)
    stale = broken["allocations are of the bill and the rules as they are"]
    assert stale == "run `warikan allocate`: 2026-09 changed since"


def test_lost_days_are_found_with_the_difference(workspace: SmallWorkspace) -> None:
    """daily_costs without a month: source, month, currency, metric and both sums."""
    workspace.load(BILL)
    workspace.allocate()
    with workspace.lake.writing():
        workspace.lake.replace("daily_costs", [Unit(None, date(2026, 9, 1))], [])

    broken = _broken(workspace)

    assert list(broken) == ["daily_costs add up to allocations"]
    assert "bill 2026-09-01 USD BilledCost: 38 is not 0" in broken["daily_costs add up to allocations"]


def test_suggestions_are_ranked_by_money(workspace: SmallWorkspace) -> None:
    """The tag value that would claim most comes first, with the filter of a rule and a near service."""
    workspace.catalog = catalog("a", "b", "checkout", "platform")
    rows = [
        charge("60", Tags={"s": "Chekout", "x'y": "1"}, SubAccountId="42"),
        charge("30", Tags={"s": "legacy"}, SubAccountId="42"),
        charge("10", SubAccountId="43"),
        charge("1000", Tags={"s": "a"}),
    ]
    workspace.load(rows)
    workspace.allocate()

    common = (workspace.engine, workspace.settings, workspace.catalog)
    found = suggest_unallocated(*common, limit=4)

    assert [
        ("x_SourceId = 'bill'", Decimal(100), 1.0, 3, None),
        ("SubAccountId = '42'", Decimal(90), 0.9, 2, None),
        ("Tags['s'] = 'Chekout'", Decimal(60), 0.6, 1, "checkout"),
        ("Tags['x''y'] = '1'", Decimal(60), 0.6, 1, None),
    ] == [(s.when, s.cost, s.ratio, s.charges, s.service_id) for s in found]


def test_nothing_unallocated_suggests_nothing(workspace: SmallWorkspace) -> None:
    """Also on an empty lake."""
    assert suggest_unallocated(workspace.engine, workspace.settings, workspace.catalog) == ()


def test_lint_finds_every_problem_at_once(workspace: SmallWorkspace) -> None:
    """Each sentence names the rule or share."""
    settings = Settings.model_validate(
        {
            "ownership": {
                "rules": [
                    {"id": "typo", "service": "plattform"},
                    {"id": "filter", "when": "Nope = 1", "service": "a"},
                    {"id": "map", "service": {"from": "ServiceName", "map": {"EC2": "a", "s3": "ghost"}}},
                    {"id": "all", "service": "a"},
                    {"id": "late", "when": "ServiceName = 'EC2'", "service": "b"},
                ]
            },
            "shares": [
                {"id": "ghost", "source": "x_ServiceId = 'ghost'", "method": "even"},
                {"id": "one", "source": "x_ServiceId = 'a'", "method": "even", "to": {"services": ["b"]}},
                {"id": "two", "stage": 2, "source": "x_ServiceId = 'b'", "method": "even"}
                | {"to": {"services": ["a"]}},
            ],
        }
    )

    found = lint(workspace.lake, settings, workspace.catalog)

    for part in (
        "rule typo: there is no service 'plattform' in the catalogue (did you mean platform?)",
        "rule filter: when: there is no column 'Nope'",
        "rule map: map: 's3' becomes 'ghost'",
        "rule map: map: 'EC2' can never match; values are cleaned before, write 'ec2'",
        "rule late can never claim anything: typo before it takes the same charges",
        "share ghost: source names 'ghost'",
        "share two: a is a source in stage 2 or before",
    ):
        assert any(part in sentence for sentence in found), (part, found)
    assert lint(workspace.lake, workspace.settings, workspace.catalog) == ()
