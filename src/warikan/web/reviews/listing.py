"""All reviews: by state and by what is due next, found by their words, and what they show together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from warikan.operate.incidents.incident import Incident
from warikan.operate.learning.snippets import Snippet
from warikan.operate.reviews.document import STATES, ReviewLine, State
from warikan.operate.reviews.reviews import Hit
from warikan.web.bounds import shorten
from warikan.web.periods import Choice
from warikan.web.reviews.document import review_path
from warikan.web.reviews.figures import Figure, Repeat
from warikan.web.reviews.typed import Problem
from warikan.web.reviews.words import LANGUAGES
from warikan.web.reviews.words import STATES as STATE_WORDS
from warikan.web.state import encode
from warikan.web.visit import Visit

MOST = 200


@dataclass(frozen=True)
class ListState:
    """What the list shows: the address of it."""

    text: str = ""
    state: State | None = None
    team: str | None = None

    def url(self, **changes: str | None) -> str:
        """Its address, with some parts changed."""
        pairs = [(name, value) for name, value in ({**self.parts(), **changes}).items() if value]
        return f"/reviews?{encode(pairs)}" if pairs else "/reviews"

    def parts(self) -> dict[str, str | None]:
        """Its parameters."""
        return {"text": self.text or None, "state": self.state, "team": self.team}

    def kept(self, *without: str) -> tuple[tuple[str, str], ...]:
        """What a form that changes *without* sends besides."""
        return tuple((name, value) for name, value in self.parts().items() if value and name not in without)


@dataclass(frozen=True)
class Line:
    """A review in the list."""

    id: str
    href: str
    incident_id: str
    title: str
    language: str
    state: State
    label: str
    severity: str
    team: str | None
    lead: str | None
    open_actions: int
    overdue_actions: int
    when: str
    found: Markup | None


@dataclass(frozen=True)
class Other:
    """An incident with the words that were looked for, that has no review."""

    id: str
    href: str
    html: Markup


@dataclass(frozen=True)
class ReviewsPage:
    """
    The list as shown.

    Attributes:
        is_new: There is no review at all yet.
        candidates: Incidents that have none.
    """

    lines: tuple[Line, ...]
    is_new: bool
    text: str
    states: tuple[Choice, ...]
    teams: tuple[Choice, ...]
    kept: tuple[tuple[str, str], ...]
    kept_for_team: tuple[tuple[str, str], ...]
    candidates: tuple[Choice, ...]
    languages: tuple[Choice, ...]
    soak_days: int
    metrics_of: str
    amounts: tuple[Figure, ...]
    repeats: tuple[Repeat, ...]
    problem: Problem | None
    others: tuple[Other, ...]


@dataclass(frozen=True)
class Asked:
    """What the page is made of, as `operate` said it."""

    lines: Sequence[ReviewLine]
    snippets: Mapping[str, Snippet]
    others: Sequence[Hit]
    due: Mapping[str, date]
    incidents: Sequence[Incident]
    figures: tuple[Figure, ...]
    repeats: tuple[Repeat, ...]
    metrics_of: str
    is_new: bool


def make_list(
    asked: Asked, state: ListState, visit: Visit, *, chosen: str | None = None, problem: Problem | None = None
) -> ReviewsPage:
    """Lay out the list; *chosen* is the incident that a review is to be started of."""
    settings = visit.workspace.settings.reviews
    return ReviewsPage(
        lines=tuple(_line(one, asked, visit) for one in asked.lines[:MOST]),
        is_new=asked.is_new,
        text=state.text,
        states=_states(state, visit),
        teams=_teams(state, visit),
        kept=state.kept("text"),
        kept_for_team=state.kept("team"),
        candidates=tuple(
            Choice(one.id, f"{one.id} · {shorten(one.titled(visit.texts.lang))}", one.id == chosen)
            for one in asked.incidents
        ),
        languages=tuple(Choice(lang, name, lang == settings.language) for lang, name in LANGUAGES.items()),
        soak_days=settings.soak_days,
        metrics_of=asked.metrics_of,
        amounts=asked.figures,
        repeats=asked.repeats,
        problem=problem,
        others=tuple(
            Other(hit.document, f"/incidents/{hit.document}", highlight(hit.snippet)) for hit in asked.others
        ),
    )


def _line(one: ReviewLine, asked: Asked, visit: Visit) -> Line:
    snippet, due = asked.snippets.get(one.id), asked.due.get(one.id)
    searching = bool(asked.snippets)
    when = visit.display.day(one.updated_at) if searching else visit.display.date(due) if due else "–"
    return Line(
        id=one.id,
        href=review_path(one.id),
        incident_id=one.incident_id,
        title=shorten(one.title, 200),
        language=one.language,
        state=one.state,
        label=visit.texts.gettext(STATE_WORDS[one.state]),
        severity=one.severity,
        team=visit.value("x_TeamId", one.team_id) if one.team_id else None,
        lead=one.lead,
        open_actions=one.open_actions,
        overdue_actions=one.overdue_actions,
        when=when,
        found=highlight(snippet) if snippet else None,
    )


def highlight(snippet: Snippet) -> Markup:
    """The text of *snippet* with what was looked for in ``<mark>``; nothing of it is markup."""
    parts, place = [], 0
    for start, end in snippet.marks:
        parts.append(Markup("{}<mark>{}</mark>").format(snippet.text[place:start], snippet.text[start:end]))
        place = end
    parts.append(Markup("{}").format(snippet.text[place:]))
    return Markup("").join(parts)


def _states(state: ListState, visit: Visit) -> tuple[Choice, ...]:
    texts = visit.texts
    every = Choice("", texts.gettext("All"), state.state is None, state.url(state=None))
    return (
        every,
        *(
            Choice(one, texts.gettext(STATE_WORDS[one]), state.state == one, state.url(state=one))
            for one in STATES
        ),
    )


def _teams(state: ListState, visit: Visit) -> tuple[Choice, ...]:
    every = Choice("", visit.texts.gettext("All teams"), state.team is None)
    teams = visit.workspace.catalog.teams.values()
    return (
        every,
        *(Choice(team.id, shorten(team.title or team.id), state.team == team.id) for team in teams),
    )
