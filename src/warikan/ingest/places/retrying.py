"""Trying again: bounded, later each time, and never all at the same moment."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random, SystemRandom
from typing import TypeVar

from warikan.ingest.places.faults import STORE_ERRORS, explain, fault_of

_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Retrying:
    """
    How often, and how long between.

    Attributes:
        attempts: In a row without any progress; then it is given up.
        first: Seconds before the second attempt; doubled each time.
        longest: Seconds that no wait exceeds.
    """

    attempts: int = 6
    first: float = 0.5
    longest: float = 20.0
    sleep: Callable[[float], None] = time.sleep
    random: Random = field(default_factory=SystemRandom)

    def wait(self, failed: int) -> None:
        """Wait after *failed* attempts in a row: between half and all of the step ("equal jitter")."""
        step = min(self.first * 2.0 ** min(failed - 1, 20), self.longest)
        self.sleep(step * self.random.uniform(0.5, 1.0))

    def call(self, what: str, work: Callable[[], _Result]) -> _Result:
        """
        The result of *work*, tried again while its fault is a passing one.

        Raises:
            PlaceError: it lasts; names *what*.
        """
        for attempt in range(1, self.attempts + 1):
            try:
                return work()
            except STORE_ERRORS as error:
                if fault_of(error) != "passing" or attempt == self.attempts:
                    raise explain(error, what) from error
            self.wait(attempt)
        raise AssertionError("the last attempt returned or raised")
