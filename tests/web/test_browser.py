"""The page in Debian's Chromium, as a person would use it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Any]
RUN_AXE = """axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
    .then(result => result.violations)"""
DRAWN = "cost-chart canvas"


def settle(page: Any, url: str) -> None:
    """Wait until the address ends in *url* and the page has been replaced."""
    page.wait_for_url(lambda now: now.endswith(url))
    page.wait_for_selector("#page:not(.htmx-request):not(.htmx-swapping)")


def test_the_first_page_draws(open_page: OpenPage) -> None:
    """The chart is drawn and nothing complains."""
    page = open_page()

    page.wait_for_selector(DRAWN)
    assert page.locator(".headline").inner_text() == "$615.00"


def test_two_clicks_to_what_grew_and_why(open_page: OpenPage) -> None:
    """The service that grew most is on the first screen; its charges and the rule are two clicks away."""
    page = open_page()

    page.click(".movers a >> nth=0")
    page.wait_for_url("**where=**")
    page.click("text=See charges")
    page.wait_for_url("**/slices?**")
    assert "by-service-tag" in page.locator("#why").inner_text()


def test_filtering_with_proposals(open_page: OpenPage) -> None:
    """Type, choose a value with the keyboard, apply; Back takes it away again."""
    page = open_page()
    page.keyboard.press("/")
    page.keyboard.type("x_TeamId = 'sa")
    page.wait_for_selector("[role=option]:has-text('Sales')")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.input_value("#where").strip() == "x_TeamId = 'sales'"

    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    settle(page, "/?where=x_TeamId%20%3D%20%27sales%27")
    page.wait_for_selector(DRAWN)
    page.wait_for_selector(".headline:text-is('$405.00')")

    page.go_back()
    settle(page, "/")
    page.wait_for_selector(".headline:text-is('$615.00')")
    page.wait_for_selector(DRAWN)


def test_grouping_and_periods(open_page: OpenPage) -> None:
    """Choosing a grouping is a new address; the chart stays."""
    page = open_page()

    page.select_option("select[name=by] >> nth=0", "ServiceName")
    settle(page, "/?by=ServiceName&by=x_ServiceId")
    page.click("text=7 days")
    settle(page, "/?by=ServiceName&by=x_ServiceId&period=7d")
    page.wait_for_selector(DRAWN)
    assert "Compute" in page.locator("table.costs").inner_text()


def test_a_row_opens_in_place(open_page: OpenPage) -> None:
    """Its parts appear under it, the page stays where it was, and the address remembers."""
    page = open_page()
    page.click(".expand >> nth=0")
    settle(page, "/?open=sales")

    page.wait_for_selector("tr.child")


def test_down_to_the_row_of_the_bill(open_page: OpenPage) -> None:
    """Menu → charges → charge, and the breadcrumbs back."""
    page = open_page()
    page.click("tr.row >> nth=0 >> td.cost")
    page.click("#row-menu >> text=See charges")
    page.wait_for_url("**/slices?**")
    page.click("table.slices a.into >> nth=0")
    page.wait_for_url("**/charge/**")
    assert "bills/cloud.csv" in page.locator("main").inner_text()
    assert page.evaluate("document.activeElement.id") == "main"

    page.click(".crumbs >> text=All costs")
    settle(page, "/")


@pytest.mark.parametrize(
    "choice", ["See charges", "Why this owner?", "Only this", "Everything but this", "Copy link"]
)
def test_the_menu_closes_on_every_choice(open_page: OpenPage, choice: str) -> None:
    """Whatever is chosen, the answer is not covered."""
    page = open_page()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.click(".dots >> nth=0")
    page.click(f"#row-menu >> text={choice}")

    page.wait_for_selector("#row-menu", state="hidden")
    if choice != "Copy link":
        page.wait_for_url(lambda url: "where=" in url)
    assert not page.evaluate("document.getElementById('row-menu').matches(':popover-open')")


@pytest.mark.parametrize("lang", ["en", "ja"])
@pytest.mark.parametrize("width", [390, 768, 1100])
def test_numbers_and_words_do_not_break(open_page: OpenPage, lang: str, width: int) -> None:
    """An exact amount, a label and the name of the product stand on one line."""
    page = open_page("/slices?where=x_AllocationClass = 'shared'", width=width, lang=lang)
    page.click("table.slices a.into >> nth=0")
    page.wait_for_url("**/charge/**")
    one_line = """all => all.filter(e => {
        const range = document.createRange(); range.selectNodeContents(e);
        return new Set([...range.getClientRects()].map(r => Math.round(r.top))).size > 1;
    }).map(e => e.textContent)"""

    for words in (".brand .name", ".where dt", ".four b", ".parts .exact", ".formula span"):
        assert page.locator(words).count() > 0
        assert page.locator(words).evaluate_all(one_line) == []


def test_copying_a_command(open_page: OpenPage) -> None:
    """Each view can be continued on a terminal."""
    page = open_page()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.click(".copies >> text=CLI")
    page.wait_for_selector("#live.is-shown")

    assert page.evaluate("navigator.clipboard.readText()").startswith("warikan cost --by x_TeamId")


def test_the_other_language(open_page: OpenPage) -> None:
    """One click, and it is kept."""
    page = open_page()
    page.click("text=日本語")
    page.wait_for_selector("html[lang=ja]")
    page.goto("/")

    assert "未配賦" in page.locator("table.costs").inner_text()


def test_the_theme_is_kept(open_page: OpenPage) -> None:
    """Chosen once, rendered by the server from then on; the system's choice holds until then."""
    page = open_page(theme="dark")
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(ground)
    page.click("[data-theme-toggle]")
    page.reload()

    assert page.locator("html").get_attribute("data-theme") == "light"
    assert dark != page.evaluate(ground)


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_nothing_scrolls_sideways(open_page: OpenPage, lang: str) -> None:
    """From a desk to a phone, and at 320 px (WCAG 1.4.10)."""
    page = open_page(lang=lang)
    for path in ("/?open=sales", "/slices", "/?where=x_TeamId = 'nobody'"):
        page.goto(path)
        for width in (1440, 900, 390, 320):
            page.set_viewport_size({"width": width, "height": 900})
            assert width >= page.evaluate("document.documentElement.scrollWidth")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing_serious(open_page: OpenPage, asset_folder: Path, theme: str, width: int) -> None:
    """WCAG 2.2 AA as far as a program can see, on every kind of page and with the menu open."""
    axe = asset_folder / "node_modules" / "axe-core" / "axe.min.js"
    if not axe.is_file():
        pytest.skip("axe-core is not here: npm ci in src/warikan/web/assets")
    page = open_page("/?open=sales", width=width, theme=theme)
    slices = "/slices?where=x_AllocationClass = 'shared'"
    for step in ("costs", "menu", "unallocated", "slices", "charge"):
        if step == "menu":
            page.click(".dots >> nth=0")
            page.wait_for_selector("#row-menu a")
        elif step == "unallocated":
            page.goto("/unallocated")
        elif step == "slices":
            page.goto(slices)
        elif step == "charge":
            page.click("table.slices a.into >> nth=0")
            page.wait_for_url("**/charge/**")
        page.evaluate(axe.read_text(encoding="utf-8"))
        found = page.evaluate(RUN_AXE)
        said = [
            f"{step}: {v['id']}: {json.dumps([n['html'] for n in v['nodes']][:3])}"
            for v in found
            if v["impact"] in {"serious", "critical"}
        ]
        assert said == []


def test_keyboard_only(open_page: OpenPage) -> None:
    """Skip link first; the row's menu opens, moves and closes by keys, and gives the focus back."""
    page = open_page()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"

    page.focus(".dots >> nth=0")
    page.keyboard.press("Enter")
    page.wait_for_selector("#row-menu a")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.closest('#row-menu') !== null")
    page.keyboard.press("Escape")
    page.wait_for_selector("#row-menu", state="hidden")
    assert page.evaluate("document.activeElement.className") == "dots"
