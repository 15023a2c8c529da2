"""The page of bills: what came in, its proof, its repairs, what was not read."""

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path

import httpx
import pytest

from warikan.bootstrap import Workspace, open_workspace

OCI = (
    "lineItem/referenceNo,lineItem/tenantId,lineItem/intervalUsageStart,lineItem/intervalUsageEnd,"
    "product/service,usage/billedQuantity,cost/myCost,cost/currencyCode\n"
    "r1,t,2026-10-05T00:00Z,2026-10-05T01:00Z,COMPUTE,3,1.5,USD\n"
    "r2,t,2026-10-05T00:00Z,2026-10-05T01:00Z,COMPUTE,3,none,USD\n"
)
FOCUS = (
    "BilledCost,EffectiveCost,ListCost,ContractedCost,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,"
    "ChargePeriodStart,ChargePeriodEnd,ProviderName,PublisherName,InvoiceIssuerName,ServiceName,ChargeCategory\n"
    "7,0,7,7,EUR,2026-09-01,2026-10-01,2026-09-03,2026-09-04,Oracle,Oracle,Oracle,<b>Odd</b>,Usage\n"
)


@pytest.fixture
def company(tmp_path: Path) -> Workspace:
    """A native bill with one row that is none, and a FOCUS bill that a repair sets right."""
    (tmp_path / "warikan.yaml").write_text(
        "sources:\n  oracle: {path: oci.csv}\n  old: {path: focus.csv}\n", encoding="utf-8"
    )
    (tmp_path / "oci.csv").write_text(OCI)
    (tmp_path / "focus.csv").write_text(FOCUS)
    workspace = open_workspace(tmp_path)
    workspace.ingest()
    workspace.allocate()
    return workspace


def text_of(response: httpx.Response) -> str:
    """What a visitor reads."""
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.text)))


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_bills(lang: str, company: Workspace, serve: Callable[[Workspace], str]) -> None:
    """One row a source, month and currency; the proof beside the native one, the repair beside the other."""
    with httpx.Client(base_url=serve(company), timeout=60) as client:
        page = client.get("/bills", params={"lang": lang})
    said = text_of(page)
    assert page.text.count('<th scope="row"') == 2
    assert "cost/myCost" in said
    assert "oracle-effective-cost-zero" in said
    assert ("Not read" if lang == "en" else "読めなかった行") in said
    assert ("is FOCUS itself" if lang == "en" else "FOCUS そのもの") in said


NO_MONTH = OCI.replace("2026-10-05T00:00Z,2026", "soon,2026").replace(",none,USD", ",2,?")


def rows_of(page: httpx.Response) -> list[str]:
    """What each row of the table says."""
    body = page.text[page.text.index("<tbody") : page.text.index("</tbody")]
    return [
        re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", row))).strip() for row in body.split("<tr>")[1:]
    ]


def test_rows_that_were_not_read(company: Workspace, serve: Callable[[Workspace], str]) -> None:
    """One row is one row; what has no month, currency or charge is said to have none; no sum is lost."""
    (company.folder / "lost.csv").write_text(NO_MONTH)
    company.ingest(file=str(company.folder / "lost.csv"))
    with httpx.Client(base_url=serve(company), timeout=60) as client:
        said = rows_of(client.get("/bills", params={"lang": "en"}))
    lost, unknown, _, oracle = sorted(said)
    assert lost.startswith("lost.csv month unknown 0 – – ≠ explained cost/myCost $1.50 Billed Cost $0.00")
    assert "rejected · 1 row $1.50" in lost
    assert "1 row · 2.00 of unknown currency" in unknown
    assert "rejected · 1 row $0.00" in oracle
    assert "1 rows" not in " ".join(said)


def test_before_the_first_bill(tmp_path: Path, serve: Callable[[Workspace], str]) -> None:
    """It says how to load one."""
    (tmp_path / "warikan.yaml").write_text("version: 1\n")
    with httpx.Client(base_url=serve(open_workspace(tmp_path)), timeout=60) as client:
        page = client.get("/bills")
    assert page.status_code == 200
    assert "warikan ingest" in page.text
