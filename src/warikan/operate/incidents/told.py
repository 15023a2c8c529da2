"""An incident that a person declares by hand: what is told, made whole from the catalogue and the bill."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from warikan.catalog.entities import Catalog
from warikan.catalog.settings import Settings
from warikan.focus.errors import UsageError
from warikan.focus.period import as_utc
from warikan.operate.anomalies.filters import money_filter
from warikan.operate.daily import DailyBill
from warikan.operate.incidents.declaring import Declaration
from warikan.operate.incidents.incident import SEVERITIES, Severity
from warikan.operate.scope import Scope

LONGEST_WHERE = 4000
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


def declaration_of(
    told: Told, catalog: Catalog, settings: Settings, bill: DailyBill, now: datetime
) -> Declaration:
    """
    The declaration of what is *told*.

    Raises:
        UsageError: the onset lies in the future or too far back, there is no currency, or a value cannot be.
    """
    onset = told.onset if isinstance(told.onset, datetime) else as_utc(told.onset)
    onset = onset.replace(tzinfo=UTC) if onset.tzinfo is None else onset.astimezone(UTC)
    if not now - OLDEST <= onset <= now:
        raise UsageError(
            f"the onset {onset:%Y-%m-%d} lies in the future or more than {OLDEST.days} days back"
        )
    if told.severity is not None and told.severity not in SEVERITIES:
        raise UsageError(f"severity is one of {', '.join(SEVERITIES)}, not {str(told.severity)[:40]!r}")
    if told.expected_per_day is not None and not told.expected_per_day.is_finite():
        raise UsageError("what a day usually costs is an amount")
    currency = told.currency or settings.currency or bill.currency
    if currency is None:
        raise UsageError(
            "no bill is loaded: there is nothing to follow an incident on", hint="warikan ingest"
        )
    service, team = _owner(told.scope, catalog)
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
    )


def _owner(scope: Scope, catalog: Catalog) -> tuple[str | None, str | None]:
    service, team = scope.get("x_ServiceId"), scope.get("x_TeamId")
    if service is not None and team is None and service in catalog.services:
        team = catalog.services[service].team_id
    return service, team


def _filter(told: Told, catalog: Catalog) -> str:
    caused = money_filter(told.scope, catalog)
    where = told.where.strip()
    whole = f"({where}) AND {caused}" if where and caused else where or caused
    if len(whole) > LONGEST_WHERE:
        raise UsageError(f"a filter has at most {LONGEST_WHERE} characters")
    return whole
