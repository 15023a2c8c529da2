"""What happens to the estate: planted, labelled events whose cost is known."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from warikan.estate.timeline import Timeline
from warikan.estate.weather import USUAL, Weather

SEARCH_RELEASE = "search-semantic-release"
LOG_STORM = "notifications-debug-logs"
FULL_SCAN = "reporting-full-scan"
NAT_DETOUR = "nat-detour"
GPU_LEFT_ON = "forgotten-gpu"
PRICE_CHANGE = "mihari-log-price"
LEFT_VOLUMES = "volumes-left-by-upgrade"
RESERVATION_ENDS = "reservation-expired"
RESERVATION_IDLE = "reservation-half-used"
UPGRADE = "cluster-upgrade"
TEAM_MOVE = "fraud-detection-moves"
REFUND = "sms-refund"
HANDOVER = "monolith-handover"


@dataclass(frozen=True)
class Event:
    """
    Something that happened, and what a good tool should say about it.

    Attributes:
        kind: incident, release, price, commitment, waste, change or correction.
        start, end: Days ``[start, end)``; end None means it still lasts.
    """

    id: str
    kind: str
    service: str
    start: date
    end: date | None
    description: str

    @property
    def days(self) -> int:
        """Days that it lasts.

        Raises:
            ValueError: it has no end.
        """
        if self.end is None:
            raise ValueError(f"the event {self.id} has no end")
        return (self.end - self.start).days

    def covers(self, day: date) -> bool:
        """Whether *day* lies in it."""
        return self.start <= day and (self.end is None or day < self.end)


@dataclass(frozen=True)
class Surge:
    """
    From *event* on, the quantity of these SKUs of a service is multiplied by *factor*.

    Attributes:
        hour: Hour (UTC) of the first day at which it begins.
        ramp_days: Days until the factor is reached, growing from 1 by the same step each day; 0 is at once.
    """

    event: str
    service: str
    skus: frozenset[str]
    factor: float
    account: str | None = None
    hour: int = 0
    ramp_days: int = 0


@dataclass(frozen=True)
class Addition:
    """Resources that exist only during *event*, from *hour* (UTC) of its first day on."""

    event: str
    service: str
    account: str
    sku: str
    size: float
    count: int = 1
    anonymous: bool = False
    hour: int = 0


@dataclass(frozen=True)
class PriceRise:
    """From *event* on, the provider's price of *sku* is *factor* times what it was."""

    event: str
    sku: str
    factor: Decimal


@dataclass(frozen=True)
class Expiry:
    """
    A commitment that ends with *event*: use of *sku* in *account* costs the contracted price from then on.

    Attributes:
        amount: Units an hour that it covered; share_of_list: what one of them cost, against the list price.
    """

    event: str
    account: str
    sku: str
    amount: Decimal
    share_of_list: Decimal


@dataclass(frozen=True)
class Script:
    """
    All that happens, with its effect on quantities.

    Attributes:
        muted: Events without effect: everything that they touch is there, in the same order and with the
            same chance, as if they had not happened. This is how the cost of an event is measured.
    """

    events: tuple[Event, ...]
    surges: tuple[Surge, ...]
    additions: tuple[Addition, ...]
    search_pods: float
    prices: tuple[PriceRise, ...] = ()
    expiries: tuple[Expiry, ...] = ()
    weather: Weather = USUAL
    muted: frozenset[str] = frozenset()

    def event(self, event_id: str) -> Event:
        """The event of that id."""
        return next(e for e in self.events if e.id == event_id)


def write_script(timeline: Timeline) -> Script:
    """The script of an estate; every date hangs on the last day, so the news is always fresh."""
    return Script(
        events=tuple(_events(timeline)),
        surges=(
            Surge(SEARCH_RELEASE, "search", frozenset({"osst", "lcu", "azgb", "logs"}), 1.7, "prod"),
            Surge(LOG_STORM, "notifications", frozenset({"logs"}), 16.0, "prod"),
            Surge(FULL_SCAN, "reporting", frozenset({"bqscan"}), 9.0),
            Surge(NAT_DETOUR, "networking", frozenset({"natgb"}), 3.2, "prod"),
        ),
        additions=(
            Addition(SEARCH_RELEASE, "search", "prod", "os2x", 10),
            Addition(SEARCH_RELEASE, "search", "prod", "bedrock", 9.5e8),
            Addition(GPU_LEFT_ON, "recommendations", "stg", "g5x", 1, count=3, anonymous=True),
        ),
        search_pods=1.6,
    )


def write_quiet_script(timeline: Timeline, weather: Weather) -> Script:
    """A script in which nothing of the story happens: it all lies after the last day."""
    never = timeline.until + timedelta(days=800)
    events = [
        replace(e, start=never, end=None if e.end is None else never + timedelta(days=e.days))
        for e in _events(timeline)
    ]
    return Script(tuple(events), surges=(), additions=(), search_pods=1.0, weather=weather)


def _events(timeline: Timeline) -> Iterator[Event]:
    def on(months: int, day: int) -> date:
        return timeline.month_before_end(months, day)

    def event(name: str, kind: str, service: str, start: date, days: int | None, text: str) -> Event:
        end = None if days is None else start + timedelta(days=days)
        return Event(name, kind, service, start, end, text)

    yield event(
        SEARCH_RELEASE, "release", "search", timeline.until - timedelta(days=28), None,
        "Semantic search goes live: ten more index nodes, embeddings, more pods",
    )  # fmt: skip
    yield event(
        FULL_SCAN, "incident", "reporting", on(2, 8), 3,
        "A report without a partition filter scans the whole warehouse every hour",
    )  # fmt: skip
    yield event(
        GPU_LEFT_ON, "incident", "recommendations", on(2, 17), 12,
        "Three GPU instances of an experiment in staging, without tags, nobody stops them",
    )  # fmt: skip
    yield event(
        RESERVATION_ENDS, "commitment", "payments", on(3, 12), None,
        "The database reservation of the payments account ends and is not renewed",
    )  # fmt: skip
    yield event(
        UPGRADE, "change", "container-platform", on(1, 6), 14,
        "The production cluster is replaced: blue and green run side by side",
    )  # fmt: skip
    yield event(
        LEFT_VOLUMES, "waste", "container-platform", on(1, 6) + timedelta(days=14), None,
        "18 volumes of 500 GB of the old cluster stay behind, attached to nothing",
    )  # fmt: skip
    yield event(
        PRICE_CHANGE, "price", "observability", on(4, 1), None,
        "Mihari raises the price of log ingestion by 12 %",
    )  # fmt: skip
    yield Event(
        RESERVATION_IDLE, "waste", "ledger", on(5, 5), on(3, 12),
        "Ledger gives up two database instances; one reserved instance is paid for and not used",
    )  # fmt: skip
    yield event(
        LOG_STORM, "incident", "notifications", on(5, 16), 5, "Debug logging left on after a release",
    )  # fmt: skip
    yield event(
        REFUND, "correction", "notifications", on(6, 1), 31,
        "The provider pays back SMS that it charged twice the month before",
    )  # fmt: skip
    yield event(
        TEAM_MOVE, "change", "fraud-detection", on(7, 1), None,
        "Fraud detection moves from the data team to the payments team",
    )  # fmt: skip
    yield event(
        HANDOVER, "change", "delivery", on(9, 1), None,
        "What is left of the monolith goes from order management to delivery",
    )  # fmt: skip
    yield event(
        NAT_DETOUR, "incident", "networking", on(8, 10), 18,
        "A Terraform change drops the S3 endpoint: traffic takes the NAT gateway",
    )  # fmt: skip
