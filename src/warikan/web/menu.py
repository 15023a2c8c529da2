"""What one can do with a row: break out, filter, exclude, open its charges, copy."""

from collections.abc import Sequence
from dataclasses import dataclass

from warikan.web.labels import OWNER_COLUMNS
from warikan.web.links import api_address, cli_command
from warikan.web.narrowing import narrow
from warikan.web.periods import Choice
from warikan.web.state import ViewState
from warikan.web.table import into
from warikan.web.visit import Visit

BREAK_OUT = (
    "x_ServiceId",
    "x_TeamId",
    "ServiceName",
    "SubAccountName",
    "RegionName",
    "ChargeDescription",
    "ResourceName",
)
MAX_BREAK_OUT = 5


@dataclass(frozen=True)
class Menu:
    """The menu of one row; every entry is an address."""

    title: str
    column: str
    break_out: tuple[Choice, ...]
    only: str
    without: str
    charges: str
    why: str
    is_owner: bool
    link: str
    cli: str
    api: str


def make_menu(state: ViewState, visit: Visit, values: Sequence[str | None], origin: str) -> Menu:
    """
    The menu of the row whose first column is ``values[0]`` (and second ``values[1]``).

    Raises:
        UsageError: the filter or a column cannot be read.
    """
    columns = state.by[: len(values)]
    where = state.where
    for column, value in zip(columns, values, strict=True):
        where = narrow(where, visit.schema, column, value)
    inside = state.change(where=where)
    deep = len(values) > 1
    last, value = columns[-1], values[-1]
    view = into(state, visit, values[0], values[1] if deep else None, deep=deep)
    return Menu(
        title=visit.value(last, value),
        column=visit.column(last),
        break_out=_break_out(inside, visit, set(columns)),
        only=inside.url(),
        without=state.change(where=_without(state, visit, columns, values)).url(),
        charges=inside.url("/slices"),
        why=inside.url("/slices") + "#why",
        is_owner=last in OWNER_COLUMNS,
        link=f"{origin}{view}",
        cli=cli_command(inside),
        api=api_address(inside, origin),
    )


def _break_out(inside: ViewState, visit: Visit, fixed: set[str]) -> tuple[Choice, ...]:
    known = {d.id for d in visit.dimensions}
    columns = [c for c in BREAK_OUT if c in known and c not in fixed][:MAX_BREAK_OUT]
    return tuple(
        Choice(c, visit.column(c), is_chosen=False, href=inside.change(by=(c,)).url()) for c in columns
    )


def _without(state: ViewState, visit: Visit, columns: Sequence[str], values: Sequence[str | None]) -> str:
    """The filter without the row: a child is excluded wherever it occurs."""
    return narrow(state.where, visit.schema, columns[-1], values[-1], exclude=True)
