"""Currencies that are asked for: there, or said not to be; and the rates between them."""

from collections.abc import Iterable

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from warikan.api import models
from warikan.api.answers import Document, to_document
from warikan.api.parameters import DisplayCurrency
from warikan.bootstrap import Workspace
from warikan.engine.query import Query as CostQuery
from warikan.focus.errors import UsageError
from warikan.operate.currencies import RateLine


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


def add_currencies(api: APIRouter, workspace: Workspace) -> None:
    """Put the route into *api*."""

    @api.get("/currencies", response_model=models.RowsModel, summary="Rates of the billing months")
    def currencies(*, display: DisplayCurrency = None, every: bool = False) -> JSONResponse:
        """
        Month, currency, rate, where it comes from, and its state: frozen, final or open; newest month first.

        Of what is billed, or of every currency; to the one of warikan.yaml unless `in` says another.
        """
        lines = workspace.operations.currencies.list(display, every=every)
        return JSONResponse({"rows": rate_rows(lines)})


def rate_rows(lines: Iterable[RateLine]) -> list[Document]:
    """*lines* as JSON has them: months as ``2026-10``, rates as exact strings."""
    return [to_document(line) | {"month": f"{line.month:%Y-%m}"} for line in lines]
