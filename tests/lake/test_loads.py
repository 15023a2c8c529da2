"""The log of loads follows the charges, whatever happens in between."""

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warikan.focus.errors import LakeError
from warikan.lake import Lake, Unit

MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)
UNITS = [Unit(source, month) for source in ("aws", "gcp") for month in (MAY, JUNE)]
Row = dict[str, Any]

KILLED = """
import os, signal, sys
from datetime import date
from pathlib import Path
from warikan.lake import Lake, Unit

def die_at_second_commit(event, arguments):
    if event == "os.mkdir" and str(arguments[0]).endswith("loads/data"):
        os.kill(os.getpid(), signal.SIGKILL)

lake = Lake.open(Path(sys.argv[1]))
sys.addaudithook(die_at_second_commit)
with lake.writing():
    row = {"x_LoadId": "1", "x_SourceId": "aws", "BillingMonth": date(2026, 5, 1), "Rows": 7}
    lake.replace("charges", [Unit("aws", date(2026, 5, 1))], [], properties={"hash": "abc"}, loads=[row])
"""


def row(unit: Unit, load: int, **more: object) -> Row:
    """A row of loads."""
    return {"x_LoadId": str(load), "x_SourceId": unit.source_id, "BillingMonth": unit.start, **more}


def put_loads(lake: Lake, units: list[Unit], rows: list[Row]) -> None:
    """Commit charges that replace *units* and bring *rows*."""
    with lake.writing():
        lake.replace("charges", units, [], loads=rows)


def known(lake: Lake) -> list[Row]:
    """The rows of loads without their nulls, sorted."""
    rows = [{k: v for k, v in r.items() if v is not None} for r in lake.loads().to_pylist()]
    return sorted(rows, key=repr)


def test_every_type_of_a_load_row_comes_back(lake: Lake) -> None:
    """Exact money, times and dates survive the property they ride in."""
    full = row(
        UNITS[0],
        1,
        x_SourceFile="請求.csv",
        BillingCurrency="USD",
        Rows=2**40,
        BilledCost=Decimal("-12345678901234567890.123456789012345678"),
        RoundingSum="0.0000000000000000000000001",
        DataStart=datetime(2026, 5, 1, tzinfo=UTC),
        LoadedAt=datetime(2026, 11, 22, 9, 30, 1, 999999, tzinfo=UTC),
    )
    put_loads(lake, UNITS[:1], [full])

    assert known(lake) == [full]
    assert known(Lake.open(lake.folder)) == [full]


@settings(max_examples=8)
@given(loads=st.lists(st.sets(st.sampled_from(UNITS), min_size=1), min_size=1, max_size=4))
def test_loads_hold_the_newest_load_of_each_unit(
    new_lake: Callable[[], Lake], loads: list[set[Unit]]
) -> None:
    """A load takes the place of what was known of its units, and of nothing else."""
    lake, expected = new_lake(), dict[Unit, Row]()
    for number, units in enumerate(loads):
        rows = {unit: row(unit, number) for unit in units}
        put_loads(lake, list(units), list(rows.values()))
        expected |= rows

    assert known(lake) == sorted(expected.values(), key=repr)
    assert len(lake.data_files("loads")) == 1


def test_a_kill_between_the_two_commits_loses_nothing(lake: Lake) -> None:
    """Charges committed and loads not: readers see the load at once, the next writer writes it down."""
    before = row(Unit("gcp", JUNE), 0)
    put_loads(lake, [Unit("gcp", JUNE)], [before])
    done = subprocess.run([sys.executable, "-c", KILLED, str(lake.folder)], check=False)
    expected = sorted([before, row(Unit("aws", MAY), 1, Rows=7)], key=repr)

    assert done.returncode == -9
    assert lake.properties("charges") == {"hash": "abc"}
    assert [f.rows for f in lake.data_files("loads")] == [1]
    assert known(lake) == expected
    with lake.writing():
        assert [f.rows for f in lake.data_files("loads")] == [2]
    assert known(lake) == expected
    assert known(Lake.open(lake.folder)) == expected


def test_a_unit_that_is_removed_leaves_loads_too(lake: Lake) -> None:
    """An empty list of rows says that the units are gone; None leaves loads alone."""
    put_loads(lake, UNITS[:2], [row(u, 1) for u in UNITS[:2]])
    with lake.writing():
        lake.replace("charges", UNITS[:1], [])
    assert len(known(lake)) == 2
    put_loads(lake, UNITS[:1], [])

    assert known(lake) == [row(UNITS[1], 1)]


def test_a_load_without_a_month_gives_way_to_the_next_of_its_source(lake: Lake) -> None:
    """A file of which every row was rejected is remembered until its source is loaded again."""
    rejected = {"x_LoadId": "1", "x_SourceId": "aws", "RejectedRows": 3}
    other = {"x_LoadId": "1", "x_SourceId": "gcp", "RejectedRows": 3}
    put_loads(lake, [], [rejected])
    put_loads(lake, [], [other])
    put_loads(lake, [Unit("aws", MAY)], [row(Unit("aws", MAY), 2)])

    assert known(lake) == sorted([other, row(Unit("aws", MAY), 2)], key=repr)


@pytest.mark.parametrize(
    ("table", "bad", "problem"),
    [
        ("charges", {"Bytes": "many"}, "do not fit"),
        ("charges", {"bytes": 1}, "no column bytes"),
        ("allocations", {"Bytes": 1}, "go with a commit of charges"),
    ],
)
def test_load_rows_that_do_not_fit_are_refused(lake: Lake, table: str, bad: Row, problem: str) -> None:
    """A wrong row stops the commit of the charges it belongs to."""
    with lake.writing(), pytest.raises(LakeError, match=problem):
        lake.replace(table, [], [], loads=[bad])

    assert known(lake) == []
    assert lake.snapshot("charges") is None


def test_loads_are_a_table_that_others_can_read(lake: Lake, tmp_path: Path) -> None:
    """The log is an Iceberg table with the field ids of its columns."""
    put_loads(lake, UNITS[:1], [row(UNITS[0], 1)])
    [file] = lake.data_files("loads")

    assert Path(file.path).parent == lake.folder / "lake" / "loads" / "data"
    assert (file.source_id, file.start, file.rows) == (None, None, 1)
