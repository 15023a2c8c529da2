"""The routes of budgets."""

from typing import Annotated, Any

from fastapi import APIRouter, Path
from fastapi.responses import JSONResponse

from warikan.api import models
from warikan.api.actor import Actor
from warikan.api.answers import to_document
from warikan.bootstrap import Workspace

BudgetId = Annotated[str, Path(max_length=64, examples=["payments"])]
_NOT_FOUND: dict[int | str, dict[str, Any]] = {
    404: {"model": models.ErrorModel, "description": "No such budget."}
}


def add_budgets(api: APIRouter, workspace: Workspace) -> None:
    """Put the routes into *api*."""

    @api.get("/budgets", response_model=models.RowsModel, summary="Budgets, and how they stand")
    def budgets() -> JSONResponse:
        """One row per budget: actual, plan, forecast, burn rates, in the order of warikan.yaml."""
        return JSONResponse({"rows": to_document(workspace.operations.budgets.list())})

    @api.get("/budgets/tree", response_model=models.RowsModel, summary="Budgets and their parts")
    def tree() -> JSONResponse:
        """``over`` says by how much the parts may spend more than the whole."""
        return JSONResponse({"rows": to_document(workspace.operations.budgets.tree())})

    @api.post("/budgets/judge", summary="Look at every budget, and tell people")
    def judge(actor: Actor) -> JSONResponse:  # noqa: ARG001 - refuses pages of other sites
        """Which began to burn too fast, changed, or are on plan again."""
        return JSONResponse(to_document(workspace.operations.budgets.judge()))

    @api.get("/budgets/{budget}", responses=_NOT_FOUND, summary="One budget")
    def budget(budget: BudgetId) -> JSONResponse:
        """How it stands in the period of its last complete day."""
        return JSONResponse(to_document(workspace.operations.budgets.status(budget)))

    @api.get("/budgets/{budget}/history", responses=_NOT_FOUND, summary="Its periods and burns")
    def history(budget: BudgetId) -> JSONResponse:
        """The last 13 periods that have bills, newest first."""
        return JSONResponse(to_document(workspace.operations.budgets.history(budget)))
