"""What changed most between a period and the one before, and who owns it."""

from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from warikan.engine.query import Change
from warikan.web.bounds import is_linkable
from warikan.web.display import Amount, Delta
from warikan.web.state import ViewState
from warikan.web.table import into
from warikan.web.visit import Visit

MAX_MOVERS = 5


@dataclass(frozen=True)
class Mover:
    """A service whose cost changed, with who owns it."""

    label: str
    owner: str
    amount: Amount
    delta: Delta
    href: str | None


def ask_movers(state: ViewState, visit: Visit, places: int, currency: str) -> tuple[Mover, ...]:
    """The largest changes in *currency*: what grew first, the most on top; then what fell."""
    metric = state.metric
    query = state.query(("x_TeamId", "x_ServiceId"), compare="previous", order="change")
    answer = visit.ask(query).answer_in(currency)
    found: list[Mover] = []
    for row in largest_changes(answer.rows, f"delta_{metric}") if answer else ():
        change = Change(
            row[metric], row[f"previous_{metric}"], row[f"delta_{metric}"], row[f"ratio_{metric}"]
        )
        delta = visit.display.delta(change, currency, places)
        if delta.direction == "flat":
            continue
        inside = state.change(by=("x_TeamId", "x_ServiceId"), currency=state.currency, order="change")
        team, service = row["x_TeamId"], row["x_ServiceId"]
        found.append(
            Mover(
                label=visit.value("x_ServiceId", service),
                owner=visit.value("x_TeamId", team) if team else "",
                amount=visit.display.money(change.current, currency, places),
                delta=delta,
                href=into(inside, visit, team, service, deep=True) if is_linkable(team, service) else None,
            )
        )
    return tuple(found)


def largest_changes(rows: pa.Table, delta: str) -> list[dict[str, Any]]:
    """
    MAX_MOVERS of *rows*, which come largest change first: increases, then decreases, each largest first.

    The largest increase is among them even where as many decreases are larger.
    """
    grew: list[dict[str, Any]] = rows.filter(pc.greater(rows[delta], 0)).slice(0, MAX_MOVERS).to_pylist()
    fell: list[dict[str, Any]] = rows.filter(pc.less(rows[delta], 0)).slice(0, MAX_MOVERS).to_pylist()
    while len(grew) + len(fell) > MAX_MOVERS:
        is_less = len(grew) > 1 and abs(grew[-1][delta]) < abs(fell[-1][delta])
        (grew if is_less else fell).pop()
    return grew + fell
