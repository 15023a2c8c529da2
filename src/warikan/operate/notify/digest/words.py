"""The fixed words of digests, in both languages."""

from collections.abc import Mapping

from warikan.operate.notify.digest.content import Cadence, Likelihood
from warikan.operate.notify.text import Text

TITLES: Mapping[Cadence, Text] = {
    "daily": Text("{team} on {period}", "{team} {period} の費用"),
    "weekly": Text("{team}, week of {period}", "{team} 週次 {period}"),
}
NAMES: Mapping[Cadence, Text] = {
    "daily": Text("Daily cost of {team}", "{team} の日次コスト"),
    "weekly": Text("Weekly cost of {team}", "{team} の週次コスト"),
}
THAN_BEFORE: Mapping[Cadence, Text] = {
    "daily": Text("{change} than the day before", "前日比 {change}"),
    "weekly": Text("{change} than the week before", "前週比 {change}"),
}
THAN_LAST_MONTH = Text("{change} than last month", "前月比 {change}")
AS_BEFORE = Text("unchanged", "変化なし")
START_HERE = Text("Start here", "まず確認")
EXPECTED = Text("{amount} was expected", "想定は {amount}")
NEW = Text("new", "新規")
OPEN_MATTERS = Text("Open, by money", "未解決（金額順）")
MOVERS = Text("What changed most", "変化の大きい費用")
BUDGETS = Text("Budgets at risk", "超過しそうな予算")
ACTIONS = Text("Due", "期限のある対応")
VERIFIED = Text("Ended, as the bill shows", "請求で確認できた改善")
FORECAST = Text("Where the month will end", "月末の見込み")
NOTICED = Text("Also noticed", "小さな変化")
MORE = Text("and {count} more", "ほか {count} 件")
SINCE = Text("since {day}", "{day} から")
STILL = Text("{amount} more each day", "1 日あたり {amount} 増加中")
ACKNOWLEDGED = Text("somebody is on it", "対応中")
NOBODY = Text("nobody is on it yet", "担当者なし")
OVERDUE = Text("overdue", "期限超過")
ALL_QUIET = Text("Nothing unusual: all costs are as expected.", "想定外の費用はありません。")
BUDGET = Text(
    "{actual} of {amount} spent, {forecast} expected at the end",
    "{amount} のうち {actual} を使用、期末の見込みは {forecast}",
)
BUDGET_NOW = Text("{actual} of {amount} spent", "{amount} のうち {actual} を使用")
STATUS: Mapping[Likelihood, Text] = {
    "within": Text("within", "予算内"),
    "at risk": Text("at risk", "超過のおそれ"),
    "over": Text("over", "超過"),
}
AVOIDED = Text("{amount} saved in 30 days", "30 日あたり {amount} の削減")
BAND = Text("80% chance of {low} to {high}", "80% の確率で {low}〜{high}")
DATA_UNTIL = Text("Complete bills until {day}, UTC.", "{day}（UTC）までの確定データに基づきます。")
OPEN = Text("Open in Warikan", "Warikan で開く")
FOOTER = Text(
    "EffectiveCost of what your team owns. You get this because you own it in the catalogue, or a route of "
    "`notify` names you.",
    "担当サービスの実効コストです。カタログ上の担当、または `notify` の経路に"
    "指定されているため届いています。",
)
