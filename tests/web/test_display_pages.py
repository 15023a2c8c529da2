"""The first page in a currency of display: one total, each rate, and what has none."""

import re
import shutil
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.datastructures import QueryParams

from rated_company import RATES, make_rated, with_rates
from tiny_company import NOW
from warikan.bootstrap import Workspace, open_workspace
from warikan.web.costs import Costs, load_costs
from warikan.web.links import api_address, cli_command
from warikan.web.memory import Memory
from warikan.web.state import ViewState, parse_state
from warikan.web.texts import load_texts
from warikan.web.visit import Visit

NO_SEPTEMBER = re.sub(r"2026-09.*\n", "", RATES)


@pytest.fixture(scope="module")
def rated(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The company with rates, shown in yen; October is frozen."""
    workspace = make_rated(tmp_path_factory.mktemp("rated") / "company")
    workspace.operations.currencies.freeze_final()
    return workspace


@pytest.fixture
def copied(rated: Workspace, tmp_path: Path) -> Workspace:
    """The same, for one test; nothing is frozen."""
    folder = shutil.copytree(rated.folder, tmp_path / "company")
    (folder / ".warikan" / "state.db").unlink()
    return open_workspace(folder, clock=lambda: NOW)


def visit_of(workspace: Workspace, lang: str = "en") -> Visit:
    """A visitor of *workspace*."""
    return Visit(Memory(workspace), load_texts(lang))


def state_of(visit: Visit, query: str = "") -> ViewState:
    """What a URL shows."""
    return visit.resolve(parse_state(QueryParams(query)))


def costs(workspace: Workspace, query: str = "") -> Costs:
    """The page of a URL."""
    visit = visit_of(workspace)
    _, found = load_costs(state_of(visit, query), visit)
    assert found is not None
    return found


def test_all_in_one_currency(rated: Workspace) -> None:
    """Dollars and yen in one total, against the period before at its own rates."""
    page = costs(rated)

    assert [h.currency for h in page.headlines] == ["JPY"]
    assert page.headline.amount.text == "¥120,685"
    assert page.headline.previous is not None
    assert page.headline.previous.exact.startswith("110,638.5 JPY")
    assert [(r.label, r.cost) for r in page.rows] == [
        ("Sales", Decimal("61695.0")),
        ("Finding", Decimal("52135.0")),
        ("Unallocated", Decimal("6855.0")),
    ]
    assert [m.label for m in page.movers] == ["Shop", "Search", "Unallocated"]
    assert page.covered == "94.3%"


def test_open_rows_and_bars_are_in_it_too(rated: Workspace) -> None:
    """What a row consists of adds up to the row; the bars add up to the total."""
    page = costs(rated, "open=finding&by=x_TeamId&by=ServiceName")

    finding = next(r for r in page.rows if r.label == "Finding")
    parts = [(c.label, c.amount.exact.splitlines()[0]) for c in finding.children]
    assert parts == [("Warehouse", "27,000 JPY"), ("Compute", "18,280 JPY"), ("Cluster", "6,855 JPY")]
    assert sum((sum(s.amounts, Decimal(0)) for s in page.chart.series), Decimal(0)) == Decimal(120685)
    assert '"currency":"JPY"' in page.chart.data


def test_each_amount_says_its_rates(rated: Workspace) -> None:
    """On hover, newest first; the list has where they come from."""
    page = costs(rated)

    assert page.headline.amount.exact.splitlines() == [
        "120,685 JPY",
        "Rates of this view:",
        "1 USD = 153 JPY · November 2026",
        "1 USD = 151 JPY · October 2026 · frozen",
        "1 USD = 150 JPY · September 2026 · frozen",
    ]
    assert page.rows[0].amount.exact.splitlines()[1:] == page.headline.amount.exact.splitlines()[1:]
    assert page.rates is not None
    november, october, september = page.rates.rows
    assert (october.month, october.exact, october.is_frozen) == ("October 2026", "1 USD = 151 JPY", True)
    assert october.source == "rates.csv: average of 2 days to 2026-10-30"
    assert [a and a.text for a in (october.billed, october.shown)] == ["$205.00", "¥30,955"]
    assert not november.is_frozen
    assert september.billed is None


def test_billing_currencies_can_be_chosen(rated: Workspace) -> None:
    """Then everything is as it was: side by side, and no rate is said."""
    page = costs(rated, "in=billed")

    assert [h.currency for h in page.headlines] == ["USD", "JPY"]
    assert page.headline.amount == costs(rated, "in=billed&currency=USD").headline.amount
    assert page.headline.amount.exact == "615 USD"
    assert page.rates is None


def test_another_currency(rated: Workspace) -> None:
    """Of any that there is a rate of; only what is billed in dollars, where that is asked for."""
    assert costs(rated, "in=USD").headline.currency == "USD"
    assert costs(rated, "in=usd") == costs(rated, "in=USD")
    assert costs(rated, "in=JPY&currency=USD").headline.amount.text == "¥93,685"


def test_without_a_rate_it_is_not_in_the_total(copied: Workspace) -> None:
    """It is said, in its own currency; a period before without rates is not compared with."""
    lacking = with_rates(copied, rates=NO_SEPTEMBER)
    now, before = costs(lacking, "period=90d"), costs(lacking)

    assert now.headline.currency == "JPY"
    assert now.rates is not None
    assert [(u.month, u.currency, u.billed.text) for u in now.rates.without] == [
        ("September 2026", "USD", "$203.50")
    ]
    assert before.rates is not None
    assert before.rates.without == ()
    assert before.lacks_rates_before
    assert not before.is_comparable
    assert before.headline.delta is None


def test_where_nothing_has_a_rate_it_is_shown_as_billed(copied: Workspace) -> None:
    """The page says why."""
    lacking = with_rates(copied, rates="Date,USD,JPY\n2020-01-02,1,100\n")
    page = costs(lacking, "where=SubAccountId%3D'1-prod'%20AND%20BillingCurrency%3D'USD'")

    assert page.headline.amount.text == "$615.00"
    assert [r.amount.text for r in page.rows] == ["$405.00", "$165.00", "$45.00"]
    assert page.rates is not None
    assert {u.currency for u in page.rates.without} == {"USD"}


def test_the_same_question_elsewhere(rated: Workspace) -> None:
    """Command line and API are asked for the same currency."""
    visit = visit_of(rated)

    assert cli_command(state_of(visit)).endswith("--in JPY")
    assert api_address(state_of(visit), "http://here").endswith("&in=JPY")
    assert "in" not in cli_command(state_of(visit, "in=billed")).split()
    assert "--in" not in cli_command(state_of(visit, "in=billed"))


def test_a_changed_file_is_seen_at_once(copied: Workspace) -> None:
    """Answers that are remembered are of the rates that hold."""
    workspace = with_rates(copied)
    memory = Memory(workspace)

    def total() -> str:
        visit = Visit(memory, load_texts("en"))
        found = load_costs(state_of(visit), visit)[1]
        assert found is not None
        return found.headline.amount.text

    first, again = total(), total()
    (workspace.folder / "rates.csv").write_text(RATES.replace("160.65", "170.0000"))
    assert first == again == "¥120,685"
    assert total() == "¥124,336"


def test_rates_that_cannot_be_read_do_not_hide_the_bill(
    copied: Workspace, serve: Callable[[Workspace], str]
) -> None:
    """The page shows what is billed and says what is wrong; asked for outright, it is an error."""
    broken = with_rates(copied, rates="nonsense\n")
    address = serve(broken)

    page = httpx.get(address, timeout=60)
    assert page.status_code == 200
    assert "$615.00" in page.text
    assert "The rates of currencies cannot be read" in page.text
    assert "no form that is known" in page.text
    assert httpx.get(f"{address}/?in=JPY", timeout=60).status_code == 400


def test_without_rates_nothing_is_different(get: Callable[..., httpx.Response]) -> None:
    """No choice, no words; asked for, a clear error."""
    assert "shown-in" not in get("/").text
    refused = get("/", params={"in": "JPY"})
    assert refused.status_code == 400
    assert "there are no rates" in refused.text


def test_the_address_remembers(rated: Workspace, serve: Callable[[Workspace], str]) -> None:
    """The choice stays in every link; what is hostile is text."""
    with httpx.Client(base_url=serve(rated), timeout=60) as client:
        page = client.get("/", params={"in": "USD"}).text
        assert '<option value="USD" selected>' in page
        assert re.search(r'href="/\?[^"]*in=USD[^"]*order=name"', page)
        hostile = client.get("/", params={"in": "<script>"})
        assert hostile.status_code == 400
        assert "<script>" not in hostile.text.replace('<script type="module"', "")


@pytest.fixture
def look(chromium: Any, rated: Workspace, serve: Callable[[Workspace], str]) -> Iterator[Callable[..., Any]]:
    """Opens the page in a window of its own; at the end it may not have complained."""
    contexts, complaints = [], []
    address = serve(rated)

    def open_(path: str = "/", *, width: int = 1440, theme: str = "light", lang: str = "en") -> Any:
        context = chromium.new_context(
            viewport={"width": width, "height": 900},
            locale=lang,
            color_scheme=theme,
            reduced_motion="reduce",
            base_url=address,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda m: complaints.append(m.text) if m.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path, wait_until="networkidle")
        return page

    yield open_
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.mark.browser
def test_choosing_a_currency_in_the_toolbar(look: Callable[..., Any]) -> None:
    """One choice, and everything is in it; the rates are one click or key away."""
    page = look()
    assert page.locator(".headline").inner_text() == "¥120,685"
    page.locator(".rates summary").focus()
    page.keyboard.press("Enter")
    assert "1 USD = 151 JPY" in page.locator(".rates .pop-body").inner_text()

    page.select_option("select[name=in]", "billed")
    page.wait_for_selector(".headline:text-is('$615.00')")
    assert "in=billed" in page.url
    page.select_option("select[name=in]", "USD")
    page.wait_for_selector(".rates")
    page.go_back()
    page.wait_for_selector(".headline:text-is('$615.00')")


@pytest.mark.browser
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize("width", [390, 1440])
def test_everybody_can_read_the_rates(
    look: Callable[..., Any], asset_folder: Path, tmp_path: Path, theme: str, lang: str, width: int
) -> None:
    """No WCAG violation with the list of rates open, and nothing runs out of the window."""
    axe = asset_folder / "node_modules" / "axe-core" / "axe.min.js"
    if not axe.exists():
        pytest.skip("axe-core is not installed: make assets")
    page = look(theme=theme, lang=lang, width=width)
    page.click(".rates summary")
    page.screenshot(path=tmp_path / f"rates-{lang}-{theme}-{width}.png")
    page.evaluate(axe.read_text(encoding="utf-8"))  # not as a script tag: the page's CSP allows none
    found = page.evaluate(
        """axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
        .then(result => result.violations.map(v => [v.id, v.nodes.map(n => n.html)]))"""
    )

    assert found == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    box = page.locator(".rates .pop-body").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
