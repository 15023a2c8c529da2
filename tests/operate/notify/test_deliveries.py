"""What reaches real receivers: one message per key, in order, whatever happens on the way."""

import base64
import hashlib
import hmac
import json
import logging
from pathlib import Path
from typing import Any

import pytest
from mailbox_server import Mailbox
from receivers import AlertmanagerPeer, PagerDutyPeer, Reply, Request, SlackPeer, WebhookPeer
from sample_notices import SECRETS, notice

from conftest import Clock, Make
from warikan.focus.errors import NotFound
from warikan.operate.notify import outbox
from warikan.operate.notify.backoff import GIVE_UP_AFTER
from warikan.operate.notify.delivery import NotDelivered
from warikan.state.database import Database


def test_one_message_per_episode_is_updated(
    make: Make,
    all_channels: dict[str, Any],
    clock: Clock,
    slack: SlackPeer,
    pager: PagerDutyPeer,
    alerts: AlertmanagerPeer,
    hook: WebhookPeer,
    mailbox: Mailbox,
) -> None:
    """From open to resolved every receiver has one matter, as it is now, and the same words are told once."""
    notifier = make(all_channels)
    for state in ("open", "open", "updated", "acknowledged", "resolved"):
        told = notifier.announce(notice(state=state, rate="1500" if state != "open" else "1234.5"))
        report = notifier.deliver_due()
        assert report.failed == 0, report.errors
        assert report.sent == told
        clock.turn(minutes=1)

    assert slack.keys() == ["incident/INC-12"]
    assert slack.posted == 1
    assert slack.text("incident/INC-12").startswith("[解決済み] checkout &lt;&amp;&gt; *co* の費用が")
    assert [a["event_action"] for a in pager.alerts.values()] == ["resolve"]
    assert [r.document["event_action"] for r in pager.requests] == [
        "trigger",
        "trigger",
        "acknowledge",
        "resolve",
    ]
    assert alerts.firing(clock.now.isoformat()) == []
    assert [e["data"]["state"] for e in hook.events.values()] == [
        "open",
        "updated",
        "acknowledged",
        "resolved",
    ]
    first, *rest = mailbox.mails
    assert len({mail.uid for mail in mailbox.mails}) == 4
    assert {str(mail.message["Subject"]) for mail in rest} == {f"Re: {first.message['Subject']}"}
    assert all(first.uid in str(mail.message["References"]) for mail in rest)
    assert first.recipients == ("payments@example.com", "boss@example.com")


def test_webhook_is_signed_cloudevent(make: Make, all_channels: dict[str, Any], hook: WebhookPeer) -> None:
    """A receiver can check who sent an event, as Standard Webhooks 1.0 says, and what it is about."""
    notifier = make(all_channels)
    notifier.announce(notice())
    notifier.deliver_due()

    [request] = hook.requests
    told = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode() + request.body
    key = base64.b64decode(SECRETS["HOOK_SECRET"].removeprefix("whsec_"))
    expected = base64.b64encode(hmac.new(key, told, hashlib.sha256).digest()).decode()
    event = request.document
    assert request.headers["webhook-signature"] == f"v1,{expected}"
    assert request.headers["content-type"] == "application/cloudevents+json; charset=utf-8"
    assert event["id"] == request.headers["webhook-id"]
    assert (event["specversion"], event["type"], event["subject"]) == (
        "1.0",
        "io.warikan.incident.open",
        "incident/INC-12",
    )
    assert event["data"]["url"] == "https://warikan.example.com/incidents/INC-12"
    assert event["data"]["title"]["ja"] == "checkout <&> *co* の費用が想定より 1 日あたり $1,234 増えています"


def test_receiver_away_for_an_hour(
    make: Make,
    all_channels: dict[str, Any],
    clock: Clock,
    slack: SlackPeer,
    pager: PagerDutyPeer,
    alerts: AlertmanagerPeer,
    hook: WebhookPeer,
    mailbox: Mailbox,
) -> None:
    """What is told meanwhile arrives after they are back: each key exactly once, as it is by then."""
    everybody = (slack, pager, alerts, hook, mailbox)
    notifier = make(all_channels)
    for one in everybody:
        one.go_away()
    for minute in range(60):
        if minute % 10 == 0:
            notifier.announce(notice(f"incident/INC-{minute}", rate="10"))
            notifier.announce(notice("incident/INC-12", rate=str(100 + minute)))
        report = notifier.deliver_due()
        assert report.sent == 0
        assert report.failed <= len(everybody)  # a channel that is away is asked once a run
        clock.turn(minutes=1)
    for one in everybody:
        one.come_back()
    for _ in range(16):  # the longest pause between two attempts is a quarter of an hour
        notifier.deliver_due()
        clock.turn(minutes=1)

    keys = sorted({"incident/INC-12", *(f"incident/INC-{minute}" for minute in range(0, 60, 10))})
    assert sorted(slack.keys()) == keys
    assert slack.posted == len(keys)
    assert sorted(pager.alerts) == [f"Example 株式会社/{key}" for key in keys]
    assert sorted(a["key"] for a in alerts.firing(clock.now.isoformat())) == keys
    assert sorted(event["subject"] for event in hook.events.values()) == keys
    assert hook.newest()["incident/INC-12"]["data"]["title"]["en"].endswith(
        "$150.00 more a day than expected"
    )
    assert sorted(str(mail.message["X-Warikan-Key"]) for mail in mailbox.mails) == keys
    assert notifier.list_messages(state="waiting") == ()


def test_lost_answer_of_slack_posts_nothing_twice(
    make: Make, all_channels: dict[str, Any], clock: Clock, slack: SlackPeer
) -> None:
    """Where Slack took a message in and its answer was lost, the next attempt finds it and changes it."""
    notifier = make(all_channels | {"routes": [{"channels": ["chat"]}]})
    slack.after = lambda: Reply(0)
    notifier.announce(notice())
    assert notifier.deliver_due().failed == 1
    slack.after = lambda: None
    for other in range(5):  # on other pages of the history
        slack.take(_posted(slack, f"incident/INC-{other}"))
    clock.turn(minutes=2)
    notifier.announce(notice(rate="77"))

    assert notifier.deliver_due().sent == 1
    assert slack.keys().count("incident/INC-12") == 1
    assert "$77.00" in slack.text("incident/INC-12")


def test_without_history_slack_is_not_told_twice(
    make: Make, all_channels: dict[str, Any], clock: Clock, slack: SlackPeer
) -> None:
    """An app that may not read the history says which right it lacks, rather than posting again."""
    notifier = make(all_channels | {"routes": [{"channels": ["chat"]}]})
    slack.after, slack.has_history = (lambda: Reply(0)), False
    notifier.announce(notice())
    notifier.deliver_due()
    slack.after = lambda: None
    clock.turn(minutes=2)

    report = notifier.deliver_due()
    said = "Slack's conversations.history answered missing_scope (needs channels:history)"
    assert report.errors == (f"chat: incident/INC-12: {said}",)
    assert slack.posted == 1


def test_deleted_message_is_posted_again(
    make: Make, all_channels: dict[str, Any], clock: Clock, slack: SlackPeer
) -> None:
    """Somebody deleted the message: the next state of the matter is a new one."""
    notifier = make(all_channels | {"routes": [{"channels": ["chat"]}]})
    notifier.announce(notice())
    notifier.deliver_due()
    slack.messages.clear()
    notifier.announce(notice(state="resolved"))
    notifier.deliver_due()

    assert slack.keys() == ["incident/INC-12"]


def _posted(slack: SlackPeer, key: str) -> Request:
    asked = {
        "channel": "C0PAYMENTS",
        "text": key,
        "metadata": {"event_type": "warikan_notice", "event_payload": {"key": key, "id": key}},
    }
    return Request(
        "/chat.postMessage", {"authorization": f"Bearer {slack.token}"}, json.dumps(asked).encode()
    )


def test_alert_whose_severity_rises_is_one_alert(
    make: Make, all_channels: dict[str, Any], clock: Clock, alerts: AlertmanagerPeer
) -> None:
    """Severity is a label, so that another one is another alert: the one before ends."""
    notifier = make(all_channels | {"routes": [{"channels": ["alerts"]}]})
    notifier.announce(notice(severity="medium"))
    notifier.deliver_due()
    clock.turn(minutes=1)
    notifier.announce(notice(severity="critical"))
    notifier.deliver_due()
    clock.turn(minutes=1)

    assert [a["severity"] for a in alerts.firing(clock.now.isoformat())] == ["critical"]
    assert alerts.requests[0].headers["authorization"] == f"Bearer {SECRETS['ALERT_TOKEN']}"


def test_alertmanager_that_forgot_is_told_again(
    make: Make, all_channels: dict[str, Any], clock: Clock, alerts: AlertmanagerPeer
) -> None:
    """Alertmanager keeps nothing over a restart: open alerts are repeated, those that have ended are not."""
    notifier = make(all_channels | {"routes": [{"channels": ["alerts"]}]})
    notifier.announce(notice())
    notifier.deliver_due()
    alerts.alerts.clear()
    assert notifier.deliver_due().sent == 0
    clock.turn(minutes=6)
    assert notifier.deliver_due().sent == 1
    assert len(alerts.firing(clock.now.isoformat())) == 1

    notifier.announce(notice(state="resolved"))
    assert notifier.deliver_due().sent == 1
    clock.turn(hours=1)
    assert notifier.deliver_due().sent == 0


def test_retry_after_is_honoured(
    make: Make, all_channels: dict[str, Any], clock: Clock, hook: WebhookPeer
) -> None:
    """A receiver that says when to come back is left alone until then."""
    notifier = make(all_channels | {"routes": [{"channels": ["hook"]}]})
    hook.refusal = Reply(429, {"error": "slow down"}, {"Retry-After": "3000"})
    notifier.announce(notice())
    assert notifier.deliver_due().failed == 1
    hook.refusal = None
    clock.turn(seconds=2999)
    assert notifier.deliver_due().sent == 0
    clock.turn(seconds=1)
    assert notifier.deliver_due().sent == 1


def test_given_up_after_three_days(
    make: Make, all_channels: dict[str, Any], clock: Clock, hook: WebhookPeer
) -> None:
    """It is tried for three days, then it stands in the list as failed; a person can have it tried again."""
    notifier = make(all_channels | {"routes": [{"channels": ["hook"]}]})
    hook.refusal = Reply(400, {"error": "no such thing"})
    begun = clock.now
    notifier.announce(notice())
    while notifier.list_messages(state="waiting"):
        notifier.deliver_due()
        clock.turn(minutes=15)
    [failed] = notifier.list_messages(state="failed")
    assert GIVE_UP_AFTER <= clock.now - begun < GIVE_UP_AFTER * 1.01
    assert failed.attempts > 200
    assert failed.error == 'the receiver answered 400: {"error": "no such thing"}'

    hook.refusal = None
    notifier.try_again(failed.id, by="sato")
    assert notifier.deliver_due().sent == 1


def test_dead_process_keeps_nothing(
    make: Make, all_channels: dict[str, Any], clock: Clock, state: Database, hook: WebhookPeer
) -> None:
    """What a process had claimed when it died is sent by another one when the lease has ended."""
    notifier = make(all_channels | {"routes": [{"channels": ["hook"]}]})
    notifier.announce(notice())
    with state.begin() as connection:
        assert outbox.claim(connection, clock.now) is not None

    assert notifier.deliver_due().sent == 0
    clock.turn(seconds=outbox.LEASE.total_seconds())
    assert notifier.deliver_due().sent == 1
    assert len(hook.events) == 1


def test_no_secret_is_kept(
    make: Make,
    all_channels: dict[str, Any],
    clock: Clock,
    state: Database,
    tmp_path: Path,
    hook: WebhookPeer,
    pager: PagerDutyPeer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Tokens, keys and passwords are in no row, no file of the database, no error and no log line."""
    caplog.set_level(logging.DEBUG)
    secret_url = f"{hook.url}/very-secret-path"
    channels = {name: one for name, one in all_channels["channels"].items() if name != "hook"} | {
        "hidden": {"type": "webhook", "url_from": "HOOK_URL", "secret_from": "HOOK_SECRET"},
        "wrong": all_channels["channels"]["pager"] | {"routing_key_from": "WRONG_KEY"},
    }
    secrets = SECRETS | {"HOOK_URL": secret_url, "WRONG_KEY": "wrong-but-secret"}
    notifier = make(all_channels | {"channels": channels, "routes": [{"channels": list(channels)}]})
    notifier._environment = secrets
    hook.refusal = Reply(500, {"you sent": [SECRETS["HOOK_SECRET"], secret_url, "/very-secret-path"]})
    notifier.announce(notice())
    report = notifier.deliver_due()

    assert report.failed == 2
    found = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    with state.read() as connection:
        for table in ("outbox", "threads", "audit"):
            found += repr(connection.exec_driver_sql(f"SELECT * FROM {table}").all()).encode()
    said = found + caplog.text.encode() + repr(report).encode()
    assert b"incident/INC-12" in said
    for value in (*secrets.values(), "very-secret-path"):
        assert value.encode() not in said


def test_a_channel_can_be_tried_out(
    make: Make, all_channels: dict[str, Any], clock: Clock, slack: SlackPeer
) -> None:
    """A message of its own, at once and at any hour; where it does not arrive, nobody tries it again."""
    quiet = {"start": "00:00", "end": "23:59", "zone": "UTC"}
    notifier = make(all_channels | {"quiet_hours": quiet})
    notifier.test("chat", by="sato")
    assert [one["text"] for one in slack.messages.values()] == [
        "[未対応] Warikan からこのチャンネルに届きました"
    ]

    slack.go_away()
    with pytest.raises(NotDelivered, match="cannot connect"):
        notifier.test("chat", by="sato")
    slack.come_back()
    clock.turn(hours=1)
    assert notifier.deliver_due().sent == 0
    with pytest.raises(NotFound, match="there is no channel 'nope'"):
        notifier.test("nope", by="sato")
