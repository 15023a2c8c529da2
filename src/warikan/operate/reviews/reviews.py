"""Reviews of incidents: begun from what the bill and the timeline say, edited together, learned from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import IntegrityError

from warikan.catalog.entities import Catalog
from warikan.catalog.settings import Settings
from warikan.focus.errors import UsageError
from warikan.operate.learning.index import rank
from warikan.operate.learning.metrics import LearningMetrics, measure
from warikan.operate.learning.similar import PastCase, SimilarCase, similar
from warikan.operate.learning.snippets import Snippet, snippet
from warikan.operate.learning.terms import query_terms
from warikan.operate.notify.notifier import Notifier
from warikan.operate.reviews.agreeing import Agreeing
from warikan.operate.reviews.cases import read_cases
from warikan.operate.reviews.desk import LONGEST_LINE, index_review
from warikan.operate.reviews.document import (
    LANGUAGES,
    Action,
    Asked,
    Language,
    Review,
    ReviewLine,
)
from warikan.operate.reviews.editing import Editing
from warikan.operate.reviews.facts import FactsSource, IncidentFacts
from warikan.operate.reviews.keeping import Keeping
from warikan.operate.reviews.moving import Moving
from warikan.operate.reviews.notices import Soaked, notice_of, soaked_notice
from warikan.operate.reviews.prefill import prefill
from warikan.operate.reviews.rows import (
    FIXED_STATES,
    REVIEW,
    facts_to_json,
    load_review,
    overdue,
    to_action,
)
from warikan.operate.reviews.sections import sections
from warikan.operate.reviews.states import soak_until
from warikan.state.audit import record
from warikan.state.database import Database
from warikan.state.tables.reviews import (
    review_actions,
    review_moves,
    review_sections,
    review_versions,
    reviews,
)

MOST_FOUND = 50


@dataclass(frozen=True)
class Hit:
    """A review or incident found by its words; *score* compares within one search only."""

    document: str
    title: str
    snippet: Snippet
    score: float

    @property
    def review_id(self) -> str | None:
        """``REV-3``, where it is a review."""
        return self.document if self.document.startswith(f"{REVIEW}-") else None


@dataclass(frozen=True)
class DueAction:
    """An action that is not done, and the review and team that it is of."""

    review_id: str
    team_id: str | None
    action: Action


class Reviews(Editing, Agreeing, Keeping, Moving):
    """Safe to share between threads and processes; nothing that anybody wrote is lost."""

    def __init__(
        self,
        state: Database,
        catalog: Catalog,
        settings: Settings,
        clock: Callable[[], datetime],
        *,
        incidents: FactsSource,
        notify: Notifier,
    ) -> None:
        super().__init__(state, catalog, settings, clock, incidents=incidents)
        self._notify = notify

    def begin(self, incident_id: str, *, actor: str, language: Language | None = None) -> Review:
        """
        Begin the review of an incident, filled in with what is known; again it is the one that is there.

        Raises:
            NotFound: there is no such incident.
            UsageError: no such language.
        """
        chosen = language or self._settings.language
        if chosen not in LANGUAGES:
            raise UsageError(f"there is no review in {chosen!r}; there is: {', '.join(LANGUAGES)}")
        if (known := self.of_incident(incident_id)) is not None:
            return self.get(known.id)
        facts = self._incidents.facts(incident_id)
        like = [_line(one, chosen) for one in self.similar(facts)]
        try:
            with self._state.begin() as connection:
                review_id = self._write(connection, facts, chosen, like, actor)
        except IntegrityError:
            # Somebody else began it at the same moment.
            if (known := self.of_incident(facts.id)) is None:
                raise
            return self.get(known.id)
        return self.get(review_id)

    def of_incident(self, incident_id: str) -> ReviewLine | None:
        """The review of an incident; None where there is none yet."""
        found = self.list(Asked(incident_id=incident_id.strip().upper(), limit=1))
        return found[0] if found else None

    def list(self, asked: Asked | None = None) -> tuple[ReviewLine, ...]:
        """Reviews, those that were changed last first."""
        wanted = asked or Asked()
        statement = select(reviews).order_by(reviews.c.updated_at.desc(), reviews.c.id.desc())
        for column, value in (
            (reviews.c.state, wanted.state),
            (reviews.c.team_id, wanted.team),
            (reviews.c.service_id, wanted.service),
            (reviews.c.incident_id, wanted.incident_id),
        ):
            if value is not None:
                statement = statement.where(column == value)
        statement = statement.limit(wanted.limit)
        table = review_actions
        shown = statement.with_only_columns(reviews.c.id).subquery()
        with self._state.read() as connection:
            rows = connection.execute(statement).mappings().all()
            of_shown = select(table).where(table.c.review_id.in_(select(shown)))
            found = connection.execute(of_shown).mappings().all()
        actions: dict[int, list[Action]] = {}
        for row in found:
            actions.setdefault(row["review_id"], []).append(to_action(row, is_fixed=True))
        now = self._clock()
        return tuple(
            ReviewLine(
                id=f"{REVIEW}-{row['id']}",
                incident_id=row["incident_id"],
                title=row["title"],
                language=row["language"],
                state=row["state"],
                severity=row["severity"],
                team_id=row["team_id"],
                service_id=row["service_id"],
                lead=row["lead"],
                created_at=row["created_at"],
                updated_at=row["updated_at"],
                version=row["version"],
                open_actions=sum(a.done_at is None for a in actions.get(row["id"], ())),
                overdue_actions=len(overdue(actions.get(row["id"], ()), now)),
            )
            for row in rows
        )

    def markdown(self, review_id: str, *, language: Language | None = None) -> str:
        """The review as Markdown; people are roles."""
        from warikan.operate.reviews.export import to_markdown  # only where somebody exports

        return to_markdown(self.get(review_id), language, teams=self._team_names)

    def html(self, review_id: str, *, language: Language | None = None) -> str:
        """The review as one HTML page without script; people are roles."""
        from warikan.operate.reviews.export import to_html  # brings a Markdown parser

        return to_html(self.get(review_id), language, teams=self._team_names)

    def due_actions(self, team: str | None, until: date) -> tuple[DueAction, ...]:
        """Actions of *team*'s reviews (None: of all) that are not done and due by *until*, by day."""
        table = review_actions
        statement = (
            select(table, reviews.c.state, reviews.c.team_id)
            .join(reviews, reviews.c.id == table.c.review_id)
            .where(table.c.done_at.is_(None), table.c.due <= until)
            .order_by(table.c.due, table.c.id)
        )
        if team is not None:
            statement = statement.where((reviews.c.team_id == team) | (table.c.owner == team))
        with self._state.read() as connection:
            rows = connection.execute(statement).mappings().all()
        return tuple(
            DueAction(
                f"{REVIEW}-{row['review_id']}",
                row["team_id"],
                to_action(row, is_fixed=row["state"] in FIXED_STATES),
            )
            for row in rows
        )

    def remind(self) -> int:
        """
        Tell what people wait for, once each: overdue actions, and reviews whose soak time is over.

        Returns: how many there are of both.
        """
        now = self._clock()
        late = [d for d in self.due_actions(None, now.astimezone(UTC).date()) if overdue([d.action], now)]
        notices = [notice_of(due.action, due.review_id, due.team_id) for due in late]
        notices += [soaked_notice(one) for one in self._soaked(now)]
        with self._state.begin() as connection:
            for notice in notices:
                self._notify.tell(connection, notice)
        return len(notices)

    def _soaked(self, now: datetime) -> Iterator[Soaked]:
        """Reviews whose actions can be agreed on since some day, and are not yet."""
        asked = select(reviews).where(reviews.c.state == "in_review", reviews.c.soak_skipped == "")
        with self._state.read() as connection:
            rows = connection.execute(asked.order_by(reviews.c.id)).mappings().all()
        for row in rows:
            until = soak_until(row["calibrated_at"], row["meeting_at"], self._settings)
            if until is not None and until <= now:
                names = (row["title"], row["lead"], row["team_id"], row["service_id"])
                yield Soaked(f"{REVIEW}-{row['id']}", *names, until)

    # --- learning ---

    def search(self, text: str, *, limit: int = MOST_FOUND) -> tuple[Hit, ...]:
        """Reviews and incidents by the words of *text*, in both languages; the best first."""
        asked = text[:LONGEST_LINE]
        with self._state.read() as connection:
            found = rank(connection, asked, limit=min(limit, MOST_FOUND))
        terms = query_terms(asked)
        return tuple(
            Hit(one.document, one.text.split("\n", 1)[0], snippet(one.text, terms), one.score)
            for one in found
        )

    def similar(self, facts: IncidentFacts, *, limit: int = 5) -> tuple[SimilarCase, ...]:
        """Past incidents that are like *facts*, with what they have in common; never itself."""
        past = self.cases()
        own = next((case for case in past if case.facts.id == facts.id), PastCase(facts))
        return similar(replace(own, facts=facts), past, limit=limit)

    def metrics(self, *, start: date, end: date, team: str | None = None) -> LearningMetrics:
        """What was learned in ``[start, end)``: times, money, repeats, actions, by month and in all."""
        today = self._clock().astimezone(UTC).date()
        return measure(self.cases(), start=start, end=end, team=team, today=today)

    def cases(self) -> tuple[PastCase, ...]:
        """Every incident, with its review where there is one."""
        known = self._incidents.list_facts()
        with self._state.read() as connection:
            return read_cases(connection, known)

    def _write(
        self,
        connection: Connection,
        facts: IncidentFacts,
        language: Language,
        like: Sequence[str],
        actor: str,
    ) -> str:
        now = self._clock()
        row = {
            "incident_id": facts.id,
            "title": facts.titled(language)[:300],
            "language": language,
            "state": "draft",
            "severity": facts.severity,
            "team_id": facts.team_id,
            "service_id": facts.service_id,
            "facts": facts_to_json(facts),
            "created_at": now,
            "created_by": actor,
            "updated_at": now,
            "soak_skipped": "",
            "version": 1,
        }
        made = connection.execute(insert(reviews).values(**row)).inserted_primary_key
        assert made is not None  # noqa: S101 - a table with a primary key has one
        number, known = made[0], prefill(facts, language, like)
        for section_id in sections():
            text = known.get(section_id, "")
            place = {"review_id": number, "section_id": section_id, "version": 1, "text": text}
            connection.execute(
                insert(review_sections).values(**place, prefilled=text, updated_at=now, updated_by=actor)
            )
            connection.execute(
                insert(review_versions).values(**place, at=now, actor=actor, note="pre-filled")
            )
        move = {"review_id": number, "at": now, "actor": actor, "source": None, "target": "draft", "note": ""}
        connection.execute(insert(review_moves).values(**move))
        review_id = f"{REVIEW}-{number}"
        told = {"incident": facts.id}
        record(connection, at=now, actor=actor, subject=f"review/{review_id}", action="begin", after=told)
        index_review(connection, number)
        return load_review(connection, review_id, self._settings).id


def _line(one: SimilarCase, language: Language) -> str:
    shared = ", ".join(value for part in one.matched for value in part.values[:2])[:200]
    where = f" ({one.case.review_id})" if one.case.review_id else ""
    title = one.case.facts.titled(language)
    return f"{one.case.facts.id}{where}: {title}" + (f" · {shared}" if shared else "")
