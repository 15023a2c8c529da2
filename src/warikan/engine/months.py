"""
Open and final months: whether what a source says of a billing month can still change.

Pure: what is known of one (source, month) goes in, the state and the reason come out. The rules are tried in
this order:

1. The provider's Billing Period dataset says ``Closed`` or ``Open``: that is taken.
2. The month has not ended: open.
3. Every charge names an invoice: final. Providers number invoices when they issue them.
4. The provider's grace days after the end are not over: open. AWS finalises within about a week, Azure
   after 5 days (rated usage up to 72 hours late), Google around the fifth.
5. The data was last loaded before the month had ended, and does not reach its end: open, as nothing came
   since; what is missing is not known.
6. Otherwise final.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from warikan.focus.period import add_months, as_utc, day_start

Status = Literal["open", "final"]
Why = Literal["closed", "not closed", "not ended", "invoiced", "settling", "not reloaded", "settled"]
"""
``closed``, ``not closed``: the provider's billing period says so. ``not ended``: the month runs.
``invoiced``: every charge is on an invoice. ``settling``: within the grace days. ``not reloaded``: the last
load is of before the end. ``settled``: the grace days are over.
"""

GRACE_DAYS = {"aws": 7, "amazon web services": 7, "microsoft": 5, "azure": 5, "google cloud": 5, "oracle": 5}
"""Provider, in lower case → days after the end of a month in which it still changes the bill."""
LONGEST_GRACE = 7
"""For providers that are not known, and for several in one source."""
MOST_GRACE = 90
"""What can be set in warikan.yaml."""


@dataclass(frozen=True)
class MonthFacts:
    """
    What is known of one month of one source.

    Attributes:
        providers: ProviderName, InvoiceIssuerName ... as the charges say; empty: not looked up.
        data_end: End (exclusive) of the last day that a charge begins in.
        reach: Latest ChargePeriodEnd; None: not looked up.
        is_invoiced: Every charge has an InvoiceId; None: not looked up.
        period_status: BillingPeriodStatus of the Billing Period dataset, where one is loaded.
        grace_days: As set for the source; None: the provider's.
    """

    source_id: str
    month: date
    loaded_at: datetime
    data_end: datetime
    providers: tuple[str, ...] = ()
    reach: datetime | None = None
    is_invoiced: bool | None = None
    period_status: str | None = None
    grace_days: int | None = None


@dataclass(frozen=True)
class MonthState:
    """
    Whether one month of one source can still change.

    Attributes:
        final_from: When the grace days are over.
        late_days: Whole days of the month after its data ends, as far as the newest source has data.
    """

    source_id: str
    month: date
    status: Status
    why: Why
    data_end: datetime
    loaded_at: datetime
    final_from: datetime
    late_days: int


def state_of(facts: MonthFacts, *, now: datetime, newest: datetime | None = None) -> MonthState:
    """
    The state at *now*; days are late that lie before *newest*, where the newest source ends (default: now).
    """
    end = add_months(as_utc(facts.month), 1)
    final_from = end + timedelta(days=grace_of(facts.providers, facts.grace_days))
    reach = max(facts.data_end, facts.reach or facts.data_end)
    expected = min(end, day_start(now) if newest is None else newest)
    status, why = _judge(facts, end=end, final_from=final_from, reach=reach, now=now)
    return MonthState(
        source_id=facts.source_id,
        month=facts.month,
        status=status,
        why=why,
        data_end=facts.data_end,
        loaded_at=facts.loaded_at,
        final_from=final_from,
        late_days=max(0, (expected - reach) // timedelta(days=1)),
    )


def _judge(
    facts: MonthFacts, *, end: datetime, final_from: datetime, reach: datetime, now: datetime
) -> tuple[Status, Why]:
    said = (facts.period_status or "").strip().casefold()
    if said == "closed":
        return "final", "closed"
    if said == "open":
        return "open", "not closed"
    if now < end:
        return "open", "not ended"
    if facts.is_invoiced:
        return "final", "invoiced"
    if now < final_from:
        return "open", "settling"
    if facts.loaded_at < end and reach < end:
        return "open", "not reloaded"
    return "final", "settled"


def needs_charges(facts: MonthFacts, *, now: datetime) -> bool:
    """Whether what only the charges say (invoices, providers, reach) can decide: most months need no look."""
    end = add_months(as_utc(facts.month), 1)
    if facts.period_status or now < end:
        return False
    longest = LONGEST_GRACE if facts.grace_days is None else facts.grace_days
    return now < end + timedelta(days=longest) or (facts.loaded_at < end and facts.data_end < end)


def grace_of(providers: tuple[str, ...], grace_days: int | None) -> int:
    """As set, else the longest of *providers*; one that is not known has the longest there is."""
    if grace_days is not None:
        return grace_days
    return max((GRACE_DAYS.get(p.casefold(), LONGEST_GRACE) for p in providers), default=LONGEST_GRACE)
