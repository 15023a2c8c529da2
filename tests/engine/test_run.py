"""Answers to queries: golden results on a lake small enough to add up by hand."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from small_lake import NOW, fill, lake_of, open_engine, slice_of

from warikan.engine.engine import Engine
from warikan.engine.query import Change, CostAnswer, Query
from warikan.focus.errors import FilterError, PeriodError, UnknownColumn, UsageError
from warikan.focus.period import Period
from warikan.lake import Unit

ROWS = [
    # October: 31 days
    slice_of("2026-10-01", "10", ServiceName="compute", x_TeamId="pay", Tags=[("env", "prod")]),
    slice_of("2026-10-31", "4", ServiceName="compute", x_TeamId="pay"),
    slice_of("2026-10-31", "2", ServiceName="storage", x_TeamId="web"),
    # November
    slice_of("2026-11-01", "7", ServiceName="compute", x_TeamId="pay", Tags=[("env", "prod")]),
    slice_of("2026-11-01T05:00", "0.000000000000000001", ServiceName="compute", x_TeamId="pay"),
    slice_of("2026-11-02", "-5", ServiceName="credit", x_TeamId="web", ChargeCategory="Credit"),
    slice_of("2026-11-09", "3", ServiceName="storage", x_TeamId=None),
    slice_of("2026-11-09", "3", ServiceName="network", x_TeamId=None),
    slice_of("2026-11-10", "900", ServiceName="compute", x_TeamId="pay", BillingCurrency="JPY"),
]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """ROWS, allocated."""
    return open_engine(tmp_path_factory.mktemp("workspace"), ROWS, tags=["env"])


def _rows(answer: CostAnswer, currency: str = "USD") -> list[tuple[Any, ...]]:
    found = next(a for a in answer.answers if a.currency == currency)
    return [tuple(_plain(v) for v in row.values()) for row in found.rows.to_pylist()]


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value.normalize().__format__("f"))
    return value.strftime("%m-%d %H") if isinstance(value, datetime) else value


def _ask(engine: Engine, **query: Any) -> CostAnswer:
    return engine.run(Query(**query), now=NOW)


def test_each_currency_is_answered_apart(engine: Engine) -> None:
    """Nothing is added across currencies; the one with most charges comes first."""
    answer = _ask(engine, period="2026-11")

    assert [(a.currency, a.charges) for a in answer.answers] == [("USD", 5), ("JPY", 1)]
    assert answer.answers[0].totals == {"EffectiveCost": Decimal("8.000000000000000001")}
    assert answer.answers[1].totals == {"EffectiveCost": Decimal(900)}


def test_one_currency_can_be_asked_for(engine: Engine) -> None:
    """The others are not there at all."""
    assert [a.currency for a in _ask(engine, period="all", currency="JPY").answers] == ["JPY"]
    assert _ask(engine, period="all", currency="EUR").answers == ()


def test_rows_are_ordered_by_size_whatever_the_sign(engine: Engine) -> None:
    """A large credit is large; equal sizes are ordered by name, so that the order never changes."""
    assert _rows(_ask(engine, by=("ServiceName",), period="2026-11")) == [
        ("compute", "7.000000000000000001"),
        ("credit", "-5"),
        ("network", "3"),
        ("storage", "3"),
    ]


def test_rows_can_be_ordered_by_name(engine: Engine) -> None:
    """What has no value comes last."""
    assert _rows(_ask(engine, by=("x_TeamId",), period="2026-11", order="name")) == [
        ("pay", "7.000000000000000001"),
        ("web", "-5"),
        (None, "6"),
    ]


def test_names_of_columns_are_found_without_their_case(engine: Engine) -> None:
    """The answer carries the exact ids, each once."""
    answer = _ask(engine, by=("servicename", "ServiceName"), metrics=("effectivecost",), period="2026-11")

    assert (answer.query.by, answer.query.metrics) == (("ServiceName",), ("EffectiveCost",))
    assert answer.answers[0].rows.column_names == ["ServiceName", "EffectiveCost"]


def test_tags_are_grouped_by_key(engine: Engine) -> None:
    """A promoted key and its map give the same groups; a charge without the key is null."""
    expected = [("prod", "17"), (None, "7.000000000000000001")]

    assert expected == _rows(_ask(engine, by=("Tags['env']",), period="all"))
    assert expected == _rows(_ask(engine, by=("x_Tag_env",), period="all"))


def test_a_filter_keeps_what_has_no_value(engine: Engine) -> None:
    """``<> 'prod'`` keeps charges without the tag."""
    answer = _ask(engine, by=("ServiceName",), where="tags['env'] <> 'prod'", period="2026-10")

    assert _rows(answer) == [("compute", "4"), ("storage", "2")]


def test_days_are_buckets_in_utc_and_none_is_invented(engine: Engine) -> None:
    """One row per day that has charges."""
    answer = _ask(engine, granularity="day", period="2026-11")

    assert _rows(answer) == [
        ("11-01 00", "7.000000000000000001"),
        ("11-02 00", "-5"),
        ("11-09 00", "6"),
    ]
    assert answer.answers[0].rows.schema.field("period_start").type == pa.timestamp("us", "UTC")


def test_hours_are_read_from_the_slices(engine: Engine) -> None:
    """The table of days cannot answer by hour."""
    answer = _ask(engine, granularity="hour", period="2026-11-01")

    assert answer.table == "allocations"
    assert _rows(answer) == [("11-01 00", "7"), ("11-01 05", "0.000000000000000001")]


def test_weeks_begin_on_monday(engine: Engine) -> None:
    """1 November 2026 is a Sunday: its week began on 26 October, also when the period did not."""
    assert _rows(_ask(engine, granularity="week", period="2026-11")) == [
        ("10-26 00", "7.000000000000000001"),
        ("11-02 00", "-5"),
        ("11-09 00", "6"),
    ]


def test_months_are_calendar_months(engine: Engine) -> None:
    """One row per month."""
    assert _rows(_ask(engine, granularity="month", period="all")) == [
        ("10-01 00", "16"),
        ("11-01 00", "8.000000000000000001"),
    ]


def test_comparing_adds_the_period_before(engine: Engine) -> None:
    """Every row and total has previous, delta and ratio; no ratio where there was nothing."""
    answer = _ask(engine, by=("ServiceName",), period="2026-11", compare="previous", order="change")

    assert answer.previous == Period(datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC))
    assert answer.answers[0].rows.column_names == [
        "ServiceName",
        "EffectiveCost",
        "previous_EffectiveCost",
        "delta_EffectiveCost",
        "ratio_EffectiveCost",
    ]
    assert _rows(answer) == [
        ("compute", "7.000000000000000001", "14", "-6.999999999999999999", -0.5),
        ("credit", "-5", "0", "-5", None),
        ("network", "3", "0", "3", None),
        ("storage", "3", "2", "1", 0.5),
    ]
    assert answer.answers[0].changes["EffectiveCost"] == Change(
        current=Decimal("8.000000000000000001"),
        previous=Decimal(16),
        delta=Decimal("-7.999999999999999999"),
        ratio=-0.5,
    )


def test_buckets_are_compared_by_their_place(engine: Engine) -> None:
    """1 November stands beside 1 October; the 31st, which November has not, follows after its end."""
    answer = _ask(engine, granularity="day", period="2026-11", compare="previous")

    assert [row[:3] for row in _rows(answer)] == [
        ("11-01 00", "7.000000000000000001", "10"),
        ("11-02 00", "-5", "0"),
        ("11-09 00", "6", "0"),
        ("12-01 00", "0", "6"),
    ]


def test_weeks_across_the_start_of_a_period_are_cut_there(engine: Engine) -> None:
    """The week of 26 October belongs to both periods, each charge to one of them."""
    answer = _ask(engine, granularity="week", period="2026-11-01..2026-11-08", compare="previous")

    assert [row[:3] for row in _rows(answer)] == [
        ("10-26 00", "7.000000000000000001", "0"),
        ("11-02 00", "-5", "6"),
    ]


def test_a_currency_that_only_the_previous_period_has_is_answered(engine: Engine) -> None:
    """What is gone is a change too."""
    answer = _ask(engine, period="2026-11-11..2026-11-12", compare="previous")

    assert [(a.currency, a.charges) for a in answer.answers] == [("JPY", 0)]
    assert answer.answers[0].changes["EffectiveCost"].delta == Decimal(-900)


def test_top_keeps_the_largest_and_adds_up_the_rest(engine: Engine) -> None:
    """The others are one row, last, without a name, and the total stays."""
    answer = _ask(engine, by=("ServiceName",), period="2026-11", top=2)

    assert answer.answers[0].rows.column_names == ["ServiceName", "x_IsOther", "EffectiveCost"]
    assert _rows(answer) == [
        ("compute", False, "7.000000000000000001"),
        ("credit", False, "-5"),
        (None, True, "6"),
    ]
    assert _rows(answer, "JPY") == [("compute", False, "900")]


def test_top_keeps_the_same_groups_in_every_bucket(engine: Engine) -> None:
    """The largest over the whole period, in one order, and the others of each bucket as one."""
    answer = _ask(engine, by=("ServiceName",), period="all", granularity="month", top=1)

    assert _rows(answer) == [
        ("10-01 00", "compute", False, "14"),
        ("10-01 00", None, True, "2"),
        ("11-01 00", "compute", False, "7.000000000000000001"),
        ("11-01 00", None, True, "1"),
    ]


def test_a_group_without_a_value_is_not_the_others(engine: Engine) -> None:
    """Null can be among the top; it is a row of its own beside the others."""
    answer = _ask(engine, by=("x_TeamId",), period="2026-11", where="ServiceName <> 'credit'", top=1)

    assert _rows(answer) == [("pay", False, "7.000000000000000001"), (None, True, "6")]
    assert _rows(_ask(engine, by=("x_TeamId",), period="2026-11-09", top=1)) == [(None, False, "6")]


def test_top_by_change_keeps_what_changed_most(engine: Engine) -> None:
    """With the order ``change`` the top are those that changed, as the others could hide a change."""
    answer = _ask(engine, by=("ServiceName",), period="2026-11", compare="previous", order="change", top=1)

    assert [row[:3] for row in _rows(answer)] == [
        ("compute", False, "7.000000000000000001"),
        (None, True, "1"),
    ]


def test_several_metrics_are_answered_at_once(engine: Engine) -> None:
    """The first one orders."""
    answer = _ask(engine, metrics=("BilledCost", "ListCost"), by=("x_TeamId",), period="2026-10")

    assert _rows(answer) == [("pay", "14", "14"), ("web", "2", "2")]
    assert answer.answers[0].totals == {"BilledCost": Decimal(16), "ListCost": Decimal(16)}


def test_times_and_numbers_can_be_grouped_by_too(engine: Engine) -> None:
    """They are shown as text."""
    assert _rows(
        _ask(engine, by=("ChargePeriodStart", "x_ChargeKey"), period="2026-11-01", order="name")
    ) == [
        ("2026-11-01T00:00:00Z", "1", "7"),
        ("2026-11-01T05:00:00Z", "1", "0.000000000000000001"),
    ]


@pytest.mark.parametrize(
    ("query", "table"),
    [
        ({"by": ("ServiceName", "x_TeamId"), "period": "all"}, "daily_costs"),
        ({"by": ("Tags['env']",), "period": "all"}, "daily_costs"),
        ({"by": ("Tags['app']",), "period": "all"}, "allocations"),
        ({"by": ("ResourceId",), "period": "all"}, "allocations"),
        ({"where": "SkuId IS NULL", "period": "all"}, "allocations"),
        ({"where": "ChargePeriodStart >= '2026-11-01T04:00'", "period": "all"}, "allocations"),
        ({"where": "EffectiveCost < 0", "period": "all"}, "allocations"),
        ({"by": ("BillingPeriodStart",), "period": "all"}, "daily_costs"),
        ({"granularity": "hour", "period": "all"}, "allocations"),
        ({"granularity": "month", "period": "all"}, "daily_costs"),
        ({"period": "2026-11-01T05:00..2026-11-02"}, "allocations"),
        ({"period": "2026-11-01..2026-11-01T05:00"}, "allocations"),
    ],
)
def test_the_smallest_table_that_can_answer_is_read(
    engine: Engine, query: dict[str, Any], table: str
) -> None:
    """Days where every column is there and no day is cut; slices otherwise."""
    assert table == _ask(engine, **query).table


def test_both_tables_give_the_same_answer(engine: Engine) -> None:
    """A filter that is always true but needs the slices changes nothing but the table."""
    days = _ask(engine, by=("x_TeamId",), period="all", granularity="day", compare="previous")
    slices = _ask(
        engine,
        by=("x_TeamId",),
        period="all",
        granularity="day",
        compare="previous",
        where="SkuId IS NULL OR TRUE",
    )

    assert (days.table, slices.table) == ("daily_costs", "allocations")
    assert days.answers == slices.answers


def test_days_of_other_slices_are_not_read(tmp_path: Path) -> None:
    """After a run that died between its commits, the slices answer themselves."""
    own, lake = open_engine(tmp_path, ROWS), lake_of(tmp_path)
    november = [f for f in lake.data_files("allocations") if f.start == date(2026, 11, 1)]
    with lake.writing():
        lake.replace("allocations", {Unit(f.source_id, f.start) for f in november}, [])
    answer = _ask(own, by=("x_TeamId",), period="all")

    assert (answer.table, _rows(answer)) == ("allocations", [("pay", "14"), ("web", "2")])


def test_a_period_is_half_open(engine: Engine) -> None:
    """The first moment belongs to it, the end does not."""
    assert _rows(_ask(engine, period="2026-11-01T05:00..2026-11-02")) == [("0.000000000000000001",)]
    assert _rows(_ask(engine, period="2026-11-01..2026-11-01T05:00")) == [("7",)]


def test_relative_periods_end_with_the_data(engine: Engine) -> None:
    """The last charges are of 10 November, so ``last 2d`` is the 9th and the 10th."""
    answer = _ask(engine, period="last 2d")

    assert str(answer.period) == "2026-11-09..2026-11-11"
    assert [a.totals["EffectiveCost"] for a in answer.answers] == [Decimal(6), Decimal(900)]


def test_nothing_that_matches_is_an_empty_answer(engine: Engine) -> None:
    """Not an error, and the freshness is still told."""
    answer = _ask(engine, where="ServiceName = 'nothing'", period="all")

    assert answer.answers == ()
    assert answer.freshness.data is not None


def test_a_hostile_filter_value_is_only_a_value(engine: Engine) -> None:
    """It matches nothing, breaks nothing and drops nothing."""
    where = "ServiceName IN ('''; DROP TABLE cells; --', '\"', '\\')"

    assert _ask(engine, where=where, period="all").answers == ()
    assert _ask(engine, period="all").answers != ()


@pytest.mark.parametrize(
    ("query", "error", "message"),
    [
        ({"by": ("ServceName",)}, UnknownColumn, "ServceName"),
        ({"by": ("Tags",)}, UnknownColumn, "needs a key"),
        ({"by": ("ServiceName['a']",)}, UnknownColumn, "no keys"),
        ({"by": ("EffectiveCost",)}, UsageError, "amount"),
        ({"metrics": ("Cost",)}, UsageError, "no cost metric"),
        ({"metrics": ()}, UsageError, "at least one metric"),
        ({"where": "x = 1"}, FilterError, "no column"),
        ({"period": "soon"}, PeriodError, "soon"),
        ({"order": "change"}, UsageError, "compare"),
        ({"order": "size"}, UsageError, "no order"),
        ({"granularity": "year"}, UsageError, "no granularity"),
        ({"compare": "next"}, UsageError, "compared"),
        ({"top": 0}, UsageError, "top 0"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    engine: Engine, query: dict[str, Any], error: type[UsageError], message: str
) -> None:
    """With an error that says what, before anything is read."""
    with pytest.raises(error, match=message):
        _ask(engine, **query)


def test_a_blank_filter_is_no_filter(engine: Engine) -> None:
    """An empty box on a page asks for everything."""
    assert _ask(engine, where=" ", period="all").answers == _ask(engine, period="all").answers


def test_an_empty_lake_answers_with_nothing(tmp_path: Path) -> None:
    """No file, no freshness, no error."""
    answer = _ask(open_engine(tmp_path), by=("ServiceName",), granularity="day", top=3, compare="previous")

    assert (answer.answers, answer.freshness.data, answer.snapshot) == ((), None, None)


def test_charges_that_are_not_allocated_are_said_to_be_so(tmp_path: Path) -> None:
    """Better no answer than one of zero; the next command is named."""
    engine = open_engine(tmp_path)
    charge = {k: v for k, v in ROWS[0].items() if not k.startswith("x_Tag_") and k != "x_AllocationClass"}
    fill(lake_of(tmp_path), "charges", [{k: v for k, v in charge.items() if k != "x_TeamId"}])

    with pytest.raises(UsageError, match="not allocated yet") as caught:
        _ask(engine, period="all")
    assert caught.value.hint == "warikan allocate"


def test_a_missing_currency_is_answered_under_xxx(tmp_path: Path) -> None:
    """ISO 4217's code for no currency; nothing is added to another currency, and nothing is lost."""
    engine = open_engine(tmp_path, [slice_of("2026-11-01", "1", BillingCurrency=None)])

    assert [a.currency for a in _ask(engine, period="all").answers] == ["XXX"]
    assert [a.charges for a in _ask(engine, period="all", currency="XXX").answers] == [1]


def test_a_new_commit_is_seen_by_the_next_question(tmp_path: Path) -> None:
    """Nothing that depends on the data is kept over a commit."""
    engine = open_engine(tmp_path, [slice_of("2026-11-01", "1")], days=False)
    before = _ask(engine, period="all").answers[0].totals["EffectiveCost"]
    fill(lake_of(tmp_path), "allocations", [slice_of("2026-11-01", "2")])

    assert (before, _ask(engine, period="all").answers[0].totals["EffectiveCost"]) == (Decimal(1), Decimal(2))
