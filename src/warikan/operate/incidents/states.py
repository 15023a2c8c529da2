"""Which state follows which: the whole of the law, as data."""

from collections.abc import Mapping
from typing import Any, Literal

from warikan.focus.errors import Conflict
from warikan.operate.incidents.incident import State

Action = Literal["acknowledge", "contain", "verify", "close", "reopen", "dismiss"]

AFTER: Mapping[Action, Mapping[State, State]] = {
    "acknowledge": {"open": "acknowledged"},
    "contain": {"open": "contained", "acknowledged": "contained"},
    "verify": {"contained": "verified"},
    "close": {"verified": "closed"},
    # As `reopened` says: to where its clock stands then; acknowledged, if somebody has.
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


def reopened(row: Mapping[Any, Any], *, last_only: bool) -> dict[str, Any]:
    """
    What is written over an incident's row when it is reopened, its state included.

    A dismissal is taken back: all is as before it. Else it is not over: what had ended it is no more. With
    *last_only* a closed one is only not closed any more.
    """
    if row["state"] == "dismissed":
        changed: dict[str, Any] = {"dismissed_as": None}
    elif row["state"] == "closed" and last_only:
        changed = {"closed": None}
    else:
        cleared = dict.fromkeys(("contained", "verified", "closed", "verified_by"))
        changed = {**cleared, "verified_because": ""}
    after = {**row, **changed}
    reached: tuple[State, ...] = ("verified", "contained", "acknowledged")
    state = next((name for name in reached if after[name] is not None), "open")
    return {**changed, "state": state}
