"""Slack: one message for each key, changed where it stands."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from warikan.catalog.notify import Locale
from warikan.operate.notify.channels.blocks import blocks_of, fallback_of
from warikan.operate.notify.channels.http import Post
from warikan.operate.notify.delivery import Delivered, Delivery, NotDelivered
from warikan.operate.notify.showing import Language

EVENT_TYPE = "warikan_notice"
CLOCKS_DIFFER = timedelta(minutes=5)
MOST_PAGES = 20
_GONE = {"message_not_found", "cant_update_message", "edit_window_closed"}
"""Answers of chat.update after which only a new message helps."""
_ABOUT_ONE = {
    "invalid_blocks",
    "invalid_blocks_format",
    "msg_too_long",
    "no_text",
    "metadata_too_large",
    *_GONE,
}
_UNCERTAIN = {"internal_error", "fatal_error", "service_unavailable", "request_timeout"}


@dataclass(frozen=True)
class SlackSender:
    """
    One channel of Slack.

    Posting is the one request of ours that does more when repeated. So each message carries its thread's id
    in ``metadata``, and where an earlier attempt ended nobody knows how, the channel's history is read first.
    """

    post: Post
    api: str
    token: str
    channel: str
    locale: Locale
    has_buttons: bool

    def send(self, delivery: Delivery) -> Delivered:
        """Post it, or change what was posted."""
        ts = (delivery.remote or {}).get("ts")
        if ts is not None and (changed := self._update(delivery, ts)) is not None:
            return changed
        if delivery.uncertain_since is not None and (found := self._find(delivery)) not in {None, ts}:
            changed = self._update(delivery, str(found))
            if changed is not None:
                return changed
        answer = self._call("chat.postMessage", self._message(delivery), delivery)
        return Delivered({"ts": str(answer.get("ts"))})

    def _message(self, delivery: Delivery) -> dict[str, Any]:
        notice = delivery.notice
        known = {"key": notice.key, "id": delivery.thread_uid, "sequence": delivery.sequence}
        return {
            "channel": self.channel,
            "text": fallback_of(notice, Language(self.locale, delivery.zone)),
            "blocks": blocks_of(delivery, self.locale, has_buttons=self.has_buttons),
            "metadata": {"event_type": EVENT_TYPE, "event_payload": known},
            "unfurl_links": False,
            "unfurl_media": False,
        }

    def _update(self, delivery: Delivery, ts: str) -> Delivered | None:
        """None where the message is not there any more."""
        answer = self._call("chat.update", self._message(delivery) | {"ts": ts}, delivery, allowed=_GONE)
        return Delivered({"ts": ts}) if answer.get("ok") is True else None

    def _find(self, delivery: Delivery) -> str | None:
        """Our message of this thread, posted since an attempt that nobody saw the end of."""
        for message in self._history(delivery):
            metadata = message.get("metadata")
            payload = metadata.get("event_payload") if isinstance(metadata, dict) else None
            if isinstance(payload, dict) and payload.get("id") == delivery.thread_uid:
                return str(message.get("ts"))
        return None

    def _history(self, delivery: Delivery) -> Iterator[Mapping[str, Any]]:
        since = (delivery.uncertain_since or delivery.created_at) - CLOCKS_DIFFER
        asked = {
            "channel": self.channel,
            "oldest": f"{since.timestamp():.6f}",
            "include_all_metadata": "true",
            "limit": "100",
        }
        for _ in range(MOST_PAGES):
            answer = self._call("conversations.history", asked, delivery)
            messages = answer.get("messages")
            yield from (one for one in messages or () if isinstance(one, dict))
            more = answer.get("response_metadata")
            cursor = more.get("next_cursor") if isinstance(more, dict) else None
            if not cursor:
                return
            asked |= {"cursor": str(cursor)}
        said = (
            f"more than {MOST_PAGES * 100} messages since {since:%Y-%m-%d %H:%M} UTC, ours may be among them"
        )
        raise NotDelivered(said, is_certain=True)

    def _call(
        self, method: str, asked: Mapping[str, Any], delivery: Delivery, *, allowed: set[str] | None = None
    ) -> Mapping[str, Any]:
        is_question = method == "conversations.history"  # takes a form only
        body = (urlencode(asked) if is_question else json.dumps(asked, ensure_ascii=False)).encode()
        kind = "application/x-www-form-urlencoded" if is_question else "application/json; charset=utf-8"
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": kind}
        url = f"{self.api.rstrip('/')}/{method}"
        answer = self.post(url, body, now=delivery.now, headers=headers).document()
        error = str(answer.get("error", "no error named"))[:100]
        if answer.get("ok") is True or error in (allowed or ()):
            return answer
        needed = f" (needs {str(answer['needed'])[:100]})" if "needed" in answer else ""
        raise NotDelivered(
            f"Slack's {method} answered {error}{needed}",
            is_certain=error not in _UNCERTAIN,
            is_away=error not in _ABOUT_ONE,
        )
