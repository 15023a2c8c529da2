"""Buttons in Slack: only what Slack signed is done, by whom it says, and the message follows."""

import hashlib
import hmac
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from hypothesis import given
from hypothesis import strategies as st
from receivers import SlackPeer
from sample_notices import SECRETS, notice

from own_loop import run_alone
from warikan.api import slack as slack_api
from warikan.api.problems import ProblemRoute
from warikan.bootstrap import Workspace, open_workspace
from warikan.focus.errors import Conflict, UsageError
from warikan.operate.notify.interactions import is_signed, parse_press

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


def body_of(action: str = "acknowledge", key: str = "incident/INC-12", **more: Any) -> bytes:
    """What Slack posts when somebody presses a button."""
    payload = {
        "type": "block_actions",
        "user": {"id": "U123", "username": "sato", "team_id": "T1"},
        "actions": [{"type": "button", "action_id": action, "block_id": "warikan", "value": key}],
        "response_url": "https://hooks.slack.com/actions/T1/1/x",
    }
    return urlencode({"payload": json.dumps(payload | more)}).encode()


def signed(body: bytes, *, at: datetime = NOW, secret: str = SECRETS["SLACK_SIGNING"]) -> dict[str, str]:
    """Slack's headers."""
    stamp = str(int(at.timestamp()))
    told = f"v0:{stamp}:".encode() + body
    signature = "v0=" + hmac.new(secret.encode(), told, hashlib.sha256).hexdigest()
    return {
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": signature,
        "Content-Type": "application/x-www-form-urlencoded",
    }


def lower(headers: dict[str, str]) -> dict[str, str]:
    """Names as HTTP compares them."""
    return {name.lower(): value for name, value in headers.items()}


@pytest.fixture
def workspace(tmp_path: Path, slack: SlackPeer, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace with one Slack channel."""
    monkeypatch.setenv("SLACK_TOKEN", SECRETS["SLACK_TOKEN"])
    monkeypatch.setenv("SLACK_SIGNING", SECRETS["SLACK_SIGNING"])
    channel = {
        "type": "slack",
        "token_from": "SLACK_TOKEN",
        "signing_secret_from": "SLACK_SIGNING",
        "channel": "C0PAYMENTS",
        "api": slack.url,
    }
    settings = {"notify": {"channels": {"chat": channel}, "routes": [{"channels": ["chat"]}]}}
    (tmp_path / "warikan.yaml").write_text(json.dumps(settings))
    return open_workspace(tmp_path, clock=lambda: NOW)


class Client:
    """The API in this process; *done* is what buttons did."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self.done: list[tuple[str, str]] = []

    def press(self, body: bytes, headers: dict[str, str]) -> httpx.Response:
        """Post to the Request URL, and wait for what is done in the background too."""

        async def post() -> httpx.Response:
            transport = httpx.ASGITransport(app=self._app)
            async with httpx.AsyncClient(transport=transport, base_url="http://warikan") as client:
                return await client.post("/api/v1/slack/interactions", content=body, headers=headers)

        return run_alone(post)


@pytest.fixture
def client(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Client:
    """The API, where pressing tells the notice's next state."""
    app = FastAPI()
    client = Client(app)

    def acted(key: str, by: str) -> None:
        client.done.append((key, by))
        if key == "incident/INC-404":
            raise Conflict("somebody was faster")
        workspace.operations.notify.announce(notice(key, state="acknowledged"))

    monkeypatch.setattr(slack_api, "buttons_of", lambda _: {"acknowledge": acted})
    api = APIRouter(prefix="/api/v1", route_class=ProblemRoute)
    slack_api.add_slack(api, workspace)
    app.include_router(api)
    return client


def test_a_press_is_done_and_the_message_follows(
    client: Client, workspace: Workspace, slack: SlackPeer
) -> None:
    """Who pressed is on record, and the same message says the new state, without the button."""
    workspace.operations.notify.announce(notice())
    workspace.operations.notify.deliver_due()
    body = body_of()

    answer = client.press(body, signed(body))

    assert answer.status_code == 200
    assert answer.json() == {"key": "incident/INC-12", "state": "acknowledged"}
    assert client.done == [("incident/INC-12", "sato (U123)")]
    assert slack.keys() == ["incident/INC-12"]
    assert slack.text("incident/INC-12").startswith("[Acknowledged]")
    [message] = slack.messages.values()
    assert "acknowledge" not in json.dumps(message["blocks"])


@pytest.mark.parametrize(
    "headers",
    [
        {},
        signed(body_of(), secret="another one"),  # noqa: S106 - of a test
        signed(body_of(key="incident/INC-13")),
        signed(body_of(), at=datetime(2026, 11, 23, 2, 54, 59, tzinfo=UTC)),
        signed(body_of(), at=datetime(2026, 11, 23, 3, 5, 1, tzinfo=UTC)),
        signed(body_of()) | {"X-Slack-Request-Timestamp": "NaN"},
        signed(body_of()) | {"X-Slack-Signature": "v0="},
    ],
)
def test_forged_press_is_refused(client: Client, headers: dict[str, str]) -> None:
    """Another secret, another body, an old request, no signature: 401, and nothing is done."""
    answer = client.press(body_of(), headers)

    assert answer.status_code == 401
    assert client.done == []


def test_what_cannot_be_done_is_said_to_who_pressed(client: Client) -> None:
    """Slack gets its 200 (it repeats nothing), with the reason."""
    body = body_of(key="incident/INC-404", response_url="https://evil.example.com/")

    answer = client.press(body, signed(body))

    assert answer.status_code == 200
    assert answer.json()["text"] == "somebody was faster"


def test_a_link_asks_nothing(client: Client) -> None:
    """Slack tells of links too: they are followed in the browser."""
    body = body_of(action="open", key="")

    assert client.press(body, signed(body)).json() == {}


def test_too_much_is_refused(client: Client) -> None:
    """Nobody fills the memory before the signature is looked at."""
    answer = client.press(b"x" * 600_000, signed(b""))

    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("https://hooks.slack.com/actions/T1/1/x", "https://hooks.slack.com/actions/T1/1/x"),
        ("http://hooks.slack.com/actions", ""),
        ("https://hooks.slack.com@evil.example.com/", ""),
        ("https://hooks.slack.com.evil.example.com/", ""),
        ("http://169.254.169.254/latest/", ""),
        (None, ""),
    ],
)
def test_answers_go_to_slack_alone(told: str | None, expected: str) -> None:
    """The address for an answer comes with the request: only Slack's own are posted to."""
    press = parse_press(body_of(response_url=told))

    assert press is not None
    assert press.answer_at == expected


@given(body=st.binary(max_size=200))
def test_no_signature_of_nothing(body: bytes) -> None:
    """Where no secret is set nothing is signed, and what is no interaction is refused as such."""
    assert not is_signed((), lower(signed(body)), body, NOW)
    assert not is_signed(("other",), lower(signed(body)), body, NOW)
    assert is_signed(("other", SECRETS["SLACK_SIGNING"]), lower(signed(body)), body, NOW)
    with pytest.raises(UsageError):
        parse_press(b"payload=" + body.hex().encode())
