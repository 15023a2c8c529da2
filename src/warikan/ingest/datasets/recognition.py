"""Which files are a FOCUS dataset beside Cost and Usage, told by their headers alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from warikan.focus.datasets import Dataset, list_datasets, match_columns, recognise
from warikan.focus.errors import UnreadableFile
from warikan.ingest.files import BillFile, find_files, looks_like_bill, open_file
from warikan.ingest.header import MAX_COLUMNS, Header, Native, csv_names
from warikan.ingest.parquetfile import parquet_names


@dataclass(frozen=True)
class DatasetFile:
    """A file, the dataset that it is, and how its columns are read."""

    file: BillFile
    dataset: Dataset
    header: Header


def as_dataset(file: BillFile) -> DatasetFile | None:
    """
    *file* as a dataset; None where it is Cost and Usage or anything else.

    Raises:
        UnreadableFile: its header cannot be read, or has a column twice.
    """
    if file.format not in ("csv", "csv.gz", "parquet"):
        return None
    if file.format == "parquet":
        names, delimiter = parquet_names(file, is_flat=False), ","
    else:
        names, delimiter = csv_names(file.head, file.name, _count)
    dataset = recognise(names)
    return None if dataset is None else DatasetFile(file, dataset, _header(dataset, names, file, delimiter))


def find_datasets(path: str | Path, root: Path) -> Mapping[str, DatasetFile]:
    """
    The files of *path* (a file, a folder, a glob; relative to *root*) that are datasets, by name.

    What cannot be opened is left to discovery.py, which says so.
    """
    paths, is_single = find_files(path, root)
    found: dict[str, DatasetFile] = {}
    for one in paths:
        if not is_single and not looks_like_bill(one):
            continue
        try:
            dataset = as_dataset(open_file(one, root))
        except UnreadableFile:
            continue
        if dataset is not None:
            found[dataset.file.name] = dataset
    return dict(sorted(found.items()))


def _count(names: Sequence[str]) -> int:
    return max(len(match_columns(dataset, names)) for dataset in list_datasets())


def _header(dataset: Dataset, names: Sequence[str], file: BillFile, delimiter: str) -> Header:
    if len(names) > MAX_COLUMNS:
        raise UnreadableFile(
            f"{file.name}: a header of {len(names):,} columns is refused (limit {MAX_COLUMNS:,})",
            hint="is the line ending or the delimiter what it should be?",
        )
    twice = sorted({name for name in names if name and list(names).count(name) > 1})
    if twice:
        raise UnreadableFile(
            f"{file.name}: the header has the column {twice[0]!r} twice",
            hint="which one counts is not Warikan's to guess: remove one from the export",
        )
    found = match_columns(dataset, names)
    taken = set(found.values())
    types = {c.id: "string" if c.type == "json" else c.type for c in dataset.columns}
    cost = "BilledCost" if "BilledCost" in found else ""
    return Header(
        names=tuple(names),
        focus=found,
        extra=tuple(i for i in range(len(names)) if i not in taken),
        version=dataset.version_of(found),
        delimiter=delimiter,
        native=Native(types=types, formats={}, families={}, cost=cost),
    )
