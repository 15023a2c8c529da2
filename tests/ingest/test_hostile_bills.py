"""
Two hundred hostile bills: each is a clear error or counted rejects.

None crashes, hangs, fills the disk, or touches what was there before.
"""

import os
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from shutil import copytree

import pytest
from hostile_inputs import Hostile, hostile_inputs
from ingest_cases import Loader, bill_text, charges

from warikan.focus.errors import WarikanError
from warikan.ingest.load import load
from warikan.lake import Lake

INPUTS = hostile_inputs()


def size_of(folder: Path) -> int:
    """Bytes of all files below *folder*."""
    return sum(p.lstat().st_size for p in folder.rglob("*") if p.is_file() and not p.is_symlink())


def test_there_are_two_hundred() -> None:
    """And each is another."""
    assert len(INPUTS) >= 200
    assert len({name for name, *_ in INPUTS}) == len(INPUTS)


@pytest.fixture(scope="session")
def lake_with_a_bill(empty_lake: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake that holds one good bill, made once."""
    folder = tmp_path_factory.mktemp("good")
    copytree(empty_lake, folder / ".warikan")
    (folder / "good.csv").write_text(bill_text({"BilledCost": "7"}))
    now = datetime(2026, 11, 1, tzinfo=UTC)
    load(Lake.open(folder / ".warikan", promoted_tags=["team"]), "good", "good.csv", root=folder, now=now)
    return folder / ".warikan"


@pytest.mark.timeout(120)
@pytest.mark.parametrize("hostile", INPUTS, ids=[name for name, *_ in INPUTS])
def test_a_hostile_bill(hostile: Hostile, lake_with_a_bill: Path, tmp_path: Path, now: datetime) -> None:
    """It is refused in words, or its rows are charges and rejects that add up; the other bill stays."""
    _, name, content = hostile
    copytree(lake_with_a_bill, tmp_path / ".warikan")
    lake = Lake.open(tmp_path / ".warikan", promoted_tags=["team"])
    before = charges(lake, "BilledCost, x_SourceId")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / name).write_bytes(content)
    report, refusal = None, ""
    try:
        report = load(lake, "hostile", tmp_path / "in" / name, root=tmp_path, now=now, allow_duplicate=True)
    except WarikanError as error:
        refusal = error.message
    if report is None:
        assert 0 < len(refusal) < 5_000
        assert charges(lake, "BilledCost, x_SourceId") == before
    else:
        after = charges(lake, "BilledCost, x_SourceId")
        taken = len(after) - len(before)
        assert taken == report.rows
        assert [row for row in after if row["x_SourceId"] == "good"] == before
        (read,) = report.files
        assert read.rows >= report.rejected_rows
        assert taken + report.rejected_rows > 0
    assert sum((r["BilledCost"] for r in before), Decimal(0)) == 7
    cache = tmp_path / ".warikan" / "cache"
    assert not any(p.name.startswith("load-") for p in cache.rglob("*"))
    assert size_of(tmp_path / ".warikan") < 40 << 20


def test_files_that_are_none(take: Loader, tmp_path: Path, lake: Lake) -> None:
    """A folder, a pipe, a loop of links and a link into nothing are named, and nothing waits for them."""
    (tmp_path / "folder.csv").mkdir()
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "loop.csv").symlink_to(tmp_path / "loop.csv")
    (tmp_path / "nothing.csv").symlink_to(tmp_path / "gone")
    for name in ("folder.csv", "pipe.csv", "loop.csv", "nothing.csv"):
        with pytest.raises(WarikanError):
            take(name)
    assert lake.snapshot("charges") is None
