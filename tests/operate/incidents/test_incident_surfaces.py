"""Incidents and budgets through the API and the commands: the same answers, bounded and refused alike."""

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from click.testing import Result
from fastapi import APIRouter, FastAPI
from typer.testing import CliRunner

from cost_world import ONSET, World, day, noon
from own_loop import run_alone
from warikan.api.budgets import add_budgets
from warikan.api.incidents import add_incidents
from warikan.api.problems import ProblemRoute
from warikan.bootstrap import Workspace
from warikan.cli import budgets_commands, incidents_commands
from warikan.focus.errors import UsageError

Ask = Callable[..., tuple[int, Any]]
BUDGETS = {"shop": {"amount": "400", "service": "shop"}}


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Shop costs 110 instead of 10 from the onset on."""
    made = World(tmp_path, noon(day(3)), day(3), told={"budgets": BUDGETS})
    made.bill(day(3), made.usual("110", 0, 3))
    return made


@pytest.fixture
def ask(world: World) -> Ask:
    """Asks the API in this process."""
    workspace = Workspace(world.folder, world.all.settings, lambda: world.now)
    workspace.__dict__["operations"] = world.all
    api = APIRouter(prefix="/api/v1", route_class=ProblemRoute)
    add_incidents(api, workspace)
    add_budgets(api, workspace)
    app = FastAPI()
    app.include_router(api)

    def send(method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        async def go() -> httpx.Response:
            async with httpx.AsyncClient(
                transport=httpx.ASGITransport(app), base_url="http://test"
            ) as client:
                told = {"X-Warikan-Actor": "ann"} | {k.replace("_", "-"): v for k, v in headers.items()}
                return await client.request(method, f"/api/v1{path}", json=body, headers=told)

        response = run_alone(go)
        return response.status_code, response.json()

    return send


def test_a_life_through_the_api(ask: Ask) -> None:
    """Declared, taken, worked on, contained, verified by hand, closed; each answer is the incident then."""
    scope = {"x_ServiceId": "shop"}
    status, made = ask(
        "POST", "/incidents", {"onset": ONSET.isoformat(), "scope": scope, "expected_per_day": "10"}
    )
    assert (status, made["id"], made["figure"]["accrued"]) == (201, "INC-1", "300")

    status, taken = ask("POST", "/incidents/INC-1/acknowledge", {"version": made["version"]})
    assert (status, taken["roles"]) == (200, {"lead": "ann"})
    assert ask("POST", "/incidents/INC-1/acknowledge", {"version": made["version"]})[0] == 409
    assert ask("PUT", "/incidents/INC-1/roles/fixer", {"name": "bob"})[1]["roles"]["fixer"] == "bob"
    assert ask("PATCH", "/incidents/INC-1", {"severity": "SEV1"})[1]["severity"] == "SEV1"
    assert ask("PATCH", "/incidents/INC-1", {})[0] == 400
    status, note = ask("POST", "/incidents/INC-1/notes", {"text": "cache"})
    assert (status, note["actor"]) == (201, "ann")
    assert ask("PATCH", f"/incidents/INC-1/timeline/{note['id']}", {"pinned": True})[1]["pinned"] is True
    assert ask("POST", "/incidents/INC-1/tasks", {"title": "rule", "owner": "bob"})[0] == 201
    assert ask("PATCH", "/incidents/INC-1/tasks/1", {"state": "done"})[1]["state"] == "done"
    assert ask("PATCH", "/incidents/INC-1/tasks/1", {"state": None})[0] == 400
    assert ask("POST", "/incidents/INC-1/tickets", {"url": "https://example.com/1"})[0] == 201
    assert ask("POST", "/incidents/INC-1/contain", {})[1]["state"] == "contained"
    assert ask("POST", "/incidents/INC-1/verify", {"reason": ""})[0] == 422
    assert ask("POST", "/incidents/INC-1/verify", {"reason": "gone"})[1]["state"] == "verified"
    assert ask("POST", "/incidents/INC-1/close", {})[1]["state"] == "closed"
    assert ask("GET", "/incidents")[1]["rows"] == []
    assert len(ask("GET", "/incidents?state=all")[1]["rows"]) == 1
    detail = ask("GET", "/incidents/INC-1")[1]
    assert {"incident", "days", "timeline", "payers", "tasks", "tickets", "figures"} == set(detail)
    assert ask("GET", "/incidents/INC-1/figures")[1]["rows"][0]["accrued"] == "300"


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("GET", "/incidents/INC-9", None, 404),
        ("GET", "/incidents?state=none", None, 422),
        ("POST", "/incidents", {}, 400),
        ("POST", "/incidents", {"onset": "2026-11-05", "where": "x ="}, 400),
        ("POST", "/incidents", {"onset": "2026-11-05", "anomaly": "ANO-1"}, 400),
        ("POST", "/incidents", {"anomaly": "ANO-1", "severity": "SEV1"}, 400),
        ("POST", "/incidents", {"title": "only"}, 400),
        ("POST", "/incidents", {"onset": "2026-11-05", "expected_per_day": "-1", "everything": True}, 422),
        ("GET", "/incidents?team=nope", None, 400),
        ("GET", "/incidents?service=nope", None, 400),
        ("POST", "/incidents", {"anomaly": "ANO-1"}, 404),
        ("POST", "/incidents", {"burn": "BURN-1"}, 404),
        ("GET", "/budgets/nothing", None, 404),
    ],
)
def test_what_is_refused(ask: Ask, method: str, path: str, body: Any, expected: int) -> None:
    """With a status that fits and a sentence that says why."""
    status, said = ask(method, path, body)

    assert expected == status
    assert said["error"]["message"]


def test_pages_of_others_may_not_write(ask: Ask) -> None:
    """A browser that another site's page makes ask is refused."""
    status, _ = ask("POST", "/incidents/refresh", None, Sec_Fetch_Site="cross-site")

    assert status == 403


def workspace_of(world: World, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of *world* as a workspace that the commands open, with the same state."""
    settings = {
        "version": 1,
        "currency": "USD",
        "anomalies": {"settle_days": 0},
        "incidents": {"expect_days": 14},
    }
    (world.folder / "warikan.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    monkeypatch.chdir(world.folder)
    monkeypatch.setattr(Workspace, "operations", property(lambda _: world.all))
    return world.folder


def run(app: Any, *arguments: str) -> Result:
    """What a command did."""
    return CliRunner().invoke(app, arguments)


def read(app: Any, *arguments: str) -> Any:
    """What a command answers as JSON."""
    result = run(app, *arguments, "--json")
    assert result.exception is None, result.output
    return json.loads(result.stdout)


def test_a_life_through_commands(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What people type does what the facade does."""
    workspace_of(world, monkeypatch)
    app = incidents_commands.app
    made = read(app, "declare", "--service", "shop", "--onset", "2026-11-05", "--usual", "10", "--by", "ann")
    assert (made["id"], made["declared_by"]) == ("INC-1", "ann")
    for words in (
        ["ack", "INC-1", "--by", "bob"],
        ["note", "INC-1", "cache"],
        ["task", "INC-1", "rule", "--owner", "cho", "--due", "2026-12-01"],
        ["task", "INC-1", "--number", "1", "--state", "done"],
        ["ticket", "INC-1", "--url", "https://example.com/1"],
        ["assign", "INC-1", "fixer", "dan"],
        ["severity", "INC-1", "SEV1"],
        ["contain", "INC-1"],
        ["verify", "INC-1", "--reason", "gone"],
        ["close", "INC-1"],
        ["reopen", "INC-1", "--reason", "no"],
        ["dismiss", "INC-1", "false", "--reason", "none"],
    ):
        result = run(app, *words)
        assert result.exit_code == 0, (words, result.output, result.exception)
    shown = read(app, "show", "INC-1")
    assert (shown["incident"]["state"], shown["tasks"][0]["state"]) == ("dismissed", "done")
    assert read(app, "list")["rows"] == []
    assert len(read(app, "list", "--state", "all")["rows"]) == 1
    assert read(app, "refresh")["failed"] == {}


def test_what_only_counts_by_hand_is_not_dropped(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """From an anomaly or a burn the rest is known: what is said of it besides is refused, not forgotten."""
    workspace_of(world, monkeypatch)
    for words in (
        ["--anomaly", "ANO-1", "--severity", "SEV1"],
        ["--burn", "BURN-1", "--all"],
        ["--title", "x"],
    ):
        result = run(incidents_commands.app, "declare", *words)
        assert isinstance(result.exception, UsageError), words


def test_tables_are_printed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal and as CSV: money, clock, days, timeline."""
    workspace_of(world, monkeypatch)
    world.all.incidents.declare(
        actor="ann", onset=ONSET, scope={"x_ServiceId": "shop"}, expected_per_day=Decimal(10)
    )
    monkeypatch.setattr(incidents_commands, "chosen_format", lambda **_: "table")
    shown = run(incidents_commands.app, "show", "INC-1").output
    for said in ("300.00", "onset", "Declared", "Paid by", "sales"):
        assert said in shown
    assert "INC-1" in run(incidents_commands.app, "list", "--csv").output


def test_budgets_through_commands(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The check fails on what is spent, and only on what is asked."""
    workspace_of(world, monkeypatch)
    world.now = noon(day(8))
    world.bill(day(8), world.usual("200", 3, 8))
    app = budgets_commands.app

    assert read(app, "list")["rows"][0]["status"]["level"] == "exhausted"
    assert read(app, "show", "shop")["status"]["budget"]["id"] == "shop"
    failed = run(app, "check")
    assert failed.exit_code == 1
    assert len(read(app, "judge")["started"]) == 1
    monkeypatch.setattr(budgets_commands, "chosen_format", lambda **_: "table")
    assert "exhausted" in run(app, "list").output
    assert "BURN-1" in run(app, "show", "shop").output
