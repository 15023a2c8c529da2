"""The files of a source: which are bills, and which are passed over and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from warikan.focus.errors import NotFocus
from warikan.ingest.files import BillFile, find_files, looks_like_bill, name_of, open_file
from warikan.ingest.header import read_csv_header
from warikan.ingest.integrity import content_hash
from warikan.ingest.parquetfile import read_parquet_header


@dataclass(frozen=True)
class Found:
    """The files of a source: name → (file, hash) of the bills, and what was passed over."""

    files: Mapping[str, tuple[BillFile, str]]
    skipped: tuple[tuple[str, str], ...]

    @property
    def hashes(self) -> dict[str, str]:
        """File name → SHA-256."""
        return {name: digest for name, (_, digest) in self.files.items()}


def find_bills(path: str | Path, root: Path) -> Found:
    """
    Open the files of *path*; in a folder or glob, what is no bill is passed over with a reason.

    Raises:
        UnreadableFile: a file that should be a bill is damaged; or nothing that can be loaded remains.
        NotFocus: likewise.
    """
    paths, is_single = find_files(path, root)
    files: dict[str, tuple[BillFile, str]] = {}
    skipped: list[tuple[str, str]] = []
    for one in paths:
        if not is_single and not looks_like_bill(one):
            skipped.append((name_of(one, root), "not a bill by its name"))
            continue
        file = open_file(one, root)
        try:
            if file.format == "parquet":
                read_parquet_header(file)
            else:
                read_csv_header(file.head, file.name)
        except NotFocus as error:
            if is_single:
                raise
            skipped.append((file.name, error.message.removeprefix(f"{file.name} ")))
            continue
        files[file.name] = (file, content_hash(one))
    if not files:
        reasons = "".join(f"\n  {name}: {reason}" for name, reason in skipped)
        raise NotFocus(f"there is no FOCUS Cost and Usage bill in {path}:{reasons}", hint="check the path")
    return Found(dict(sorted(files.items())), tuple(skipped))
