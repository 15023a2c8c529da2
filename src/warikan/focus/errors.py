"""
Every error Warikan raises on purpose, in one tree.

WarikanError
├── UsageError (exit 2): the question or the configuration is wrong
│   ├── ConfigError        warikan.yaml or the catalogue cannot be used
│   ├── UnknownColumn      a column that no table has
│   ├── FilterError        a filter that does not parse; points at the character
│   ├── PeriodError        a period that cannot be read
│   ├── NotFound           no incident, review, budget ... with this id
│   └── NoWorkspace        no warikan.yaml here or above
├── DataError (exit 3): the data is wrong; the lake is as it was
│   ├── UnreadableFile     empty, truncated, or not what its name says
│   ├── NotFocus           readable, but not a FOCUS Cost and Usage file
│   ├── RejectedRows       --strict, and some rows cannot be typed
│   ├── DuplicateContent   the same bytes are already loaded under another source
│   └── CurrencyMismatch   an operation would mix two currencies
├── CheckFailed (exit 1): a law does not hold (conservation, proof of load)
├── LakeError (exit 3): the lake cannot be opened, locked or written
├── StateError (exit 3): the database with the state cannot be opened
└── Conflict (exit 1): somebody else changed it meanwhile; nothing was written

A message answers three questions: what failed, on which input, what to do next.
"""

import unicodedata


class WarikanError(Exception):
    """Base of all errors a user is meant to read; carries the exit code of the command line."""

    exit_code = 1

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(WarikanError):
    """The question, the options or the configuration are wrong."""

    exit_code = 2


class ConfigError(UsageError):
    """``warikan.yaml`` or the catalogue cannot be used."""


class UnknownColumn(UsageError):
    """A column that the named table does not have."""


class FilterError(UsageError):
    """
    A filter that does not parse or uses what is not allowed.

    Attributes:
        text: The filter as given.
        position: Zero-based character where it went wrong.
        reason: What went wrong, without the text.
    """

    def __init__(self, message: str, *, text: str, position: int, hint: str | None = None) -> None:
        self.text = text
        self.position = position
        super().__init__(f"{message}\n{_point_at(text, position)}", hint=hint)
        self.reason = message


_BEFORE, _AROUND = 60, 100


def _point_at(text: str, position: int) -> str:
    """*text* near *position* on one line, and below it a caret that stands under the character."""
    start = max(0, position - _BEFORE)
    shown = "".join(c if c.isprintable() else " " for c in text[start : start + _AROUND])
    head, tail = "…" * (start > 0), "…" * (start + _AROUND < len(text))
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in shown[: position - start])
    return f"  {head}{shown}{tail}\n  {' ' * (len(head) + position - start + wide)}^"


class PeriodError(UsageError):
    """A period that cannot be read."""


class NoWorkspace(UsageError):
    """No ``warikan.yaml`` in this folder or above it."""


class DataError(WarikanError):
    """The data is wrong; the lake is exactly as it was."""

    exit_code = 3


class UnreadableFile(DataError):
    """A file that is empty, truncated, or not what its name says."""


class NotFocus(DataError):
    """A readable file that is not a FOCUS Cost and Usage file."""


class RejectedRows(DataError):
    """``--strict`` was asked for and some rows cannot be typed."""


class DuplicateContent(DataError):
    """The same bytes are already loaded under another source."""


class CurrencyMismatch(DataError):
    """An operation would have mixed two currencies."""


class CheckFailed(WarikanError):
    """A law that must hold does not: conservation, or the proof of a load."""

    exit_code = 1


class LakeError(WarikanError):
    """The lake cannot be opened, locked or written."""

    exit_code = 3


class StateError(WarikanError):
    """The database with the state cannot be opened or brought up to date."""

    exit_code = 3


class Conflict(WarikanError):
    """What was to be changed has been changed by somebody else meanwhile; nothing was written."""


class NotFound(UsageError):
    """There is no such thing: no incident, review or budget with this id."""
