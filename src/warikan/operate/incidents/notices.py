"""What people are told of an incident: one message, as it stands."""

from collections.abc import Mapping

from warikan.catalog.notify import Severity as NoticeSeverity
from warikan.focus.money import Money
from warikan.operate.incidents.incident import Incident, Severity, State
from warikan.operate.notify.notice import Fact, Notice, NoticeState
from warikan.operate.notify.text import Text

SEVERITY: Mapping[Severity, NoticeSeverity] = {
    "SEV1": "critical",
    "SEV2": "high",
    "SEV3": "medium",
    "SEV4": "low",
}
_STATE: Mapping[State, NoticeState] = {
    "open": "open",
    "acknowledged": "acknowledged",
    "contained": "acknowledged",
    "verified": "resolved",
    "closed": "resolved",
    "dismissed": "resolved",
}
_SAID: Mapping[State, Text] = {
    "open": Text("Nobody has taken it yet.", "まだ誰も対応していません。"),
    "acknowledged": Text("Somebody is on it.", "対応中です。"),
    "contained": Text(
        "Contained; waiting for the bill to confirm it.", "封じ込め済み。請求データでの確認を待っています。"
    ),
    "verified": Text("The bill is as expected again.", "請求データで元の水準に戻ったことを確認しました。"),
    "closed": Text("Closed.", "完了しました。"),
    "dismissed": Text("Dismissed: {reason}", "対象外としました: {reason}"),
}


def notice_of(incident: Incident) -> Notice:
    """
    The notice of *incident* as it is now, under the key ``incident/INC-12``.

    It holds what a complete day changes and not what every minute does, so that people are told again only
    when something happened.
    """
    said = _SAID[incident.state]
    return Notice(
        key=f"incident/{incident.id}",
        kind="incident",
        state=_STATE[incident.state],
        severity=SEVERITY[incident.severity],
        title=Text(
            "{severity} {id}: {title}",
            "{severity} {id}: {title}",
            {"severity": incident.severity, "id": incident.id, "title": title_text(incident)},
        ),
        summary=Text(said.en, said.ja, {"reason": incident.reason}),
        occurred_at=incident.clock.onset,
        facts=tuple(_facts(incident)),
        team_id=incident.team_id,
        service_id=incident.service_id,
        path=f"/incidents/{incident.id}",
        actions=("acknowledge", "open") if incident.state == "open" else ("open",),
    )


def title_text(incident: Incident) -> Text:
    """What it is called, in every language."""
    return Text("{title}", "{title_ja}", {"title": incident.title, "title_ja": incident.title_ja})


def _facts(incident: Incident) -> list[Fact]:
    facts = []
    figure = incident.figure
    if figure is not None:
        facts += [
            Fact(Text("Over expected", "予想との差"), Money(figure.accrued, incident.currency)),
            Fact(Text("Complete days", "確定済みの日数"), figure.days),
        ]
        if figure.rate_per_hour:
            facts.append(
                Fact(Text("Per hour", "1 時間あたり"), Money(figure.rate_per_hour, incident.currency))
            )
        if figure.restated:
            facts.append(
                Fact(Text("First told", "当初の金額"), Money(figure.first_accrued, incident.currency))
            )
    facts.append(Fact(Text("Began", "発生"), incident.clock.onset))
    if lead := incident.roles.get("lead"):
        facts.append(Fact(Text("Lead", "リード"), lead))
    return facts
