"""Which state follows which: the whole of the law, as data."""

from collections.abc import Mapping
from typing import Literal

from warikan.focus.errors import Conflict
from warikan.operate.incidents.incident import State

Action = Literal["acknowledge", "contain", "verify", "close", "reopen", "dismiss"]

AFTER: Mapping[Action, Mapping[State, State]] = {
    "acknowledge": {"open": "acknowledged"},
    # Who contains what nobody acknowledged has acknowledged it.
    "contain": {"open": "contained", "acknowledged": "contained"},
    "verify": {"contained": "verified"},
    "close": {"verified": "closed"},
    "reopen": {
        "contained": "acknowledged",
        "verified": "acknowledged",
        "closed": "acknowledged",
        "dismissed": "acknowledged",
    },
    "dismiss": {"open": "dismissed", "acknowledged": "dismissed", "contained": "dismissed"},
}


def next_state(incident_id: str, state: State, action: Action) -> State:
    """
    The state that *action* leads to.

    Raises:
        Conflict: it leads nowhere from *state*.
    """
    after = AFTER[action].get(state)
    if after is None:
        possible = [name for name, states in AFTER.items() if state in states]
        raise Conflict(
            f"{incident_id} is {state}: there is nothing to {action}",
            hint=f"from {state} one can {' or '.join(possible)}",
        )
    return after
