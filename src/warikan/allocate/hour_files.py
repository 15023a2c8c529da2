"""Which files of clusters' hours decide a month."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, timedelta

from warikan.allocate.kubernetes.hour_views import HOUR_TABLES
from warikan.lake import DataFile, Lake

_COVERAGE, _LABELS = "kubernetes_coverage", "kubernetes_labels"
_DAY = timedelta(days=1)

HourFiles = Mapping[str, Collection[DataFile]]
"""Table of hours → its files."""


def hours_by_month(lake: Lake, months: Iterable[date]) -> Mapping[date, HourFiles]:
    """
    Month → the files of hours in it and a day on either side; empty where no node is known then.

    Only of days that are there whole: their coverage is written last (ingest/usage/lake_shelf.py).
    """
    whole = {(f.source_id, f.start) for f in lake.data_files(_COVERAGE)}
    by_table = {
        name: [f for f in lake.data_files(name) if f.start is None or (f.source_id, f.start) in whole]
        for name in HOUR_TABLES
    }
    found: dict[date, HourFiles] = {}
    for month in months:
        next_month = (month.replace(day=28) + 4 * _DAY).replace(day=1)
        of_month = {
            name: [f for f in files if f.start is None or month - _DAY <= f.start <= next_month]
            for name, files in by_table.items()
        }
        found[month] = of_month if of_month["kubernetes_node_hours"] else {}
    return found


def deciding_files(hours: HourFiles) -> Iterator[DataFile]:
    """
    The files of *hours* that a month is made from.

    Without labels: what is under an id there never changes, and new ids concern new hours only.
    """
    return (f for table, files in hours.items() if table != _LABELS for f in files)
