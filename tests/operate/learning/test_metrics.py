"""Learning metrics: a month worked out by hand, and figures of parts that add up to those of the whole."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warikan.focus.errors import PeriodError
from warikan.operate.learning.metrics import Hours, LearningMetrics, Repeats, Share, invoice_of, measure
from warikan.operate.learning.similar import PastCase
from warikan.operate.reviews.document import FACTOR_KINDS, Action, Factor, FactorKind
from warikan.operate.reviews.facts import IncidentFacts

START, END = date(2026, 8, 11), date(2026, 11, 7)
TEAMS = ("payments", "search", None)


def factor(label: str, kind: FactorKind = "tech") -> Factor:
    """A factor found again by *label*."""
    return Factor(f"f-{label}", kind, "It had no limit", label, 1)


def action(due: date | None, done: datetime | None = None, *, is_fixed: bool = True) -> Action:
    """Something to do by *due*."""
    return Action(
        "A-1", "REV-1", "prevent", "Set a limit", "payments", due, None, None, None, done, 1, is_fixed
    )


def at(month: int, day: int, hour: int = 0) -> datetime:
    """A moment of 2026."""
    return datetime(2026, month, day, hour, tzinfo=UTC)


moments = st.datetimes(datetime(2026, 7, 1), datetime(2026, 12, 1)).map(lambda m: m.replace(tzinfo=UTC))
money = st.none() | st.decimals(-(10**9), 10**9, places=18, allow_nan=False)


@st.composite
def measured(draw: st.DrawFn) -> PastCase:
    """A case with any moments, in any order, and a review or none."""
    facts = IncidentFacts(
        f"INC-{draw(st.integers(1, 10**6))}",
        "An incident",
        state=draw(st.sampled_from(["open", "contained", "verified", "closed", "dismissed"])),
        team_id=draw(st.sampled_from(TEAMS)),
        currency=draw(st.sampled_from(["JPY", "USD"])),
        excess=draw(money),
        before_detection=draw(money),
        avoided=draw(money),
        onset=draw(st.none() | moments),
        detected=draw(st.none() | moments),
        acknowledged=draw(st.none() | moments),
        contained=draw(st.none() | moments),
        verified=draw(st.none() | moments),
        known_early_at=draw(st.none() | moments),
    )
    if draw(st.booleans()):
        return PastCase(facts)
    drawn = st.builds(factor, st.sampled_from(["no-limit", "no-alert", ""]), st.sampled_from(FACTOR_KINDS))
    agreed = st.builds(
        action, st.none() | moments.map(datetime.date), st.none() | moments, is_fixed=st.booleans()
    )
    return PastCase(
        facts,
        "REV-1",
        tuple(draw(st.lists(drawn, max_size=3))),
        tuple(draw(st.lists(agreed, max_size=3))),
    )


cases_of_all = st.lists(measured(), max_size=12)


def counts(figures: LearningMetrics) -> dict[tuple[str, str], Fraction]:
    """Every figure that adds up, by its name."""
    found: dict[tuple[str, str], Decimal | int] = {
        ("incidents", ""): figures.incidents,
        ("overdue", ""): figures.actions_overdue,
        ("without_review", ""): figures.without_review,
    }
    for name in ("actions_on_time", "before_invoice", "reviewed", "two_kinds", "repeated"):
        share: Share = getattr(figures, name)
        found |= {(name, "count"): share.count, (name, "of"): share.of}
        assert share.ratio is None if share.of == 0 else 0 <= (share.ratio or 0) <= 1
    for name in ("excess", "before_detection", "avoided"):
        found |= {(name, currency): amount for currency, amount in getattr(figures, name).items()}
    for name in ("by_label", "by_kind"):
        for one in getattr(figures, name):
            assert 0 <= one.repeated <= one.incidents
            found |= {(name, one.factor): one.incidents, (f"{name} again", one.factor): one.repeated}
    for name in ("detect", "detect_by_usage", "detect_otherwise", "acknowledge", "contain", "verify"):
        found[name, "count"] = getattr(figures, f"to_{name}").count
    return {name: Fraction(amount) for name, amount in found.items() if amount}


def summed(parts: list[LearningMetrics]) -> dict[tuple[str, str], Fraction]:
    """The figures of *parts* added up."""
    total: dict[tuple[str, str], Fraction] = {}
    for part in parts:
        for name, amount in counts(part).items():
            total[name] = total.get(name, Fraction(0)) + amount
    return {name: amount for name, amount in total.items() if amount}


@given(cases_of_all)
def test_teams_add_up_to_all(cases: list[PastCase]) -> None:
    """Counts and money of every team are those of the whole, to the last digit."""
    whole = measure([c for c in cases if c.facts.team_id], start=START, end=END)

    teams = [
        measure([c for c in cases if c.facts.team_id], start=START, end=END, team=team)
        for team in ("payments", "search")
    ]

    assert summed(teams) == counts(whole)


@given(cases_of_all)
def test_months_add_up_to_the_period(cases: list[PastCase]) -> None:
    """The months of a period, cut to it, hold all of it and nothing twice."""
    whole = measure(cases, start=START, end=END)

    months = whole.by_month

    assert [(one.start, one.end) for one in months] == [
        (START, date(2026, 9, 1)),
        (date(2026, 9, 1), date(2026, 10, 1)),
        (date(2026, 10, 1), date(2026, 11, 1)),
        (date(2026, 11, 1), END),
    ]
    assert summed(list(months)) == counts(whole)


@given(cases_of_all, st.randoms())
def test_order_of_cases_does_not_matter(cases: list[PastCase], random: Random) -> None:
    """The same cases in any order give the same figures."""
    shuffled = list(cases)
    random.shuffle(shuffled)

    assert measure(shuffled, start=START, end=END) == measure(cases, start=START, end=END)


@given(cases_of_all)
def test_hours_are_ordered(cases: list[PastCase]) -> None:
    """No time is negative and the median is at most the 90th percentile; nothing timed has neither."""
    figures = measure(cases, start=START, end=END)

    for name in ("detect", "acknowledge", "contain", "verify"):
        hours: Hours = getattr(figures, f"to_{name}")
        if hours.median is None or hours.p90 is None:
            assert (hours.count, hours.median, hours.p90) == (0, None, None)
        else:
            assert 0 <= hours.median <= hours.p90


def story() -> list[PastCase]:
    """Two real incidents of October after one of June, one that is planned, and one whose cost fell."""
    june = IncidentFacts("INC-1", "", state="closed", team_id="search", onset=at(6, 1), detected=at(6, 2))
    usage = IncidentFacts(
        "INC-2", "", state="closed", team_id="payments", currency="USD", excess=Decimal("100.5"),
        before_detection=Decimal("40.25"), avoided=Decimal(300), onset=at(10, 5), detected=at(10, 5, 10),
        known_early_at=at(10, 5, 10), acknowledged=at(10, 5, 11), contained=at(10, 5, 20),
        verified=at(10, 8, 20),
    )  # fmt: skip
    invoice = IncidentFacts(
        "INC-3", "", state="contained", team_id="payments", currency="USD", excess=Decimal("0.5"),
        before_detection=Decimal("0.5"), onset=at(9, 25), detected=at(10, 4), contained=at(10, 3),
    )  # fmt: skip
    fell = IncidentFacts(
        "INC-4", "", state="verified", team_id="payments", currency="USD", excess=Decimal(-900),
        before_detection=Decimal(-900), onset=at(10, 20), detected=at(10, 21, 6),
    )  # fmt: skip
    planned = IncidentFacts("INC-5", "", state="dismissed", team_id="payments", detected=at(10, 7))
    return [
        PastCase(june, "REV-1", (factor("no-limit"),)),
        PastCase(
            usage,
            "REV-2",
            (factor("No-Limit"), factor("no-alert", "signals")),
            (
                action(date(2026, 10, 20), at(10, 20, 23)),
                action(date(2026, 10, 21), at(10, 22)),
                action(date(2026, 10, 22)),
                action(date(2026, 10, 31)),
                action(date(2026, 10, 12), is_fixed=False),
                action(None),
            ),
        ),
        PastCase(invoice),
        PastCase(fell, "REV-4", (factor("new-account", "process"),)),
        PastCase(planned, "REV-5", (factor("no-limit"),), (action(date(2026, 10, 9)),)),
    ]


def test_october_by_hand() -> None:
    """Every figure of one month as one works it out on paper."""
    figures = measure(
        story(), start=date(2026, 10, 1), end=date(2026, 11, 1), team="payments", today=date(2026, 10, 31)
    )

    assert figures.incidents == 3
    # 10 h, 9 days = 216 h, 30 h.
    assert (figures.to_detect.count, figures.to_detect.median) == (3, 30.0)
    assert figures.to_detect.p90 == pytest.approx(30 + 0.8 * 186)
    assert figures.to_detect_by_usage == Hours(1, 10.0, 10.0)
    assert (figures.to_detect_otherwise.count, figures.to_detect_otherwise.median) == (2, 123.0)
    assert figures.to_detect_otherwise.p90 == pytest.approx(30 + 0.9 * 186)
    assert figures.to_acknowledge == Hours(1, 1.0, 1.0)
    # INC-3 had ended before anybody saw it on the bill: nobody contained it.
    assert figures.to_contain == Hours(1, 10.0, 10.0)
    assert figures.to_verify == Hours(1, 72.0, 72.0)
    assert figures.excess == {"USD": Decimal("101.0")}
    assert figures.before_detection == {"USD": Decimal("40.75")}
    assert figures.avoided == {"USD": Decimal(300)}
    assert figures.by_label == (
        Repeats("no-limit", 1, 1),
        Repeats("new-account", 1, 0),
        Repeats("no-alert", 1, 0),
    )
    assert figures.by_kind == (Repeats("tech", 1, 1), Repeats("process", 1, 0), Repeats("signals", 1, 0))
    assert figures.repeated == Share(1, 2)
    assert figures.actions_on_time == Share(1, 3)
    assert figures.actions_overdue == 1
    assert figures.before_invoice == Share(2, 3)
    assert figures.reviewed == Share(2, 2)
    assert figures.without_review == 0
    assert figures.two_kinds == Share(1, 2)


def test_an_empty_period_knows_nothing() -> None:
    """Where nothing happened there is no figure, rather than a zero that looks good."""
    figures = measure([], start=date(2026, 10, 1), end=date(2026, 11, 1))

    assert figures.to_detect == Hours(0, None, None)
    assert figures.before_invoice.ratio is None
    assert figures.before_detection == {}
    assert (figures.by_label, len(figures.by_month)) == ((), 1)


@pytest.mark.parametrize(
    ("detected", "count"),
    [(at(11, 2, 23), 1), (at(11, 3), 0), (at(11, 3) - timedelta(microseconds=1), 1), (at(10, 2), 1)],
)
def test_invoice_tells_on_its_usual_day(detected: datetime, count: int) -> None:
    """Found before the third day of the month after the onset's is found before the invoice."""
    facts = IncidentFacts("INC-1", "", onset=at(10, 1), detected=detected)

    figures = measure([PastCase(facts)], start=date(2026, 10, 1), end=date(2026, 12, 1))

    assert invoice_of(at(10, 31, 23)) == at(11, 3)
    assert figures.before_invoice == Share(count, 1)


def test_a_factor_of_another_team_is_repeated_too() -> None:
    """What one team has learned is repeated by another: only the incident counts for its own team."""
    first = PastCase(
        IncidentFacts("INC-1", "", team_id="a", onset=at(9, 1), detected=at(9, 2)), "REV-1", (factor("x"),)
    )
    again = PastCase(
        IncidentFacts("INC-2", "", team_id="b", onset=at(9, 3), detected=at(9, 4)), "REV-2", (factor("X"),)
    )

    both = {team: measure([again, first], start=START, end=END, team=team).repeated for team in ("a", "b")}

    assert both == {"a": Share(0, 1), "b": Share(1, 1)}


@pytest.mark.parametrize(
    ("start", "end"),
    [(date(2026, 1, 1), date(2026, 1, 1)), (date(2026, 1, 2), date(2026, 1, 1)), (date.min, date.max)],
)
def test_hopeless_periods_are_refused(start: date, end: date) -> None:
    """An empty period, or one of a thousand years, says so."""
    with pytest.raises(PeriodError, match="period"):
        measure([], start=start, end=end)


def test_the_last_month_of_all_is_measured() -> None:
    """The end of the calendar is no error."""
    assert len(measure([], start=date(9999, 11, 5), end=date.max).by_month) == 2
