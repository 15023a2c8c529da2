"""What an incident is called: as a person wrote it, else by its facts, in the reader's language."""

from collections.abc import Mapping
from datetime import UTC
from typing import Any

from warikan.operate.anomalies.filters import own_of
from warikan.operate.reviews.document import LANGUAGES, Language

LONGEST_NAME = 120
_Words = Mapping[str, str]
_UP: Mapping[Language, _Words] = {
    "en": {
        "spike": "a spike of cost on {day}",
        "step": "costs more since {day}",
        "drift": "costs more every day since {day}",
        "new": "new cost since {day}",
        "vanished": "cost that vanished on {day}",
        "price": "another price since {day}",
        "commitment": "less under a commitment since {day}",
        "budget": "the budget is spent too fast since {day}",
    },
    "ja": {
        "spike": "{day} に費用が急増",
        "step": "{day} から費用が増加",
        "drift": "{day} から費用が増え続けている",
        "new": "{day} から新しい費用が発生",
        "vanished": "{day} に費用が消失",
        "price": "{day} から単価が変化",
        "commitment": "{day} からコミットメントの適用が減少",
        "budget": "{day} から予算の消費が速すぎる",
    },
}
_DOWN: Mapping[Language, _Words] = {
    "en": {
        "spike": "a sudden fall of cost on {day}",
        "step": "costs less since {day}",
        "drift": "costs less every day since {day}",
    },
    "ja": {
        "spike": "{day} に費用が急減",
        "step": "{day} から費用が減少",
        "drift": "{day} から費用が減り続けている",
    },
}
_ALL: Mapping[Language, str] = {"en": "All costs in {currency}", "ja": "{currency} の費用全体"}


def titles_of(row: Mapping[Any, Any]) -> Mapping[Language, str]:
    """
    The title of an incident's row in every language; the same in all where a person wrote it.

    A blank title of the row says that nobody did: then it tells what is off, of what, and since when.
    """
    written = row["title"]
    return {language: written or _told(row, language) for language in LANGUAGES}


def _told(row: Mapping[Any, Any], language: Language) -> str:
    what = _what(row) or _ALL[language].format(currency=row["currency"])
    kind = "budget" if row["source"] == "budget" else row["kind"]
    falls = _DOWN[language] if row["direction"] < 0 else {}
    words = falls.get(kind) or _UP[language].get(kind) or falls.get("step") or _UP[language]["step"]
    return f"{what}: {words.format(day=row['onset'].astimezone(UTC).date())}"


def _what(row: Mapping[Any, Any]) -> str:
    """Its service or team, and what was bought where it is of one thing; else its filter, as code."""
    owner = row["service_id"] or row["team_id"] or row["scope"].get("SubAccountId")
    parts = [part[:LONGEST_NAME] for part in (owner, row["scope"].get("ServiceName")) if part]
    if parts:
        return " · ".join(parts)
    own = " ".join(own_of(row["where"]).split()).replace("`", "'")
    own = own if len(own) <= LONGEST_NAME else f"{own[: LONGEST_NAME - 1]}…"
    return f"`{own}`" if own else " · ".join(value[:LONGEST_NAME] for value in row["scope"].values() if value)
