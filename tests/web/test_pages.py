"""The pages over HTTP: what they say, what they refuse, what they never let run."""

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path

import httpx
import pytest

from tiny_company import HOSTILE, make_company
from warikan.bootstrap import Workspace
from warikan.web.bundle import BUILD, load_assets

Get = Callable[..., httpx.Response]
built = pytest.mark.skipif(not load_assets().files, reason=f"the page's scripts are not built: {BUILD}")


def links(html: str, start: str) -> list[str]:
    """Addresses in *html* that begin with *start*."""
    return [unescape(href) for href in re.findall(r'href="([^"]*)"', html) if href.startswith(start)]


def test_the_first_page(get: Get) -> None:
    """Total, period, currency, freshness and the teams are in the HTML, before any script runs."""
    html = get("/").text

    for text in ("$615.00", "Oct 22", "USD", "Data to Nov 20, 2026 UTC", "November 2026 estimated", "Sales"):
        assert text in html


@pytest.mark.parametrize("path", ["/", "/slices", "/nowhere", "/?metric=x", "/static/none.js", "/complete"])
def test_nothing_else_may_run(get: Get, path: str) -> None:
    """Every answer forbids foreign and inline scripts, framing and sniffing."""
    headers = get(path).headers

    assert "default-src 'none'; script-src 'self'; style-src 'self'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/", "/slices", "/slices?where=x_TeamId IS NULL"])
def test_no_inline_script_or_style(get: Get, path: str) -> None:
    """Pages keep to their own policy, and load nothing from elsewhere."""
    html = get(path).text

    assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=|<style", html)
    assert not re.search(r'(?:src|href)="(?:https?:)?//', html)


def test_what_comes_from_a_bill_is_text(get: Get) -> None:
    """Markup in a charge's description is shown, not run: in lists, on its page, in a title."""
    listed = get("/slices?where=x_TeamId IS NULL").text
    charge = get(links(listed, "/charge/")[0]).text

    for html in (listed, charge):
        assert HOSTILE not in html
        assert "&lt;script&gt;alert" in html


@pytest.mark.parametrize("value", ["<script>alert(1)</script>", '"><img src=x>', "'; DROP TABLE x"])
@pytest.mark.parametrize("name", ["where", "period", "metric", "currency", "by", "open", "order", "lang"])
def test_what_comes_from_the_address_is_text(get: Get, name: str, value: str) -> None:
    """Nothing in a URL becomes markup or an error of ours."""
    answer = get("/", params={name: value}, follow_redirects=True)

    assert value not in answer.text or "'" in value
    assert answer.status_code in {200, 400}


def test_a_broken_filter_points_at_its_character(get: Get) -> None:
    """400, the filter kept in its field, the place marked, and a way out."""
    answer = get("/", params={"where": "x_TeamId ~ 'sales'"})

    assert answer.status_code == 400
    assert "<mark>" in answer.text
    assert 'value="x_TeamId ~ &#39;sales&#39;"' in answer.text
    assert "Remove the filter" in answer.text


def test_an_unknown_column_says_what_is_near(get: Get) -> None:
    """A misspelt column is a question, not a crash."""
    answer = get("/", params={"by": "ServiceNam"})

    assert answer.status_code == 400
    assert "did you mean ServiceName" in answer.text


def test_a_form_ends_at_the_short_address(get: Get) -> None:
    """What is at its default leaves the address."""
    answer = get("/?where=&by=x_TeamId&by=x_ServiceId&period=30d&metric=EffectiveCost")

    assert (answer.status_code, answer.headers["location"]) == (303, "/")


def test_any_case_of_a_column(get: Get) -> None:
    """Columns are found whatever their case."""
    assert "Compute" in get("/?by=servicename").text


def test_a_language_is_remembered(get: Get, address: str) -> None:
    """?lang= chooses, the cookie keeps it, and the page says which language it is in."""
    with httpx.Client(base_url=address, timeout=60) as client:
        assert '<html lang="ja"' in client.get("/?lang=ja").text
        assert "未配賦" in client.get("/").text
    assert '<html lang="ja"' in get("/", headers={"Accept-Language": "ja"}).text


def test_no_such_page(get: Get) -> None:
    """404 as a page that leads back."""
    answer = get("/nothing/here")

    assert answer.status_code == 404
    assert "No such page" in answer.text


@pytest.mark.parametrize(
    "path", ["/charge/2026-13/1?source=a", "/charge/2026-10/-1?source=a", "/charge/xx/yy"]
)
@pytest.mark.parametrize(("lang", "says"), [("en", "No such page"), ("ja", "ページが見つかりません")])
def test_a_charge_that_cannot_be(get: Get, path: str, lang: str, says: str) -> None:
    """A made-up address is a plain 404."""
    answer = get(path, headers={"Accept-Language": lang})

    assert answer.status_code == 404
    assert says in answer.text
    assert "pattern" not in answer.text


@pytest.mark.parametrize("path", ["/slices?page=0", "/slices?page=x", "/charge/2026-10/1"])
def test_an_address_that_cannot_be(get: Get, path: str) -> None:
    """A made-up parameter is an error page in words of our own, never a traceback."""
    answer = get(path)

    assert answer.status_code == 400
    assert "A part of this address is missing or cannot be read" in answer.text
    assert "Input should" not in answer.text


@pytest.mark.parametrize("path", ["/", "/slices", "/unallocated"])
def test_asking_only_for_the_head(address: str, path: str) -> None:
    """HEAD is GET without a body."""
    answer = httpx.head(f"{address}{path}")

    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/?where=x_TeamId =", "ここに何かが足りません"),
        ("/?where=Nothing = 'x'", "という列はありません"),
        ("/?where=x_TeamId = 'sales", "この引用符が閉じられていません"),
        ("/?by=ServiceNam", "という列はありません"),
        ("/?period=someday", "期間として読めません"),
        ("/slices?where=x_TeamId =", "ここに何かが足りません"),
        ("/?currency=EUR", "EUR で請求されたものはありません"),
    ],
)
def test_errors_in_japanese(get: Get, path: str, says: str) -> None:
    """A page in Japanese has its errors in Japanese."""
    answer = get(path, headers={"Accept-Language": "ja"})

    assert answer.status_code == 400
    assert says in answer.text


def test_a_charge_that_is_gone(get: Get) -> None:
    """A restated charge says so."""
    answer = get("/charge/2026-10/999?source=cloud")

    assert answer.status_code == 400
    assert "loaded again" in answer.text


def test_from_the_total_to_the_row_of_the_bill(get: Get) -> None:
    """Team → charges → one charge: file, row, rule, and a split that adds up."""
    listed = get("/slices?where=x_TeamId = 'sales' AND x_AllocationClass = 'shared'").text
    charge = get(links(listed, "/charge/")[0]).text

    assert "bills/cloud.csv" in charge
    assert "by-service-tag" in charge
    assert "platform-evenly" in charge
    assert "The parts add up to the charge" in charge
    assert "<span>3</span> × <span>1</span> / <span>2</span> <small>services</small>" in charge
    assert "in even parts" in charge


def test_pages_of_charges(get: Get) -> None:
    """Fifty at a time, with the way on and back."""
    first = get("/slices").text
    (onward,) = [href for href in links(first, "/slices?") if href.endswith("page=2")]
    second = get(onward).text

    assert len(links(first, "/charge/")) == 50
    assert "51 to 100 of" in second


def test_the_menu_of_a_row(get: Get) -> None:
    """Everything one can do with a row, for scripts and without them."""
    menu = get("/row?row=sales", headers={"HX-Request": "true"}).text

    assert not menu.lstrip().startswith("<!doctype")
    assert get("/row?row=sales").text.startswith("<!doctype")
    assert "/?where=x_TeamId%20%3D%20'sales'" in links(menu, "/?where")
    assert "/?where=x_TeamId%20%3C%3E%20'sales'" in links(menu, "/?where")
    assert "warikan cost" in menu
    assert "/api/v1/cost?" in menu


def test_what_would_give_the_rest_an_owner(get: Get) -> None:
    """The largest common value of unallocated charges, as a rule to copy and as a view to open."""
    html = unescape(get("/unallocated").text)

    assert "when: \"ServiceName = 'Storage'\"" in html
    assert "$93.00" in html
    assert "$93.00" in get(links(html, "/?by=ServiceName")[-1]).text


def test_proposals(get: Get) -> None:
    """The filter field's proposals are JSON."""
    found = get("/complete", params={"text": "x_Team"}).json()

    assert found == {"start": 0, "items": [{"insert": "x_TeamId", "label": "x_TeamId", "detail": "Team"}]}


@built
def test_assets_are_kept_for_ever(get: Get) -> None:
    """Their names carry their content; nothing but them is served."""
    style = get(load_assets().url("app.css"))

    assert "immutable" in style.headers["cache-control"]
    assert style.headers["content-type"].startswith("text/css")
    assert get("/static/manifest.json").status_code == 404
    assert get("/static/..%2f..%2f__init__.py").status_code == 404


@pytest.mark.parametrize(
    ("load", "says"), [(False, "No bill has been loaded yet"), (True, "not allocated yet")]
)
def test_empty_states_teach(tmp_path: Path, serve: Callable[[Workspace], str], load: bool, says: str) -> None:
    """A new workspace says which command comes next, on every page and with any filter."""
    address = serve(make_company(tmp_path / "w", load=load, allocate=False))
    for path in ("/", "/?by=ChargeDescription", "/?where=x_TeamId IS NULL", "/slices", "/unallocated"):
        answer = httpx.get(f"{address}{path}")

        assert answer.status_code == 200
        assert says in answer.text
        assert "warikan allocate" in answer.text
        assert "Every charge has an owner" not in answer.text
        assert "No charge matches" not in answer.text


def test_nothing_matches(get: Get) -> None:
    """An empty result offers to take the filter away."""
    html = get("/?where=x_TeamId = 'nobody'").text

    assert "No charge matches" in html
    assert "Remove the filter" in html
