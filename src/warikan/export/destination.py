"""Where an export goes: names of its files, and files that appear whole or not at all."""

import hashlib
import re
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from itertools import takewhile
from pathlib import Path
from typing import Literal
from uuid import uuid4

from warikan.focus.errors import UsageError

Format = Literal["csv", "csv.gz", "parquet"]
FORMATS: tuple[Format, ...] = ("csv", "csv.gz", "parquet")
_LONGEST = 80
"""Characters of a source's id in a file name."""
_DIGITS = 16
_LOOKS_TOLD_APART = re.compile(rf"-[0-9a-f]{{{_DIGITS}}}$")

Part = tuple[str, date]
"""What a file of a folder holds: a source's id and the first day of a billing month."""


@dataclass(frozen=True)
class Destination:
    """
    A folder that gets one file for each source and month, or one *file* that gets all.

    Attributes:
        folder: Where files appear; made if it is missing.
        file: The one file; None for a folder of files.
    """

    folder: Path
    file: Path | None
    format: Format

    def files(self, parts: Collection[Part]) -> Mapping[Part, Path]:
        """Where each part goes: its own file, or the one."""
        if self.file is not None:
            return dict.fromkeys(parts, self.file)
        return {part: self.folder / f"{name}.{self.format}" for part, name in _names(parts).items()}


def choose_destination(out: Path, given: str | None, *, private: Path) -> Destination:
    """
    What ``--out`` and ``--format`` mean together: a name that ends like a format is one file.

    Args:
        out: As typed.
        given: The format asked for; None takes that of the name, csv for a folder.
        private: A folder that nothing is exported into: the lake's.

    Raises:
        UsageError: no such format, one that the name contradicts, a file where a folder should be, or a
            place inside *private*.
    """
    path = Path(out).absolute()
    if given is not None and given not in FORMATS:
        raise UsageError(f"there is no format {given!r}", hint=f"one of {', '.join(FORMATS)}")
    if path.resolve().is_relative_to(private.resolve()):
        raise UsageError(f"{out} is inside {private}, which is Warikan's own", hint="choose another folder")
    wanted = next((f for f in FORMATS if f == given), None)
    named = next((f for f in reversed(FORMATS) if path.name.lower().endswith(f".{f}")), None)
    if path.is_dir() or named is None:
        if path.exists() and not path.is_dir():
            raise UsageError(f"{out} is a file", hint=f"a folder, or a name that ends in .{FORMATS[0]}")
        return Destination(path, None, wanted or "csv")
    if wanted not in (None, named):
        raise UsageError(f"{out} is named as {named}, but --format says {wanted}", hint=f"--format {named}")
    return Destination(path.parent, path, named)


def require_free(files: Collection[Path], *, force: bool) -> None:
    """
    Raises:
        UsageError: one of *files* is there already and *force* does not allow to replace it.
    """  # noqa: D205 - the promise is the error
    taken = sorted(f for f in files if f.exists() or f.is_symlink())
    folders = [f for f in taken if f.is_dir()]
    if folders:
        raise UsageError(f"{folders[0]} is a folder where a file should be", hint="choose another --out")
    if taken and not force:
        more = f" (and {len(taken) - 1:,} more)" if len(taken) > 1 else ""
        raise UsageError(f"{taken[0]} is there already{more}", hint="--force replaces it")


def require_outside(files: Collection[Path], sources: Mapping[str, Path]) -> None:
    """
    Raises:
        UsageError: one of *files* lies where a source (name → path or glob) looks for its bills, and so would
            be taken for one the next time it is loaded.
    """  # noqa: D205 - the promise is the error
    for name, path in sources.items():
        start = Path(*takewhile(lambda part: not set("*?[") & set(part), path.absolute().parts)).resolve()
        for file in files:
            if file.resolve().is_relative_to(start):
                raise UsageError(
                    f"{file} is where the source {name} looks for bills ({path}): it would count again",
                    hint="choose another folder",
                )


@contextmanager
def staging(folder: Path) -> Iterator[Path]:
    """
    A hidden folder inside *folder* to write into; it goes at the end, and *folder* too if it is then empty
    and was not there before.
    """  # noqa: D205 - one sentence
    made = [p for p in (folder, *folder.parents) if not p.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    inside = folder / f".warikan-export-{uuid4().hex[:12]}"
    inside.mkdir()
    try:
        yield inside
    finally:
        shutil.rmtree(inside, ignore_errors=True)
        for path in made:
            with suppress(OSError):
                path.rmdir()


def publish(staged: Mapping[Path, Path]) -> None:
    """Give each staged file (path → where it goes) its name; readers see the old file or the new."""
    for path, target in staged.items():
        path.replace(target)


def join_files(parts: Sequence[Path], into: Path) -> None:
    """*parts* one after the other; of gzip members and of CSV without a second header this is one file."""
    with into.open("wb") as target:
        for path in parts:
            with path.open("rb") as source:
                shutil.copyfileobj(source, target, 1 << 20)
            path.unlink()


def _names(parts: Collection[Part]) -> Mapping[Part, str]:
    """A file name without ending for each part: the source's id as far as names allow, and the month."""
    return {(source, month): f"{_slug(source)}-{month:%Y-%m}" for source, month in parts}


def _slug(source: str) -> str:
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", source).strip("._-")[:_LONGEST]
    if plain and plain == source == source.lower() and not _LOOKS_TOLD_APART.search(plain):
        return plain
    # What was lost tells sources apart, also where a file system does not know case.
    return f"{plain or 'source'}-{hashlib.sha256(source.encode()).hexdigest()[:_DIGITS]}"
