"""NAB's realAWSCloudWatch series and their labelled windows, judged by our detector."""

import csv
import json
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from warikan.insights.anomaly import CostCube, Settings, Thresholds, detect
from warikan.insights.panel import Panel

FOLDER = "realAWSCloudWatch"
BINS = 7
"""Bins of a day: the detector's week of seven days is a day of seven bins here."""
START = date(2020, 1, 6)
SETTINGS = Settings(default=Thresholds(money_per_day=0.0, share=0.05), absorb_after_days=21)


def print_nab(console: Console, folder: Path) -> None:
    """For each series of the copy in *folder*: labelled windows, those that an episode meets, and others."""
    labels = json.loads((folder / "labels" / "combined_windows.json").read_text())
    table = Table("series", "windows", "found", "other episodes")
    sums = np.zeros(3, dtype=np.int64)
    for path in sorted((folder / "data" / FOLDER).glob("*.csv")):
        windows = [tuple(map(_moment, w)) for w in labels[f"{FOLDER}/{path.name}"]]
        begins, values = _read(path)
        episodes = _episodes(begins, values)
        found = [any(a < end and b > first for a, b in episodes) for first, end in windows]
        others = sum(not any(a < end and b > first for first, end in windows) for a, b in episodes)
        row = np.array([len(windows), sum(found), others])
        sums += row
        table.add_row(path.stem, *(str(n) for n in row))
    table.add_row("all", *(str(n) for n in sums))
    console.print("NAB realAWSCloudWatch, in bins of a seventh of a day")
    console.print(table)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.split(".", maxsplit=1)[0])


def _read(path: Path) -> tuple[datetime, NDArray[np.float64]]:
    with path.open(newline="") as file:
        rows = [(_moment(r["timestamp"]), float(r["value"])) for r in csv.DictReader(file)]
    begins = rows[0][0]
    width = timedelta(days=1) / BINS
    places = np.array([int((at - begins) / width) for at, _ in rows])
    sums = np.bincount(places, weights=np.array([v for _, v in rows]))
    counts = np.bincount(places)
    return begins, sums / np.maximum(counts, 1)


def _episodes(begins: datetime, values: NDArray[np.float64]) -> list[tuple[datetime, datetime]]:
    end = START + timedelta(days=len(values))
    panel = Panel(({"x_ServiceId": "nab"},), "USD", START, values[None, :], (end,))
    width = timedelta(days=1) / BINS
    return [
        (begins + (e.onset - START).days * width, begins + ((e.end or end) - START).days * width)
        for e in detect(CostCube(panel), settings=SETTINGS)
    ]
