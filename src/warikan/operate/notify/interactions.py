"""What people press in Slack: checked, understood, and done by whichever part it belongs to."""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from warikan.focus.errors import UsageError
from warikan.operate.actor import clean_actor
from warikan.operate.notify.channels.http import Post, new_client
from warikan.operate.notify.delivery import NotDelivered

MOST_SECONDS = 300
"""Age of a request, either way: docs.slack.dev/authentication/verifying-requests-from-slack."""
MOST_BYTES = 512 * 1024
_ANSWERED_AT = ("hooks.slack.com", "hooks.slack-gov.com")

Act = Callable[[str, str], object]
"""(key of the notice, who pressed) → done, or an error of `focus.errors` that is shown to who pressed."""


@dataclass(frozen=True)
class Press:
    """
    A button that somebody pressed.

    Attributes:
        action: Its name, as in `notice.ActionName`.
        key: Of the notice it stands under.
        answer_at: Where Slack takes a word for the person alone; blank where it told no address of its own.
    """

    action: str
    key: str
    actor: str
    answer_at: str


def is_signed(secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: datetime) -> bool:
    """Whether one of *secrets* signed *body*, less than five minutes ago (Slack's ``v0`` scheme)."""
    stamp = headers.get("x-slack-request-timestamp", "")
    given = headers.get("x-slack-signature", "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        return False
    if abs(now.timestamp() - int(stamp)) > MOST_SECONDS:
        return False
    told = f"v0:{stamp}:".encode() + body
    expected = [f"v0={hmac.new(one.encode(), told, hashlib.sha256).hexdigest()}" for one in secrets]
    # All are compared, each in constant time: no answer comes sooner than another.
    return any([hmac.compare_digest(one.encode(), given.encode()) for one in expected])  # noqa: C419


def parse_press(body: bytes) -> Press | None:
    """
    The button in a signed request; None for what asks nothing of us: a link, another kind of interaction.

    Raises:
        UsageError: it is no interaction.
    """
    try:
        found = parse_qs(body.decode(), strict_parsing=True, max_num_fields=10)["payload"][0]
        payload = json.loads(found)
        if payload["type"] != "block_actions":
            return None
        pressed = payload["actions"][0]
        user = payload["user"]
        action, key = str(pressed["action_id"]), str(pressed.get("value", ""))
        name = str(user.get("username") or user.get("name") or user["id"])
        actor = clean_actor(f"{name} ({user['id']})")
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise UsageError("this is no interaction of Slack") from error
    if action == "open" or not key:
        return None
    return Press(action, key, actor, _own_address(payload.get("response_url")))


def perform(press: Press, actions: Mapping[str, Act]) -> None:
    """
    Do what was pressed.

    Raises:
        UsageError: there is no such action. And whatever the action raises.
    """
    act = actions.get(press.action)
    if act is None:
        raise UsageError(f"there is no action {press.action[:40]!r}")
    act(press.key, press.actor)


def tell_presser(press: Press, text: str, now: datetime) -> bool:
    """Say *text* to who pressed, and to nobody else; whether Slack took it."""
    if not press.answer_at:
        return False
    document = {"response_type": "ephemeral", "replace_original": False, "text": text[:2000]}
    with new_client() as client:
        post = Post(client, (press.answer_at,))
        try:
            post(
                press.answer_at,
                json.dumps(document, ensure_ascii=False).encode(),
                now=now,
                headers={"Content-Type": "application/json"},
            )
        except NotDelivered:
            return False  # the person sees that nothing changed, and the record has why
    return True


def _own_address(told: Any) -> str:
    """*told*, where it is an address of Slack: we post nowhere else."""
    try:
        url = httpx.URL(told) if isinstance(told, str) else None
    except httpx.InvalidURL:
        return ""
    is_slack = url is not None and url.scheme == "https" and url.host in _ANSWERED_AT
    return str(told) if is_slack and urlsplit(str(told)).username is None else ""
