"""Rates of final months are kept: nothing that changes in the file moves them."""

import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from rated_company import RATES, make_rated, with_rates
from warikan.bootstrap import Workspace, open_workspace
from warikan.catalog.rates import BaseRate, MonthRates, RateBook
from warikan.engine.query import Query
from warikan.focus.errors import NotFound, UsageError
from warikan.operate.currencies import Currencies, RateGap
from warikan.operate.jobs.registry import list_jobs
from warikan.state.audit import list_entries

SEPTEMBER, OCTOBER, NOVEMBER = date(2026, 9, 1), date(2026, 10, 1), date(2026, 11, 1)
OTHER = RATES.replace("165.08", "200").replace("165.00", "180").replace("160.65", "170")
"""The same file as somebody else publishes it later."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the company with rates; to be copied."""
    return make_rated(tmp_path_factory.mktemp("rated") / "company").folder


@pytest.fixture
def company(made: Path, tmp_path: Path) -> Iterator[Workspace]:
    """The company with rates, for one test."""
    now = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
    workspace = open_workspace(shutil.copytree(made, tmp_path / "company"), clock=lambda: now)
    yield workspace
    workspace.operations.state.close()


def yen(workspace: Workspace, period: str) -> Decimal:
    """The cost of *period* in yen."""
    answer = workspace.ask(Query(period=period, display="JPY"))
    assert [one.currency for one in answer.answers] == ["JPY"]
    return answer.answers[0].totals["EffectiveCost"]


def test_final_months_are_kept_and_do_not_move(company: Workspace) -> None:
    """September and October are over; November goes on."""
    october, november = yen(company, "2026-10"), yen(company, "2026-11")
    assert company.operations.currencies.freeze_final() == (SEPTEMBER, OCTOBER)
    assert yen(company, "2026-10") == october

    changed = with_rates(company, rates=OTHER)

    assert yen(changed, "2026-10") == october
    assert yen(changed, "2026-11") != november
    rates = {one.month: one.rate for one in changed.ask(Query(period="all", display="JPY")).converted}
    frozen = {month for month, rate in rates.items() if rate is not None and rate.is_frozen}
    assert frozen == {SEPTEMBER, OCTOBER}
    changed.operations.state.close()


def test_without_the_file_what_is_kept_still_holds(company: Workspace) -> None:
    """The file may be replaced by one of this year."""
    october = yen(company, "2026-10")
    company.operations.currencies.freeze_final()
    shorter = with_rates(company, rates="Date,USD,JPY\n2026-11-20,1,1\n")

    assert yen(shorter, "2026-10") == october
    shorter.operations.state.close()


def test_keeping_twice_is_keeping_once(company: Workspace) -> None:
    """And each is written down, with who did it."""
    currencies = company.operations.currencies
    currencies.freeze(OCTOBER, actor="kei")

    assert currencies.freeze_final() == (SEPTEMBER,)
    assert currencies.freeze_final() == ()
    with company.operations.state.read() as connection:
        entries = list_entries(connection, "rates/2026-10")
    assert [(e.actor, e.action, e.after) for e in entries] == [
        ("kei", "freeze", {"USD": "1.08", "JPY": "163.08", "GBP": "0.87"})
    ]


def test_a_currency_that_comes_later_is_kept_later(company: Workspace) -> None:
    """What is kept stays; what was not known yet is added."""
    company.operations.currencies.freeze(OCTOBER, actor="kei")
    wider = with_rates(company, rates=OTHER.replace("GBP,", "GBP,KRW,").replace("0.87,", "0.87,1500,"))

    assert wider.operations.currencies.freeze_final() == (SEPTEMBER, OCTOBER)
    book = wider.operations.currencies.book()
    october = book.months[OCTOBER].rates
    assert (october["JPY"].value, october["KRW"].value) == (Decimal("163.08"), Decimal(1500))
    assert all(rate.is_frozen for rate in october.values())
    wider.operations.state.close()


def test_what_was_wrong_can_be_given_up(company: Workspace) -> None:
    """Then the file holds again, and the record has what there was."""
    currencies = company.operations.currencies
    currencies.freeze(OCTOBER, actor="kei")
    changed = with_rates(company, rates=OTHER)
    before = yen(changed, "2026-10")
    changed.operations.currencies.unfreeze(OCTOBER, actor="mio")

    assert yen(changed, "2026-10") != before
    with changed.operations.state.read() as connection:
        newest = list_entries(connection, "rates/2026-10")[0]
    assert (newest.actor, newest.action, newest.after) == ("mio", "unfreeze", None)
    assert newest.before == {"USD": "1.08", "JPY": "163.08", "GBP": "0.87"}
    with pytest.raises(NotFound, match="no rates of 2026-10 are frozen"):
        changed.operations.currencies.unfreeze(OCTOBER, actor="mio")
    changed.operations.state.close()


def test_only_what_is_over_and_whole_is_kept(company: Workspace) -> None:
    """Neither a month that goes on, nor one whose file ends within it, nor one without rates."""
    currencies = company.operations.currencies
    with pytest.raises(UsageError, match="2026-11 has not ended"):
        currencies.freeze(NOVEMBER, actor="kei")
    with pytest.raises(NotFound, match="no rates of 2025-01"):
        currencies.freeze(date(2025, 1, 1), actor="kei")
    old = with_rates(company, rates="Date,USD,JPY\n2026-10-02,1.1,160\n2026-09-30,1.1,160\n")
    with pytest.raises(UsageError, match="reach only to 2026-10-02"):
        old.operations.currencies.freeze(OCTOBER, actor="kei")
    assert old.operations.currencies.freeze_final() == (SEPTEMBER,)
    old.operations.state.close()


def test_what_a_final_month_lacks_is_named(company: Workspace) -> None:
    """A billed currency, or that of display, without a rate; or one whose days end within the month."""
    company.operations.currencies.freeze_final()
    assert company.operations.currencies.list_gaps() == ()
    company.operations.currencies.unfreeze(SEPTEMBER, actor="kei")
    company.operations.currencies.unfreeze(OCTOBER, actor="kei")
    lacking = "Date,USD,JPY\n2026-10-02,1.1,160\n2026-09-30,N/A,160\n"
    changed = with_rates(company, rates=lacking)
    changed.operations.currencies.freeze_final()

    assert changed.operations.currencies.list_gaps() == (
        RateGap(SEPTEMBER, "USD", None),
        RateGap(OCTOBER, "JPY", date(2026, 10, 2)),
        RateGap(OCTOBER, "USD", date(2026, 10, 2)),
    )
    assert changed.operations.currencies.list_gaps(SEPTEMBER) == (RateGap(SEPTEMBER, "USD", None),)
    job = list_jobs(changed.settings)["rates"]
    said = "frozen: nothing new; no final rate: USD of 2026-09, JPY of 2026-10, USD of 2026-10"
    assert job.work(changed.operations) == said
    changed.operations.state.close()


def test_a_gap_that_is_filled_is_none_and_never_moves_again(company: Workspace) -> None:
    """The rate that comes is kept; the month is whole from then on."""
    lacking = with_rates(company, rates=RATES.replace("2026-09-30,1.10", "2026-09-30,N/A"))
    lacking.operations.currencies.freeze_final()
    assert lacking.operations.currencies.list_gaps() == (RateGap(SEPTEMBER, "USD", None),)

    filled = with_rates(company)
    assert filled.operations.currencies.freeze_final() == (SEPTEMBER,)

    assert filled.operations.currencies.list_gaps() == ()
    shown = yen(filled, "2026-09")
    assert yen(with_rates(company, rates=OTHER), "2026-09") == shown
    filled.operations.state.close()


@pytest.mark.parametrize(
    ("typed", "name"), [("jpy", "JPY"), ("Jpy", "JPY"), (" usd ", "USD"), ("EUR", "EUR")]
)
def test_a_currency_is_known_in_any_case(company: Workspace, typed: str, name: str) -> None:
    """The answer is in the name that the rates have, and the same."""
    assert company.operations.currencies.require_display(typed)[0] == name
    same = [company.ask(Query(period="all", display=one)) for one in (typed, name)]
    assert same[0].query.display == same[1].query.display == name
    assert [one.totals for one in same[0].answers] == [one.totals for one in same[1].answers]


def test_a_currency_that_several_could_be_is_none() -> None:
    """Virtual currencies may differ in case alone: then only the exact name will do."""
    rates = {name: BaseRate(Decimal(2), "") for name in ("Coin", "COIN", "JPY")}
    book = RateBook({OCTOBER: MonthRates(OCTOBER, "EUR", rates)})

    assert [book.spelt(name) for name in ("Coin", "COIN", "coin", "jpy", "XYZ")] == [
        "Coin",
        "COIN",
        None,
        "JPY",
        None,
    ]


def test_the_rule_of_final_months_is_asked(company: Workspace) -> None:
    """A month that has ended may still be restated."""
    parts = company.operations
    settings = company.settings.currencies
    currencies = Currencies(
        parts.state, company.engine, settings, company.clock, root=company.folder, is_final=SEPTEMBER.__eq__
    )

    assert currencies.freeze_final() == (SEPTEMBER,)
    states = {line.month: line.state for line in currencies.list()}
    assert states == {NOVEMBER: "open", OCTOBER: "open", SEPTEMBER: "frozen"}


def test_the_job_keeps_them(company: Workspace) -> None:
    """By itself, where there are rates."""
    job = list_jobs(company.settings)["rates"]

    assert job.work(company.operations) == "frozen: 2026-09, 2026-10"
    assert job.work(company.operations) == "frozen: nothing new"


def test_the_list(company: Workspace) -> None:
    """Of what is billed, newest month first; a rate that is not there says so."""
    currencies = company.operations.currencies
    lines = currencies.list()
    assert [(x.month, x.currency, x.to, x.rate, x.state) for x in lines] == [
        (NOVEMBER, "USD", "JPY", Decimal(153), "open"),
        (OCTOBER, "USD", "JPY", Decimal(151), "final"),
        (SEPTEMBER, "USD", "JPY", Decimal(150), "final"),
    ]
    pounds = {(x.month, x.currency): x.rate for x in currencies.list("GBP")}
    assert pounds[OCTOBER, "USD"] == Decimal("0.805555555555556")
    assert {x.currency for x in currencies.list(every=True)} == {"EUR", "GBP", "USD"}


def test_currencies_without_rates_are_refused(company: Workspace, tmp_path: Path) -> None:
    """Never a silent 1."""
    with pytest.raises(UsageError, match="no rates of XYZ") as found:
        company.ask(Query(display="XYZ"))
    assert found.value.hint == "there is: EUR, GBP, JPY, USD"
    (company.folder / "warikan.yaml").write_text("version: 1\n")
    bare = open_workspace(company.folder)
    with pytest.raises(UsageError, match="there are no rates"):
        bare.ask(Query(display="JPY"))
    bare.operations.state.close()
