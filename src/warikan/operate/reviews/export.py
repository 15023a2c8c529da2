"""A review as a document for others: Markdown, or a page of its own; people are roles in it, teams stay."""

from collections.abc import Collection, Iterator
from html import escape
from urllib.parse import unquote

from markdown_it import MarkdownIt

from warikan.operate.reviews.document import ACTION_KINDS, Action, Language, Review
from warikan.operate.reviews.export_words import WORDS
from warikan.operate.reviews.harmless import harmless, is_address
from warikan.operate.reviews.markdown import link, moment, money, plain
from warikan.operate.reviews.prefill import WORDS as FACT_WORDS
from warikan.operate.reviews.prefill import figures, timeline
from warikan.operate.reviews.roles import Roles
from warikan.operate.reviews.sections import sections

LONGEST_SECTION = 200_000
_PAGE = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 16px/1.7 system-ui, "Hiragino Sans", "Noto Sans JP", sans-serif; max-width: 46rem;
margin: 2rem auto; padding: 0 1rem; overflow-wrap: anywhere; }}
h1, h2, h3 {{ line-height: 1.3; }}
h2 {{ margin-top: 2.5rem; border-bottom: 1px solid color-mix(in srgb, currentColor 25%, transparent); }}
table {{ border-collapse: collapse; width: 100%; font-size: .9rem; }}
th, td {{ text-align: start; vertical-align: top; padding: .3rem .5rem;
border-bottom: 1px solid color-mix(in srgb, currentColor 25%, transparent); }}
pre {{ overflow-x: auto; }}
@media print {{ body {{ margin: 0; max-width: none; }} h2 {{ break-after: avoid; }} }}
</style>
</head>
<body>
<main>
{body}</main>
</body>
</html>
"""


def to_markdown(review: Review, language: Language | None = None, *, teams: Collection[str] = ()) -> str:
    """
    The whole review as Markdown: state, figures, every section, timeline, factors and actions.

    People are roles, the same one throughout (``responder 1``); markup of HTML, pictures and links
    to elsewhere than the web are plain text.

    Args:
        language: Of headings and words of ours; absent: the review's. What people wrote stays as it is.
        teams: Ids and titles of teams: no people.
    """
    chosen = language or review.language
    return _Document(review, chosen, roles_of(review, chosen, teams)).text()


def to_html(review: Review, language: Language | None = None, *, teams: Collection[str] = ()) -> str:
    """The same as a page that needs nothing else, loads nothing, and runs nothing."""
    chosen = language or review.language
    roles = roles_of(review, chosen, teams)
    text = _Document(review, chosen, roles).text()
    title = f"{review.id} · {roles.hide(review.title)}"
    return _PAGE.format(language=chosen, title=escape(title), body=_render(text, roles))


def roles_of(review: Review, language: Language, teams: Collection[str] = ()) -> Roles:
    """The people of *review* as roles, numbered as they came in; *teams* are no people."""
    return Roles(WORDS[language]["role"], _people(review), teams=(*teams, *_own_teams(review)))


def _own_teams(review: Review) -> Iterator[str]:
    if review.facts.team_id:
        yield review.facts.team_id


def _people(review: Review) -> Iterator[str]:
    yield from review.facts.people
    yield from (name for name in (review.lead, review.created_by) if name)
    yield from (text.updated_by for text in review.sections.values())
    yield from (action.owner for action in review.actions if action.owner)
    yield from (move.actor for move in review.moves)
    yield from (kept.actor for kept in review.kept)
    if review.calibration is not None:
        yield review.calibration.actor


def _render(text: str, roles: Roles) -> str:
    made = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    made.validateLink = is_address  # type: ignore[method-assign, assignment]
    tokens = made.parse(text)
    for token in tokens:
        for child in token.children or ():
            # What is spelt by entities is whole only here.
            if child.content and child.type in {"text", "code_inline"}:
                child.content = roles.hide(child.content)
            if child.type == "link_open":
                if roles.names(unquote(str(child.attrGet("href") or ""))):
                    child.attrs.pop("href")
                child.attrSet("rel", "noopener noreferrer")
    return str(made.renderer.render(tokens, made.options, {}))


class _Document:
    """The parts of one document, in order."""

    def __init__(self, review: Review, language: Language, roles: Roles) -> None:
        self.review = review
        self.language = language
        self.roles = roles
        self.words = WORDS[language]

    def text(self) -> str:
        """The whole of it."""
        parts = ["\n".join(self._head())]
        for section in sections().values():
            body = [part for part in self._section(section.id) if part]
            parts += [f"## {section.title[self.language]}", *(body or [self.words["empty"]])]
        return "\n\n".join(parts) + "\n"

    def _head(self) -> Iterator[str]:
        review, words = self.review, self.words
        yield f"# {review.id}: {self._plain(review.title)}"
        yield ""
        known = (
            ("state", words[f"state_{review.state}"]),
            ("incident", self._plain(review.incident_id)),
            ("severity", self._plain(review.facts.severity)),
            ("team", self._plain(review.facts.team_id or "")),
            ("service", self._plain(review.facts.service_id or "")),
            ("lead", self._plain(self.roles.of(review.lead)) if review.lead else ""),
            ("meeting", moment(review.meeting_at) if review.meeting_at else ""),
        )
        yield from (f"- {words[name]}: {value}" for name, value in known if value)

    def _section(self, section_id: str) -> Iterator[str]:
        known = self.review.sections.get(section_id)
        text = self._written(known.text) if known else ""
        yield text
        facts, words = self.review.facts, FACT_WORDS[self.language]
        if section_id == "impact" and not (known and known.is_prefilled):
            told = "\n".join(self.roles.hide(line) for line in figures(facts, words))
            yield f"{self.words['figures']}\n\n{told}" if told and told not in text else ""
        elif section_id == "timeline" and not text:
            yield self.roles.hide(timeline(facts.timeline, self.language))
        elif section_id == "factors":
            yield "\n".join(self._factors())
        elif section_id == "actions":
            yield from self._actions()

    def _factors(self) -> Iterator[str]:
        for factor in self.review.factors:
            label = f" ({self._plain(factor.label)})" if factor.label else ""
            yield f"- **{self.words[f'factor_{factor.kind}']}**: {self._plain(factor.text, 2000)}{label}"

    def _actions(self) -> Iterator[str]:
        if any(not action.is_fixed for action in self.review.actions):
            yield self.words["proposals"]
        for kind in (*ACTION_KINDS, None):
            found = [action for action in self.review.actions if action.kind == kind]
            if found:
                lines = "\n".join(map(self._action, found))
                title = self.words[f"action_{kind or 'none'}"]
                yield f"### {title}\n\n{lines}"

    def _action(self, action: Action) -> str:
        words = self.words
        owner = self._plain(self.roles.of(action.owner)) if action.owner else words["nobody"]
        told = [
            f"{words['owner']}: {owner}",
            f"{words['due']}: {action.due.isoformat() if action.due else words['no_day']}",
        ]
        if action.money_at_risk is not None and action.currency:
            told.append(f"{words['at_risk']}: {money(action.money_at_risk, action.currency)}")
        if action.ticket_url:
            told.append(self.roles.hide(link(words["ticket"], action.ticket_url)))
        if action.done_at is not None:
            told.append(f"{words['done']}: {action.done_at:%Y-%m-%d}")
        return f"- {self._plain(action.text, 2000)} ({'; '.join(told)})"

    def _written(self, text: str) -> str:
        return harmless(self.roles.hide(text[:LONGEST_SECTION]), below=2).strip("\n")

    def _plain(self, text: str, longest: int = 300) -> str:
        return plain(self.roles.hide(text), longest=longest)
