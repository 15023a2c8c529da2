"""The estate's commitments by the reconciliation itself: used + unused = purchased."""

from pathlib import Path

from warikan.engine.engine import Engine
from warikan.engine.reconcile.commitments import reconcile_commitments
from warikan.engine.reconcile.reading import Months
from warikan.estate import EstateReport
from warikan.ingest.load import load
from warikan.lake import Lake

COMMITTED = ("bills/aws", "bills/google-cloud")


def test_the_estate_keeps_its_promise(estate: EstateReport, tmp_path: Path, now: object) -> None:
    """
    In each month of each commitment of the demo company used + unused = purchased, exactly.

    Over the term so far what was amortised is what was billed; bills before 1.2 know no quantities.
    """
    lake = Lake.open(tmp_path / ".warikan")
    for path in COMMITTED:
        load(lake, path, estate.folder / path, root=tmp_path, now=now)  # type: ignore[arg-type]

    report = reconcile_commitments(Engine(lake, threads=2), Months())

    assert (len(report.terms), len(report.months)) == (3, 36)
    assert {m.cause for m in report.months} == {"equal"}
    assert {m.quantity_cause for m in report.months} == {"equal", "no quantities"}
    assert all(t.difference == 0 and t.unamortised == 0 for t in report.terms)
