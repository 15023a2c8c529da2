"""PagerDuty, through its Events API v2: an alert that is triggered, acknowledged and resolved."""

import json
from dataclasses import dataclass
from typing import Any

from warikan.catalog.notify import Locale, Severity
from warikan.operate.notify.channels.http import Post
from warikan.operate.notify.delivery import Delivered, Delivery
from warikan.operate.notify.notice import NoticeState
from warikan.operate.notify.showing import Language, shortened

_ACTIONS: dict[NoticeState, str] = {
    "open": "trigger",
    "updated": "trigger",
    "acknowledged": "acknowledge",
    "resolved": "resolve",
}
_SEVERITIES: dict[Severity, str] = {
    "info": "info",
    "low": "info",
    "medium": "warning",
    "high": "error",
    "critical": "critical",
}
MOST_SUMMARY = 1024
MOST_DEDUP = 255


@dataclass(frozen=True)
class PagerDutySender:
    """One alert for each key: PagerDuty folds events of one ``dedup_key``, however often they are sent."""

    post: Post
    url: str
    routing_key: str
    locale: Locale

    def send(self, delivery: Delivery) -> Delivered:
        """Trigger, acknowledge or resolve."""
        event = event_of(delivery, self.locale)
        body = json.dumps(event | {"routing_key": self.routing_key}, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json"}
        self.post(f"{self.url.rstrip('/')}/v2/enqueue", body, now=delivery.now, headers=headers)
        return Delivered({"dedup_key": event["dedup_key"]})


def event_of(delivery: Delivery, locale: Locale) -> dict[str, Any]:
    """The event without its key."""
    notice, language = delivery.notice, Language(locale, delivery.zone)
    action = _ACTIONS[notice.state]
    event: dict[str, Any] = {
        "event_action": action,
        "dedup_key": shortened(f"{delivery.source}/{notice.key}", MOST_DEDUP),
    }
    if action != "trigger":
        return event
    details = {language.text(fact.label): language.value(fact.value) for fact in notice.facts}
    if notice.summary is not None:
        details = {"summary": language.text(notice.summary)} | details
    event["client"] = "Warikan"
    if delivery.url:
        event |= {"client_url": delivery.url, "links": [{"href": delivery.url, "text": "Warikan"}]}
    event["payload"] = {
        "summary": shortened(language.text(notice.title), MOST_SUMMARY),
        "source": delivery.source,
        "severity": _SEVERITIES[notice.severity],
        "timestamp": notice.occurred_at.isoformat(),
        "component": notice.service_id or "",
        "group": notice.team_id or "",
        "class": notice.kind,
        "custom_details": details,
    }
    return event
