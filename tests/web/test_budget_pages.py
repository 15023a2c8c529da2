"""The pages of budgets and of teams over HTTP."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import httpx
import pytest

from tiny_company import make_company
from warikan.bootstrap import Workspace
from warikan.operate.changes.change import ChangeDraft, Subject


@pytest.fixture
def client(company: Workspace, serve: Callable[[Workspace], str]) -> Iterator[httpx.Client]:
    """A visitor of the company with budgets."""
    with httpx.Client(base_url=serve(company), timeout=60) as asking:
        yield asking


def text_of(response: httpx.Response) -> str:
    """What a visitor reads."""
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.text)))


def test_all_budgets_as_a_tree(client: httpx.Client) -> None:
    """Parents before their parts, each with its bar; a parent says when its parts have more."""
    page = client.get("/budgets")
    said = text_of(page)

    assert said.index("Whole company") < said.index("Sales in cloud") < said.index("finding-team")
    assert page.text.count('<tr class="depth-1">') == 2
    assert page.text.count('class="budget-bar"') == 3
    assert "its parts may spend $300.00 more than it has" in said


def test_a_budget_that_is_spent_too_fast(client: httpx.Client) -> None:
    """What it comes to, what was planned, where it ends, and both pairs of windows in words."""
    said = text_of(client.get("/budgets/sales-team"))

    assert "of $300.00" in said
    assert "80 % chance of ending between" in said
    assert "Far too fast:" in said
    assert "Last 28 complete days" in said
    assert "Oct 1" in said


def test_a_forecast_has_its_accuracy_beside_it(client: httpx.Client) -> None:
    """The page asks for it after it is there; without scripts it is a page of its own."""
    page = client.get("/budgets/sales-team")
    assert 'hx-get="/budgets/sales-team/accuracy"' in page.text

    part = client.get("/budgets/sales-team/accuracy", headers={"HX-Request": "true"})
    assert "<html" not in part.text
    assert "MASE" in part.text
    whole = client.get("/budgets/sales-team/accuracy")
    assert "WAPE" in whole.text
    assert "<html" in whole.text


def test_without_budgets_the_page_teaches(workspace: Workspace, serve: Callable[[Workspace], str]) -> None:
    """The lines to write, with a team that there is."""
    page = httpx.get(f"{serve(workspace)}/budgets")

    assert "budgets:\n  company:" in page.text
    assert "team: finding" in page.text


def test_no_such_budget(client: httpx.Client) -> None:
    """Neither has one nor measures it."""
    for path in ("/budgets/nothing", "/budgets/nothing/accuracy", "/teams/nobody", "/teams/nobody/mail"):
        assert client.get(path).status_code == 404


def test_what_a_team_is_told(client: httpx.Client) -> None:
    """Cost, movers, the open incident, budgets, the forecast with its accuracy, and the mail."""
    page = client.get("/teams/sales")
    said = text_of(page)

    assert "shop: more logs than usual" in said
    assert 'href="/incidents/INC-1"' in page.text
    assert "Where the month will end" in said
    assert "MASE" in said
    assert "The same as a mail" in said
    assert client.get("/teams/sales?digest=daily").status_code == 200
    assert client.get("/teams/sales?digest=hourly").status_code == 400


@pytest.mark.parametrize(("lang", "word"), [("en", "week"), ("ja", "週")])
def test_the_mail_as_it_is_sent(client: httpx.Client, lang: str, word: str) -> None:
    """In the visitor's language; it may have its own style and nothing else."""
    mail = client.get("/teams/sales/mail", headers={"accept-language": lang})

    assert word in mail.text
    policy = mail.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "sandbox" in policy
    assert "<script" not in mail.text


def test_hostile_names_are_text(company: Workspace, serve: Callable[[Workspace], str]) -> None:
    """The title of an incident comes from outside, on the team's page and in its mail."""
    hostile = "<script>alert(1)</script>"
    company.operations.incidents.declare(
        actor="x", onset=company.clock().date(), scope={"x_ServiceId": "shop"}, title=hostile
    )
    address = serve(company)
    for path in ("/teams/sales", "/teams/sales/mail"):
        page = httpx.get(f"{address}{path}").text
        assert hostile not in page
        assert "&lt;script&gt;" in page


def test_before_any_bill(tmp_path: Path, serve: Callable[[Workspace], str]) -> None:
    """Pages that need bills say how to load them."""
    address = serve(make_company(tmp_path / "company", load=False))
    for path in ("/budgets", "/teams/sales"):
        page = httpx.get(f"{address}{path}")
        assert page.status_code == 200
        assert "warikan ingest" in page.text


def test_changes_are_marked_below_the_chart(company: Workspace, serve: Callable[[Workspace], str]) -> None:
    """What happened to the owner in the period; it can be switched off, in the address."""
    draft = ChangeDraft(
        "deploy", "shop v2", at=datetime(2026, 11, 12, 9, tzinfo=UTC), subject=Subject(service="shop")
    )
    company.operations.changes.add(draft, "ci")
    address = serve(company)

    assert "shop v2" in httpx.get(f"{address}/budgets/sales-team").text
    assert "shop v2" not in httpx.get(f"{address}/budgets/sales-team?marks=off").text
