"""How well incidents are found, stopped and learned from: figures over a period, for all or for one team."""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from warikan.focus.errors import PeriodError
from warikan.focus.money import EXACT
from warikan.focus.period import add_months, as_utc, month_start
from warikan.operate.incidents.incident import LIVE
from warikan.operate.learning.similar import PastCase
from warikan.operate.reviews.facts import IncidentFacts

INVOICE_DAY = 3
"""
Day of the next month on which an invoice tells of a month, the earliest usual one.

AWS charges it from the third to the fifth day (https://repost.aws/knowledge-center/monthly-aws-billing). The
earliest, so that nothing counts as found before an invoice that had told already.
"""
MOST_MONTHS = 120
_HOUR = timedelta(hours=1)
_ZERO = Decimal(0)


@dataclass(frozen=True)
class Hours:
    """How long something took, in hours (statistics): linear between ranks. None where nothing was timed."""

    count: int
    median: float | None
    p90: float | None


@dataclass(frozen=True)
class Share:
    """*count* of *of*."""

    count: int
    of: int

    @property
    def ratio(self) -> float | None:
        """0…1; None of nothing."""
        return self.count / self.of if self.of else None


@dataclass(frozen=True)
class Repeats:
    """
    How often a factor came back.

    Attributes:
        factor: A label (folded), or a kind of factor.
        incidents: Of the period, with this factor.
        repeated: Those of them before which another incident, of any team and time, had it already.
    """

    factor: str
    incidents: int
    repeated: int


@dataclass(frozen=True)
class LearningMetrics:
    """
    The figures of ``[start, end)``, whole days in UTC.

    An incident counts in the period in which it was detected (in which it began, while that is not known) and
    for the team that owns it; dismissed ones (planned, or none at all) never do. An action counts in the
    period of its due day, for the team of its incident.

    Attributes:
        team: None for all.
        to_detect: From onset to detection; it cannot be shorter than the bill's delay, so it is also told
            apart: *to_detect_by_usage* where cluster usage told before the bill could, and
            *to_detect_otherwise*.
        to_acknowledge, to_contain: From detection on.
        to_verify: From containment to the bill as expected again. Any that came earlier than what it is
            measured from is left out: what had ended before it was seen was not contained in 0 hours.
        excess, before_detection, avoided: By BillingCurrency, exact sums of EffectiveCost: all above what was
            expected; the part of it spent before detection; what containment saved. Incidents whose cost
            fell (a negative excess) are left out of them: what is gone is no saving of learning.
        by_label, by_kind: Factors that came back, the most repeated first.
        repeated: Incidents with a label that an earlier incident had, of those with any label.
        actions_on_time: Done by their due day, of the agreed ones that were due (those due today or later
            are not counted yet, done or not).
        actions_overdue: Of these, those that are still not done.
        before_invoice: Detected before the invoice of the month of the onset told: before ``INVOICE_DAY`` of
            the next month; of those whose onset and detection are known.
        reviewed: Incidents that have a review, of those that are over (verified or closed).
        two_kinds: Reviews with two factors of different kinds or more, of all reviews.
        by_month: The same for each month of the period; empty within a month's own figures.
    """

    start: date
    end: date
    team: str | None
    incidents: int
    to_detect: Hours
    to_detect_by_usage: Hours
    to_detect_otherwise: Hours
    to_acknowledge: Hours
    to_contain: Hours
    to_verify: Hours
    excess: Mapping[str, Decimal]
    before_detection: Mapping[str, Decimal]
    avoided: Mapping[str, Decimal]
    by_label: tuple[Repeats, ...]
    by_kind: tuple[Repeats, ...]
    repeated: Share
    actions_on_time: Share
    actions_overdue: int
    before_invoice: Share
    reviewed: Share
    two_kinds: Share
    by_month: tuple["LearningMetrics", ...] = ()

    @property
    def without_review(self) -> int:
        """Incidents that are over and have no review."""
        return self.reviewed.of - self.reviewed.count


def measure(
    cases: Sequence[PastCase], *, start: date, end: date, team: str | None = None, today: date | None = None
) -> LearningMetrics:
    """
    The figures of ``[start, end)`` of *team*, or of all.

    Conserved: counts, shares' parts and money of all teams, and of all months, add up to those of the whole.

    Args:
        cases: All that are known, of any team and time: a factor is repeated after any earlier incident.
        today: Before it an action must have been due to count; *end* where nobody says.

    Raises:
        PeriodError: the period is empty, or has more than ``MOST_MONTHS`` months.
    """
    if start >= end:
        raise PeriodError(f"the period {start}..{end} is empty; the end is exclusive: name a later day")
    if (end.year - start.year) * 12 + end.month - start.month > MOST_MONTHS:
        raise PeriodError(f"the period {start}..{end} has over {MOST_MONTHS} months; name a shorter one")
    real = [case for case in cases if case.facts.state != "dismissed"]
    mine = [case for case in real if team is None or case.facts.team_id == team]
    seen = _Seen.of(real)
    until = end if today is None else min(today, end)
    months = tuple(_measure(mine, seen, a, b, team, until) for a, b in _months(start, end))
    whole = _measure(mine, seen, start, end, team, until)
    return replace(whole, by_month=months)


def invoice_of(onset: datetime) -> datetime:
    """When the invoice of the month of *onset* tells, by the usual day (``INVOICE_DAY``)."""
    return add_months(month_start(onset.astimezone(UTC)), 1) + timedelta(days=INVOICE_DAY - 1)


def _measure(
    cases: Sequence[PastCase], seen: "_Seen", start: date, end: date, team: str | None, until: date
) -> LearningMetrics:
    found = [case for case in cases if _is_within(_counted(case.facts), start, end)]
    facts = [case.facts for case in found]
    early = [one for one in facts if one.known_early_at is not None]
    late = [one for one in facts if one.known_early_at is None]
    agreed = [a for case in cases for a in case.actions if a.is_fixed and a.due is not None]
    due = [a for a in agreed if a.due is not None and start <= a.due < min(end, until)]
    told = [one for one in facts if one.onset is not None and _detected(one) is not None]
    over = [case for case in found if case.facts.state not in LIVE]
    reviews = [case for case in found if case.review_id is not None]
    labelled = [case for case in found if case.labels]
    rose = [one for one in facts if one.excess is None or one.excess >= 0]
    return LearningMetrics(
        start=start,
        end=end,
        team=team,
        incidents=len(found),
        to_detect=_hours((one.onset, _detected(one)) for one in facts),
        to_detect_by_usage=_hours((one.onset, _detected(one)) for one in early),
        to_detect_otherwise=_hours((one.onset, _detected(one)) for one in late),
        to_acknowledge=_hours((_detected(one), one.acknowledged) for one in facts),
        to_contain=_hours((_detected(one), one.contained) for one in facts),
        to_verify=_hours((one.contained, one.verified) for one in facts),
        excess=_sums((one.currency, one.excess) for one in rose),
        before_detection=_sums((one.currency, one.before_detection) for one in rose),
        avoided=_sums((one.currency, one.avoided) for one in rose),
        by_label=_repeats([(case.labels, seen.labels_before(case)) for case in found]),
        by_kind=_repeats([(_kinds(case), seen.kinds_before(case)) for case in found]),
        repeated=Share(sum(bool(seen.labels_before(case)) for case in labelled), len(labelled)),
        actions_on_time=Share(sum(_is_on_time(a.done_at, a.due) for a in due), len(due)),
        actions_overdue=sum(a.done_at is None for a in due),
        before_invoice=Share(sum(_is_before_invoice(one) for one in told), len(told)),
        reviewed=Share(sum(case.review_id is not None for case in over), len(over)),
        two_kinds=Share(sum(len(_kinds(case)) > 1 for case in reviews), len(reviews)),
    )


@dataclass(frozen=True)
class _Seen:
    """When each factor was first part of an incident."""

    labels: Mapping[str, datetime]
    kinds: Mapping[str, datetime]

    @staticmethod
    def of(cases: Iterable[PastCase]) -> "_Seen":
        labels: dict[str, datetime] = {}
        kinds: dict[str, datetime] = {}
        for case in cases:
            began = _began(case.facts)
            if began is None:
                continue
            for firsts, factors in ((labels, case.labels), (kinds, _kinds(case))):
                for factor in factors:
                    firsts[factor] = min(began, firsts.get(factor, began))
        return _Seen(labels, kinds)

    def labels_before(self, case: PastCase) -> frozenset[str]:
        """The labels of *case* that an incident that began earlier had."""
        return _before(self.labels, case.labels, _began(case.facts))

    def kinds_before(self, case: PastCase) -> frozenset[str]:
        """The same of the kinds of its factors."""
        return _before(self.kinds, _kinds(case), _began(case.facts))


def _before(firsts: Mapping[str, datetime], factors: Iterable[str], began: datetime | None) -> frozenset[str]:
    if began is None:
        return frozenset()
    return frozenset(factor for factor in factors if firsts[factor] < began)


def _repeats(cases: Sequence[tuple[Collection[str], Collection[str]]]) -> tuple[Repeats, ...]:
    """Of pairs: the factors of an incident, and those of them that came before."""
    factors = {factor for having, _ in cases for factor in having}
    found = [
        Repeats(
            factor,
            sum(factor in having for having, _ in cases),
            sum(factor in before for _, before in cases),
        )
        for factor in factors
    ]
    return tuple(sorted(found, key=lambda one: (-one.repeated, -one.incidents, one.factor)))


def _kinds(case: PastCase) -> frozenset[str]:
    return frozenset(factor.kind for factor in case.factors)


def _detected(facts: IncidentFacts) -> datetime | None:
    known = [moment for moment in (facts.detected, facts.known_early_at) if moment is not None]
    return min(known, default=None)


def _began(facts: IncidentFacts) -> datetime | None:
    return facts.onset or _detected(facts)


def _counted(facts: IncidentFacts) -> datetime | None:
    """The moment that says which period an incident belongs to."""
    return _detected(facts) or facts.onset


def _is_within(moment: datetime | None, start: date, end: date) -> bool:
    return moment is not None and as_utc(start) <= moment < as_utc(end)


def _is_before_invoice(facts: IncidentFacts) -> bool:
    detected = _detected(facts)
    return detected is not None and facts.onset is not None and detected < invoice_of(facts.onset)


def _is_on_time(done_at: datetime | None, due: date | None) -> bool:
    return done_at is not None and due is not None and done_at.astimezone(UTC).date() <= due


def _hours(spans: Iterable[tuple[datetime | None, datetime | None]]) -> Hours:
    taken = sorted((b - a) / _HOUR for a, b in spans if a is not None and b is not None and b >= a)
    if not taken:
        return Hours(0, None, None)
    return Hours(len(taken), _quantile(taken, 0.5), _quantile(taken, 0.9))


def _quantile(ordered: Sequence[float], share: float) -> float:
    place = share * (len(ordered) - 1)
    low, high = ordered[math.floor(place)], ordered[math.ceil(place)]
    return low + (high - low) * (place - math.floor(place))


def _sums(amounts: Iterable[tuple[str, Decimal | None]]) -> Mapping[str, Decimal]:
    """Exact sums by currency, in its order; a currency without any known amount is absent."""
    sums: dict[str, Decimal] = {}
    for currency, amount in amounts:
        if amount is not None:
            sums[currency] = EXACT.add(sums.get(currency, _ZERO), amount)
    return dict(sorted(sums.items()))


def _months(start: date, end: date) -> list[tuple[date, date]]:
    """The months of the period, the first and the last cut to it."""
    months, first = [], start
    while first < end:
        is_last = (first.year, first.month) == (end.year, end.month)
        following = end if is_last else min(end, add_months(month_start(as_utc(first)), 1).date())
        months.append((first, following))
        first = following
    return months
