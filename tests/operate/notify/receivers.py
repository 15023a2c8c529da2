"""
Receivers on the loopback, each speaking its protocol: Slack, PagerDuty, Alertmanager, a webhook.

They remember what reached them, can be away and come back under the same address, and can fail at the worst
moments: after they took a request in and before they answer.
"""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

Document = dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """An answer; a status of 0 breaks the connection instead."""

    status: int = 200
    document: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Request:
    """What reached a receiver."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        """Its body as JSON."""
        return json.loads(self.body)


class Receiver:
    """An HTTP server whose requests go through `take`."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.before: Callable[[], None] = lambda: None
        self.after: Callable[[], Reply | None] = lambda: None
        self.answered: Callable[[], None] = lambda: None
        self._lock = threading.Lock()
        self._server: ThreadingHTTPServer | None = None
        self._port = 0
        self.come_back()

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self._port}"

    def take(self, request: Request) -> Reply:
        """What it does with a request."""
        raise NotImplementedError

    def go_away(self) -> None:
        """Refuse connections from now on."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def come_back(self) -> None:
        """Listen, on the same port as before."""
        server = ThreadingHTTPServer(("127.0.0.1", self._port), self._handler())
        self._port = server.server_address[1]
        self._server = server
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.before()
                request = Request(self.path, {k.lower(): v for k, v in self.headers.items()}, body)
                with receiver._lock:
                    receiver.requests.append(request)
                    reply = receiver.take(request)
                reply = receiver.after() or reply
                if reply.status == 0:
                    self.close_connection = True
                    return
                try:
                    self._answer(reply)
                except OSError:
                    return  # the sender has died meanwhile
                receiver.answered()

            def _answer(self, reply: Reply) -> None:
                said = b"" if reply.document is None else json.dumps(reply.document).encode()
                self.send_response(reply.status)
                for name, value in {**reply.headers, "Content-Length": str(len(said))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the server's shape
                pass

        return Handler


class SlackPeer(Receiver):
    """Slack's chat.postMessage, chat.update and conversations.history, as docs.slack.dev describes them."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.messages: dict[tuple[str, str], Document] = {}
        self.posted = 0
        self.has_history = True
        super().__init__()

    def take(self, request: Request) -> Reply:
        """One method."""
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return Reply(document={"ok": False, "error": "invalid_auth"})
        method = request.path.rpartition("/")[2]
        if method == "conversations.history":
            return self._history({k: v[0] for k, v in parse_qs(request.body.decode()).items()})
        asked = request.document
        if method == "chat.update":
            place = (asked["channel"], asked["ts"])
            if place not in self.messages:
                return Reply(document={"ok": False, "error": "message_not_found"})
            self.messages[place] = asked
            return Reply(document={"ok": True, "ts": asked["ts"]})
        self.posted += 1
        ts = f"{2_000_000_000 + self.posted}.000100"
        self.messages[asked["channel"], ts] = asked
        return Reply(document={"ok": True, "ts": ts, "channel": asked["channel"]})

    def keys(self) -> list[str]:
        """The key of every message that can be seen, in the order of posting."""
        return [one["metadata"]["event_payload"]["key"] for _, one in sorted(self.messages.items())]

    def text(self, key: str) -> str:
        """The fallback text of the message about *key*."""
        return next(
            one["text"] for one in self.messages.values() if one["metadata"]["event_payload"]["key"] == key
        )

    def _history(self, asked: Mapping[str, str]) -> Reply:
        if not self.has_history:
            return Reply(document={"ok": False, "error": "missing_scope", "needed": "channels:history"})
        assert asked["include_all_metadata"] == "true"
        found = [
            {"ts": ts, "text": one["text"], "metadata": one["metadata"]}
            for (channel, ts), one in sorted(self.messages.items(), reverse=True)
            if channel == asked["channel"] and ts > asked["oldest"]
        ]
        start = int(asked.get("cursor", "0"))
        page, rest = found[start : start + 2], len(found) > start + 2
        metadata = {"next_cursor": str(start + 2) if rest else ""}
        return Reply(document={"ok": True, "messages": page, "response_metadata": metadata})


class PagerDutyPeer(Receiver):
    """PagerDuty's Events API v2: folds events of one ``dedup_key`` into one alert."""

    def __init__(self, routing_key: str) -> None:
        self.routing_key = routing_key
        self.alerts: dict[str, Document] = {}
        super().__init__()

    def take(self, request: Request) -> Reply:
        """One event."""
        event = request.document
        if request.path != "/v2/enqueue" or event.get("routing_key") != self.routing_key:
            return Reply(400, {"status": "invalid event", "errors": [event.get("routing_key")]})
        key, action = event["dedup_key"], event["event_action"]
        if action == "trigger":
            assert {"summary", "source", "severity"} <= set(event["payload"])
            self.alerts[key] = event
        elif key in self.alerts:
            self.alerts[key] = self.alerts[key] | {"event_action": action}
        return Reply(202, {"status": "success", "dedup_key": key})


class AlertmanagerPeer(Receiver):
    """Alertmanager's POST /api/v2/alerts: an alert is its labels."""

    def __init__(self) -> None:
        self.alerts: dict[tuple[tuple[str, str], ...], Document] = {}
        super().__init__()

    def take(self, request: Request) -> Reply:
        """A list of alerts."""
        assert request.path == "/api/v2/alerts"
        for alert in request.document:
            assert alert["startsAt"] <= alert["endsAt"]
            self.alerts[tuple(sorted(alert["labels"].items()))] = alert
        return Reply(200)

    def firing(self, at: str) -> list[dict[str, str]]:
        """Labels of the alerts that have not ended at *at*."""
        return [dict(labels) for labels, alert in sorted(self.alerts.items()) if alert["endsAt"] > at]


class WebhookPeer(Receiver):
    """A receiver of CloudEvents that takes each id once, as Standard Webhooks tells it to."""

    def __init__(self) -> None:
        self.events: dict[str, Document] = {}
        self.bodies: dict[str, bytes] = {}
        self.refusal: Reply | None = None
        super().__init__()

    def take(self, request: Request) -> Reply:
        """One event."""
        if self.refusal is not None:
            return self.refusal
        uid = request.headers["webhook-id"]
        assert self.bodies.setdefault(uid, request.body) == request.body, "a retry has another body"
        self.events.setdefault(uid, request.document)
        return Reply(204)

    def newest(self) -> dict[str, Document]:
        """The event with the highest sequence of each subject."""
        found: dict[str, Document] = {}
        for event in self.events.values():
            before = found.get(event["subject"])
            if before is None or before["data"]["sequence"] < event["data"]["sequence"]:
                found[event["subject"]] = event
        return found
