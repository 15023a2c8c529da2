"""Laws of the currency of display: what is shown adds up, in any grouping, and is what the rates say."""

import random
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import ROUND_HALF_EVEN, Context, Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from small_lake import NOW, open_engine, slice_of

from warikan.catalog.rates import RATE_PLACES, BaseRate, MonthRates, RateBook
from warikan.engine.buckets import number_of
from warikan.engine.cells import Cells
from warikan.engine.display import convert
from warikan.engine.engine import Engine
from warikan.engine.plan import make_plan
from warikan.engine.query import CostAnswer, Query
from warikan.focus.errors import UsageError
from warikan.focus.period import as_utc

EXACTLY = Context(prec=120)
CHARGES = pa.schema([("ServiceName", pa.string())])
LAST = Decimal(1).scaleb(-18)
SEPTEMBER, OCTOBER, NOVEMBER = date(2026, 9, 1), date(2026, 10, 1), date(2026, 11, 1)
GROUPINGS = ((), ("x_TeamId",), ("ServiceName",), ("x_TeamId", "ServiceName"), ("BillingPeriodStart",))


def book(rates: Mapping[date, Mapping[str, str]], base: str = "EUR") -> RateBook:
    """Rates against *base*."""
    return RateBook(
        {
            month: MonthRates(month, base, {c: BaseRate(Decimal(r), "test") for c, r in told.items()})
            for month, told in rates.items()
        }
    )


RATES = book(
    {
        OCTOBER: {"USD": "1.0812", "JPY": "163.57", "KRW": "1471.3"},
        NOVEMBER: {"USD": "1.0937", "JPY": "162.01"},
    }
)


def make_rows() -> list[dict[str, Any]]:
    """A few hundred slices of many digits, of both signs, in four currencies and three months."""
    chance = random.Random(7)  # noqa: S311 - made-up bills
    rows = []
    for i in range(400):
        day = f"2026-{chance.choice(('09', '10', '11'))}-{chance.randint(1, 20):02}"
        cost = Decimal(chance.randint(-(10**22), 10**23)).scaleb(-18)
        currency = chance.choice(("USD", "JPY", "EUR", "KRW"))
        team, service = chance.choice(("web", "pay", None)), chance.choice(("s3", "ec2", "vm"))
        rows.append(
            slice_of(
                day, str(cost), BillingCurrency=currency, x_TeamId=team, ServiceName=service, x_ChargeKey=i
            )
        )
    return rows


ROWS = make_rows()


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """ROWS, allocated."""
    return open_engine(tmp_path_factory.mktemp("workspace"), ROWS)


def ask(engine: Engine, rates: RateBook = RATES, **query: Any) -> CostAnswer:
    """All of it in yen, unless *query* says otherwise."""
    return engine.run(Query(**{"period": "all", "display": "JPY"} | query), now=NOW, rates=rates)


def total_in(answer: CostAnswer, currency: str = "JPY") -> Decimal:
    """The total in one currency."""
    found = answer.answer_in(currency)
    assert found is not None
    return found.totals["EffectiveCost"]


def added(amounts: Iterable[Decimal]) -> Decimal:
    """Exactly: Python's sum has 28 digits."""
    total = Decimal(0)
    for amount in amounts:
        total = EXACTLY.add(total, amount)
    return total


def rounded(amount: Decimal) -> Decimal:
    """To what is stored."""
    return amount.quantize(LAST, rounding=ROUND_HALF_EVEN, context=EXACTLY)


def billed_by_month(rows: list[dict[str, Any]]) -> dict[tuple[str, date], Decimal]:
    """The exact sums as billed."""
    found: dict[tuple[str, date], Decimal] = {}
    for row in rows:
        key = (row["BillingCurrency"], row["BillingPeriodStart"].date())
        found[key] = EXACTLY.add(found.get(key, Decimal(0)), row["EffectiveCost"])
    return found


@pytest.mark.parametrize("by", GROUPINGS)
@pytest.mark.parametrize("more", [{}, {"granularity": "day"}, {"top": 2}, {"compare": "previous"}])
def test_the_total_is_the_sum_of_the_months_at_their_rates(
    engine: Engine, by: tuple[str, ...], more: dict[str, Any]
) -> None:
    """Whatever it is grouped by: Σ over currencies and months of sum × rate; rows add up to it."""
    if by == () and "top" in more:
        more = {}
    answer = ask(engine, by=by, **more)

    expected = Decimal(0)
    for (currency, month), amount in billed_by_month(ROWS).items():
        rate = RATES.find(currency, "JPY", month)
        if rate is not None:
            expected = EXACTLY.add(expected, rounded(EXACTLY.multiply(amount, rate.value)))
    assert total_in(answer) == expected
    for one in answer.answers:
        assert added(one.rows["EffectiveCost"].to_pylist()) == one.totals["EffectiveCost"]
    assert sum(one.charges for one in answer.answers) == len(ROWS)


def test_every_month_is_shown_with_its_rate(engine: Engine) -> None:
    """As billed, the rate, and as shown: one line for each currency and month, which add up to the total."""
    answer = ask(engine)
    billed = billed_by_month(ROWS)

    assert [(c.currency, c.month) for c in answer.converted] == sorted(billed)
    assert {(c.currency, c.month): c.billed["EffectiveCost"] for c in answer.converted} == billed
    shown = [c for c in answer.converted if c.rate is not None]
    assert added(c.shown["EffectiveCost"] for c in shown) == total_in(answer)
    for one in shown:
        assert one.rate is not None
        product = EXACTLY.multiply(one.billed["EffectiveCost"], one.rate.value)
        assert one.shown["EffectiveCost"] == rounded(product)


def test_no_part_is_a_unit_off(engine: Engine) -> None:
    """A group of one currency and month is its sum × rate, less than one unit of the 18th decimal away."""
    names = ("x_TeamId", "ServiceName", "BillingCurrency")
    yen = ask(engine, by=(*names, "BillingPeriodStart")).answer_in("JPY")
    assert yen is not None
    exact: dict[tuple[Any, ...], Decimal] = {}
    for row in ROWS:
        month = row["BillingPeriodStart"].date()
        rate = RATES.find(row["BillingCurrency"], "JPY", month)
        if rate is not None:
            key = (*(row[name] for name in names), month)
            amount = EXACTLY.multiply(row["EffectiveCost"], rate.value)
            exact[key] = EXACTLY.add(exact.get(key, Decimal(0)), amount)
    found = {
        (*(row[name] for name in names), date.fromisoformat(row["BillingPeriodStart"][:10])): row[
            "EffectiveCost"
        ]
        for row in yen.rows.to_pylist()
    }

    assert found.keys() == exact.keys()
    assert all(abs(EXACTLY.subtract(found[key], exact[key])) < LAST for key in exact)


def test_what_is_in_the_currency_already_does_not_change(engine: Engine) -> None:
    """The identity: no rate is needed and no digit moves."""
    billed = engine.run(Query(by=("x_TeamId",), period="all", currency="JPY"), now=NOW)
    shown = ask(engine, RateBook(), by=("x_TeamId",), currency="JPY")

    assert shown.answers[0].totals == billed.answers[0].totals
    assert shown.answers[0].rows.equals(billed.answers[0].rows)


def test_without_a_rate_it_stays_in_its_own_currency(engine: Engine) -> None:
    """September has no rates, and November none of the won: nothing is lost, nothing taken as 1."""
    answer = ask(engine, by=("x_TeamId",))
    billed = billed_by_month(ROWS)

    assert answer.answers[0].currency == "JPY"
    assert total_in(answer, "USD") == billed["USD", SEPTEMBER]
    assert total_in(answer, "EUR") == billed["EUR", SEPTEMBER]
    assert total_in(answer, "KRW") == billed["KRW", SEPTEMBER] + billed["KRW", NOVEMBER]
    missing = [(c.currency, c.month) for c in answer.converted if c.rate is None]
    assert missing == [("EUR", SEPTEMBER), ("KRW", SEPTEMBER), ("KRW", NOVEMBER), ("USD", SEPTEMBER)]


def test_charges_without_a_currency_are_never_converted(tmp_path: Path) -> None:
    """XXX stays XXX, even where somebody wrote a rate of it."""
    engine = open_engine(tmp_path, [slice_of("2026-10-05", "1", BillingCurrency=None)])
    answer = ask(engine, book({OCTOBER: {"XXX": "2", "JPY": "100"}}))

    assert [one.currency for one in answer.answers] == ["XXX"]


def test_a_charge_takes_the_rate_of_its_billing_month(tmp_path: Path) -> None:
    """A correction of October on the bill of November is paid in November."""
    late = slice_of("2026-11-02", "10") | {
        "ChargePeriodStart": slice_of("2026-10-30", "1")["ChargePeriodStart"]
    }
    answer = ask(
        open_engine(tmp_path, [late]),
        book({OCTOBER: {"USD": "1", "JPY": "1"}} | {NOVEMBER: {"USD": "1", "JPY": "2"}}),
    )

    assert total_in(answer) == Decimal(20)


def test_both_periods_are_converted_each_month_at_its_rate(tmp_path: Path) -> None:
    """Against the period before: a price that did not change moves with the rate, and says so."""
    rows = [slice_of("2026-10-05", "10"), slice_of("2026-11-05", "10")]
    rates = book({OCTOBER: {"USD": "1", "JPY": "150"}, NOVEMBER: {"USD": "1", "JPY": "160"}})
    answer = ask(open_engine(tmp_path, rows), rates, period="2026-11", compare="previous")

    change = answer.answers[0].changes["EffectiveCost"]
    assert (change.current, change.previous, change.delta) == (Decimal(1600), Decimal(1500), Decimal(100))


def test_currencies_are_ranked_and_cut_together(tmp_path: Path) -> None:
    """The largest groups are the largest in the currency of display, whatever they are billed in."""
    rows = [
        slice_of("2026-10-05", "10", x_TeamId="web"),
        slice_of("2026-10-05", "900", x_TeamId="pay", BillingCurrency="JPY"),
        slice_of("2026-10-05", "700", x_TeamId="web", BillingCurrency="JPY"),
        slice_of("2026-10-05", "3", x_TeamId="ads"),
    ]
    rates = book({OCTOBER: {"USD": "1", "JPY": "100"}})
    answer = ask(open_engine(tmp_path, rows), rates, by=("x_TeamId",), top=1)

    assert answer.answers[0].rows.to_pylist() == [
        {"x_TeamId": "web", "x_IsOther": False, "EffectiveCost": Decimal(1700)},
        {"x_TeamId": None, "x_IsOther": True, "EffectiveCost": Decimal(1200)},
    ]


def test_the_order_of_charges_does_not_matter(tmp_path: Path, engine: Engine) -> None:
    """Nor do files and days: the same charges in any order, read from either table."""
    mixed = list(reversed(ROWS))
    again = open_engine(tmp_path, mixed, days=False)

    for by in GROUPINGS:
        one, other = ask(engine, by=by, order="name"), ask(again, by=by, order="name")
        assert [a.rows.to_pylist() for a in one.answers] == [a.rows.to_pylist() for a in other.answers]


def test_amounts_beyond_what_is_stored_are_refused(tmp_path: Path) -> None:
    """Clearly, not cut."""
    engine = open_engine(tmp_path, [slice_of("2026-10-05", "1" + "0" * 19)])

    with pytest.raises(UsageError, match="too large to be shown in JPY"):
        ask(engine, book({OCTOBER: {"USD": "1", "JPY": "99999999"}}))


def test_the_statements_can_be_shown(engine: Engine) -> None:
    """The scan, the conversion, the rows."""
    assert len(engine.explain_sql(Query(period="all", display="JPY"), now=NOW)) == 4


AMOUNTS = st.integers(-(10**31), 10**31).map(lambda n: Decimal(n).scaleb(-18))
VALUES = st.integers(1, 10**20).map(lambda n: Decimal(n).scaleb(-RATE_PLACES))


def converted_cells(amounts: list[Decimal], value: Decimal) -> dict[str, Decimal]:
    """*amounts* of October, each a cell of its own, after their conversion: as an engine has them."""
    plan = make_plan(Query(by=("ServiceName",), display="JPY"), columns=CHARGES, data=None, now=NOW)
    rates = book({OCTOBER: {"JPY": str(value)}}, base="USD")
    with duckdb.connect() as connection:
        columns = "currency VARCHAR, month BIGINT, g0 VARCHAR, m0 DECIMAL(38,18), charges BIGINT"
        connection.execute(f"CREATE TEMP TABLE billed ({columns})")
        month = number_of(as_utc(OCTOBER), "month")
        rows = [["USD", month, f"s{i:02}", amount, 1] for i, amount in enumerate(amounts)]
        connection.executemany("INSERT INTO billed VALUES (?, ?, ?, ?, ?)", rows)
        convert(connection, Cells(plan), "JPY", rates)
        return dict(connection.execute("SELECT g0, m0 FROM cells").fetchall())


@settings(max_examples=40, deadline=None)
@given(st.lists(AMOUNTS, min_size=1, max_size=12), VALUES)
@example([Decimal("0.000000000000000005")], Decimal("0.1"))
@example([Decimal("0.000000000000000015")], Decimal("0.1"))
@example([Decimal("-0.000000000000000015")], Decimal("0.1"))
@example([Decimal("0.000000000000000001")] * 9, Decimal("0.5"))
def test_any_amounts_at_any_rate_add_up(amounts: list[Decimal], value: Decimal) -> None:
    """Total = sum × rate to the last digit; each part is less than a unit off; nothing stays nothing."""
    amounts = [*amounts, Decimal(0)]
    parts = converted_cells(amounts, value)

    assert added(parts.values()) == rounded(EXACTLY.multiply(added(amounts), value))
    for i, amount in enumerate(amounts):
        part = parts[f"s{i:02}"]
        assert abs(EXACTLY.subtract(part, EXACTLY.multiply(amount, value))) < LAST
        assert part == 0 or amount != 0


def test_equal_parts_are_told_apart_by_their_names() -> None:
    """One and a half units, which is two, for three: the first in order get one each, in every run."""
    parts = converted_cells([Decimal("0.000000000000000001")] * 3, Decimal("0.5"))

    assert [parts[name] for name in sorted(parts)] == [LAST, LAST, Decimal(0)]
