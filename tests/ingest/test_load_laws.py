"""Laws of a load, over bills that Hypothesis makes up."""

import csv
import io
import random
from collections import defaultdict
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ingest_cases import Loader, charges, sums_in_lake

from warikan.focus.columns import COST_METRICS
from warikan.lake import Lake

UNIT = Decimal(1).scaleb(-18)
LIMIT = Decimal(10) ** 20
money = st.decimals(-(10**12), 10**12, places=18, allow_nan=False).filter(lambda d: abs(d) < 10**12)
text = st.text(
    st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=["Cs"]), max_size=12
).map(lambda s: None if s in ("", "NULL", "null") else s)
moment = st.datetimes(datetime(2026, 8, 1), datetime(2026, 11, 30), timezones=st.just(UTC))


@st.composite
def rows(draw: st.DrawFn) -> dict[str, Any]:
    """A typed charge."""
    start = draw(moment)
    tags = draw(st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3))
    return {
        **{m: draw(money) for m in COST_METRICS},
        "BillingCurrency": draw(st.sampled_from(["USD", "JPY", "EUR"])),
        "BillingPeriodStart": start.replace(day=1, hour=0, minute=0, second=0, microsecond=0),
        "ChargePeriodStart": start,
        "SubAccountId": draw(text),
        "ServiceName": draw(text),
        "ChargeDescription": draw(text),
        "Tags": tags,
        "x_Own": draw(text),
    }


def write(path: Path, found: list[dict[str, Any]], **dialect: Any) -> None:
    """*found* as CSV."""
    import json

    out = io.StringIO()
    writer = csv.DictWriter(out, list(found[0]), **dialect)
    writer.writeheader()
    for row in found:
        writer.writerow(
            row
            | {"Tags": json.dumps(row["Tags"], ensure_ascii=False)}
            | {m: str(row[m]) for m in COST_METRICS}
        )
    path.write_bytes(out.getvalue().encode())


@settings(max_examples=25)
@given(found=st.lists(rows(), min_size=1, max_size=12), order=st.randoms(), data=st.data())
def test_written_rows_come_back(
    found: list[dict[str, Any]],
    order: random.Random,
    data: st.DataObject,
    take: Loader,
    lake: Lake,
    tmp_path: Path,
) -> None:
    """Typed rows written as CSV in any dialect and order, then loaded, are the same rows and sums."""
    delimiter = data.draw(st.sampled_from([",", ";", "\t"]))
    quoting = data.draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    write(tmp_path / "bill.csv", found, delimiter=delimiter, quoting=quoting)
    source = f"s{len(lake.data_files('charges'))}-{order.random()}"
    take("bill.csv", source)
    stored = [r for r in charges(lake) if r["x_SourceId"] == source]
    assert found == [
        {c: (r["x_Extra"] or {}).get("x_Own") if c == "x_Own" else r[c] for c in found[0]} for r in stored
    ]
    expected: dict = defaultdict(Decimal)
    with localcontext(prec=60):
        for row in found:
            for metric in COST_METRICS:
                expected[row["BillingCurrency"], metric] += row[metric]
    assert expected == sums_in_lake(lake, source)

    order.shuffle(found)
    write(tmp_path / "bill.csv", found)
    take("bill.csv", source)
    assert expected == sums_in_lake(lake, source)


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    """DuckDB with the macros of typing.sql."""
    found = duckdb.connect()
    found.execute("SET TimeZone = 'UTC'")
    found.execute(files("warikan.ingest").joinpath("typing.sql").read_text(encoding="utf-8"))
    return found


numbers = st.from_regex(
    r"\A[+-]?([0-9]{1,24}(\.[0-9]{0,40})?|\.[0-9]{1,40})([eE][+-]?[0-9]{1,2})?\Z", fullmatch=True
)


@settings(max_examples=400)
@given(number=st.one_of(numbers, st.floats(allow_nan=False, allow_infinity=False).map(repr)))
def test_numbers_as_decimal_reads_them(number: str, connection: duckdb.DuckDBPyConnection) -> None:
    """Any written number is what Python's Decimal says, rounded half-even, or none when too large."""
    value, added = connection.execute("SELECT to_decimal($n), rounding_of($n)", {"n": number}).fetchone()
    with localcontext(prec=800):
        exact = Decimal(number)
        rounded = exact.quantize(UNIT, ROUND_HALF_EVEN)
        expected = rounded if abs(rounded) < LIMIT else None
        assert expected == value
        if expected is not None and added is not None:
            assert abs((rounded - exact).scaleb(36) - added) <= 1
            assert rounded != exact
        if expected is not None and added is None:
            assert rounded == exact


@settings(max_examples=400)
@given(found=st.text("0123456789.-+ \t", max_size=24))
def test_the_fast_way_to_money_is_the_slow_way(found: str, connection: duckdb.DuckDBPyConnection) -> None:
    """plain_decimal takes short cuts, and takes and refuses exactly what the cast does."""
    is_plain, fast, slow = connection.execute(
        "SELECT is_plain($v), plain_decimal($v), try_cast($v AS DECIMAL(38, 18))", {"v": found}
    ).fetchone()
    assert not is_plain or fast == slow


doubles = st.one_of(
    st.floats(),
    st.builds(lambda digits, places: digits / 10**places, st.integers(-(10**17), 10**17), st.integers(0, 22)),
)


@settings(max_examples=400)
@given(found=doubles)
def test_a_double_is_the_number_that_it_prints_as(
    found: float, connection: duckdb.DuckDBPyConnection
) -> None:
    """The short cuts for doubles take what they promise, and refuse what is no money."""
    is_short, short, is_plain, is_plain_text, value, is_bad = connection.execute(
        """SELECT s, try_cast(v AS DECIMAL(18, 12))::DECIMAL(38, 18), is_plain_double(v, s),
                  is_plain(v::VARCHAR), to_decimal(v::VARCHAR), NOT abs(v) < 1e20
           FROM (SELECT v, is_short_double(v) AS s FROM (SELECT $v::DOUBLE AS v))""",
        {"v": found},
    ).fetchone()
    assert not is_short or short == value
    assert not is_plain or is_short or is_plain_text
    assert is_bad == (value is None)
