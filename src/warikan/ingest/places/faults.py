"""What goes wrong with an object store, in words, without secrets, and whether waiting helps."""

import re
from typing import Literal

from obstore.exceptions import (
    BaseError,
    InvalidPathError,
    PermissionDeniedError,
    PreconditionError,
    UnauthenticatedError,
)

from warikan.focus.errors import DataError

STORE_ERRORS = (BaseError, OSError, ValueError)
"""What obstore raises."""
Fault = Literal["passing", "changed", "absent", "refused", "lasting"]
_STATUS = re.compile(r"status code: (\d{3})")
_METADATA = ("169.254.169.254", "169.254.170.2", "metadata.google.internal")
_SAID = re.compile(r"<Code>([^<]{1,100})</Code>\s*<Message>([^<]{1,300})", re.DOTALL)
_LONGEST = 300


class PlaceError(DataError):
    """An object store cannot be reached, refuses, or does not give what it said; the lake is as it was."""


class ObjectChanged(Exception):
    """The object is no longer the one that was listed; begin anew with what it is now."""


def fault_of(error: BaseException) -> Fault:
    """Whether waiting helps (passing), the object is another one by now, or something else must change."""
    if isinstance(error, PreconditionError | ObjectChanged):
        return "changed"
    if isinstance(error, FileNotFoundError):
        return "absent"
    if isinstance(error, PermissionDeniedError | UnauthenticatedError):
        return "refused"
    text = str(error)
    if isinstance(error, InvalidPathError | ValueError) or "builder error" in text:
        return "lasting"
    if any(host in text for host in _METADATA):
        return "refused"  # the last of the chain: this machine is none of a cloud
    status = _STATUS.search(text)
    code = int(status[1]) if status else 0
    if code == 404:
        return "absent"
    if code in (401, 403):
        return "refused"
    return "lasting" if 300 <= code < 500 and code not in (408, 425, 429) else "passing"


def explain(error: BaseException, what: str) -> PlaceError:
    """*error* as one that says what failed and what to do; *what* is the address."""
    fault = fault_of(error)
    text = reason_of(error)
    if fault == "absent":
        return PlaceError(f"{what} does not exist: {text}", hint="fix the bucket or the path of the source")
    if fault == "refused":
        return PlaceError(
            f"{what} is refused: {text}",
            hint="no credentials were found, or they may not list and read it: docs/places.md, "
            "'Credentials' and the smallest policy of each cloud",
        )
    if isinstance(error, InvalidPathError):
        return PlaceError(
            f"{what} cannot be listed, for a key in it has an empty, '.' or '..' part: {text}",
            hint="give a folder without it, or rename it",
        )
    if "builder error" in text:
        return PlaceError(
            f"{what} cannot be reached without TLS", hint="use https; plain http is for loopback endpoints"
        )
    if "status code: 301" in text or "AuthorizationHeaderMalformed" in text:
        return PlaceError(
            f"{what} is in another region: {text}", hint="set place.region of the source, or AWS_REGION"
        )
    return PlaceError(f"{what} cannot be read: {text}", hint="try again later; what was fetched is kept")


def reason_of(error: BaseException) -> str:
    """The first lines of *error*, cut, without the query of any address: it may be signed."""
    text = str(error).partition("\nDebug source")[0]
    if "Invalid Access Key" in text:
        return "the key in the environment is no key of a storage account"  # it would quote a part of it
    if said := _SAID.search(text):
        text = f"{text[: said.start()].partition('<')[0]} {said[1]}: {said[2]}"
    text = re.sub(r"\?[^\s\"')>]*", "?…", text)
    text = re.sub(r"(?i)(authorization|token|signature|secret|sig)([\"']?\s*[=:]\s*)\S+", r"\1\2…", text)
    text = re.sub(r" in [\d.]+[mµn]?s\b", "", " ".join(text.split()))
    text = "".join(c if c.isprintable() else "?" for c in text)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
