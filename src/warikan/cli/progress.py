"""The progress bar of long work: bytes (or hours), rows, and the time left."""

from __future__ import annotations

from typing import Literal, Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)


class Bar:
    """
    Shows a load's progress on stderr; silent when stderr is no terminal.

    Implements ``ingest.progress.Progress``.
    """

    def __init__(self, counted: Literal["bytes", "hours"] = "bytes") -> None:
        self._rows = 0
        self._task: TaskID | None = None
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            *([DownloadColumn()] if counted == "bytes" else [MofNCompleteColumn(), TextColumn(counted)]),
            TextColumn("{task.fields[rows]:,} rows"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def start(self, total_bytes: int, label: str) -> None:
        """A new piece of work of *total_bytes* begins."""
        self._rows = 0
        if self._task is not None:
            self._progress.remove_task(self._task)
        self._task = self._progress.add_task(label, total=total_bytes or None, rows=0)

    def advance(self, byte_count: int, rows: int) -> None:
        """*byte_count* more bytes and *rows* more rows are done."""
        if self._task is not None:
            self._rows += rows
            self._progress.update(self._task, advance=byte_count, rows=self._rows)

    def stop(self) -> None:
        """The piece of work is done."""
        if self._task is not None:
            self._progress.remove_task(self._task)
            self._task = None
