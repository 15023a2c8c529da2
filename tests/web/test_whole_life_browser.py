"""The whole life of one incident in Debian's Chromium, in Japanese: from anomaly to verified and reviewed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from incident_company import make_incidents

from warikan.bootstrap import Workspace

pytestmark = pytest.mark.browser
REVIEW = "/reviews/REV-1"
WRITTEN = {
    "impact": "ログの取り込み量が四日間増えた。購入者への影響はなかった。",
    "expected": "ログの水準は本番では「情報」だと想定していた。",
    "sense": "検証環境では量が少なく、差が見えなかった。",
    "went_well": "気づいてから三十分で元の水準に戻した。",
    "detection": "請求データが揃った翌日に検知した。",
    "learning": "ログの量には上限が要る。",
}


@pytest.fixture
def ended(tmp_path: Path) -> Workspace:
    """The company whose bug was mended after four days."""
    return make_incidents(tmp_path / "company", lasts=4)


@pytest.fixture
def address(serve: Callable[[Workspace], str], ended: Workspace) -> str:
    """Where it is served; what ``open_page`` opens."""
    return serve(ended)


def test_from_anomaly_to_verified_and_reviewed(open_page: Callable[..., Any], ended: Workspace) -> None:
    """Declare it, see that the bill knows since when it is over and verifies it, review it, close both."""
    page = open_page("/anomalies/ANO-1", lang="ja")
    page.click("main >> button:has-text('インシデントを宣言')")
    page.wait_for_url("**/incidents/INC-1")
    page.wait_for_selector(".incident-head >> .state-verified")
    assert "請求データが予想どおり" in page.locator(".incident-head").inner_text()

    page.click("button:has-text('振り返りを始める')")
    page.wait_for_url(f"**{REVIEW}")
    assert "Declared" not in page.locator("#timeline").inner_text()
    for section, text in WRITTEN.items():
        page.goto(f"{REVIEW}?edit={section}#{section}")
        field = page.locator(f"#{section} textarea[name=text]")
        field.fill(f"{field.input_value()}\n\n{text}")
        page.click(f"#{section} button:text-is('保存')")
        page.wait_for_selector(f"#{section} .prose:has-text('{text}')")
    add_factor(page, 0, "ログの量に上限がなかった")
    add_factor(page, 1, "取り込み量の通知がなかった")
    page.wait_for_selector("text=足りないものはありません。")

    page.click("button:text-is('レビューを依頼')")
    page.click("details:has(form[action$='/soak']) > summary")
    page.fill("form[action$='/soak'] [name=reason]", "すぐに効果を確かめられるため")
    page.click("form[action$='/soak'] button")
    page.click("button:text-is('レビュー済みにする')")
    page.click("button:text-is('振り返りを完了')")
    page.wait_for_selector("button:text-is('振り返りを完了')", state="detached")
    page.goto("/incidents/INC-1")
    page.click("button:text-is('閉じる')")
    page.wait_for_selector(".incident-head >> .state-closed")

    assert ended.operations.incidents.get("INC-1").state == "closed"
    assert ended.operations.reviews.get("REV-1").state == "closed"


def add_factor(page: Any, kind: int, text: str) -> None:
    """Add a contributing factor of the kind at that place."""
    form = page.locator("form[action$='/factors']")
    if not form.locator("[name=text]").is_visible():
        page.click("summary:has-text('要因を追加')")
    form.locator("input[name=kind]").nth(kind).check()
    form.locator("[name=text]").fill(text)
    form.locator("button").click()
    page.wait_for_selector(f"#factors >> text={text}")
