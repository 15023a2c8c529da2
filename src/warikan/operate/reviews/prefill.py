"""What the incident knows, written into the sections of a new review."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from warikan.operate.reviews.document import Language
from warikan.operate.reviews.facts import IncidentFacts, Moment
from warikan.operate.reviews.happened import told_in
from warikan.operate.reviews.markdown import duration, link, moment, money, plain

MOST_LINES = 200
"""Of the timeline in a document; all of it stands in the incident."""
MOST_CHANGES = 10
Words = Mapping[str, str]

WORDS: Mapping[Language, Words] = {
    "en": {
        "excess": "Above what was expected",
        "interval": "between {low} and {high}",
        "earlier": "told before as {amount}, on {at}",
        "rate": "Rate while it was open",
        "per_hour": "{amount} an hour",
        "recurring": "It goes on by itself until somebody stops it.",
        "one_off": "It happened once and does not go on by itself.",
        "before_detection": "Spent before it was seen",
        "avoided": "Not spent because it was contained",
        "paid_by": "Paid by",
        "drivers": "What it was paid for, largest first",
        "owner": "Owner",
        "service": "Service",
        "severity": "Severity",
        "onset": "Onset",
        "known_early": "Seen in cluster usage",
        "detected": "Detected",
        "acknowledged": "Acknowledged",
        "contained": "Contained",
        "verified": "Verified on the bill",
        "after_onset": "{length} after the onset",
        "not_yet": "not yet",
        "when": "when",
        "what": "what",
        "source": "source",
        "more": "{count} more lines stand in the incident.",
        "no_changes": "No change is known near the onset.",
        "coincident": "Coincident changes, nearest first; none of them is called the cause:",
        "no_similar": "None was found.",
        "early": "Usage of the cluster showed it before the bill could.",
        "no_money": "The bill does not show an amount yet.",
    },
    "ja": {
        "excess": "想定を超えた費用",
        "interval": "{low} から {high} の間",
        "earlier": "{at} の時点では {amount}",
        "rate": "発生中の費用",
        "per_hour": "1時間あたり {amount}",
        "recurring": "止めるまで続く性質の費用でした。",
        "one_off": "一度きりの費用で、続くものではありませんでした。",
        "before_detection": "検知までに使われた費用",
        "avoided": "封じ込めによって避けられた費用",
        "paid_by": "費用を負担したサービス",
        "drivers": "支払いの内訳(大きい順)",
        "owner": "担当チーム",
        "service": "サービス",
        "severity": "重大度",
        "onset": "始まり",
        "known_early": "クラスターの利用量で判明",
        "detected": "検知",
        "acknowledged": "対応開始",
        "contained": "封じ込め",
        "verified": "請求で収束を確認",
        "after_onset": "始まりから {length}",
        "not_yet": "未",
        "when": "日時",
        "what": "内容",
        "source": "出どころ",
        "more": "ほか {count} 行はインシデントにあります。",
        "no_changes": "始まりの前後に、把握している変更はありません。",
        "coincident": "時期が重なった変更です(近い順)。原因とは扱いません。",
        "no_similar": "見つかりませんでした。",
        "early": "請求より先に、クラスターの利用量に表れていました。",
        "no_money": "請求データには、まだ金額が表れていません。",
    },
}


def prefill(facts: IncidentFacts, language: Language, similar: Sequence[str] = ()) -> dict[str, str]:
    """Section → Markdown, for the sections that the incident can fill; *similar* are ready lines."""
    words = WORDS[language]
    return {
        "impact": _impact(facts, words),
        "clock": _clock(facts, language),
        "timeline": timeline(facts.timeline, language),
        "changes": _changes(facts, words),
        "detection": _detection(facts, language),
        "similar": "\n".join(f"- {line}" for line in similar) or words["no_similar"],
    }


def _impact(facts: IncidentFacts, words: Words) -> str:
    lines: list[str] = []
    if facts.summary:
        lines += [plain(facts.summary, longest=2000), ""]
    lines += figures(facts, words) or [words["no_money"]]
    if facts.is_recurring is not None:
        lines += ["", words["recurring" if facts.is_recurring else "one_off"]]
    if facts.drivers:
        lines += ["", f"{words['drivers']}:", ""]
        lines += [f"- {plain(d.name)}: {money(d.amount, facts.currency)}" for d in facts.drivers[:20]]
    return "\n".join(lines)


def figures(facts: IncidentFacts, words: Words) -> list[str]:
    """What it cost, one line for each figure that is known."""
    currency = facts.currency
    lines = []
    if facts.excess is not None:
        told = f"- {words['excess']}: **{money(facts.excess, currency)}**"
        if facts.low is not None and facts.high is not None:
            interval = words["interval"].format(
                low=money(facts.low, currency), high=money(facts.high, currency)
            )
            told += f" ({interval})"
        lines.append(told)
        lines += [
            f"  - {words['earlier'].format(amount=money(r.excess, currency), at=moment(r.at))}"
            for r in facts.restated
        ]
    if facts.rate_per_hour:
        rate = words["per_hour"].format(amount=money(facts.rate_per_hour, currency))
        lines.append(f"- {words['rate']}: {rate}")
    lines += [
        f"- {words[name]}: {money(amount, currency)}"
        for name, amount in (("before_detection", facts.before_detection), ("avoided", facts.avoided))
        if amount is not None
    ]
    if facts.paid_by:
        paid = sorted(facts.paid_by.items(), key=lambda item: (-item[1], item[0]))
        told = ", ".join(f"{plain(name)} {money(amount, currency)}" for name, amount in paid[:10])
        lines.append(f"- {words['paid_by']}: {told}")
    return lines


def _clock(facts: IncidentFacts, language: Language) -> str:
    words = WORDS[language]
    rows = (
        ("onset", facts.onset),
        ("known_early", facts.known_early_at),
        ("detected", facts.detected),
        ("acknowledged", facts.acknowledged),
        ("contained", facts.contained),
        ("verified", facts.verified),
    )
    return "\n".join(
        f"- {words[name]}: {_at(at, facts.onset, language)}"
        for name, at in rows
        if at is not None or name != "known_early"
    )


def _at(at: datetime | None, onset: datetime | None, language: Language) -> str:
    words = WORDS[language]
    if at is None:
        return words["not_yet"]
    if onset is None or at == onset:
        return moment(at)
    return f"{moment(at)} ({words['after_onset'].format(length=duration(at - onset, language))})"


def timeline(rows: Sequence[Moment], language: Language) -> str:
    """The rows as a table, forwards; pinned ones stay where there are too many."""
    if not rows:
        return ""
    words = WORDS[language]
    kept = sorted(rows, key=lambda row: (not row.pinned, row.at))[:MOST_LINES]
    lines = [f"| {words['when']} | {words['what']} | {words['source']} |", "| --- | --- | --- |"]
    for row in sorted(kept, key=lambda row: row.at):
        told = link(told_in(row.text, language), row.link)
        told = f"**{told}**" if row.pinned else told
        lines.append(f"| {moment(row.at)} | {told} | {plain(row.source)} |")
    if len(rows) > len(kept):
        lines += ["", words["more"].format(count=len(rows) - len(kept))]
    return "\n".join(lines)


def _changes(facts: IncidentFacts, words: Words) -> str:
    if not facts.changes:
        return words["no_changes"]
    lines = [words["coincident"], ""]
    for place, change in enumerate(facts.changes[:MOST_CHANGES], start=1):
        evidence = f": {plain(change.evidence)}" if change.evidence else ""
        told = link(change.text, change.link)
        lines.append(f"{place}. {moment(change.at)}, {plain(change.kind)}, {told}{evidence}")
    return "\n".join(lines)


def _detection(facts: IncidentFacts, language: Language) -> str:
    words = WORDS[language]
    rows = [("detected", facts.detected), ("contained", facts.contained)]
    lines = [f"- {words[name]}: {_at(at, facts.onset, language)}" for name, at in rows if at is not None]
    if facts.known_early_at is not None:
        lines.append(f"- {words['early']} ({moment(facts.known_early_at)})")
    return "\n".join(lines)
