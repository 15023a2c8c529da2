"""The first page's numbers, of a company that can be added up by hand."""

from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from starlette.datastructures import QueryParams

from tiny_company import make_company
from warikan.engine.query import Query
from warikan.focus.errors import UsageError
from warikan.web.costs import Costs, load_costs
from warikan.web.memory import Memory
from warikan.web.movers import largest_changes
from warikan.web.state import parse_state
from warikan.web.visit import Visit


def costs(visit: Visit, query: str = "") -> Costs:
    """The page of a URL."""
    _, found = load_costs(parse_state(QueryParams(query)), visit)
    assert found is not None
    return found


def test_the_headline_is_the_bill_against_the_period_before(visit: Visit) -> None:
    """30 days of 12 + 4 + 3 + 1.50, after 30 days of 10 + 4 + 3 + 1.50."""
    page = costs(visit)

    assert [h.currency for h in page.headlines] == ["USD", "JPY"]
    assert page.headline.amount.text == "$615.00"
    assert page.headline.delta is not None
    assert (page.headline.delta.amount.text, page.headline.delta.percent) == ("+$60.00", "+11%")


def test_rows_are_teams_and_nobody(visit: Visit) -> None:
    """The platform's cost is with those it serves; what nobody owns is a row of its own."""
    rows = costs(visit).rows

    assert [(r.label, r.amount.text) for r in rows] == [
        ("Sales", "$405.00"),
        ("Finding", "$165.00"),
        ("Unallocated", "$45.00"),
    ]
    assert rows[-1].kind == "unallocated"


def test_classes_of_a_team(visit: Visit) -> None:
    """Each row says how much of it is its own and how much was shared in."""
    sales = costs(visit).rows[0]

    assert [(s.name, s.percent) for s in sales.segments] == [("direct", "88.9%"), ("shared", "11.1%")]


def test_coverage(visit: Visit) -> None:
    """570 of 615 have an owner."""
    page = costs(visit)

    assert page.covered == "92.7%"
    assert page.has_unallocated


def test_an_open_row_shows_what_it_consists_of(visit: Visit) -> None:
    """Its parts add up to it."""
    sales = costs(visit, "open=sales&by=x_TeamId&by=ServiceName").rows[0]

    assert [(c.label, c.amount.text) for c in sales.children] == [
        ("Compute", "$360.00"),
        ("Cluster", "$45.00"),
    ]


def test_what_changed_most_names_its_owner(visit: Visit) -> None:
    """The service that grew, and its team; what did not change is not listed."""
    movers = costs(visit).movers

    assert [(m.label, m.owner, m.delta.amount.text) for m in movers] == [("Shop", "Sales", "+$60.00")]


def test_what_grew_stands_first() -> None:
    """Increases, then decreases, each largest first; the largest increase is never pushed out."""
    falling = [Decimal(-n) for n in (90, 80, 70, 60, 50)]
    deltas = sorted([*falling, Decimal(5), Decimal(3), Decimal(0)], key=lambda d: -abs(d))
    rows = pa.table({"delta": pa.array(deltas, pa.decimal128(38, 18))})

    assert [int(row["delta"]) for row in largest_changes(rows, "delta")] == [5, -90, -80, -70, -60]
    assert [int(r["delta"]) for r in largest_changes(rows.slice(0, 2), "delta")] == [-90, -80]


def test_a_row_leads_into_itself(visit: Visit) -> None:
    """Filter to it, and break out by what comes next."""
    sales = costs(visit).rows[0]

    assert sales.href == "/?by=x_ServiceId&by=ServiceName&where=x_TeamId%20%3D%20'sales'"


def test_one_currency_at_a_time(visit: Visit) -> None:
    """Another currency is another view, never a sum."""
    page = costs(visit, "currency=JPY")

    assert [r.amount.text for r in page.rows] == ["¥27,000"]
    assert '"currency":"JPY"' in page.chart.data


def test_a_currency_that_is_not_there(visit: Visit) -> None:
    """The message names those that are."""
    with pytest.raises(UsageError) as caught:
        costs(visit, "currency=EUR")

    assert caught.value.hint == "there is: USD, JPY"


def test_nothing_before(visit: Visit) -> None:
    """Where no data is loaded before, nothing is called new."""
    page = costs(visit, "period=90d")

    assert not page.is_comparable
    assert page.headline.delta is None
    assert page.movers == ()


def test_a_part_of_the_time_before(visit: Visit) -> None:
    """Where only a part is loaded before, the page says from when."""
    assert costs(visit, "period=40d").before_from is not None


def test_the_default_view_asks_four_questions(visit: Visit) -> None:
    """The page must stay fast over many rows: four questions, and none that is known already."""
    costs(visit)
    costs(visit)

    assert visit.memory.asked == 4


def test_opening_a_row_asks_one_more(visit: Visit) -> None:
    """What is known already is not asked again."""
    costs(visit)
    costs(visit, "open=sales")

    assert visit.memory.asked == 5


def test_new_data_is_seen(tmp_path: Path) -> None:
    """What is remembered is forgotten when a table changes."""
    workspace = make_company(tmp_path / "w", allocate=False)
    memory = Memory(workspace)
    workspace.allocate()
    query = Query(by=("x_TeamId",))
    before = memory.ask(query, memory.present())
    assert memory.ask(query, memory.present()) is before

    workspace.allocate(force=True)
    assert memory.ask(query, memory.present()) is not before
