"""Text objects of Slack's Block Kit: bounded, and without a meaning that comes from outside."""

from typing import Any

from warikan.operate.notify.showing import shortened

MOST_SECTION = 3000
"""docs.slack.dev/reference/block-kit/blocks."""


def plain(text: str, longest: int) -> dict[str, Any]:
    """Text without marks."""
    return {"type": "plain_text", "text": shortened(text, longest) or "–", "emoji": False}


def marked(text: str, longest: int = MOST_SECTION) -> dict[str, Any]:
    """Text with Slack's marks; what comes from outside is `escaped` before."""
    return {"type": "mrkdwn", "text": _cut(text, longest) or "–", "verbatim": True}


def escaped(text: str) -> str:
    """*text* without a meaning to Slack: no link, no mention of a channel."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _cut(text: str, longest: int) -> str:
    """As `shortened`, but never in the middle of an escaped character."""
    if len(text) <= longest:
        return text
    head = text[: longest - 1]
    start = head.rfind("&")
    return (head[:start] if start != -1 and ";" not in head[start:] else head) + "…"
