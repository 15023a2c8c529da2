"""A source as a whole: months replaced, files that change, come and go, the same content twice."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from ingest_cases import Loader, bill_text, charges, state

from warikan.focus.errors import DuplicateContent
from warikan.ingest.files import source_id_of
from warikan.lake import Lake

SEPTEMBER = {"BillingPeriodStart": "2026-09-01", "ChargePeriodStart": "2026-09-05"}
OCTOBER = {"BillingPeriodStart": "2026-10-01", "ChargePeriodStart": "2026-10-05"}


def write(folder: Path, name: str, *rows: dict[str, str]) -> None:
    """A bill file of *rows*."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(bill_text(*rows))


def costs(lake: Lake) -> dict[str, list[Decimal]]:
    """Month → BilledCost of its charges."""
    found: dict[str, list[Decimal]] = {}
    for row in charges(lake):
        found.setdefault(f"{row['BillingPeriodStart']:%Y-%m}", []).append(row["BilledCost"])
    return {month: sorted(values) for month, values in sorted(found.items())}


def test_twice_is_once(take: Loader, lake: Lake, tmp_path: Path) -> None:
    """Loading again commits nothing, and reports the same numbers."""
    write(tmp_path / "in", "a.csv", SEPTEMBER, OCTOBER, {"ListCost": "bad"})
    first = take("in")
    before = state(lake)
    second = take("in")
    assert before == state(lake)
    assert (first.unchanged, second.unchanged) == (False, True)
    for what in ("load_id", "months", "rows", "rejected_rows", "rejected_cost", "totals", "files"):
        assert getattr(first, what) == getattr(second, what)


def test_restated_month(take: Loader, lake: Lake, tmp_path: Path) -> None:
    """A changed file replaces its months, with the files that share them; others are not touched."""
    folder = tmp_path / "in"
    write(folder, "a.csv", SEPTEMBER | {"BilledCost": "1"})
    write(folder, "b.csv", OCTOBER | {"BilledCost": "2"})
    write(folder, "c.csv", OCTOBER | {"BilledCost": "3"})
    take("in")
    kept = [f.path for f in lake.data_files("charges", between=(date(2026, 9, 1), date(2026, 10, 1)))]
    write(folder, "c.csv", OCTOBER | {"BilledCost": "30"}, OCTOBER | {"BilledCost": "4"})

    report = take("in")

    assert (date(2026, 10, 1),) == report.months
    assert costs(lake) == {"2026-09": [1], "2026-10": [2, 4, 30]}
    assert kept == [f.path for f in lake.data_files("charges", between=(date(2026, 9, 1), date(2026, 10, 1)))]
    assert lake.loads().num_rows == 3


def test_file_that_moves_to_another_month(take: Loader, lake: Lake, tmp_path: Path) -> None:
    """Rows that leave a month leave it in the lake too, as long as another file still states that month."""
    folder = tmp_path / "in"
    write(folder, "a.csv", SEPTEMBER | {"BilledCost": "1"})
    write(folder, "b.csv", SEPTEMBER | {"BilledCost": "2"}, OCTOBER | {"BilledCost": "3"})
    take("in")
    write(folder, "b.csv", OCTOBER | {"BilledCost": "5"})
    take("in")
    assert costs(lake) == {"2026-09": [1], "2026-10": [5]}


def test_file_that_is_gone(take: Loader, lake: Lake, tmp_path: Path) -> None:
    """Its months are made again from the files that remain; a month that none has stays, and this is said."""
    folder = tmp_path / "in"
    write(folder, "a.csv", OCTOBER | {"BilledCost": "1"})
    write(folder, "b.csv", SEPTEMBER | {"BilledCost": "2"}, OCTOBER | {"BilledCost": "3"})
    take("in")
    (folder / "b.csv").unlink()
    report = take("in")
    assert costs(lake) == {"2026-09": [2], "2026-10": [1]}
    assert report.skipped == (("in/b.csv", "no longer in the source; 2026-09 stays as it was loaded"),)
    assert take("in").unchanged


def test_one_file_that_rolls_on(take: Loader, lake: Lake, tmp_path: Path) -> None:
    """An export that overwrites one file each month builds up history; a restated month is replaced."""
    for row, expected in [
        (SEPTEMBER | {"BilledCost": "1"}, {"2026-09": [1]}),
        (OCTOBER | {"BilledCost": "2"}, {"2026-09": [1], "2026-10": [2]}),
        (SEPTEMBER | {"BilledCost": "3"}, {"2026-09": [3], "2026-10": [2]}),
        (SEPTEMBER | {"BilledCost": "1"}, {"2026-09": [1], "2026-10": [2]}),
    ]:
        write(tmp_path, "latest.csv", row)
        take("latest.csv")
        assert expected == costs(lake)


def test_a_month_of_which_all_rows_are_rejected(take: Loader, lake: Lake, tmp_path: Path) -> None:
    """It stays as it was loaded before, and this is said: an export that broke does not empty a month."""
    write(tmp_path, "a.csv", SEPTEMBER | {"BilledCost": "1"}, OCTOBER | {"BilledCost": "2"})
    take("a.csv")
    write(tmp_path, "a.csv", SEPTEMBER | {"BilledCost": "n/a"}, OCTOBER | {"BilledCost": "3"})
    report = take("a.csv")
    assert costs(lake) == {"2026-09": [1], "2026-10": [3]}
    assert report.rejected_rows == 1
    assert report.skipped == (
        ("a.csv", "all its rows of 2026-09 were rejected; the month stays as it was loaded"),
    )


def test_the_same_bytes_in_two_files_of_a_folder(take: Loader, lake: Lake, tmp_path: Path) -> None:
    """A copy is passed over, unless the source says that its files may have the same charges."""
    write(tmp_path / "in", "a.csv", OCTOBER | {"BilledCost": "1"})
    write(tmp_path / "in", "copy of a.csv", OCTOBER | {"BilledCost": "1"})
    report = take("in", allow_overlap=())
    assert report.skipped == (("in/copy of a.csv", "has the same bytes as in/a.csv; it would count twice"),)
    assert costs(lake) == {"2026-10": [1]}
    assert take("in", allow_overlap=()).unchanged
    take("in", allow_overlap={"bill"})
    assert costs(lake) == {"2026-10": [1, 1]}


def test_a_month_that_has_another_sum_is_told(take: Loader, lake: Lake, tmp_path: Path) -> None:
    """Whatever the reason: a file that is gone, rows that are; and where it says why."""
    write(tmp_path / "in", "a.csv", OCTOBER | {"BilledCost": "1"})
    write(tmp_path / "in", "b.csv", OCTOBER | {"BilledCost": "2"}, SEPTEMBER)
    assert take("in").notes == ()
    (tmp_path / "in" / "b.csv").unlink()
    ((place, note),) = take("in").notes
    assert place == "bill"
    assert note == (
        "2026-10 was loaded before: BilledCost 3 → 1, EffectiveCost 2.5 → 1.25 USD; "
        "why: warikan diff bill 2026-10"
    )


def test_few_rows_in_two_files_are_told(take: Loader, lake: Lake, tmp_path: Path) -> None:
    """Too few to be refused: three licences of one price may be just that."""
    rows = [OCTOBER | {"BilledCost": str(n)} for n in range(1, 4)]
    write(tmp_path / "in", "a.csv", *rows)
    write(tmp_path / "in", "b.csv", *reversed(rows))
    report = take("in", allow_overlap=())
    assert costs(lake) == {"2026-10": [1, 1, 2, 2, 3, 3]}
    assert [note.split(":")[0] for _, note in report.notes] == ["3 charges are in both in/a.csv and in/b.csv"]


def test_promoting_a_tag_loads_anew(take: Loader, tmp_path: Path, now: datetime) -> None:
    """Another set of promoted tags changes what is stored, so the same bytes are loaded again."""
    write(tmp_path / "in", "a.csv", {"Tags": '{"team": "a", "app/x": "b"}'})
    from warikan.ingest.load import load

    lake = Lake.open(tmp_path / ".warikan", promoted_tags=["team", "app/x"])
    load(lake, "bill", "in", root=tmp_path, now=now)
    report = load(lake, "bill", "in", root=tmp_path, now=now, promoted_tags=["app/x"])
    (row,) = charges(lake)
    assert (report.unchanged, row["x_Tag_app_x"]) == (False, "b")


def test_same_content_under_another_name(take: Loader, lake: Lake, tmp_path: Path) -> None:
    """The same bytes under another source would count twice: refused, unless named on purpose."""
    write(tmp_path, "a.csv", {})
    write(tmp_path, "b.csv", {})
    take("a.csv", "a.csv", allow_duplicate=False)
    before = state(lake)
    with pytest.raises(DuplicateContent, match=r"b\.csv has the same content as a\.csv"):
        take("b.csv", "b.csv", allow_duplicate=False)
    assert before == state(lake)
    take("b.csv", "b")
    assert len(charges(lake)) == 2


def test_charge_keys_are_unique(take: Loader, lake: Lake, tmp_path: Path) -> None:
    """x_ChargeKey tells file and row within a source and month, also after other files come in between."""
    for name in ("b.csv", "d.csv", "a.csv", "c.csv"):
        write(tmp_path / "in", name, SEPTEMBER, OCTOBER, OCTOBER)
        take("in")
    keys = [(r["BillingPeriodStart"], r["x_ChargeKey"]) for r in charges(lake)]
    assert len(set(keys)) == 12
    assert all(r["x_ChargeKey"] % 2**40 == r["x_SourceRow"] for r in charges(lake))


def test_names_of_sources(tmp_path: Path) -> None:
    """A path inside the workspace is known by its relative path, one outside by its absolute path."""
    assert source_id_of("bills/a.csv", tmp_path) == "bills/a.csv"
    assert source_id_of(tmp_path / "bills" / "a.csv", tmp_path) == "bills/a.csv"
    assert source_id_of(tmp_path / "x" / ".." / "bills" / "a.csv", tmp_path) == "bills/a.csv"
    assert source_id_of("/elsewhere/a.csv", tmp_path) == "/elsewhere/a.csv"


def test_globs_and_links(take: Loader, lake: Lake, tmp_path: Path) -> None:
    """A glob takes what it matches, below folders with **; a link is read under its own name."""
    write(tmp_path / "in", "a.csv", {"BilledCost": "1"})
    write(tmp_path / "in" / "deep", "b.csv", {"BilledCost": "2"})
    (tmp_path / "in" / "c.csv").symlink_to(tmp_path / "in" / "a.csv")
    assert [f.path for f in take("in/*.csv").files] == ["in/a.csv", "in/c.csv"]
    assert take("in/**/*.csv").rows == 3


class Spy:
    """A progress that remembers."""

    def __init__(self) -> None:
        self.total = self.bytes = self.rows = self.stops = 0

    def start(self, total_bytes: int, label: str) -> None:
        """See ingest.progress.Progress."""
        self.total, self.label = total_bytes, label

    def advance(self, byte_count: int, rows: int) -> None:
        """See ingest.progress.Progress."""
        assert byte_count >= 0
        self.bytes, self.rows = self.bytes + byte_count, self.rows + rows

    def stop(self) -> None:
        """See ingest.progress.Progress."""
        self.stops += 1


def test_progress_reaches_its_end(take: Loader, tmp_path: Path) -> None:
    """Bytes and rows told while loading add up to those of the files."""
    write(tmp_path / "in", "a.csv", *[SEPTEMBER] * 30, *[OCTOBER] * 50)
    write(tmp_path / "in", "b.csv", *[OCTOBER] * 20)
    spy = Spy()
    take("in", progress=spy)
    assert (spy.rows, spy.stops) == (100, 1)
    assert 0.95 * spy.total <= spy.bytes <= spy.total
