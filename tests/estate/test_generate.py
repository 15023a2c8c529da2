"""What ``generate`` writes: the same bytes for the same seed, of the promised size and shape."""

import hashlib
from datetime import date
from pathlib import Path

import pytest
from bill_files import ReadBill

from warikan.estate import EstateReport, generate
from warikan.estate.simulation import Estate


def digest(folder: Path) -> str:
    """A hash over every file of *folder* with its name."""
    total = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        total.update(str(path.relative_to(folder)).encode())
        total.update(path.read_bytes())
    return total.hexdigest()


def test_same_seed_same_bytes(estate: EstateReport, tmp_path: Path) -> None:
    """The same arguments write the same bytes, also over an older estate; progress tells each bill."""
    (tmp_path / "bills/aws").mkdir(parents=True)
    (tmp_path / "bills/aws/left-over.csv.gz").write_bytes(b"of an estate before")
    told: list[tuple[int, int]] = []
    generate(tmp_path, progress=lambda _label, done, total: told.append((done, total)))

    assert digest(estate.folder) == digest(tmp_path)
    assert [(i, 52) for i in range(1, 53)] == told


def test_another_seed_is_another_luck() -> None:
    """A seed changes quantities, and neither services nor events."""
    one, other = (Estate.build("small", seed, date(2026, 11, 20)) for seed in (42, 7))
    usage, others = (next(e.bill("gcp", e.timeline.months()[0]).usage()) for e in (one, other))

    assert one.script == other.script
    assert int(usage.effective_cost.sum()) != int(others.effective_cost.sum())


def test_small_has_about_190_000_charges(estate: EstateReport) -> None:
    """Small is what a demo loads in seconds, and AWS is the main bill."""
    by_source = estate.rows_by_source

    assert 170_000 < estate.rows < 200_000
    assert sorted(by_source, key=lambda s: -by_source[s]) == ["aws", "google-cloud", "azure", "mihari"]


def test_report_counts_what_is_there(estate: EstateReport, read_bill: ReadBill) -> None:
    """One file for each source and month; rows and bytes as reported."""
    on_disk = {str(p.relative_to(estate.folder)) for p in (estate.folder / "bills").rglob("*.*")}

    assert on_disk == {f.path for f in estate.files}
    assert 4 * 13 == len({(f.source_id, f.month) for f in estate.files}) == len(estate.files)
    assert all(f.bytes == (estate.folder / f.path).stat().st_size for f in estate.files)
    assert all(f.rows == read_bill(f.path).num_rows for f in estate.files if f.month.month in (2, 11))


def test_months_end_with_the_last_day(estate: EstateReport, read_bill: ReadBill) -> None:
    """Thirteen billing months; no charge of use on or after *until*, and none missing before it."""
    months = sorted({f.month for f in estate.files})
    last = next(f.path for f in estate.files if f.source_id == "aws" and f.month == months[-1])
    table = read_bill(last)
    days = {
        start[:10]
        for start, category in zip(
            table["ChargePeriodStart"].to_pylist(), table["ChargeCategory"].to_pylist(), strict=True
        )
        if category == "Usage"
    }

    assert (date(2025, 11, 1), date(2026, 11, 1)) == (months[0], months[-1])
    assert {f"2026-11-{day:02}" for day in range(1, 20)} == days


@pytest.mark.parametrize(("scale", "low", "high"), [("medium", 8e6, 14e6), ("large", 80e6, 140e6)])
def test_larger_scales_are_the_same_company_by_the_hour(scale: str, low: float, high: float) -> None:
    """Medium and large have the promised size, counted from one day of usage of a middle month."""
    estate = Estate.build(scale, 42, date(2026, 11, 20))  # type: ignore[arg-type]
    month = estate.timeline.months()[6]
    rows = 0
    for provider in estate.meters:
        charges = next(estate.bill(provider, month).usage())
        rows += len(charges)

        assert set((charges.end - charges.start).tolist()) == {1}
        assert len(set(charges.start.tolist())) == 24
    assert low < rows * estate.timeline.days < high
