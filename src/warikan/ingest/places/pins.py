"""Copies in use: what a running load reads is not removed under it by another process."""

import json
import weakref
from collections.abc import Iterable, Iterator
from pathlib import Path
from uuid import uuid4

from filelock import FileLock, Timeout


class Pin:
    """
    Keeps files of the cache until it is released, forgotten, or its process dies.

    The system releases the lock with the process, so a crash leaves nothing that would stay for ever.
    """

    def __init__(self, folder: Path, files: Iterable[Path]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        stem = uuid4().hex
        lock = FileLock(str(folder / f"{stem}.lock"), thread_local=False)
        lock.acquire(timeout=0)
        (folder / f"{stem}.json").write_text(json.dumps([str(file) for file in files]), encoding="utf-8")
        self._release = weakref.finalize(self, _release, lock, folder / stem)

    def release(self) -> None:
        """The files may be removed from now on."""
        self._release()


def _release(lock: FileLock, stem: Path) -> None:
    stem.with_suffix(".json").unlink(missing_ok=True)
    lock.release(force=True)
    stem.with_suffix(".lock").unlink(missing_ok=True)


def pinned(folder: Path) -> Iterator[Path]:
    """The files that live pins keep; pins of processes that are gone are swept away."""
    for lock_file in folder.glob("*.lock"):
        said = lock_file.with_suffix(".json")
        probe = FileLock(str(lock_file), thread_local=False)
        try:
            probe.acquire(timeout=0)
        except Timeout:
            try:
                yield from (Path(file) for file in json.loads(said.read_text(encoding="utf-8")))
            except (OSError, ValueError):
                continue
        else:
            _release(probe, lock_file.with_suffix(""))
