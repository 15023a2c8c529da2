"""The fixed words of messages, in both languages (glossary: style.md, rule 20)."""

from collections.abc import Mapping

from warikan.catalog.notify import Severity
from warikan.operate.notify.notice import ActionName, NoticeState
from warikan.operate.notify.text import Text

STATES: Mapping[NoticeState, Text] = {
    "open": Text("Open", "未対応"),
    "acknowledged": Text("Acknowledged", "対応中"),
    "updated": Text("Open", "未対応"),
    "resolved": Text("Resolved", "解決済み"),
}
SEVERITIES: Mapping[Severity, Text] = {
    "info": Text("Info", "情報"),
    "low": Text("Low", "低"),
    "medium": Text("Medium", "中"),
    "high": Text("High", "高"),
    "critical": Text("Critical", "重大"),
}
ACTIONS: Mapping[ActionName, Text] = {
    "acknowledge": Text("I am on it", "対応を始める"),
    "planned": Text("It was planned", "計画どおり"),
    "false": Text("Not unusual", "異常ではない"),
    "real": Text("It is real", "実際の異常"),
    "open": Text("Open in Warikan", "Warikan で開く"),
}
SINCE = Text("since {at}", "{at} から")
MAIL_FOOTER = Text(
    "You get this because you own it in the catalogue, or a route of `notify` names you.",
    "カタログ上の担当、または `notify` の経路に指定されているため、このメールが届いています。",
)
