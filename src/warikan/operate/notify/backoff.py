"""When to try again: soon at first, then less and less often, never all at the same moment."""

from datetime import datetime, timedelta
from random import Random

FIRST_SECONDS = 20.0
LONGEST_SECONDS = 900.0
"""Once a receiver is back, what waited is there a quarter of an hour later at most."""
GIVE_UP_AFTER = timedelta(days=3)
"""A long weekend."""
MOST_ASKED_SECONDS = 6 * 3600.0
"""A Retry-After beyond it is not believed."""


def next_attempt(now: datetime, attempts: int, retry_after: float | None, random: Random) -> datetime:
    """
    The moment of the next attempt after *attempts* failed ones.

    Exponential, with jitter between half and all of the step ("equal jitter" of the AWS Architecture Blog's
    "Exponential Backoff And Jitter"), and never before what the receiver asked for.
    """
    step = min(FIRST_SECONDS * 2.0 ** min(max(attempts - 1, 0), 20), LONGEST_SECONDS)
    asked = min(max(retry_after or 0.0, 0.0), MOST_ASKED_SECONDS)
    seconds = max(step * random.uniform(0.5, 1.0), asked)
    return now + timedelta(seconds=seconds)
