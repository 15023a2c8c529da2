"""Freshness, dimensions, values and the slices behind a number."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from small_lake import NOW, load_rows, open_engine, slice_of

from warikan.engine.dimension import Value
from warikan.engine.engine import Engine
from warikan.engine.freshness import freshness_of
from warikan.focus.errors import FilterError, UnknownColumn
from warikan.focus.period import Period

ROWS = [
    slice_of("2026-10-05", "1", ServiceName="s3", x_TeamId="web", x_SourceId="aws", x_ChargeKey=1),
    slice_of("2026-11-18", "-9", ServiceName="ec2", x_TeamId="pay", x_SourceId="aws", x_ChargeKey=2),
    slice_of("2026-11-19", "4", ServiceName="EC2-other", x_SourceId="aws", x_ChargeKey=3),
    slice_of("2026-11-17", "80", ServiceName="vm", BillingCurrency="JPY", x_SourceId="gcp", x_ChargeKey=4),
    slice_of("2026-11-17", "20", ServiceName="ec2", BillingCurrency="JPY", x_SourceId="gcp", x_ChargeKey=5),
]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """ROWS, allocated, with a promoted tag."""
    return open_engine(tmp_path_factory.mktemp("workspace"), ROWS, tags=["team"])


def test_freshness_tells_how_far_each_source_reaches(engine: Engine) -> None:
    """Data to the end of its last day; a source that ends a day before the others is late."""
    freshness = engine.freshness(now=NOW)

    assert freshness.data == Period(datetime(2026, 10, 5, tzinfo=UTC), datetime(2026, 11, 20, tzinfo=UTC))
    assert [(s.source_id, s.data_end.day, s.loaded_at) for s in freshness.sources] == [
        ("aws", 20, NOW - timedelta(hours=1)),
        ("gcp", 18, NOW - timedelta(hours=1)),
    ]
    assert freshness.late == ("gcp",)
    assert freshness.estimated_months == (datetime(2026, 11, 1, tzinfo=UTC),)


def test_a_closed_month_is_not_estimated(engine: Engine) -> None:
    """Only months in the period that are still open."""
    october = Period(datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC))

    assert engine.freshness(october, now=NOW).estimated_months == ()
    november = (datetime(2026, 11, 1, tzinfo=UTC),)
    # It has ended, but the providers still settle it (engine/months.py), and nothing came since.
    assert engine.freshness(now=datetime(2026, 12, 1, tzinfo=UTC)).estimated_months == november


def test_a_load_without_charges_does_not_count() -> None:
    """A file of which every row was rejected has no data."""
    columns = ["x_SourceId", "DataStart", "DataEnd", "LoadedAt"]
    rows = [{k: row.get(k) for k in columns} for row in load_rows(ROWS[:1])]
    empty = {"x_SourceId": "x", "DataStart": None, "DataEnd": None, "LoadedAt": NOW}
    whole = freshness_of(pa.Table.from_pylist([*rows, empty]), period=None, now=NOW)

    assert [s.source_id for s in whole.sources] == ["aws"]


def test_dimensions_are_what_a_query_can_group_by(engine: Engine) -> None:
    """Ours first, then tags, then FOCUS under its own names; no amounts, times, maps or JSON."""
    dimensions = engine.dimensions()
    by_id = {d.id: d for d in dimensions}

    assert [d.id for d in dimensions[:2]] == ["x_TeamId", "x_ServiceId"]
    assert (by_id["ServiceName"].label, by_id["ServiceName"].tables[0]) == ("Service Name", "daily_costs")
    assert by_id["ResourceId"].tables == ("allocations",)
    assert (by_id["Tags['team']"].label, by_id["Tags['team']"].is_tag) == ("team", True)
    assert not {"Tags", "EffectiveCost", "ChargePeriodStart", "x_ChargeKey", "AllocatedTags"} & by_id.keys()


def test_values_are_ranked_by_their_share_of_their_currency(engine: Engine) -> None:
    """80 of 100 yen and 9 of 13 dollars are comparable as shares, never as amounts."""
    values = engine.values("servicename", period="2026-11", now=NOW)

    assert values == (
        Value("vm", {"JPY": Decimal(80)}, 1),
        Value("ec2", {"USD": Decimal(-9), "JPY": Decimal(20)}, 2),
        Value("EC2-other", {"USD": Decimal(4)}, 1),
    )
    assert [v.value for v in engine.values("ServiceName", period="2026-11", limit=1, now=NOW)] == ["vm"]


def test_values_can_be_searched_and_filtered(engine: Engine) -> None:
    """A part of the value in any case, taken literally; and the filter of the view."""
    found = engine.values("ServiceName", search="eC2", where="x_TeamId IS NULL", period="all", now=NOW)

    assert [v.value for v in found] == ["EC2-other", "ec2"]
    assert engine.values("ServiceName", search="%", period="all", now=NOW) == ()
    assert engine.values("x_TeamId", period="2026-11-19", now=NOW) == (Value(None, {"USD": Decimal(4)}, 1),)


def test_values_of_an_unknown_column_are_refused(engine: Engine) -> None:
    """With the same errors as a query."""
    with pytest.raises(UnknownColumn, match="zzz"):
        engine.values("zzz", now=NOW)
    with pytest.raises(FilterError):
        engine.values("ServiceName", where="zzz = 1", now=NOW)


def test_slices_come_largest_first_in_pages(engine: Engine) -> None:
    """Pages put together are all slices, each once; the order is by size whatever the sign."""
    pages = [engine.charges(period="all", limit=2, offset=o, now=NOW) for o in (0, 2, 4, 6)]
    keys = [page["x_ChargeKey"].to_pylist() for page in pages]

    assert keys == [[4, 5], [2, 3], [1], []]
    assert pages[0].schema.names == list(engine.table("allocations").columns)


def test_slices_can_come_earliest_first(engine: Engine) -> None:
    """In the order of time, then of their keys."""
    slices = engine.charges(period="all", order="time", currency="USD", limit=2, now=NOW)

    assert slices["x_ChargeKey"].to_pylist() == [1, 2]


def test_equal_slices_are_paged_without_loss(tmp_path: Path) -> None:
    """A page that ends among equal amounts goes on where it ended."""
    engine = open_engine(tmp_path, [slice_of("2026-11-01", "1", x_ChargeKey=k) for k in range(9)])
    pages = [engine.charges(period="all", limit=2, offset=o, now=NOW) for o in range(0, 10, 2)]

    assert [k for page in pages for k in page["x_ChargeKey"].to_pylist()] == list(range(9))


def test_slices_are_those_of_the_filter(engine: Engine) -> None:
    """Filter, period and currency as in a query."""
    slices = engine.charges(where="ServiceName = 'ec2'", period="2026-11", currency="USD", now=NOW)

    assert slices["EffectiveCost"].to_pylist() == [Decimal(-9)]


def test_an_empty_lake_has_no_values_and_no_slices(tmp_path: Path) -> None:
    """Empty answers with their columns, not errors."""
    engine = open_engine(tmp_path)

    assert engine.values("ServiceName", now=NOW) == ()
    assert engine.charges(now=NOW).num_rows == 0
    assert "Tags" in engine.charges(now=NOW).schema.names


def test_the_words_of_a_query_are_light() -> None:
    """``warikan --help`` imports them: no Ibis, SQLGlot or DuckDB behind it."""
    code = (
        "import sys; import warikan.engine.query, warikan.engine.filter;"
        "sys.exit(any(m in sys.modules for m in ('ibis', 'sqlglot', 'duckdb')))"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
