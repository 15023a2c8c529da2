"""``warikan reconcile`` and the same over the API: exit codes, exact money, causes."""

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from cli_bills import HEADER, Run, line
from fastapi import FastAPI

from own_loop import run_alone
from warikan import api
from warikan.bootstrap import open_workspace
from warikan.cli.init import init_workspace
from warikan.cli.reconcile import run_commitments, run_invoices, run_periods
from warikan.focus.errors import CheckFailed, PeriodError
from warikan.ingest.datasets.loading import load_datasets
from warikan.ingest.datasets.recognition import find_datasets

NOW = datetime(2026, 11, 22, tzinfo=UTC)
LINES = (
    "InvoiceId,InvoiceDetailId,InvoiceIssuerName,BillingAccountId,BilledCost,BillingCurrency,"
    "BillingPeriodStart,ChargeCategory,InvoiceIssueStatus"
)
PERIODS = "InvoiceIssuerName,BillingPeriodStart,BillingPeriodEnd,BillingPeriodStatus,BillingPeriodLastUpdated"
Asked = Callable[..., tuple[Any, bool]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with 3 USD on one invoice, of which 2 are of a commitment that cost 2.50."""
    folder = tmp_path_factory.mktemp("reconcile") / "w"
    init_workspace(folder, currency="USD", fiscal_year_start=1)
    more = ",InvoiceId,CommitmentDiscountId,CommitmentDiscountStatus"
    rows = [
        line("2.5", "a").replace(",Usage,", ",Purchase,", 1) + ",I1,=cmd(),",
        line("2", "b") + ",I1,=cmd(),Used",
        line("0.5", "c", day=2) + ",I1,,",
    ]
    (folder / "bill.csv").write_text("\n".join([HEADER + more, *rows]) + "\n")
    open_workspace(folder, clock=lambda: NOW).ingest(file=str(folder / "bill.csv"))
    return folder


@pytest.fixture
def workspace(made: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(made, tmp_path / "w"))


@pytest.fixture
def asked(capsys: pytest.CaptureFixture[str]) -> Asked:
    """Run one of the commands; what it printed, and whether it passed."""

    def run(command: Callable[..., None], *arguments: Any, **options: Any) -> tuple[Any, bool]:
        capsys.readouterr()
        try:
            command(*arguments, **{"strict": False} | options)
            passed = True
        except CheckFailed:
            passed = False
        text = capsys.readouterr().out
        return (json.loads(text) if text.startswith("{") else text), passed

    return run


def add(workspace: Path, **texts: str) -> None:
    """Load datasets into *workspace*."""
    lake = open_workspace(workspace).lake
    for name, text in texts.items():
        (workspace / f"{name}.csv").write_text(text)
        load_datasets(lake, name, find_datasets(f"{name}.csv", workspace), now=NOW)


def closed(updated: str = "2026-10-03") -> str:
    """2026-09, closed."""
    return f"{PERIODS}\nAWS,2026-09-01,2026-10-01,Closed,{updated}\n"


def lines(usage: str) -> str:
    """The invoice of 2026-09 with two lines."""
    row = "I1,{},AWS,1,{},USD,2026-09-01,{},Issued\n"
    return f"{LINES}\n{row.format(1, usage, 'Usage')}{row.format(2, '2.5', 'Purchase')}"


def test_only_a_closed_month_that_differs_fails(workspace: Path, asked: Asked, run: Run) -> None:
    """The difference is said to the digit with its cause; it fails once closed, or when strict."""
    options = {"everything": False}
    document, passed = asked(run_commitments, workspace, "all", "json", **options)
    (month,) = document["months"]
    assert (month["used"], month["purchased"], month["difference"]) == ("2", "2.5", "-0.5")
    assert (month["cause"], month["is_fine"]) == ("the bill has no row for what was left unused", False)
    assert (document["ok"], passed) == (True, True)

    document, passed = asked(run_commitments, workspace, "all", "json", strict=True, **options)
    assert (document["ok"], passed) == (False, False)

    add(workspace, periods=closed())
    assert not asked(run_commitments, workspace, "2026-09", "table", **options)[1]
    assert asked(run_commitments, workspace, "2026-08", "table", **options)[1]
    done = run("reconcile", "commitments", cwd=workspace)
    assert (done.returncode, "1 months of commitments of closed periods" in done.stderr) == (1, True)


def test_invoices_and_csv(workspace: Path, asked: Asked) -> None:
    """Equal sums pass; an invoice of more fails; CSV cells are no formulas."""
    add(workspace, periods=closed(), lines=lines("2.5"))
    document, passed = asked(run_invoices, workspace, "all", "json", everything=False)
    assert ({r["cause"] for r in document["rows"]}, passed) == ({"equal"}, True)

    add(workspace, lines=lines("12.5"))
    text, passed = asked(run_invoices, workspace, "all", "csv", everything=False)
    assert "I1,1,AWS,2026-09-01,Usage,–,USD,2.5,12.5,-10,charges and lines differ" in text
    assert not passed
    assert "-10" in asked(run_invoices, workspace, "all", "table", everything=True)[0]
    assert "'=cmd()" in asked(run_commitments, workspace, "all", "csv", everything=False)[0]


def test_a_period_that_changed_after_its_load_fails(workspace: Path, asked: Asked) -> None:
    """Loaded on the 22nd; as long as the issuer changed nothing since, it passes."""
    add(workspace, periods=closed())
    assert asked(run_periods, workspace, "all", "json")[1]

    add(workspace, periods=closed("2026-11-23"))
    document, passed = asked(run_periods, workspace, "all", "json")
    assert [r["cause"] for r in document["rows"]] == ["updated after its charges were loaded"]
    assert not passed


def test_a_period_that_cannot_be_read(workspace: Path) -> None:
    """It is a question that cannot be asked, not an empty answer."""
    with pytest.raises(PeriodError, match="soon"):
        run_invoices(workspace, "soon", "json", strict=False, everything=False)


def test_the_api_says_the_same(workspace: Path, asked: Asked) -> None:
    """Each route answers with the document that the command prints."""
    add(workspace, periods=closed(), lines=lines("2.5"))
    app = FastAPI()
    api.install(app, open_workspace(workspace))
    transport = httpx.ASGITransport(app)

    async def ask(path: str) -> httpx.Response:
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.get(f"/api/v1/reconcile/{path}")

    commands = {"commitments": run_commitments, "invoices": run_invoices, "periods": run_periods}
    for name, command in commands.items():
        options = {} if name == "periods" else {"everything": False}
        answer = run_alone(lambda name=name: ask(name))
        assert answer.status_code == 200
        assert answer.json() == asked(command, workspace, "all", "json", **options)[0]
    assert run_alone(lambda: ask("invoices?period=soon")).status_code == 400
