"""Currencies that are asked for: there, or said not to be."""

from warikan.bootstrap import Workspace
from warikan.engine.query import Query as CostQuery
from warikan.focus.errors import UsageError


def require_currency(workspace: Workspace, currency: str | None) -> None:
    """
    An answer in *currency* is empty: it may be for its filter or period, not for a misspelt currency.

    Raises:
        UsageError: there are charges, and none of them is billed in it.
    """
    if currency is None:
        return
    there = [one.currency for one in workspace.ask(CostQuery(period="all")).answers]
    if there and currency not in there:
        raise UsageError(f"nothing is billed in {currency}", hint=f"there is: {', '.join(there)}")
