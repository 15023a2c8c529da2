"""An incident that a person declares by hand: what is told, made whole from the catalogue and the bill."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import Connection, select

from warikan.catalog.entities import Catalog
from warikan.catalog.known import require_known
from warikan.catalog.settings import Settings
from warikan.focus.errors import Conflict, UsageError
from warikan.focus.period import as_utc
from warikan.operate.anomalies.filters import money_filter, narrowed
from warikan.operate.daily import DailyBill
from warikan.operate.incidents.declaring import Declaration
from warikan.operate.incidents.incident import SEVERITIES, Severity, id_of
from warikan.operate.scope import Scope
from warikan.state.tables.incidents import incidents

LONGEST_WHERE = 4000
MOST_A_DAY = Decimal(10) ** 20
OLDEST = timedelta(days=400)


@dataclass(frozen=True)
class Told:
    """What a person says; see ``Incidents.declare``."""

    onset: date | datetime
    scope: Scope
    where: str
    currency: str | None
    title: str
    severity: Severity | None
    expected_per_day: Decimal | None
    lead: str | None
    everything: bool = False
    again: bool = False


def declaration_of(
    told: Told, catalog: Catalog, settings: Settings, bill: DailyBill, now: datetime
) -> Declaration:
    """
    The declaration of what is *told*.

    Raises:
        UsageError: nothing says whose cost it is, the onset lies in the future or too far back, there is no
            such service, team or currency, or a value cannot be.
    """
    _check_scope(told, catalog)
    onset = told.onset if isinstance(told.onset, datetime) else as_utc(told.onset)
    onset = onset.replace(tzinfo=UTC) if onset.tzinfo is None else onset.astimezone(UTC)
    if not now - OLDEST <= onset <= now:
        raise UsageError(
            f"the onset {onset:%Y-%m-%d} lies in the future or more than {OLDEST.days} days back"
        )
    if told.severity is not None and told.severity not in SEVERITIES:
        raise UsageError(f"severity is one of {', '.join(SEVERITIES)}, not {str(told.severity)[:40]!r}")
    usual = told.expected_per_day
    if usual is not None and not (usual.is_finite() and 0 <= usual < MOST_A_DAY):
        raise UsageError("what a day usually costs is an amount, and not negative")
    currency = _currency(told, settings, bill)
    service, team = _owner(told.scope, catalog)
    if own := told.where.strip():  # alone first: what is wrong with it is said of it, as it was typed
        bill.complete_until(own, currency)
    where = _filter(told, catalog)
    return Declaration(
        title=told.title.strip(),
        source="person",
        origin=None,
        detected_by="person",
        scope=told.scope,
        where=where,
        currency=currency,
        team_id=team,
        service_id=service,
        onset=onset,
        detected=now,
        expected_per_day=told.expected_per_day,
        severity=told.severity,
        roles={"lead": told.lead} if told.lead else {},
        again=told.again,
    )


def require_new(connection: Connection, declared: Declaration) -> None:
    """
    Refuse what was declared by hand already, of the same cost since the same moment, and is not over.

    Raises:
        Conflict: it names the incident that there is.
    """
    if declared.source != "person" or declared.again:
        return
    table = incidents
    statement = select(table.c.id).where(
        table.c.source == "person",
        table.c.where == declared.where,
        table.c.currency == declared.currency,
        table.c.onset == declared.onset,
        table.c.state.not_in(("closed", "dismissed")),
    )
    known = connection.execute(statement.order_by(table.c.id)).scalars().first()
    if known is not None:
        raise Conflict(
            f"this is already {id_of(known)}: the same costs since {declared.onset:%Y-%m-%d}",
            hint="look at that one, or declare it once more (--again)",
        )


def _check_scope(told: Told, catalog: Catalog) -> None:
    if bool(told.scope or told.where.strip()) == told.everything:
        problem = "a service, team or filter is not everything" if told.everything else "whose cost is it?"
        raise UsageError(
            problem, hint="give a service, a team or a filter, or say that it is of all costs (--all)"
        )
    require_known(catalog, service=told.scope.get("x_ServiceId"), team=told.scope.get("x_TeamId"))


def _currency(told: Told, settings: Settings, bill: DailyBill) -> str:
    currency = told.currency or settings.currency or bill.currency
    if currency is None or not bill.currencies:
        raise UsageError(
            "no bill is loaded: there is nothing to follow an incident on", hint="warikan ingest"
        )
    if currency not in bill.currencies:
        raise UsageError(f"nothing is billed in {currency}", hint=f"there is: {', '.join(bill.currencies)}")
    return currency


def _owner(scope: Scope, catalog: Catalog) -> tuple[str | None, str | None]:
    service, team = scope.get("x_ServiceId"), scope.get("x_TeamId")
    if service is not None and team is None and service in catalog.services:
        team = catalog.services[service].team_id
    return service, team


def _filter(told: Told, catalog: Catalog) -> str:
    caused = money_filter(told.scope, catalog)
    where = told.where.strip()
    whole = narrowed(where, caused) if where else caused
    if len(whole) > LONGEST_WHERE:
        raise UsageError(f"a filter has at most {LONGEST_WHERE} characters")
    return whole
