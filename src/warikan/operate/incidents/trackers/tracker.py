"""What a tracker can do: find the ticket that has our marker, and make one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from warikan.focus.errors import WarikanError


class TrackerError(WarikanError):
    """
    A tracker did not do what was asked.

    Attributes:
        is_certain: It refused: nothing was made, and asking again will not help. Else nobody knows whether
            the ticket was made: look for its marker before asking again.
    """

    def __init__(self, message: str, *, is_certain: bool, hint: str | None = None) -> None:
        self.is_certain = is_certain
        super().__init__(message, hint=hint)


@dataclass(frozen=True)
class NewTicket:
    """
    A ticket to be.

    Attributes:
        marker: Letters, digits and hyphens that no other ticket has: written where ``find`` looks for it.
        since: When it was first meant to be made.
    """

    marker: str
    title: str
    body: str
    since: datetime


class Tracker(Protocol):
    """One project of one tracker."""

    def find(self, ticket: NewTicket) -> str | None:
        """
        The address of the ticket with the marker of *ticket*, if it was made.

        Raises:
            TrackerError: the tracker did not answer.
        """

    def create(self, ticket: NewTicket) -> str:
        """
        Make *ticket* with one request; its address.

        Raises:
            TrackerError: it was refused, or nobody knows.
        """
