"""What people are told of an anomaly."""

from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import Connection, exists, select

from warikan.catalog.entities import Catalog
from warikan.catalog.notify import Severity
from warikan.focus.money import Money
from warikan.operate.anomalies.anomaly import Anomaly
from warikan.operate.notify.notice import Fact, Notice, NoticeState
from warikan.operate.notify.text import Percent, Text, Value
from warikan.state.tables.outbox import threads

_WORDS = {
    "spike": Text("{what}: a spike of cost", "{what}: 費用の一時的な急増"),
    "step": Text("{what} costs more since {day}", "{what}: {day} から費用が増加"),
    "drift": Text("{what} costs more every day since {day}", "{what}: {day} から費用が増え続けています"),
    "new": Text("{what}: new cost since {day}", "{what}: {day} から新しい費用"),
    "vanished": Text("{what}: cost that vanished on {day}", "{what}: {day} に費用が消失"),
    "price": Text("{what}: another price since {day}", "{what}: {day} から単価が変化"),
    "commitment": Text(
        "{what}: less under a commitment since {day}", "{what}: {day} からコミットメントの対象外"
    ),
}
_LESS = Text("{what} costs less since {day}", "{what}: {day} から費用が減少")
A_QUARTER = 0.25


def notice_of(anomaly: Anomaly, catalog: Catalog) -> Notice:
    """
    The notice of *anomaly* as it is now: resolved once it ended, was withdrawn, or called false or planned.

    There is one of it, under the key ``anomaly/ANO-7``; a repeated one with the same words is nothing new.
    """
    falls = anomaly.excess.point < 0 and anomaly.kind != "vanished"
    words = _LESS if falls else _WORDS[anomaly.kind]
    values: dict[str, Value] = {"what": name_of(anomaly, catalog), "day": anomaly.onset}
    facts = [
        Fact(Text("Above expected", "予想との差"), Money(anomaly.excess.point, anomaly.currency)),
        Fact(Text("Days", "日数"), len(anomaly.days)),
    ]
    if anomaly.rate_per_hour:
        rate = Money(anomaly.rate_per_hour, anomaly.currency)
        facts.append(Fact(Text("Per hour now", "現在の 1 時間あたり"), rate))
    if anomaly.drivers:
        first = anomaly.drivers[-1]
        named = next((v for v in (first.key.get(first.dimension),) if v), "–")
        facts.append(Fact(Text("Mostly", "主な内訳"), named[:200]))
        facts.append(Fact(Text("Its share", "その割合"), Percent(first.share)))
    if anomaly.provisional:
        facts.append(
            Fact(Text("So far", "暫定"), Text("the day is not complete", "当日分のデータは未確定です"))
        )
    is_over = anomaly.state != "open" or anomaly.verdict in {"planned", "false"}
    state: NoticeState = "resolved" if is_over else "open"
    if anomaly.verdict == "real" and not is_over:
        state = "acknowledged"
    return Notice(
        key=f"anomaly/{anomaly.id}",
        kind="anomaly",
        state=state,
        severity=severity_of(anomaly),
        title=Text(words.en, words.ja, values),
        occurred_at=datetime(anomaly.onset.year, anomaly.onset.month, anomaly.onset.day, tzinfo=UTC),
        facts=tuple(facts),
        team_id=anomaly.team_id,
        service_id=anomaly.service_id,
        path=f"/anomalies/{anomaly.id}",
        actions=() if is_over else ("real", "planned", "false", "open"),
    )


def was_told(connection: Connection, key: str) -> bool:
    """Whether anybody was told of *key*: then they are told too how it goes on."""
    return bool(connection.execute(select(exists().where(threads.c.key == key))).scalar())


def severity_of(anomaly: Anomaly) -> Severity:
    """By how much of what was expected it is above it: all of it again high, a quarter medium, else low."""
    expected = sum((abs(day.expected) for day in anomaly.days), Decimal(0))
    if anomaly.excess.point <= 0:
        return "low"
    if expected == 0:
        return "medium"
    ratio = float(anomaly.excess.point) / float(expected)
    return "high" if ratio >= 1 else "medium" if ratio >= A_QUARTER else "low"


def name_of(anomaly: Anomaly, catalog: Catalog) -> str:
    """What *anomaly* is of, for people: its service or team, and what was bought where it is of one thing."""
    parts = []
    if anomaly.service_id is not None:
        service = catalog.services.get(anomaly.service_id)
        parts.append((service.title or service.id) if service else anomaly.service_id)
    elif anomaly.team_id is not None:
        team = catalog.teams.get(anomaly.team_id)
        parts.append((team.title or team.id) if team else anomaly.team_id)
    for column in ("SubAccountId", "ServiceName"):
        value = anomaly.scope.get(column)
        if value and (column == "ServiceName" or not parts):
            parts.append(value)
    return " · ".join(part[:120] for part in parts) or anomaly.currency
