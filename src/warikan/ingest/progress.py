"""How far a load is, told to whoever draws it."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Protocol

import duckdb

_TICK_SECONDS = 0.25


class Progress(Protocol):
    """What a surface implements to show a load; calls come from one thread at a time."""

    def start(self, total_bytes: int, label: str) -> None:
        """A load of *total_bytes* of bill files begins."""

    def advance(self, byte_count: int, rows: int) -> None:
        """*byte_count* more bytes and *rows* more rows are done."""

    def stop(self) -> None:
        """The load ended, well or not."""


class Meter:
    """
    Turns DuckDB's own progress of each query into bytes of the bill.

    The bytes of a load are counted once, a part of them in each of its steps, so that they reach the
    total exactly when all steps are done.
    """

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress

    @contextmanager
    def load(self, total_bytes: int, label: str) -> Iterator[None]:
        """Around the whole load."""
        if self._progress is None:
            yield
            return
        self._progress.start(total_bytes, label)
        try:
            yield
        finally:
            self._progress.stop()

    @contextmanager
    def step(self, connection: duckdb.DuckDBPyConnection, byte_count: int, rows: int = 0) -> Iterator[None]:
        """Around one query on *connection* that stands for *byte_count* bytes and *rows* rows."""
        if self._progress is None:
            yield
            return
        done, told = Event(), [0]
        ticker = Thread(target=self._tick, args=(connection, byte_count, done, told), daemon=True)
        ticker.start()
        try:
            yield
        finally:
            done.set()
            ticker.join()
        self._progress.advance(byte_count - told[0], rows)

    def _tick(
        self, connection: duckdb.DuckDBPyConnection, byte_count: int, done: Event, told: list[int]
    ) -> None:
        while not done.wait(_TICK_SECONDS):
            share = min(max(connection.query_progress(), 0.0), 99.0) / 100
            more = int(byte_count * share) - told[0]
            if more > 0 and self._progress is not None:
                self._progress.advance(more, 0)
                told[0] += more
