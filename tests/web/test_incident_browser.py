"""Anomalies, incidents and changes in Debian's Chromium, as a person on call would use them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from warikan.bootstrap import Workspace

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Any]
PAGES = ["/incidents", "/anomalies/ANO-1", "/incidents/INC-1", "/incidents/new", "/changes"]
RUN_AXE = """axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
    .then(result => result.violations)"""
DRAWN = "cost-chart canvas"
ROW = "[data-row]"


@pytest.fixture
def address(serve: Callable[[Workspace], str], troubled: Workspace) -> str:
    """Where the company with a bug is served; what ``open_page`` opens."""
    return serve(troubled)


@pytest.fixture
def declared(troubled: Workspace) -> Workspace:
    """The same, with an incident, a task and a note."""
    incidents = troubled.operations.incidents
    incidents.declare_from_anomaly("ANO-1", actor="aya")
    incidents.refresh()
    incidents.add_task("INC-1", title="Limit logs", owner="aya", actor="aya")
    incidents.add_note("INC-1", "Level was debug", actor="aya")
    return troubled


def test_the_queue_by_keys(open_page: OpenPage) -> None:
    """J moves there, p says planned, u takes it back, o opens; a mouse is not needed."""
    page = open_page("/incidents")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.closest('[data-row]') !== null")
    page.keyboard.press("p")
    page.wait_for_selector(".told >> text=Planned")
    assert page.locator(ROW).count() == 0

    page.keyboard.press("u")
    page.wait_for_selector(ROW)
    page.keyboard.press("j")
    page.keyboard.press("o")
    page.wait_for_url("**/anomalies/ANO-1")
    page.wait_for_selector(DRAWN)


def test_keys_can_be_switched_off(open_page: OpenPage) -> None:
    """Keys of one letter do nothing once they are off, also on the next page (WCAG 2.1.4)."""
    page = open_page("/incidents")
    page.keyboard.press("?")
    page.uncheck("[data-single-keys]")
    page.keyboard.press("Escape")
    page.goto("/incidents")
    page.keyboard.press("j")

    assert page.evaluate("document.activeElement.closest('[data-row]')") is None
    assert not page.evaluate("document.querySelector('[data-single-keys]').checked")


def test_from_anomaly_to_contained_in_japanese(open_page: OpenPage) -> None:
    """Queue → anomaly → incident → in hand → contained → review, all in Japanese."""
    page = open_page("/incidents", lang="ja")
    page.click(f"{ROW} a.into")
    page.wait_for_url("**/anomalies/ANO-1")
    page.click("main >> button:has-text('インシデントを宣言')")
    page.wait_for_url("**/incidents/INC-1")
    page.wait_for_selector(DRAWN)
    assert "原因とは限りません" in page.locator("main").inner_text()

    page.click("button:has-text('対応を開始')")
    page.wait_for_selector(".incident-head >> text=対応中")
    page.click("button:has-text('今、収束した')")
    page.wait_for_selector(".incident-head >> .state-contained")
    page.fill("#of-tasks input[name=title] >> nth=-1", "ログの上限を決める")
    page.fill("#of-tasks form:last-of-type input[name=owner] >> nth=-1", "彩")
    page.click("#of-tasks >> button:text-is('追加')")
    page.wait_for_selector(".task-title:has-text('ログの上限を決める')")
    page.wait_for_function("document.querySelector('#of-tasks > form [name=title]').value === ''")
    assert page.evaluate("document.activeElement.name") == "title"


def test_a_mark_leads_to_the_changes(open_page: OpenPage) -> None:
    """The strip lies under its bars; its number leads to the list of those days."""
    page = open_page("/anomalies/ANO-1")
    page.wait_for_selector(".change-marks.is-laid")
    page.click(".change-marks a")
    page.wait_for_url("**/changes?service=shop**")

    assert page.locator("table.changes tbody tr").count() == 3


@pytest.mark.usefixtures("declared")
@pytest.mark.parametrize("lang", ["en", "ja"])
def test_nothing_scrolls_sideways(open_page: OpenPage, lang: str) -> None:
    """From a desk to a phone, and at 320 px (WCAG 1.4.10)."""
    page = open_page(lang=lang)
    for path in PAGES:
        page.goto(path)
        for width in (1440, 900, 390, 320):
            page.set_viewport_size({"width": width, "height": 900})
            assert (path, width) >= (path, page.evaluate("document.documentElement.scrollWidth"))


@pytest.mark.usefixtures("declared")
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing_serious(open_page: OpenPage, asset_folder: Path, theme: str, width: int) -> None:
    """WCAG 2.2 AA as far as a program can see, on each page."""
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
