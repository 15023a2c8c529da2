"""A digest as Slack's Block Kit shows it."""

from typing import Any

from warikan.operate.notify.channels.slack_text import escaped, marked, plain
from warikan.operate.notify.digest.content import DigestContent
from warikan.operate.notify.digest.view import Headline, Link, Row, view_of
from warikan.operate.notify.showing import Language

_STEPS = "▁▂▃▄▅▆▇█"


def digest_blocks(content: DigestContent, language: Language, link: Link) -> list[dict[str, Any]]:
    """The whole message; at most 25 blocks."""
    view = view_of(content, language, link)
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": plain(view.title, 150)},
    ]
    if view.freshness:
        blocks.append({"type": "context", "elements": [marked(escaped(view.freshness))]})
    blocks += [{"type": "section", "text": marked(_headline(headline))} for headline in view.headlines[:5]]
    lead = f"*{escaped(view.lead_title)}*: {_row(view.lead)}" if view.lead_title else _row(view.lead)
    blocks.append({"type": "section", "text": marked(lead)})
    for section in view.sections:
        lines = [f"*{escaped(section.title)}*", *(f"• {_row(row)}" for row in section.rows)]
        if section.more:
            lines.append(f"_{escaped(section.more)}_")
        blocks += [{"type": "divider"}, {"type": "section", "text": marked("\n".join(lines))}]
    if view.url:
        button = {"type": "button", "action_id": "open", "text": plain(view.button, 75), "url": view.url}
        blocks.append({"type": "actions", "elements": [button]})
    return blocks


def _headline(headline: Headline) -> str:
    said = " · ".join(escaped(part) for part in (headline.change, headline.expected) if part)
    chart = "".join(_STEPS[min(bar * len(_STEPS) // 101, len(_STEPS) - 1)] for bar in headline.bars)
    lines = [f"*{escaped(headline.cost)}*", said, f"`{chart}`" if chart else ""]
    return "\n".join(line for line in lines if line)


def _row(row: Row) -> str:
    # A link's text ends at the first | or >, and both are escaped or gone.
    name = escaped(row.name)
    shown = f"<{row.url}|{name.replace('|', '¦')}>" if row.url and not set(row.url) & set("<>|") else name
    amount = f"  *{escaped(row.amount)}*" if row.amount else ""
    detail = f"\n    {escaped(row.detail)}" if row.detail else ""
    return f"{shown}{amount}{detail}"
