"""Who acts: a name for the record, and whether a browser was made to act by somebody else's page."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

UNKNOWN = "someone"
"""Who gave no name."""
LONGEST = 80
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f<>]")


def clean_actor(text: str) -> str:
    """*text* as a name: one line of bounded length; `UNKNOWN` where nothing is left. It is no proof."""
    return _UNPRINTABLE.sub("", text).strip()[:LONGEST] or UNKNOWN


def is_foreign(headers: Mapping[str, str]) -> bool:
    """
    Whether a browser says that another site's page made the request.

    Programs say nothing of the kind; browsers do with every request that writes (Fetch Metadata, Origin).
    """
    if (site := headers.get("sec-fetch-site")) is not None:
        return site not in {"same-origin", "none"}
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc.lower() != headers.get("host", "").lower()
