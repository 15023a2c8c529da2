"""From answers to JSON without losing a digit."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from warikan.api.answers import cost_document, to_document
from warikan.engine.query import CostAnswer, CurrencyAnswer, Freshness, Query
from warikan.focus.period import Period

MONEY = st.decimals(min_value=-(10**18), max_value=10**18, places=18, allow_nan=False)
PERIOD = Period(datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC))


def answer(amounts: list[Decimal]) -> CostAnswer:
    """An answer of one currency, one row per amount."""
    rows = pa.table(
        {
            "ServiceName": pa.array([str(i) for i in range(len(amounts))]),
            "EffectiveCost": pa.array(amounts, pa.decimal128(38, 18)),
        }
    )
    one = CurrencyAnswer("USD", rows, {"EffectiveCost": sum(amounts, Decimal(0))}, charges=len(amounts))
    return CostAnswer(Query(by=("ServiceName",)), PERIOD, None, (one,), Freshness(None), "daily_costs", 1)


@given(st.lists(MONEY, min_size=1, max_size=5))
def test_money_survives_json(amounts: list[Decimal]) -> None:
    """Every digit that was stored is read back."""
    document = json.loads(json.dumps(cost_document(answer(amounts))))

    assert amounts == [Decimal(row["cost"]) for row in document["results"][0]["rows"]]


def test_an_empty_lake() -> None:
    """No data is null, not zero."""
    document = cost_document(answer([]))

    assert document["freshness"]["data"] is None
    assert document["results"][0]["rows"] == []


@dataclass(frozen=True)
class Thing:
    """Something an answer may hold."""

    amount: Decimal
    day: date
    moment: datetime
    path: Path
    parts: dict[str | None, tuple[Decimal, ...]]


def test_anything_becomes_json() -> None:
    """Dataclasses, mappings without a name, tables, days and moments."""
    moment = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)
    thing = Thing(Decimal("1.50"), moment.date(), moment, Path("a/b"), {None: (Decimal(1),)})

    assert to_document(thing) == {
        "amount": "1.5",
        "day": "2026-11-01",
        "moment": "2026-11-01T09:30:00Z",
        "path": "a/b",
        "parts": {"": ["1"]},
    }
    assert to_document(pa.table({"a": pa.array([Decimal(1)])})) == [{"a": "1"}]
