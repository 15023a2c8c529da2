"""A notice as Slack's Block Kit shows it."""

from collections.abc import Sequence
from typing import Any

from warikan.catalog.notify import Locale
from warikan.operate.notify import phrases
from warikan.operate.notify.channels.slack_text import MOST_SECTION, escaped, marked, plain
from warikan.operate.notify.delivery import Delivery
from warikan.operate.notify.digest.blocks import digest_blocks
from warikan.operate.notify.notice import Notice
from warikan.operate.notify.showing import Language, shortened

# Limits: docs.slack.dev/reference/block-kit/blocks.
MOST_HEADER = 150
MOST_FIELD = 2000
MOST_FIELDS = 10
MOST_VALUE = 2000
Block = dict[str, Any]


def blocks_of(delivery: Delivery, locale: Locale, *, has_buttons: bool) -> list[Block]:
    """The whole message."""
    notice, language = delivery.notice, Language(locale, delivery.zone)
    if notice.digest is not None:
        return digest_blocks(notice.digest, language, delivery.link)
    blocks: list[Block] = [
        {"type": "header", "text": plain(language.text(notice.title), MOST_HEADER)},
        {"type": "context", "elements": [marked(_standing(notice, language))]},
    ]
    if notice.summary is not None:
        blocks.append({"type": "section", "text": marked(escaped(language.text(notice.summary)))})
    if notice.facts:
        fields = [
            marked(f"*{escaped(language.text(f.label))}*\n{escaped(language.value(f.value))}", MOST_FIELD)
            for f in notice.facts[:MOST_FIELDS]
        ]
        blocks.append({"type": "section", "fields": fields})
    if buttons := _buttons(delivery, language, has_buttons=has_buttons):
        blocks.append({"type": "actions", "block_id": "warikan", "elements": buttons})
    return blocks


def fallback_of(notice: Notice, language: Language) -> str:
    """What a notification on a telephone, and a screen reader, say instead of the blocks."""
    state = language.text(phrases.STATES[notice.state])
    prefix = "" if notice.kind == "digest" else f"[{state}] "
    return escaped(shortened(f"{prefix}{language.text(notice.title)}", MOST_SECTION - 500))


def _standing(notice: Notice, language: Language) -> str:
    owner = " / ".join(name for name in (notice.team_id, notice.service_id) if name)
    parts: Sequence[str] = [
        f"*{language.text(phrases.STATES[notice.state])}*",
        language.text(phrases.SEVERITIES[notice.severity]),
        escaped(owner),
        language.text(phrases.SINCE).replace("{at}", language.moment(notice.occurred_at)),
    ]
    return " · ".join(part for part in parts if part)


def _buttons(delivery: Delivery, language: Language, *, has_buttons: bool) -> list[Block]:
    notice, found = delivery.notice, []
    for action in notice.actions:
        button: Block = {
            "type": "button",
            "action_id": action,
            "text": plain(language.text(phrases.ACTIONS[action]), 75),
        }
        if action == "open":
            if delivery.url:
                found.append(button | {"url": delivery.url})
            continue
        is_over = notice.state == "resolved" or (notice.state == "acknowledged" and action == "acknowledge")
        if has_buttons and not is_over:
            style = {"style": "primary"} if action == "acknowledge" else {}
            found.append(button | style | {"value": shortened(notice.key, MOST_VALUE)})
    return found
