"""Files: their names, when they appear, and when they do not."""

import gzip
import json
import os
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from exported import NOW, cut_slices, export_all, load, make_workspace, read_files, stored

from tiny_company import make_company
from warikan.bootstrap import Workspace
from warikan.engine.query import Query
from warikan.export.destination import Destination, choose_destination, require_outside
from warikan.focus.columns import COST_METRICS
from warikan.focus.errors import CheckFailed, UsageError


def query(period: str, where: str | None = None) -> Query:
    """A question for an export."""
    return Query(metrics=COST_METRICS, period=period, where=where)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The tiny company; tests only read it."""
    return make_company(tmp_path_factory.mktemp("company") / "w")


def listed(folder: Path) -> list[str]:
    """All names in *folder*, hidden ones too."""
    return sorted(p.name for p in folder.iterdir())


def test_a_folder_gets_a_file_for_each_source_and_month(company: Workspace, tmp_path: Path) -> None:
    """Named by both, and nothing else is left; a second export is the same bytes."""
    report = export_all(company, tmp_path / "deep" / "out")
    months = ("2026-09", "2026-10", "2026-11")
    assert listed(tmp_path / "deep" / "out") == [
        f"{s}-{m}.csv" for s in ("cloud", "warehouse") for m in months
    ]
    assert all(size == path.stat().st_size for path, size in report.files.items())

    export_all(company, tmp_path / "second")
    for path in report.files:
        assert (tmp_path / "second" / path.name).read_bytes() == path.read_bytes()


def test_one_file_has_one_header(company: Workspace, tmp_path: Path) -> None:
    """CSV of several months is one table; packed it is the same; Parquet says its version."""
    for name in ("all.csv", "all.csv.gz", "all.parquet"):
        export_all(company, tmp_path / name)
    assert listed(tmp_path) == ["all.csv", "all.csv.gz", "all.parquet"]
    rows = read_files([tmp_path / "all.csv"])
    assert len(rows) == 372
    assert "BilledCost" not in {r["BilledCost"] for r in rows}
    assert gzip.decompress((tmp_path / "all.csv.gz").read_bytes()) == (tmp_path / "all.csv").read_bytes()
    metadata = pq.read_metadata(tmp_path / "all.parquet")
    assert (metadata.num_rows, metadata.metadata[b"FocusVersion"]) == (372, b"1.3")


def test_a_period_and_a_filter_are_those_of_cost(company: Workspace, tmp_path: Path) -> None:
    """Rows and sums are what ``warikan cost`` says for the same question, in each currency."""
    asked = query("2026-10-10..2026-11-03", "x_TeamId = 'finding'")
    report = company.export(asked, out=tmp_path / "o.csv")

    answers = company.ask(asked).answers
    assert {c: (s.rows, s.costs) for c, s in report.totals.items()} == {
        a.currency: (a.charges, a.totals) for a in answers
    }
    rows = read_files([tmp_path / "o.csv"])
    assert {r["x_TeamId"] for r in rows} == {"finding"}
    # A filter shows some parts of a charge; each is still the part of the whole.
    halves = {r["AllocatedMethodDetails"][:37] for r in rows if r["AllocatedMethodId"]}
    assert halves == {'{"Elements":[{"AllocatedRatio":0.5}],'}


def test_what_is_there_stays_without_force(company: Workspace, tmp_path: Path) -> None:
    """An existing file is named and kept, and no other is written; --force replaces it."""
    kept = tmp_path / "warehouse-2026-10.csv"
    kept.write_text("mine")
    with pytest.raises(UsageError, match=r"warehouse-2026-10\.csv is there already") as caught:
        export_all(company, tmp_path)
    assert "--force" in str(caught.value.hint)
    assert (listed(tmp_path), kept.read_text()) == ([kept.name], "mine")

    export_all(company, tmp_path, force=True)
    assert len(listed(tmp_path)) == 6
    assert kept.read_text() != "mine"


def test_an_error_leaves_nothing(tmp_path: Path) -> None:
    """When a file does not add up, no file gets a name, and a folder that was made goes again."""
    workspace = make_workspace(tmp_path / "w", {}, {})
    load(workspace, {}, source="another")
    slices = [s for s in stored(workspace, "allocations") if s["x_SourceId"] == "bill"]
    # A slice of a charge that is not there: a lake that nobody but a bug can make.
    cut_slices(workspace, [slices[0], slices[1] | {"x_ChargeKey": 999}])

    with pytest.raises(CheckFailed, match="rows is 2 in the lake and 1 in the file"):
        export_all(workspace, tmp_path / "deep" / "out")
    with pytest.raises(CheckFailed):
        export_all(workspace, tmp_path / "all.parquet")
    assert listed(tmp_path) == ["w"]


def test_a_full_disk_is_said(company: Workspace, tmp_path: Path) -> None:
    """Where nothing can be written the error is of the system and nothing is left."""
    folder = tmp_path / "locked"
    folder.mkdir()
    folder.chmod(0o555)
    if os.access(folder, os.W_OK):
        pytest.skip("root may write everywhere")
    with pytest.raises(PermissionError):
        export_all(company, folder)


def test_nothing_to_export_is_an_error(company: Workspace, tmp_path: Path) -> None:
    """A filter that matches nothing, or a workspace without allocations, makes no empty file."""
    with pytest.raises(UsageError, match="no charges match"):
        company.export(query("all", "x_TeamId = 'nobody'"), out=tmp_path / "out")
    empty = make_workspace(tmp_path / "w")
    with pytest.raises(UsageError, match="no allocated charges"):
        export_all(empty, tmp_path / "out")
    assert listed(tmp_path) == ["w"]


def test_months_of_before_are_refused(tmp_path: Path) -> None:
    """A bill or rules that changed since: slices would stand beside the wrong charges."""
    workspace = make_workspace(tmp_path / "w", {}, {"BilledCost": "2"})
    path = workspace.folder / "bill.csv"
    path.write_text(path.read_text().replace('"2"', '"3"', 1))
    workspace.ingest(file=str(path), source_id="bill")
    with pytest.raises(UsageError, match="2026-10 changed since") as caught:
        export_all(workspace, tmp_path / "out")
    assert caught.value.hint == "warikan allocate"
    assert not (tmp_path / "out").exists()


def test_folders_with_wild_names(company: Workspace, tmp_path: Path) -> None:
    """A folder whose name DuckDB would take for a glob, or that has a quote, is a folder."""
    folder = tmp_path / "a[b]*?'\"c"
    export_all(company, folder / "o.parquet")
    export_all(company, folder)
    assert len(listed(folder)) == 7


def test_sources_with_wild_names_stay_apart() -> None:
    """Ids that differ only in what a file name cannot say get different names, none outside the folder."""
    month = date(2026, 9, 1)
    sources = ["aws", "AWS", "a/b", "a_b", "../../etc", "..", "", "x" * 300, "x" * 301, "割り勘", "CON"]
    found = Destination(Path("/out"), None, "csv").files({(s, month) for s in sources})

    names = [p.name.lower() for p in found.values()]
    assert len({*names}) == len(sources)
    assert {p.parent for p in found.values()} == {Path("/out")}
    assert all(len(n) < 130 and not n.startswith((".", "-")) for n in names)
    assert found["aws", month].name == "aws-2026-09.csv"
    crafted = found["AWS", month].name.removesuffix("-2026-09.csv")
    both = Destination(Path("/out"), None, "csv").files({("AWS", month), (crafted.lower(), month)})
    assert len({p.name.lower() for p in both.values()}) == 2


@pytest.mark.parametrize(
    ("out", "given", "file", "form"),
    [
        ("new", None, None, "csv"),
        ("new", "parquet", None, "parquet"),
        ("new.csv.gz", None, "new.csv.gz", "csv.gz"),
        ("NEW.CSV", None, "NEW.CSV", "csv"),
        ("new.parquet", "parquet", "new.parquet", "parquet"),
        ("folder.csv", "csv.gz", None, "csv.gz"),
        ("v1.3", None, None, "csv"),
    ],
)
def test_places(out: str, given: str | None, file: str | None, form: str, tmp_path: Path) -> None:
    """A name that ends like a format is a file, unless a folder has it."""
    (tmp_path / "folder.csv").mkdir()
    found = choose_destination(tmp_path / out, given, private=tmp_path / ".warikan")
    assert found.format == form
    assert found.file == (None if file is None else tmp_path / file)


@pytest.mark.parametrize(
    ("out", "given", "said"),
    [
        ("new.csv", "parquet", "named as csv"),
        ("file", None, "is a file"),
        (".warikan/lake", None, "Warikan's own"),
        ("x/../.warikan", None, "Warikan's own"),
        ("new", "xlsx", "no format"),
    ],
)
def test_places_that_cannot_be(out: str, given: str | None, said: str, tmp_path: Path) -> None:
    """Each is refused with what is wrong."""
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match=said):
        choose_destination(tmp_path / out, given, private=tmp_path / ".warikan")


def test_not_over_a_bill(company: Workspace, tmp_path: Path) -> None:
    """A source's own file is never replaced, not even with --force."""
    bill = company.folder / "bills" / "cloud.csv"
    before = bill.read_bytes()
    with pytest.raises(UsageError, match="source cloud looks for bills"):
        export_all(company, bill, force=True)
    assert bill.read_bytes() == before


@pytest.mark.parametrize("path", ["bills", "bills/*.csv", "bills/aws", "b*/aws/*.csv"])
def test_not_among_the_bills(path: str, tmp_path: Path) -> None:
    """What stands where a source looks would be loaded as its bill the next time, and count twice."""
    file = tmp_path / "bills" / "aws" / "o.csv"
    with pytest.raises(UsageError, match="it would count again"):
        require_outside([tmp_path / "elsewhere.csv", file], {"aws": tmp_path / path})
    require_outside([file], {"other": tmp_path / "bills" / "azure" / "*.csv"})


def test_the_lake_was_written_to_meanwhile(tmp_path: Path) -> None:
    """Slices and charges of two moments never stand in one row."""
    from warikan.export.pinned import Pinned
    from warikan.focus.errors import LakeError

    workspace = make_workspace(tmp_path / "w", {})
    pinned = Pinned.of(workspace.lake)
    load(workspace, {}, source="another")

    with pytest.raises(LakeError, match="written to while"):
        pinned.require_current(workspace.settings, workspace.catalog, [date(2026, 10, 1)])


def test_progress_reaches_its_total(company: Workspace, tmp_path: Path) -> None:
    """What is told of the work adds up to what was announced."""
    told: list[tuple[str, int, int]] = []

    class Told:
        def start(self, total_bytes: int, label: str) -> None:
            told.append((label, total_bytes, 0))

        def advance(self, byte_count: int, rows: int) -> None:
            told.append(("", byte_count, rows))

        def stop(self) -> None:
            told.append(("stop", 0, 0))

    company.export(query("all"), out=tmp_path / "out", progress=Told())
    (label, total, _), *steps, last = told
    assert (label, last[0], NOW.year) == ("exporting", "stop", 2026)
    assert (sum(s[1] for s in steps), sum(s[2] for s in steps)) == (total, 372)


def test_details_fit_the_published_schema(company: Workspace, tmp_path: Path) -> None:
    """AllocatedMethodDetails has only keys that FOCUS's JSON schema allows, with their types."""
    export_all(company, tmp_path / "o.csv")
    for row in read_files([tmp_path / "o.csv"]):
        if row["AllocatedMethodDetails"]:
            details = json.loads(row["AllocatedMethodDetails"])
            assert details.keys() == {"Elements", "x_Steps"}
            assert all(
                e.keys() == {"AllocatedRatio"} and 0 <= e["AllocatedRatio"] <= 1 for e in details["Elements"]
            )
