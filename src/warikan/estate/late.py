"""Deliveries that go wrong: a restated month, a day that comes late, a file delivered twice."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from warikan.estate.bills import Bill, open_bills
from warikan.estate.events import Event, Surge
from warikan.estate.simulation import Estate
from warikan.estate.timeline import Month
from warikan.estate.truth import ChargeTruth

FOLDER = "bills-late"
RESTATED = "restated"
LATE_DAY = "late-day"
DUPLICATE = "duplicate"
_RESTATED_MONTHS_AGO = 2

WriteBill = Callable[[Path, Estate, Bill, Month, ChargeTruth], object]


def write_late_bills(folder: Path, estate: Estate, write_bill: WriteBill) -> None:
    """
    Write ``bills-late/<what>/bills/...``: each folder, copied over the workspace, makes it happen.

    restated: AWS delivers a closed month again, with 4 % more content delivery.
    late-day: Azure's open month as it was before its last day arrived.
    duplicate: Google's last closed month a second time under another name.
    """
    aws, google, azure, _ = open_bills(estate.timeline)
    months = estate.timeline.months()
    restated = months[-1 - _RESTATED_MONTHS_AGO]
    _write(folder, RESTATED, _with_more_delivery(estate, restated), aws, restated, write_bill)
    short = replace(months[-1], data_end=months[-1].data_end - timedelta(days=1))
    if short.data_end > short.start:
        _write(folder, LATE_DAY, estate, azure, short, write_bill)
    original = google.form.path(months[-2])
    copy = folder / FOLDER / DUPLICATE / original
    copy.parent.mkdir(parents=True)
    shutil.copyfile(folder / original, copy.with_name(f"{copy.stem}-1{copy.suffix}"))


def _write(folder: Path, what: str, estate: Estate, bill: Bill, month: Month, write: WriteBill) -> None:
    truth = ChargeTruth(folder / "truth" / f"charges-{what}.parquet", estate.script)
    write(folder / FOLDER / what, estate, bill, month, truth)
    truth.close()


def _with_more_delivery(estate: Estate, month: Month) -> Estate:
    event = Event(
        RESTATED, "restated", "media", month.start, month.end,
        "Content delivery of the month arrives late: the provider restates the bill",
    )  # fmt: skip
    surge = Surge(RESTATED, "media", frozenset({"cfgb"}), 1.04)
    script = replace(
        estate.script, events=(*estate.script.events, event), surges=(*estate.script.surges, surge)
    )
    return replace(estate, script=script)
