"""What the buttons of messages do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from warikan.focus.errors import UsageError
from warikan.operate.notify.interactions import Act

if TYPE_CHECKING:
    # The facade of all parts; here only their methods are named.
    from warikan.operate.operations import Operations


def buttons_of(operations: Operations) -> Mapping[str, Act]:
    """Action → what does it, given the key of the notice and who pressed."""
    return {
        "acknowledge": _on("incident", lambda i, by: operations.incidents.acknowledge(i, actor=by)),
        "planned": _on("anomaly", lambda a, by: operations.anomalies.say(a, "planned", actor=by)),
        "false": _on("anomaly", lambda a, by: operations.anomalies.say(a, "false", actor=by)),
        "real": _on("anomaly", lambda a, by: operations.anomalies.say(a, "real", actor=by)),
    }


def _on(kind: str, act: Callable[[str, str], object]) -> Act:
    def acted(key: str, by: str) -> object:
        found, _, name = key.partition("/")
        if found != kind or not name:
            raise UsageError(f"{key[:80]!r} is no {kind}")
        return act(name, by)

    return acted
