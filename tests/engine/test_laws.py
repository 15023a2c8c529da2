"""What holds for every query: groups, filters, buckets and tops never change a total."""

import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import reduce
from typing import Any

import pyarrow as pa
import pytest
from filters import holds
from hypothesis import given, settings
from hypothesis import strategies as st
from small_lake import NOW, open_engine, slice_of

from warikan.engine.engine import Engine
from warikan.engine.filter import parse_filter
from warikan.engine.query import CostAnswer, Query
from warikan.focus.columns import COST_METRICS
from warikan.focus.money import EXACT
from warikan.focus.period import Period


def _charges(count: int = 150) -> list[dict[str, Any]]:
    chance = random.Random(7)  # noqa: S311 # test data
    first = datetime(2026, 8, 28)
    rows = []
    for key in range(count):
        day = (first + timedelta(hours=chance.choice([0, 0, 5, 24, 700, chance.randrange(2000)]))).isoformat()
        month = datetime(2026, chance.choice([8, 9, 10, 11]), 1, tzinfo=UTC)
        costs = {m: Decimal(chance.randrange(-(10**20), 10**21)).scaleb(-18) for m in COST_METRICS}
        values = {
            "BillingCurrency": chance.choice(["USD", "USD", "JPY", "EUR"]),
            # corrections are billed in another month than the one they are for
            "BillingPeriodStart": month,
            "ServiceName": chance.choice(["compute", "storage", None]),
            "x_TeamId": chance.choice(["pay", "web", "data", None]),
            "ResourceId": chance.choice([None, *"abcdefgh"]),
            "Tags": chance.choice([[], [("env", "prod")], [("env", "dev"), ("app", "x")]]),
            "x_ChargeKey": key,
        }
        rows.append(slice_of(day, 0) | values | costs | {"x_Tag_env": dict(values["Tags"]).get("env")})
    return rows


CHARGES = _charges()
SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("ServiceName", "x_TeamId", "ResourceId")]
    + [(metric, pa.decimal128(38, 18)) for metric in COST_METRICS]
    + [("Tags", pa.map_(pa.string(), pa.string()))]
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """CHARGES, allocated."""
    return open_engine(tmp_path_factory.mktemp("workspace"), CHARGES, tags=["env"])


FILTERS = [
    "x_TeamId = 'pay'",
    "x_TeamId <> 'pay'",
    "Tags['env'] = 'prod' OR Tags['app'] = 'x'",
    "ServiceName IN ('compute') AND NOT x_TeamId LIKE 'w%'",
    "EffectiveCost < 0",
    "EffectiveCost BETWEEN 1 AND 500 AND BilledCost <> EffectiveCost",
    "ResourceId IS NULL",
]
queries = st.builds(
    Query,
    metrics=st.lists(st.sampled_from(COST_METRICS), min_size=1, max_size=2, unique=True).map(tuple),
    by=st.lists(
        st.sampled_from(["ServiceName", "x_TeamId", "ResourceId", "Tags['env']", "Tags['app']"]),
        max_size=2,
        unique=True,
    ).map(tuple),
    where=st.none() | st.sampled_from(FILTERS),
    period=st.sampled_from(
        ["all", "2026-09", "2026-10", "last 30d", "2026-09-03..2026-09-20", "2026-09-01T05:00"]
    ),
    granularity=st.none() | st.sampled_from(["hour", "day", "week", "month"]),
    compare=st.none() | st.just("previous"),
    top=st.none() | st.integers(1, 3),
    order=st.sampled_from(["cost", "name"]),
)
Totals = dict[str, dict[str, Decimal]]


def _by_hand(query: Query, period: Period) -> Totals:
    chosen = parse_filter(query.where, SCHEMA).condition if query.where else None
    totals: Totals = defaultdict(lambda: dict.fromkeys(query.metrics, Decimal(0)))
    for row in CHARGES:
        if period.start <= row["ChargePeriodStart"] < period.end and (chosen is None or holds(chosen, row)):
            of_currency = totals[row["BillingCurrency"]]
            for metric in query.metrics:
                of_currency[metric] = EXACT.add(of_currency[metric], row[metric])
    return dict(totals)


def _add(amounts: list[Decimal]) -> Decimal:
    return reduce(EXACT.add, amounts, Decimal(0))


@settings(max_examples=60)  # each runs a query
@given(queries)
def test_rows_add_up_to_totals_and_totals_to_the_charges(engine: Engine, query: Query) -> None:
    """Whatever is grouped, cut into buckets, compared or topped: the sums are those of the charges."""
    answer = engine.run(query, now=NOW)
    expected = _by_hand(query, answer.period)
    before = _by_hand(query, answer.previous) if answer.previous else {}

    assert {a.currency for a in answer.answers} == expected.keys() | before.keys()
    for one in answer.answers:
        for metric in query.metrics:
            now = expected.get(one.currency, {}).get(metric, Decimal(0))
            assert now == one.totals[metric] == _add(one.rows[metric].to_pylist())
            if answer.previous:
                previous = before.get(one.currency, {}).get(metric, Decimal(0))
                assert previous == one.changes[metric].previous
                assert previous == _add(one.rows[f"previous_{metric}"].to_pylist())
                assert EXACT.subtract(now, previous) == _add(one.rows[f"delta_{metric}"].to_pylist())


@settings(max_examples=30)  # each runs three queries
@given(queries, st.sampled_from(FILTERS))
def test_a_filter_and_its_complement_add_up_to_all(engine: Engine, query: Query, where: str) -> None:
    """No charge is lost between a filter and its complement, and none is counted twice."""
    complement = parse_filter(where, SCHEMA).negate().render()
    whole = _totals(engine.run(Query(period="all"), now=NOW))
    parts = [
        _totals(engine.run(Query(period="all", by=query.by, where=w), now=NOW)) for w in (where, complement)
    ]

    assert {c: _add([p.get(c, Decimal(0)) for p in parts]) for c in whole} == whole


@settings(max_examples=30)  # each runs two queries
@given(queries)
def test_an_answer_is_the_same_every_time(engine: Engine, query: Query) -> None:
    """Rows come in one order, to the last tie."""
    assert engine.run(query, now=NOW).answers == engine.run(query, now=NOW).answers


@settings(max_examples=30)
@given(queries)
def test_a_row_stands_for_one_group(engine: Engine, query: Query) -> None:
    """No two rows of a currency have the same bucket and group."""
    for one in engine.run(query, now=NOW).answers:
        names = [n for n in one.rows.column_names if n in (*query.by, "period_start", "x_IsOther")]
        rows = [tuple(r.values()) for r in one.rows.select(names).to_pylist()]
        assert len(rows) == len(set(rows))


def _totals(answer: CostAnswer) -> dict[str, Decimal]:
    return {a.currency: a.totals["EffectiveCost"] for a in answer.answers}
