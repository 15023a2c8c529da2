"""Which files of a path are checked together, as one bill of one dataset, and what the others are."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from warikan.conformance.bill import check_names, read_names
from warikan.conformance.books import COST_AND_USAGE, datasets
from warikan.focus.columns import columns_by_id
from warikan.focus.errors import NotFocus, UnreadableFile, UsageError
from warikan.ingest.files import BillFile, EmptyFile, looks_like_bill, open_file
from warikan.ingest.places import Candidate, Candidates
from warikan.ingest.places.manifests import is_manifest

_FEWEST = 3
"""Columns of a dataset that a table must have to be one."""
_KINDS = "CSV, CSV.gz and Parquet are checked against FOCUS"


@dataclass(frozen=True)
class Chosen:
    """
    Files of one dataset.

    Attributes:
        passed_over: Name → why it is not among them.
    """

    dataset: str
    files: tuple[BillFile, ...]
    passed_over: tuple[tuple[str, str], ...]


def choose_files(found: Candidates, root: Path, path: str) -> Chosen:
    """
    Those of *found*, which *path* means, that are of Cost and Usage; where none is, of the one other dataset.

    A file that is named alone is what is checked, or it is an error.

    Raises:
        UsageError: nothing is a bill, or there are several other datasets.
        UnreadableFile: a file is damaged, or the only one is no table.
        NotFocus: there are tables, but of no FOCUS dataset.
    """
    if found.is_single:
        one = _open(found.files[0], root)
        if one.format.startswith("json"):
            raise UnreadableFile(
                f"{one.name} is JSON; {_KINDS}", hint="load it, and check its source: warikan ingest --file"
            )
        return Chosen(dataset_of(names_of(one), one.name), (one,), found.skipped)
    by_dataset: dict[str, list[BillFile]] = {}
    passed_over, no_focus = list(found.skipped), None
    for candidate in found.files:
        file, why = _look_at(candidate, root)
        if file is None:
            passed_over.append((candidate.name, why))
            continue
        try:
            by_dataset.setdefault(dataset_of(names_of(file), file.name), []).append(file)
        except NotFocus as error:
            no_focus = no_focus or error
            passed_over.append((file.name, "no table of a FOCUS dataset"))
    if no_focus is not None and not by_dataset:
        raise no_focus
    dataset = _one_of(by_dataset, path)
    passed_over += [
        (file.name, f"{other}, another dataset: check it by itself")
        for other, files in by_dataset.items()
        for file in files
        if other != dataset
    ]
    return Chosen(dataset, tuple(by_dataset[dataset]), tuple(sorted(passed_over)))


def _look_at(candidate: Candidate, root: Path) -> tuple[BillFile | None, str]:
    """The table that *candidate* is; or None, and what it is instead."""
    if is_manifest(candidate.name):
        return None, "a manifest"
    if not looks_like_bill(Path(candidate.name)):
        return None, "not a bill by its name"
    try:
        file = _open(candidate, root)
    except EmptyFile:
        return None, "empty"
    return (None, f"JSON; only {_KINDS}") if file.format.startswith("json") else (file, "")


def _one_of(by_dataset: Mapping[str, Collection[BillFile]], path: str) -> str:
    if not by_dataset:
        raise UsageError(f"{path} holds no bills", hint="CSV, CSV.gz or Parquet")
    if COST_AND_USAGE in by_dataset or len(by_dataset) == 1:
        return COST_AND_USAGE if COST_AND_USAGE in by_dataset else next(iter(by_dataset))
    found = ", ".join(sorted(by_dataset))
    raise UsageError(
        f"{path} holds files of several datasets, and none of Cost and Usage: {found}",
        hint="check the files of one dataset at a time: give a file, or a glob",
    )


def _open(candidate: Candidate, root: Path) -> BillFile:
    return open_file(candidate.path, root, name=candidate.name)


def names_of(file: BillFile) -> list[str]:
    """
    The column names of *file*, in order.

    Raises:
        UnreadableFile: it has no header, or one that cannot be used, or is damaged.
    """
    if file.format == "parquet":
        names = _names_of_parquet(file)
    else:
        names, _ = read_names(file.head, file.name)
    check_names(names, file.name)
    return names


def _names_of_parquet(file: BillFile) -> list[str]:
    try:
        return [str(name) for name in pq.read_schema(file.path).names]
    except (pa.ArrowException, OSError) as error:
        raise UnreadableFile(
            f"{file.name} cannot be read as Parquet: {str(error).splitlines()[0][:300]}", hint="get it again"
        ) from error


def dataset_of(names: Collection[str], what: str) -> str:
    """
    The FOCUS dataset that a table of the columns *names* has most columns of.

    Raises:
        NotFocus: it has hardly any.
    """
    options = {COST_AND_USAGE: set(columns_by_id()), **{n: set(c) for n, c in datasets().items()}}
    # Shared columns are no sign: only what the share of a dataset's own columns is.
    best = max(options, key=lambda n: len(options[n] & set(names)) / len(options[n]))
    shared = options[best] & set(names)
    if len(shared) < _FEWEST:
        begin = ", ".join(repr(name[:40]) for name in list(names)[:5])
        raise NotFocus(
            f"{what} has {len(shared)} columns of FOCUS (its header begins {begin})",
            hint="column ids are compared exactly: is this a FOCUS file?",
        )
    return best
