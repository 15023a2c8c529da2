"""Reviews, budgets and digests in Debian's Chromium, as a person would use them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from reviewed_company import begin_review

from warikan.bootstrap import Workspace

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Any]
PAGES = [
    "/reviews",
    "/reviews?text=quota",
    "/reviews/REV-1",
    "/reviews/REV-1?edit=sense",
    "/reviews/REV-1/sections/sense/versions",
    "/budgets",
    "/budgets/sales-team",
    "/teams/sales",
]
RUN_AXE = """axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
    .then(result => result.violations)"""


@pytest.fixture
def address(company: Workspace, serve: Callable[[Workspace], str]) -> str:
    """Where the company with a review is served; what ``open_page`` opens."""
    begin_review(company)
    return serve(company)


def test_a_section_is_written(open_page: OpenPage, company: Workspace) -> None:
    """Write, look at it, save: the page comes back at the section, without the field."""
    page = open_page("/reviews/REV-1")
    page.click("#learning >> text=Write")
    page.wait_for_selector("#learning textarea")
    page.fill("#learning textarea", "Logs **cost** money.")
    page.click("#learning >> text=Preview and check the wording")
    page.wait_for_selector("#preview strong:text-is('cost')")
    page.click("#learning button:text-is('Save')")
    page.wait_for_url("**/reviews/REV-1#learning")

    page.wait_for_selector("#learning .prose strong")
    assert page.locator("#learning textarea").count() == 0
    assert company.operations.reviews.get("REV-1").sections["learning"].version == 2


def test_two_people_on_one_line(chromium: Any, address: str, company: Workspace) -> None:
    """The later one sees both texts, merges them in the field, and saves."""
    # A window of its own: the browser complains of the 409, as it should.
    context = chromium.new_context(base_url=address)
    page = context.new_page()
    page.goto("/reviews/REV-1?edit=learning#learning")
    page.fill("#learning textarea", "mine")
    company.operations.reviews.edit("REV-1", "learning", "theirs", version=1, actor="Sato")
    page.click("#learning button:text-is('Save')")
    page.wait_for_selector("text=Saved meanwhile by Sato")
    assert "mine" in page.locator(".both >> nth=0").inner_text()
    assert "theirs" in page.locator(".both >> nth=0").inner_text()

    page.fill("#text-learning", "mine and theirs")
    page.click("#learning button:text-is('Save')")
    page.wait_for_url("**/reviews/REV-1#learning")
    assert company.operations.reviews.get("REV-1").sections["learning"].text == "mine and theirs"
    context.close()


def test_a_marked_sentence_is_kept(open_page: OpenPage) -> None:
    """From the underlined words to the reason, by the keyboard alone."""
    page = open_page("/reviews/REV-1")
    page.focus("#sense a.blame >> nth=0")
    page.keyboard.press("Enter")
    page.wait_for_url("**#mark-sense-1")
    page.focus("#mark-sense-1 summary")
    page.keyboard.press("Enter")
    page.fill("#mark-sense-1 input[name=reason]", "they said so themselves")
    page.keyboard.press("Enter")
    page.wait_for_selector("#kept")

    assert page.locator("#sense a.blame").count() == 1


def test_factors_are_counted(open_page: OpenPage) -> None:
    """Two of different kinds are needed; the page counts them."""
    page = open_page("/reviews/REV-1")
    assert page.locator(".counter b").inner_text() == "1"
    page.click("#add-factor summary")
    page.check("#add-factor input[value=signals]")
    page.fill("#add-factor textarea", "Nobody sees idle nodes")
    page.click("#add-factor button:text-is('Add')")

    page.wait_for_selector(".counter.is-enough b:text-is('2')")


def test_without_scripts(chromium: Any, address: str) -> None:
    """Reading, writing and marking work all the same."""
    context = chromium.new_context(base_url=address, java_script_enabled=False)
    page = context.new_page()
    page.goto("/reviews/REV-1?edit=learning")
    page.fill("#text-learning", "Plain words.")
    page.click("#learning button:text-is('Save')")

    assert page.locator("#learning .prose").inner_text() == "Plain words."
    assert page.locator("#sense a.blame").count() == 2
    context.close()


def test_a_budget_is_drawn_and_its_forecast_measured(open_page: OpenPage) -> None:
    """From the tree to the chart; the accuracy comes by itself."""
    page = open_page("/budgets")
    page.click("table.budgets >> text=Sales in cloud")
    page.wait_for_url("**/budgets/sales-team")
    page.wait_for_selector("cost-chart canvas")

    page.wait_for_selector(".accuracy dl")
    assert "MASE" in page.locator(".accuracy").inner_text()
    assert page.url.endswith("/budgets/sales-team")


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_nothing_scrolls_sideways(open_page: OpenPage, lang: str) -> None:
    """From a desk to a phone, and at 320 px (WCAG 1.4.10)."""
    page = open_page("/reviews", lang=lang)
    for path in PAGES:
        page.goto(path)
        for width in (1440, 900, 390, 320):
            page.set_viewport_size({"width": width, "height": 900})
            assert width >= page.evaluate("document.documentElement.scrollWidth"), (path, width)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing_serious(open_page: OpenPage, asset_folder: Path, theme: str, width: int) -> None:
    """WCAG 2.2 AA as far as a program can see, on every kind of page."""
    axe = asset_folder / "node_modules" / "axe-core" / "axe.min.js"
    if not axe.is_file():
        pytest.skip("axe-core is not here: npm ci in src/warikan/web/assets")
    page = open_page("/reviews", width=width, theme=theme)
    for path in PAGES:
        page.goto(path, wait_until="networkidle")
        page.evaluate(axe.read_text(encoding="utf-8"))
        said = [
            f"{path}: {v['id']}: {json.dumps([n['html'] for n in v['nodes']][:3])}"
            for v in page.evaluate(RUN_AXE)
            if v["impact"] in {"serious", "critical"}
        ]
        assert said == []
