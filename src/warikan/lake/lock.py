"""One writer at a time: a file lock that names its holder, released by the system when the process dies."""

import json
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from warikan.focus.errors import LakeError


class WriterLock:
    """The lock of the lake, held by one thread of one process; that thread may enter it again."""

    def __init__(self, folder: Path, *, timeout: float) -> None:
        self._path = folder / "lock"
        self._holder = folder / "lock.json"
        self._timeout = timeout
        self._threads = threading.RLock()
        # thread_local=False: worker threads of the holder may ask `held`; the RLock keeps other threads out.
        self._file = FileLock(str(self._path), timeout=timeout, thread_local=False)
        self._depth = 0

    @property
    def held(self) -> bool:
        """Whether some thread of this process is in :meth:`hold`."""
        return self._depth > 0

    @contextmanager
    def hold(self) -> Iterator[bool]:
        """
        Hold the lock; yields True for the outermost entry.

        Raises:
            LakeError: another process or thread holds it for longer than the timeout; the message names it.
        """
        if not self._threads.acquire(timeout=self._timeout):
            raise self._busy()
        try:
            if self._depth == 0:
                self._lock_file()
            self._depth += 1
            try:
                yield self._depth == 1
            finally:
                self._depth -= 1
                if self._depth == 0:
                    self._file.release()
        finally:
            self._threads.release()

    def _lock_file(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._file.acquire()
        except Timeout:
            raise self._busy() from None
        command = " ".join(Path(word).name if i == 0 else word for i, word in enumerate(sys.argv))
        self._holder.write_text(json.dumps({"pid": os.getpid(), "command": command}), encoding="utf-8")

    def _busy(self) -> LakeError:
        try:
            holder = json.loads(self._holder.read_text(encoding="utf-8"))
            who = f"process {holder['pid']} ({holder['command']})"
        except (OSError, ValueError, KeyError, TypeError):
            who = "another process"
        return LakeError(
            f"the lake in {self._path.parent} is being written by {who}; waited {self._timeout:g} s for it",
            hint="try again when it has finished; reading goes on meanwhile",
        )
