"""The pages of clusters over HTTP: amounts that can be added up by hand, what each opens, what is refused."""

import re
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path

import httpx
import pytest

from tiny_clusters import HOSTILE, make_clusters
from tiny_company import make_company
from warikan.bootstrap import Workspace

Get = Callable[..., httpx.Response]
WEB = "/clusters/green/workloads/shop/Deployment/web"
PAGES = ["/clusters", "/clusters/green", "/clusters/green?pool=general", WEB, "/clusters/logical/production"]


@pytest.fixture(scope="module")
def get(serve: Callable[[Workspace], str], clusters: Workspace) -> Iterator[Get]:
    """Asks the server of the company with clusters, following no redirect."""
    with httpx.Client(base_url=serve(clusters), timeout=30) as client:
        yield client.get


def words(html: str) -> str:
    """What a page says, in one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def links(html: str, start: str) -> list[str]:
    """Addresses in *html* that begin with *start*."""
    return [unescape(href) for href in re.findall(r'href="([^"]*)"', html) if href.startswith(start)]


def test_all_clusters(get: Get) -> None:
    """Each with its cost, efficiency, idle, price of a vCPU-hour against the public one, and coverage."""
    said = words(get("/clusters").text)

    for cell in (
        "Production (blue)",
        "$477.00",
        "Production (green)",
        "$408.00",
        "58%",
        "$0.2500",
        "−50%",
        "95.0%",
    ):
        assert cell in said
    assert "Clusters that follow each other production" in said
    assert "JPY" in said


def test_clusters_of_the_bill_alone_are_told_apart(get: Get) -> None:
    """Where hours are not taken in, the page says how; in another currency nothing else is shown."""
    said = words(get("/clusters?currency=JPY").text)

    assert "¥9,000" in said
    assert "What ran in old in these days is not known" in said
    assert "usage: {type: prometheus" in said


def test_one_cluster(get: Get) -> None:
    """Cost by cause adds up; pools with their nodes, namespaces and workloads."""
    said = words(get("/clusters/green").text)

    for cell in (
        "$408.00", "Used CPU, memory and GPUs of nodes that workloads used", "$142.80", "$102.00", "$122.40",
        "$40.80", "general", "kube-system", "shop · Deployment", "$204.00",
    ):  # fmt: skip
        assert cell in said
    assert "Minutes sampled 95.0%" in said
    assert "Of the bill matched with hours 100%" in said


def test_a_pool_opens_into_its_nodes(get: Get) -> None:
    """And closes again."""
    (pool,) = [h for h in links(get("/clusters/green").text, "/clusters/green?") if "pool=" in h]
    opened = get(pool).text

    assert "node-green" in words(opened)
    assert "m6i.xlarge" in words(opened)
    assert "/clusters/green" in links(opened, "/clusters/green")


@pytest.mark.parametrize("path", PAGES)
def test_every_amount_opens(get: Get, path: str) -> None:
    """What a number links to adds up to it, in the same period and currency."""
    html = get(path).text
    cells = re.findall(r'<a class="open[^"]*" href="(/slices[^"]*)" title="[^"]*"[^>]*>([^<]*)</a>', html)
    assert cells
    for href, shown in dict(cells).items():
        headline = re.search(r'<h1 class="headline"[^>]*>([^<]*)<', get(unescape(href)).text)
        assert headline is not None, unescape(href)
        assert unescape(headline[1]) == unescape(shown), unescape(href)


def test_one_workload(get: Get) -> None:
    """Its cost, what it would cost at its peak, and its containers."""
    said = words(get(WEB).text)

    # half of what it asks for is used; at 1.15 times that it would weigh 57.5 of 100
    assert "$117.30 instead of $204.00 for CPU and memory" in said
    assert "$86.70 less for it, and as much more infrastructure idle" in said
    assert "The bill does not change until a node goes" in said
    assert "2 vCPU 1 vCPU 1.15 vCPU 8 GiB 4 GiB 4.6 GiB" in said


def test_memory_instead_of_cpu(get: Get) -> None:
    """The address says which; a form keeps it."""
    html = get(f"{WEB}?resource=memory").text

    assert '"unit":"GiB"' in unescape(html)
    assert '<input type="hidden" name="resource" value="memory">' in html
    assert get(f"{WEB}?resource=nonsense").status_code == 200


def test_blue_and_green(get: Get) -> None:
    """Five days with both cost 120 more than one alone; a volume stayed behind."""
    html = get("/clusters/logical/production").text
    said = words(html)

    for cell in (
        "Both had tenants on 5 days",
        "$247.50",
        "$127.50",
        "$120.00",
        "$18.00",
        "$1.50 on the last day",
        "vol-left",
    ):
        assert cell in said
    assert "Oct 14 – Nov 20, 2026" in said


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/clusters/nobody", "Nothing of nobody in this period"),
        ("/clusters/green/workloads/shop/Deployment/gone", "Nothing of gone in this period"),
        ("/clusters/green/workloads/shop/~/web", "Nothing of web in this period"),
        ("/clusters/logical/nothing", "No clusters are called nothing"),
        ("/clusters/green?period=2020-01", "Nothing of Production (green) in this period"),
    ],
)
def test_what_is_not_there(get: Get, path: str, says: str) -> None:
    """404, in words that lead on."""
    answer = get(path)

    assert answer.status_code == 404
    assert says in words(answer.text)


@pytest.mark.parametrize("path", ["/clusters", "/clusters/green", WEB])
def test_a_currency_that_nothing_is_billed_in(get: Get, path: str) -> None:
    """As on the page of costs: said, with those that there are."""
    answer = get(f"{path}?currency=EUR")

    assert answer.status_code == 400
    assert "nothing here is billed in EUR" in answer.text
    assert "there is: USD" in answer.text


def test_no_cluster_in_the_period(get: Get) -> None:
    """An empty list teaches."""
    said = words(get("/clusters?period=2020-01").text)

    assert "No cluster in this period" in said
    assert "warikan collect" in said


@pytest.mark.parametrize("path", PAGES)
def test_a_form_ends_at_the_short_address(get: Get, path: str) -> None:
    """What is at its default leaves the address; two days become a period."""
    sign = "&" if "?" in path else "?"
    answer = get(f"{path}{sign}first=2026-11-10&last=2026-11-11&currency=")

    assert answer.status_code == 303
    assert "period=2026-11-10..2026-11-12" in answer.headers["location"]
    assert get(answer.headers["location"]).status_code == 200


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("name", ["period", "currency", "granularity", "resource", "pool", "where"])
def test_what_comes_from_the_address_is_text(get: Get, path: str, name: str) -> None:
    """Nothing in a URL becomes markup or an error of ours."""
    value = "<script>alert(1)</script>"
    answer = get(path, params={name: value}, follow_redirects=True)

    assert value not in answer.text
    assert answer.status_code in {200, 400}


@pytest.mark.parametrize("path", ["/clusters/{}", "/clusters/green/workloads/{}/x/y", "/clusters/logical/{}"])
@pytest.mark.parametrize("name", ["' OR TRUE --", "%3Cscript%3E", "x" * 501, "..%2F", "%00", "𐍈"])
def test_names_that_cannot_be(get: Get, path: str, name: str) -> None:
    """A made-up name finds nothing and runs nothing."""
    answer = get(path.format(name))

    assert answer.status_code in {303, 400, 404}
    assert "<script>" not in answer.text


def test_what_a_cluster_says_is_text(get: Get) -> None:
    """Markup in the name of a container is shown, not run."""
    html = get("/clusters/green/workloads/kube-system/DaemonSet/agent").text

    assert HOSTILE not in html
    assert "&lt;script&gt;alert" in html


@pytest.mark.parametrize("path", PAGES)
def test_nothing_inline(get: Get, path: str) -> None:
    """Pages keep to their own policy."""
    html = get(path).text

    assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=|<style", html)


@pytest.mark.parametrize("path", PAGES)
def test_in_japanese(get: Get, path: str) -> None:
    """Every page has its words in Japanese."""
    said = words(get(path, headers={"Accept-Language": "ja"}).text)

    assert "クラスター" in said
    assert "Workload idle" not in said


def test_costs_know_the_way(get: Get) -> None:
    """The page of costs leads to clusters, groups by short names, and takes parts of a cost."""
    html = get("/").text
    grouped = words(get("/?by=cluster&by=namespace&where=x_ClusterId IS NOT NULL").text)

    assert "/clusters" in links(html, "/clusters")
    assert "Production (green)" in grouped
    assert "Cost of what was used" in words(get("/?metric=x_UsedCost").text)


@pytest.mark.parametrize("allocated", [False, True])
def test_a_company_without_clusters(
    tmp_path: Path, serve: Callable[[Workspace], str], allocated: bool
) -> None:
    """No page fails where there is nothing."""
    address = serve(make_company(tmp_path / "w", load=True, allocate=allocated))
    for path in PAGES:
        answer = httpx.get(f"{address}{path}", timeout=30)

        assert answer.status_code in {200, 404}
        assert ("not allocated yet" in answer.text) is not allocated


def test_without_hours(tmp_path: Path, serve: Callable[[Workspace], str]) -> None:
    """Where hours are to be taken in but there are none, pages say what to do."""
    address = serve(make_clusters(tmp_path / "w", hours=False))
    for path, says in (
        ("/clusters", "No cluster in this period"),
        ("/clusters/green", "Nothing of Production (green) in this period"),
        ("/clusters/logical/production", "No change-over is known"),
    ):
        said = words(httpx.get(f"{address}{path}", timeout=30).text)

        assert says in said
        assert "warikan collect warikan allocate" in said
