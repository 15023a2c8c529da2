"""What FOCUS asks of the names and the order of columns."""

import re
from collections.abc import Container, Sequence

_MOST = 50
_CUSTOM = "x_"


def breaks_names(kind: str, names: Sequence[str], focus: Container[str]) -> list[str]:
    """
    Which of *names* are not as they should be; those of *focus* are FOCUS's own.

    The kinds are those of the form ``names``: pascal, alphanumeric, length, prefixed, first.
    """
    own = [name for name in names if name not in focus]
    if kind == "prefixed":
        return [name for name in own if not name.startswith(_CUSTOM)]
    if kind == "length":
        return [name for name in names if len(name) > _MOST]
    if kind == "first":
        seen = iter(names)
        before = next((name for name in seen if name not in focus), None)
        return [before] if before and any(name in focus for name in seen) else []
    pattern = r"[A-Z][A-Za-z0-9]*" if kind == "pascal" else r"[A-Za-z0-9]+"
    return [name for name in names if not re.fullmatch(pattern, name.removeprefix(_CUSTOM))]
