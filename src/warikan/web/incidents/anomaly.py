"""One anomaly: what is off, by how much, what drives it, and what people said of it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from warikan.focus.errors import UsageError
from warikan.insights.anomaly import Driver
from warikan.operate.anomalies.anomaly import Anomaly
from warikan.operate.anomalies.filters import money_filter
from warikan.operate.incidents.facts import facts_of_anomaly
from warikan.operate.incidents.store import find_by_origin
from warikan.operate.reviews.facts import IncidentFacts
from warikan.state.audit import AuditEntry, list_entries
from warikan.web.bounds import MAX_LINKED, MAX_TITLE, shorten
from warikan.web.chart import Chart
from warikan.web.display import Amount
from warikan.web.incidents.marks import changes_url
from warikan.web.incidents.picture import Expected, Money, load_picture
from warikan.web.incidents.words import evidence_of, sentence_of, title_of
from warikan.web.overlay import MomentKind
from warikan.web.state import ViewState
from warikan.web.visit import Visit

MOST_DRIVERS = 40
MOST_ENTRIES = 50


@dataclass(frozen=True)
class DriverRow:
    """
    A part of the scope and its part of the excess.

    Attributes:
        depth: How far it lies inside of the parts above it.
        href: Its costs in the days of the anomaly; None where no address can carry it.
        width: Of its bar, in percent; *direction* says which colour.
    """

    column: str
    label: str
    title: str
    depth: int
    amount: Amount
    share: str
    width: float
    is_rise: bool | None
    is_new: bool
    href: str | None


@dataclass(frozen=True)
class AnomalyPage:
    """Everything that the page of an anomaly shows."""

    anomaly: Anomaly
    title: str
    sentence: str
    evidence: tuple[str, ...]
    chart: Chart | None
    problem: str | None
    excess: Amount
    low: Amount
    high: Amount
    first_excess: Amount
    is_restated: bool
    rate: Amount | None
    drivers: tuple[DriverRow, ...]
    costs: str | None
    changes: str
    incident_id: str | None
    history: tuple[AuditEntry, ...]


def load_anomaly_page(anomaly_id: str, visit: Visit, *, with_marks: bool = True) -> AnomalyPage:
    """
    The anomaly ``ANO-7`` as a page shows it.

    Raises:
        NotFound: there is none.
    """
    operations = visit.workspace.operations
    anomaly = operations.anomalies.get(anomaly_id)
    display, currency = visit.display, anomaly.currency
    chart, problem = _chart(anomaly, visit, with_marks=with_marks)
    places = display.places(anomaly.excess.point, currency)
    with operations.state.read() as connection:
        history = list_entries(connection, f"anomaly/{anomaly.id}", limit=MOST_ENTRIES)
    return AnomalyPage(
        anomaly=anomaly,
        title=title_of(anomaly, visit),
        sentence=sentence_of(anomaly, visit),
        evidence=tuple(evidence_of(anomaly, visit)),
        chart=chart,
        problem=problem,
        excess=display.money(anomaly.excess.point, currency, places),
        low=display.money(anomaly.excess.low, currency, places),
        high=display.money(anomaly.excess.high, currency, places),
        first_excess=display.money(anomaly.first_excess, currency, places),
        is_restated=anomaly.first_excess != anomaly.excess.point,
        rate=display.money(anomaly.rate_per_hour, currency) if anomaly.rate_per_hour else None,
        drivers=list_drivers(anomaly, visit),
        costs=costs_url(anomaly, anomaly.where),
        changes=changes_url(owner_of(anomaly), **around(anomaly)),
        incident_id=incident_of(anomaly, visit),
        history=history,
    )


def owner_of(anomaly: Anomaly) -> dict[str, str | None]:
    """Whose changes may have to do with it: its service, else its team, else everybody."""
    if anomaly.service_id is not None:
        return {"x_ServiceId": anomaly.service_id}
    return {"x_TeamId": anomaly.team_id} if anomaly.team_id is not None else {}


def around(anomaly: Anomaly) -> dict[str, str | None]:
    """The days whose changes are looked at first: from 48 hours before the onset to the day that told."""
    first, last = anomaly.onset - timedelta(days=2), max(anomaly.detected, anomaly.onset)
    return {"first": first.isoformat(), "last": last.isoformat()}


def costs_url(anomaly: Anomaly, where: str) -> str | None:
    """The page of costs for *where* in the days of *anomaly* and four weeks before; None where too long."""
    if len(where) > MAX_LINKED * 4:
        return None
    last = anomaly.days[-1].day if anomaly.days else anomaly.onset
    first = max(anomaly.onset, last - timedelta(days=90)) - timedelta(days=28)
    period = f"{first}..{last + timedelta(days=1)}"
    by = ("ServiceName", "ResourceId") if "ServiceName" not in anomaly.scope else ("SkuId", "ResourceId")
    return ViewState(
        where=where or None, period=period, currency=anomaly.currency, by=by, compare=False
    ).url()


def list_drivers(anomaly: Anomaly, visit: Visit) -> tuple[DriverRow, ...]:
    """What of its scope drives *anomaly*, as the detector ranked it; at most forty."""
    return tuple(_driver(one, anomaly, visit) for one in anomaly.drivers[:MOST_DRIVERS])


def incident_of(anomaly: Anomaly, visit: Visit) -> str | None:
    """``INC-3`` where an incident was declared from *anomaly*."""
    operations = visit.workspace.operations
    with operations.state.read() as connection:
        found = find_by_origin(connection, f"anomaly/{anomaly.id}", now=operations.clock())
    return found.id if found else None


def known_of(page: AnomalyPage, visit: Visit) -> IncidentFacts:
    """What past incidents are compared with: the incident of the anomaly, else the anomaly itself."""
    if page.incident_id is None:
        return facts_of_anomaly(page.anomaly)
    return visit.workspace.operations.incidents.facts(page.incident_id)


def _chart(anomaly: Anomaly, visit: Visit, *, with_marks: bool) -> tuple[Chart | None, str | None]:
    expected = [Expected(day.day, day.expected_low, day.expected, day.expected_high) for day in anomaly.days]
    texts = visit.texts
    moments: list[tuple[datetime | date, MomentKind, str]] = [
        (anomaly.onset, "onset", texts.gettext("Onset"))
    ]
    if anomaly.detected != anomaly.onset:
        moments.append((anomaly.detected, "detected", texts.gettext("Detected")))
    if anomaly.end is not None:
        end = texts.gettext("New level expected") if anomaly.absorbed else texts.gettext("As expected again")
        moments.append((anomaly.end, "end", end))
    money = Money(anomaly.where, anomaly.currency, owner_of(anomaly))
    try:
        chart = load_picture(
            visit, money, expected, moments, onset=anomaly.onset, end=anomaly.end, with_marks=with_marks
        )
    except UsageError as error:
        # A rule or a tag that the filter names may be gone: everything else is still worth reading.
        return None, error.message
    return chart, None


def _driver(driver: Driver, anomaly: Anomaly, visit: Visit) -> DriverRow:
    value = driver.key.get(driver.dimension)
    where = money_filter({**anomaly.scope, **driver.key}, visit.workspace.catalog)
    return DriverRow(
        column=visit.column(driver.dimension),
        label=visit.value(driver.dimension, value),
        title=shorten(value or "", MAX_TITLE),
        depth=min(max(len(driver.key) - len(anomaly.scope) - 1, 0), 4),
        amount=visit.display.money(driver.delta, anomaly.currency),
        share=visit.display.percent(driver.share),
        width=min(abs(driver.share), 1.0) * 100,
        is_rise=driver.delta > 0 if driver.delta else None,
        is_new=driver.is_new,
        href=costs_url(anomaly, where),
    )
