"""What a channel is handed to deliver, and how it says that it could not."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from warikan.focus.errors import WarikanError
from warikan.operate.notify.notice import Notice

Remote = Mapping[str, Any]
"""What a receiver calls our message, as JSON has it."""


@dataclass(frozen=True)
class Delivery:
    """
    One version of one message, about to be sent.

    Attributes:
        uid: Of this version, the same over all attempts.
        thread_uid: Of the message: all versions of one (channel, key).
        sequence: 1, 2, 3 ... in the thread; what is superseded leaves gaps.
        remote: What the receiver said when the version before was sent; None before the first.
        uncertain_since: An earlier attempt began then, and nobody knows whether it arrived.
        created_at: When it was told; `now` when it is sent.
        source: The organisation's name.
        base_url: Of the page, without a slash at its end; blank where not set.
    """

    uid: str
    thread_uid: str
    sequence: int
    notice: Notice
    remote: Remote | None
    uncertain_since: datetime | None
    created_at: datetime
    now: datetime
    zone: str
    source: str
    base_url: str

    @property
    def url(self) -> str:
        """Of the notice's page; blank where nobody said where the page is."""
        return self.link(self.notice.path)

    def link(self, path: str) -> str:
        """The address of *path*; blank where there is none. A path never leaves our page."""
        if not self.base_url or not path.startswith("/"):
            return ""
        return f"{self.base_url}{path}"


@dataclass(frozen=True)
class Delivered:
    """
    What the receiver has now.

    Attributes:
        repeat_at: Tell it again then, whatever happens: it forgets (Alertmanager).
    """

    remote: Remote
    repeat_at: datetime | None = None


class NotDelivered(WarikanError):
    """
    The receiver does not have it, or may not have it; it is tried again.

    Attributes:
        is_certain: Whether it certainly does not have it.
        is_away: Whether other messages to the same channel will fare no better now.
        retry_after: Seconds that the receiver asked for.
    """

    def __init__(
        self, message: str, *, is_certain: bool, is_away: bool = False, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.is_certain = is_certain
        self.is_away = is_away
        self.retry_after = retry_after


class Sender(Protocol):
    """One channel. The messages of one thread come in order, never two at a time."""

    def send(self, delivery: Delivery) -> Delivered:
        """
        Deliver it; what the receiver has already of the thread is replaced.

        Raises:
            NotDelivered: it could not, or nobody knows.
        """
        ...
