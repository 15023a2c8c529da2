"""The pages of clusters in Debian's Chromium, as a person would use them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from warikan.bootstrap import Workspace

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Any]
WEB = "/clusters/green/workloads/shop/Deployment/web"
PAGES = ["/clusters", "/clusters/green?pool=general", WEB, "/clusters/logical/production"]
RUN_AXE = """axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
    .then(result => result.violations)"""
DRAWN = "cost-chart canvas"


@pytest.fixture(scope="module")
def address(serve: Callable[[Workspace], str], clusters: Workspace) -> str:
    """Where the company with clusters is served; what ``open_page`` opens."""
    return serve(clusters)


def test_from_costs_to_a_pod(open_page: OpenPage) -> None:
    """Costs → clusters → a cluster → a workload → the charges of a pod, and back by the breadcrumbs."""
    page = open_page()
    page.click(".pages >> text=Clusters")
    page.wait_for_url("**/clusters")
    page.click("table.places >> text=Production (green)")
    page.wait_for_url("**/clusters/green")
    page.wait_for_selector(DRAWN)
    page.click("section[aria-labelledby=workloads] >> a.into:text-is('web')")
    page.wait_for_url(f"**{WEB}")
    page.click("section[aria-labelledby=pods] >> a.into")
    page.wait_for_url("**/slices?**")
    page.wait_for_selector("h1.headline:text-is('$204.00')")

    page.go_back()
    page.click(".crumbs >> text=Production (green)")
    page.wait_for_url("**/clusters/green")


def test_nodes_and_memory_are_part_of_the_address(open_page: OpenPage) -> None:
    """A pool opens in place; the other resource is a click; Back undoes both."""
    page = open_page("/clusters/green")
    page.click("section[aria-labelledby=pools] >> a.into:text-is('general')")
    page.wait_for_url("**/clusters/green?pool=general")
    page.wait_for_selector("section[aria-labelledby=nodes] >> text=node-green")
    page.click("section[aria-labelledby=utilisation] >> text=Memory")
    page.wait_for_url("**resource=memory**")
    page.go_back()
    page.go_back()

    page.wait_for_url("**/clusters/green")
    page.wait_for_selector("section[aria-labelledby=nodes]", state="detached")


def test_both_charts_are_drawn_and_light_together(open_page: OpenPage) -> None:
    """Cost and use have the same words for the same things."""
    page = open_page("/clusters/green")
    page.wait_for_function("document.querySelectorAll('cost-chart canvas').length === 2")
    page.hover(".legend li[data-key=used] >> nth=0")

    assert page.locator(".legend li.is-lit").count() == 2


def test_another_period(open_page: OpenPage) -> None:
    """The picker keeps to the page it is on."""
    page = open_page("/clusters/logical/production")
    page.wait_for_selector(DRAWN)
    page.click("text=7 days")

    page.wait_for_url("**/clusters/logical/production?period=7d")


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_nothing_scrolls_sideways(open_page: OpenPage, lang: str) -> None:
    """From a desk to a phone, and at 320 px (WCAG 1.4.10)."""
    page = open_page(lang=lang)
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
    page = open_page(width=width, theme=theme)
    for path in PAGES:
        page.goto(path, wait_until="networkidle")
        page.evaluate(axe.read_text(encoding="utf-8"))
        said = [
            f"{path}: {v['id']}: {json.dumps([n['html'] for n in v['nodes']][:3])}"
            for v in page.evaluate(RUN_AXE)
            if v["impact"] in {"serious", "critical"}
        ]
        assert said == []
