"""Long values: what a bill says may have a million characters; what a page shows and links has not."""

from hashlib import sha256

MAX_SHOWN = 80
MAX_TITLE = 500
"""Characters of a hover, and of a value in the list of everything a bill says."""
MAX_LINKED = 500
"""A longer value has no address: browsers and servers cut those."""


def shorten(text: str, most: int = MAX_SHOWN) -> str:
    """*text* in at most *most* characters; an ellipsis stands for the rest."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def full_title(value: str | None, label: str) -> str | None:
    """The hover of *label*: the value it stands for, bounded; None when it would say the same."""
    return None if value is None or value == label else shorten(value, MAX_TITLE)


def is_linkable(*values: str | None) -> bool:
    """Whether an address may carry all of *values*."""
    return all(value is None or len(value) <= MAX_LINKED for value in values)


def fingerprint(value: str) -> str:
    """A short name for a value that is too long to be its own; equal only for equal values."""
    return f"~{sha256(value.encode('utf-8', 'surrogatepass')).hexdigest()[:24]}"
