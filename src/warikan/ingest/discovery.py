"""The files of a source: which are bills, and which are passed over and why."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from warikan.focus.errors import NotFocus
from warikan.ingest.datasets.recognition import DatasetFile, as_dataset
from warikan.ingest.dialects import Dialects
from warikan.ingest.files import BillFile, EmptyFile, looks_like_bill, open_file
from warikan.ingest.integrity import content_hash
from warikan.ingest.mapping import Mapping as Form
from warikan.ingest.places import Fetched, Reach, find_candidates
from warikan.ingest.staging import tell


@dataclass(frozen=True)
class Found:
    """
    The files of a source.

    Attributes:
        files: Name → (file, hash) of the bills.
        forms: Name → its native form; None: FOCUS.
        skipped: What was passed over, and why.
        datasets: Files of FOCUS datasets beside Cost and Usage.
        fetched: Of an object store: keeps the copies in the cache while the load lives.
    """

    files: Mapping[str, tuple[BillFile, str]]
    forms: Mapping[str, Form | None]
    skipped: tuple[tuple[str, str], ...]
    datasets: Mapping[str, DatasetFile] = field(default_factory=dict)
    fetched: Fetched | None = None

    @property
    def hashes(self) -> dict[str, str]:
        """File name → SHA-256."""
        return {name: digest for name, (_, digest) in self.files.items()}


def find_bills(
    path: str | Path, root: Path, dialects: Dialects, reach: Reach, *, keep_same: bool = True
) -> Found:
    """
    Open the files of *path*; in a folder or glob, what is no bill is passed over with a reason.

    Args:
        keep_same: Files with the same bytes are told apart; else the first of them counts.

    Raises:
        UnreadableFile: a file that should be a bill is damaged; or nothing that can be loaded remains.
        NotFocus: likewise.
    """
    found = find_candidates(path, root, reach)
    files: dict[str, tuple[BillFile, str]] = {}
    forms: dict[str, Form | None] = {}
    datasets: dict[str, DatasetFile] = {}
    skipped = list(found.skipped)
    for one in found.files:
        if found.fetched is None and not found.is_single and not looks_like_bill(one.path):
            skipped.append((one.name, "not a bill by its name"))
            continue
        try:
            file = open_file(one.path, root, name=one.name if found.fetched else None)
        except EmptyFile as error:
            if found.is_single:
                raise
            skipped.append(
                (one.name, error.message.removeprefix(f"{one.name if found.fetched else one.path} "))
            )
            continue
        try:
            forms[file.name] = tell(file, dialects)[1]
        except NotFocus as error:
            if (dataset := as_dataset(file)) is not None:
                datasets[file.name] = dataset
                continue
            if found.is_single:
                raise
            skipped.append((file.name, error.message.removeprefix(f"{file.name} ")))
            continue
        digest = one.sha256 or content_hash(one.path)
        same = next((name for name, (_, other) in files.items() if other == digest), None)
        if same is not None and not keep_same:
            skipped.append((file.name, f"has the same bytes as {same}; it would count twice"))
            continue
        files[file.name] = (file, digest)
    if not files and not datasets:
        reasons = "".join(f"\n  {name}: {reason}" for name, reason in skipped)
        raise NotFocus(f"there is no bill in {path}:{reasons}", hint="check the path")
    return Found(dict(sorted(files.items())), forms, tuple(skipped), datasets, found.fetched)
