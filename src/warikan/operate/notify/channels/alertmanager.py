"""Prometheus' Alertmanager: one alert for each key, repeated while it lasts, because Alertmanager forgets."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from warikan.catalog.notify import Locale
from warikan.operate.notify.channels.http import Post
from warikan.operate.notify.delivery import Delivered, Delivery
from warikan.operate.notify.showing import Language

REPEAT_AFTER = timedelta(minutes=5)
"""Alertmanager keeps no alerts over a restart; Prometheus tells its own again each minute."""
LASTS = timedelta(hours=26)
"""Where Warikan falls silent for longer, its alerts end; two daily cron jobs are closer together."""


@dataclass(frozen=True)
class AlertmanagerSender:
    """Labels make an alert: where they change (the severity rose), one request ends it and begins another."""

    post: Post
    url: str
    headers: Mapping[str, str]
    auth: tuple[str, str] | None
    labels: Mapping[str, str]
    locale: Locale

    def send(self, delivery: Delivery) -> Delivered:
        """Post the alert as it is now."""
        alert = alert_of(delivery, self.labels, self.locale)
        alerts = [alert]
        before = (delivery.remote or {}).get("labels")
        if before is not None and before != alert["labels"]:
            ended = {"startsAt": alert["startsAt"], "endsAt": delivery.now.isoformat()}
            alerts.insert(0, alert | ended | {"labels": before})
        self.post(
            f"{self.url.rstrip('/')}/api/v2/alerts",
            json.dumps(alerts, ensure_ascii=False).encode(),
            now=delivery.now,
            headers={"Content-Type": "application/json", **self.headers},
            auth=self.auth,
        )
        is_over = delivery.notice.state == "resolved"
        return Delivered({"labels": alert["labels"]}, None if is_over else delivery.now + REPEAT_AFTER)


def alert_of(delivery: Delivery, labels: Mapping[str, str], locale: Locale) -> dict[str, Any]:
    """The alert: firing for a day from now on, or over."""
    notice, language = delivery.notice, Language(locale, delivery.zone)
    told = {
        **labels,
        "alertname": f"Warikan{notice.kind.capitalize()}",
        "key": notice.key,
        "service": notice.service_id or "",
        "team": notice.team_id or "",
        "severity": notice.severity,
    }
    facts = [f"{language.text(fact.label)}: {language.value(fact.value)}" for fact in notice.facts]
    summary = [] if notice.summary is None else [language.text(notice.summary)]
    ends = delivery.now if notice.state == "resolved" else delivery.now + LASTS
    page = {"generatorURL": delivery.url} if delivery.url else {}
    return page | {
        "labels": {name: value for name, value in told.items() if value},
        "annotations": {
            "summary": language.text(notice.title),
            "description": "\n".join([*summary, *facts]),
            "state": notice.state,
        },
        "startsAt": min(notice.occurred_at, delivery.now).isoformat(),
        "endsAt": ends.isoformat(),
    }
