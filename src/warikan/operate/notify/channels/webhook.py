"""Any HTTP receiver: CloudEvents 1.0 in JSON, signed as Standard Webhooks 1.0 asks."""

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Any

from warikan.focus.errors import ConfigError
from warikan.operate.notify.channels.http import Post
from warikan.operate.notify.delivery import Delivered, Delivery
from warikan.operate.notify.digest.document import digest_document
from warikan.operate.notify.showing import Language
from warikan.operate.notify.text import Value

PREFIX = "whsec_"
SHORTEST_SECRET = 16


@dataclass(frozen=True)
class WebhookSender:
    """
    Each version is one event; its ``id``, and its body to the last byte, are the same over all attempts.

    A receiver that remembers ids takes each once; one that keeps the highest ``sequence`` of a ``subject``
    has the newest.
    """

    post: Post
    url: str
    secret: bytes

    def send(self, delivery: Delivery) -> Delivered:
        """Post the event."""
        body = json.dumps(event_of(delivery), ensure_ascii=False, sort_keys=True).encode()
        stamp = str(int(delivery.now.timestamp()))
        headers = {
            "Content-Type": "application/cloudevents+json; charset=utf-8",
            "User-Agent": "Warikan",
            "webhook-id": delivery.uid,
            "webhook-timestamp": stamp,
            "webhook-signature": sign(self.secret, delivery.uid, stamp, body),
        }
        self.post(self.url, body, now=delivery.now, headers=headers)
        return Delivered({"id": delivery.uid})


def event_of(delivery: Delivery) -> dict[str, Any]:
    """The CloudEvent: nothing in it depends on when it is sent."""
    notice = delivery.notice
    english, japanese = Language("en", delivery.zone), Language("ja", delivery.zone)

    def both(text: Value) -> dict[str, str]:
        return {"en": english.value(text), "ja": japanese.value(text)}

    data = {
        "key": notice.key,
        "thread": delivery.thread_uid,
        "sequence": delivery.sequence,
        "kind": notice.kind,
        "state": notice.state,
        "severity": notice.severity,
        "title": both(notice.title),
        "summary": None if notice.summary is None else both(notice.summary),
        "facts": [{"label": both(fact.label), "value": both(fact.value)} for fact in notice.facts],
        "team": notice.team_id,
        "service": notice.service_id,
        "occurredAt": notice.occurred_at.isoformat(),
        "url": delivery.url or None,
    }
    if notice.digest is not None:
        data["digest"] = digest_document(notice.digest, delivery.zone)
    return {
        "specversion": "1.0",
        "id": delivery.uid,
        "source": delivery.base_url or f"urn:warikan:{delivery.source}".replace(" ", "-"),
        "type": f"io.warikan.{notice.kind}.{notice.state}",
        "subject": notice.key,
        "time": delivery.created_at.isoformat(),
        "datacontenttype": "application/json",
        "data": data,
    }


def sign(secret: bytes, uid: str, stamp: str, body: bytes) -> str:
    """``v1,BASE64``: HMAC-SHA256 over ``ID.TIMESTAMP.BODY`` (Standard Webhooks 1.0, "Signature scheme")."""
    told = b".".join((uid.encode(), stamp.encode(), body))
    return "v1," + base64.b64encode(hmac.digest(secret, told, hashlib.sha256)).decode()


def signing_key(text: str, setting: str) -> bytes:
    """
    The key in *text*: Base64 after ``whsec_``, else the text as it is.

    Raises:
        ConfigError: it is too short to keep anybody out, or no Base64.
    """
    try:
        key = (
            base64.b64decode(text.removeprefix(PREFIX), validate=True)
            if text.startswith(PREFIX)
            else text.encode()
        )
    except binascii.Error as error:
        raise ConfigError(f"{setting}: what follows {PREFIX} is no Base64") from error
    if len(key) < SHORTEST_SECRET:
        raise ConfigError(
            f"{setting}: the secret has {len(key)} bytes; {SHORTEST_SECRET} is the least",
            hint=f"make one: echo {PREFIX}$(openssl rand -base64 24)",
        )
    return key
