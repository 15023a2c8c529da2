"""Open and final months: a table of cases, and what holds for all."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_lake import NOW, lake_of, open_engine, slice_of

from warikan.engine.month_facts import month_states
from warikan.engine.months import MonthFacts, MonthState, grace_of, state_of
from warikan.focus.period import Period

MONTH = date(2026, 10, 1)
END = datetime(2026, 11, 1, tzinfo=UTC)


def _at(day: int, month: int = 11) -> datetime:
    return datetime(2026, month, day, 12, tzinfo=UTC)


FACTS = MonthFacts("aws", MONTH, loaded_at=_at(2), data_end=END, providers=("AWS",))


@pytest.mark.parametrize(
    ("facts", "now", "expected"),
    [
        (FACTS, _at(20, 10), ("open", "not ended")),
        (FACTS, _at(3), ("open", "settling")),
        (FACTS, _at(7), ("open", "settling")),
        (FACTS, datetime(2026, 11, 8, tzinfo=UTC), ("final", "settled")),
        (replace(FACTS, providers=("Microsoft",)), datetime(2026, 11, 6, tzinfo=UTC), ("final", "settled")),
        (replace(FACTS, providers=("Microsoft", "AWS")), _at(6), ("open", "settling")),
        (replace(FACTS, providers=("Somebody",)), _at(6), ("open", "settling")),
        (replace(FACTS, grace_days=2), _at(3), ("final", "settled")),
        (replace(FACTS, grace_days=30), _at(20), ("open", "settling")),
        (replace(FACTS, is_invoiced=True), _at(2), ("final", "invoiced")),
        (replace(FACTS, is_invoiced=True), _at(20, 10), ("open", "not ended")),
        (replace(FACTS, is_invoiced=False), _at(20), ("final", "settled")),
        (replace(FACTS, period_status="Closed"), _at(20, 10), ("final", "closed")),
        (replace(FACTS, period_status="Open"), _at(20, 12), ("open", "not closed")),
        (replace(FACTS, loaded_at=_at(20, 10), data_end=_at(20, 10)), _at(20), ("open", "not reloaded")),
        (replace(FACTS, loaded_at=_at(20, 10)), _at(20), ("final", "settled")),
        # a fee of the month, billed on its first day, reaches to the end
        (
            replace(FACTS, loaded_at=_at(3, 10), data_end=_at(2, 10), reach=END),
            _at(20),
            ("final", "settled"),
        ),
    ],
)
def test_states(facts: MonthFacts, now: datetime, expected: tuple[str, str]) -> None:
    """Each rule of the module, and their order."""
    state = state_of(facts, now=now)

    assert (state.status, state.why) == expected


def test_late_days() -> None:
    """Whole days of the month that others have and it has not; never days that have not passed."""
    facts = replace(FACTS, data_end=datetime(2026, 10, 18, tzinfo=UTC))

    assert state_of(facts, now=_at(20, 10)).late_days == 2
    assert state_of(facts, now=_at(20)).late_days == 14
    assert state_of(facts, now=_at(20, 10), newest=datetime(2026, 10, 19, tzinfo=UTC)).late_days == 1
    assert state_of(facts, now=_at(20, 10), newest=facts.data_end).late_days == 0
    assert state_of(replace(facts, reach=END), now=_at(20)).late_days == 0


_FACTS = st.builds(
    MonthFacts,
    source_id=st.just("s"),
    month=st.just(MONTH),
    loaded_at=st.integers(0, 80).map(lambda d: END - timedelta(days=31 - d)),
    data_end=st.integers(0, 31).map(lambda d: END - timedelta(days=d)),
    providers=st.sampled_from([(), ("AWS",), ("Microsoft",), ("X", "AWS")]),
    reach=st.one_of(st.none(), st.just(END)),
    is_invoiced=st.sampled_from([None, True, False]),
    period_status=st.sampled_from([None, "Open", "Closed"]),
    grace_days=st.sampled_from([None, 0, 5, 90]),
)


@given(facts=_FACTS, days=st.integers(0, 200), more=st.integers(0, 200))
def test_a_final_month_stays_final(facts: MonthFacts, days: int, more: int) -> None:
    """Time alone never opens a month again, and with every day that passes no day is less late."""
    first = state_of(facts, now=END - timedelta(days=40 - days))
    later = state_of(facts, now=END - timedelta(days=40 - days - more))

    assert (first.status, later.status) != ("final", "open")
    assert later.late_days >= first.late_days >= 0
    assert first.final_from == END + timedelta(days=grace_of(facts.providers, facts.grace_days))


def _states(folder: Path, now: datetime, **options: object) -> dict[tuple[str, str], MonthState]:
    engine = open_engine(folder)
    found = month_states(lake_of(folder), engine.lake.loads(), now=now, **options)  # type: ignore[arg-type]
    return {(s.source_id, f"{s.month:%Y-%m}"): s for s in found}


@pytest.mark.parametrize("now", [_at(20, 10), _at(3), NOW])
def test_a_fee_of_the_month_is_not_late(tmp_path: Path, now: datetime) -> None:
    """It begins on the first day and lasts to the end: no day is missing, in grace, before and after it."""
    rows = [
        slice_of("2026-10-01", 9, ChargePeriodEnd=END, x_SourceId="vendor", x_ChargeKey=1),
        *(slice_of(f"2026-10-{d:02}", 1, x_ChargeKey=d) for d in range(1, 29)),
    ]
    open_engine(tmp_path, rows, days=False)

    states = _states(tmp_path, now)

    assert states["vendor", "2026-10"].late_days == 0
    assert states["bill", "2026-10"].late_days == 0


def test_from_the_lake(tmp_path: Path) -> None:
    """Providers, invoices and reach come from the files' footers; sources are judged apart."""
    rows = [
        *(slice_of(f"2026-10-{d:02}", 1, ProviderName="AWS", x_ChargeKey=d) for d in range(1, 32)),
        slice_of("2026-10-01", 9, x_SourceId="invoiced", InvoiceId="inv", x_ChargeKey=1),
        slice_of("2026-11-03", 9, x_SourceId="invoiced", InvoiceId="inv", x_ChargeKey=1),
        slice_of("2026-10-01", 9, x_SourceId="azure", InvoiceIssuerName="Microsoft", x_ChargeKey=1),
        slice_of("2026-10-02", 9, x_SourceId="azure", InvoiceIssuerName="Microsoft", x_ChargeKey=2),
    ]
    open_engine(tmp_path, rows, days=False)

    in_grace = _states(tmp_path, _at(3))
    later = _states(tmp_path, NOW, grace_days={"bill": 60})
    october = _states(tmp_path, _at(3), period=Period(END - timedelta(days=2), END))

    assert {k: (s.status, s.why) for k, s in in_grace.items()} == {
        ("azure", "2026-10"): ("open", "settling"),
        ("bill", "2026-10"): ("open", "settling"),
        ("invoiced", "2026-10"): ("final", "invoiced"),
        ("invoiced", "2026-11"): ("open", "not ended"),
    }
    assert in_grace["azure", "2026-10"].final_from == END + timedelta(days=5)
    assert in_grace["bill", "2026-10"].final_from == END + timedelta(days=7)
    assert in_grace["azure", "2026-10"].late_days == 29
    assert later["azure", "2026-10"].late_days == 29
    assert later["bill", "2026-10"].why == "settling"
    assert later["azure", "2026-10"].status == "final"
    assert set(october) == {("azure", "2026-10"), ("bill", "2026-10"), ("invoiced", "2026-10")}
