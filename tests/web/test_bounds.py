"""Long values: a page stays small and readable whatever a bill says."""

import re
from collections.abc import Callable, Iterator

import httpx
import pytest

from tiny_company import make_company
from warikan.bootstrap import Workspace
from warikan.web.bounds import full_title, is_linkable, shorten
from warikan.web.table import key_of

LONG = "endless" * 20_000
MAX_PAGE = 400_000


@pytest.fixture(scope="module")
def long_address(tmp_path_factory: pytest.TempPathFactory, serve: Callable[[Workspace], str]) -> str:
    """A company whose storage has a name of 140,000 characters, and whose data costs a virtual currency."""
    workspace = make_company(tmp_path_factory.mktemp("long") / "w", load=False)
    bill = workspace.folder / "bills" / "cloud.csv"
    bill.write_text(bill.read_text(encoding="utf-8").replace(",Storage,", f",{LONG},"), encoding="utf-8")
    other = workspace.folder / "bills" / "warehouse.csv"
    other.write_text(other.read_text(encoding="utf-8").replace("JPY", "DOLLARS"), encoding="utf-8")
    workspace.ingest()
    workspace.allocate()
    return serve(workspace)


@pytest.fixture
def get_long(long_address: str) -> Iterator[Callable[..., httpx.Response]]:
    """Asks that company's server."""
    with httpx.Client(base_url=long_address, timeout=30) as client:
        yield client.get


@pytest.mark.parametrize(
    "path",
    [
        "/?by=ServiceName",
        "/?by=x_TeamId&by=ServiceName&open=~",
        "/slices?where=x_TeamId IS NULL",
        "/unallocated",
        "/complete?text=ServiceName = 'end",
    ],
)
def test_a_page_stays_small(get_long: Callable[..., httpx.Response], path: str) -> None:
    """The name is shown shortened, with a bounded hover and in no address."""
    answer = get_long(path)

    assert answer.status_code == 200
    assert len(answer.text) < MAX_PAGE
    assert LONG[:501] not in answer.text
    if "complete" not in path:
        assert LONG[:79] + "…" in answer.text


def test_a_charge_stays_small(get_long: Callable[..., httpx.Response]) -> None:
    """On the page of one charge too."""
    listed = get_long("/slices?where=x_TeamId IS NULL").text
    href = listed.split('href="/charge/')[1].split('"')[0].replace("&amp;", "&")

    assert len(get_long(f"/charge/{href}").text) < MAX_PAGE


def test_a_currency_is_named_once(get_long: Callable[..., httpx.Response]) -> None:
    """On its pill: a virtual currency's amount has the name already, a real one's has only its sign."""
    pills = get_long("/").text.split('class="currencies"')[1].split("</nav>")[0]

    assert re.findall(r"<b>(.*?)</b>", pills) == ["USD"]
    assert re.findall(r"<span>(.*?)</span>", pills) == ["$615.00", "DOLLARS 27K"]


def test_shortening() -> None:
    """At most as many characters as asked for; what is short stays."""
    assert (shorten("short"), len(shorten("x" * 81)), shorten("x" * 80)) == ("short", 80, "x" * 80)
    assert (full_title("a", "a"), full_title(None, "a"), full_title("b", "a")) == (None, None, "b")


def test_a_key_too_long_for_an_address() -> None:
    """It has a name of its own, equal only for equal values."""
    assert is_linkable("a", None)
    assert not is_linkable("a", "b" * 501)
    assert (key_of(None), key_of("a")) == ("~", "a")
    assert key_of("b" * 501) == key_of("b" * 501) != key_of("b" * 502)
    assert len(key_of("b" * 501)) < 40
