"""Reviews over incidents that a test writes down itself."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from sqlalchemy.engine import URL

from warikan.catalog.entities import Catalog, Team
from warikan.catalog.settings import Settings
from warikan.focus.errors import NotFound
from warikan.operate.notify.notifier import Notifier
from warikan.operate.reviews.facts import CoincidentChange, IncidentFacts, Moment
from warikan.operate.reviews.reviews import Reviews
from warikan.state import Database

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ONSET = datetime(2026, 11, 10, tzinfo=UTC)
CATALOG = Catalog(teams={"sales": Team(id="sales", title="Sales")})


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        """The present moment."""
        return self.now

    def forward(self, days: int) -> None:
        """Let *days* pass."""
        self.now += timedelta(days=days)


class Known:
    """The incidents of a test."""

    def __init__(self, facts: Sequence[IncidentFacts]) -> None:
        self._facts = {one.id: one for one in facts}

    def facts(self, incident_id: str) -> IncidentFacts:
        """One of them."""
        if incident_id not in self._facts:
            raise NotFound(f"there is no incident {incident_id}")
        return self._facts[incident_id]

    def list_facts(self) -> Sequence[IncidentFacts]:
        """All of them."""
        return tuple(self._facts.values())


def incident(number: int = 1, **values: object) -> IncidentFacts:
    """An incident of shop's storage, contained after two days."""
    made = {
        "id": f"INC-{number}",
        "title": f"Storage of the shop rose, number {number}",
        "summary": "Logs were kept for ever. ログの保存期間が無期限になっていた。",
        "state": "contained",
        "severity": "SEV2",
        "is_severe": True,
        "team_id": "sales",
        "service_id": "shop",
        "currency": "USD",
        "excess": Decimal("1234.56"),
        "onset": ONSET,
        "detected": ONSET + timedelta(days=1),
        "contained": ONSET + timedelta(days=2),
        "timeline": (Moment(ONSET, "argocd", "Release 4.2"),),
        "changes": (CoincidentChange(ONSET, "deploy", "Release 4.2"),),
        "people": ("Hanako Tanaka",),
        "provider_services": frozenset({"Amazon S3"}),
    }
    return IncidentFacts(**made | values)  # type: ignore[arg-type]


@contextmanager
def open_reviews(
    place: Path | URL, clock: Clock | None = None, facts: Sequence[IncidentFacts] = ()
) -> Iterator[Reviews]:
    """Reviews in a folder or at an address."""
    state = Database.in_folder(place) if isinstance(place, Path) else Database.open(place)
    at = clock or Clock()
    known = Known(facts or (incident(),))
    notify = Notifier(state, CATALOG, Settings(), at, environment={})
    yield Reviews(state, CATALOG, Settings(), at, incidents=known, notify=notify)
    state.close()
