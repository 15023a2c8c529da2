"""The page of what changed in a month since an earlier load."""

import re
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path

import httpx
import pytest

from warikan.bootstrap import Workspace, open_workspace

HEADER = (
    "BilledCost,EffectiveCost,ListCost,ContractedCost,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,"
    "ChargePeriodStart,ChargePeriodEnd,ProviderName,PublisherName,InvoiceIssuerName,ServiceName,"
    "ChargeCategory,ResourceId,PricingQuantity\n"
)
ODD = "<script>alert(1)</script>"


def charge(cost: str, day: int, resource: str, category: str = "Usage") -> str:
    """A line of the bill of October."""
    days = f"2026-10-{day:02},2026-10-{day + 1:02}"
    quantity = "2" if category == "Usage" else ""
    return (
        f"{cost},{cost},{cost},{cost},USD,2026-10-01,2026-11-01,{days},AWS,AWS,AWS,{ODD},"
        f"{category},{resource},{quantity}\n"
    )


FIRST = charge("10", 1, "i-1") + charge("5", 1, "i-2")
SECOND = (
    charge("12", 1, "i-1") + charge("5", 1, "i-2") + charge("7", 2, "i-1") + charge("-1", 2, "", "Credit")
)


@pytest.fixture
def company(tmp_path: Path) -> Workspace:
    """A bill that was loaded twice."""
    (tmp_path / "warikan.yaml").write_text("sources:\n  aws: {path: bill.csv}\n  once: {path: once.csv}\n")
    (tmp_path / "once.csv").write_text(HEADER + FIRST)
    (tmp_path / "bill.csv").write_text(HEADER + FIRST.replace("i-", "j-"))
    workspace = open_workspace(tmp_path)
    workspace.ingest()
    (tmp_path / "bill.csv").write_text(HEADER + SECOND.replace("i-", "j-"))
    workspace.ingest()
    workspace.allocate()
    return workspace


@pytest.fixture
def client(company: Workspace, serve: Callable[[Workspace], str]) -> Iterator[httpx.Client]:
    """A visitor."""
    with httpx.Client(base_url=serve(company), timeout=60) as client:
        yield client


def read(client: httpx.Client, address: str, status: int = 200) -> str:
    """What a visitor reads at *address*."""
    page = client.get(address)
    assert page.status_code == status
    assert ODD not in page.text
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text)))


def test_what_changed(client: httpx.Client) -> None:
    """Before + added − removed + changed = now; each cause with its money; by service, account and day."""
    found = re.search(r'href="(/bills/changes\?source=aws[^"]*)"', client.get("/bills").text)
    assert found is not None
    said = read(client, unescape(found[1]))
    for words in (
        "Earlier load $15.00 Added 2 rows +$6.00 Removed 0 rows $0.00 Changed 1 row +$2.00",
        "Now $23.00 (+$8.00)",
        "Usage a day that one of the loads does not have · 1 row ▲ +$7.00",
        "Price the same quantity at another price · 1 row ▲ +$2.00",
        "Credit 1 row ▼ −$1.00",
        "Oct 2, 2026 2 rows ▲ +$6.00",
        "warikan diff aws 2026-10 --from",
    ):
        assert words in said


def test_in_japanese(client: httpx.Client) -> None:
    """Every word is there; and where nothing can be compared yet, it says when there will be."""
    said = read(client, "/bills/changes?source=aws&month=2026-10&lang=ja")
    for words in ("2026年10月 の変更", "理由", "数量は同じで単価が違う", "日別", "現在 $23.00"):
        assert words in said
    assert "一度だけ取り込まれました" in read(client, "/bills/changes?source=once&month=2026-10")


def test_what_is_not_there(client: httpx.Client) -> None:
    """An address that is wrong is told as such, and not as an empty page."""
    for query, status in (
        ("source=nobody&month=2026-10", 404),
        ("source=aws&month=2025-01", 404),
        ("source=aws&month=october", 400),
        ("source=aws&month=2026-10&from=7", 404),
        ("source=aws&month=2026-10&from=-1", 400),
        ("source=aws", 400),
    ):
        read(client, f"/bills/changes?{query}", status)
