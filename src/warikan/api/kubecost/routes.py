"""The addresses of Kubecost and OpenCost: read the parameters, ask, answer in their shape."""

import logging
from collections.abc import Callable, Coroutine, Iterable
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from warikan.api.kubecost.answers import (
    Document,
    allocation_document,
    summary_document,
    topline_document,
    wrapped,
)
from warikan.api.kubecost.assets import answer_assets
from warikan.api.kubecost.csv_text import csv_text
from warikan.api.kubecost.models import AllocationsModel, AssetsModel, FailureModel, SummaryModel
from warikan.api.kubecost.parameters import AllocationParameters, AssetParameters, check_names
from warikan.api.kubecost.question import (
    KUBECOST,
    OPENCOST,
    Defaults,
    Question,
    read_asset_question,
    read_question,
)
from warikan.api.kubecost.sets import Found, ask_allocations
from warikan.api.problems import REQUEST_ID_HEADER, request_id_of
from warikan.bootstrap import Workspace
from warikan.engine.query import Query as CostQuery
from warikan.focus.errors import FilterError, UsageError, WarikanError

log = logging.getLogger("warikan.api")
_FAILURES: dict[int | str, dict[str, Any]] = {
    400: {"model": FailureModel, "description": "The question cannot be read."},
    500: {"model": FailureModel, "description": "The lake cannot be read, or a bug."},
}
Show = Callable[[Found, Question], Document]


class DoorRoute(APIRoute):
    """
    A route whose every failure is ``{"code", "status", "message"}``, as OpenCost's are.

    A parameter that it does not have is noted in the answer, but one of a filter is a failure.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the generated handler."""
        handler = super().get_route_handler()

        async def answer(request: Request) -> Response:
            request_id = request_id_of(request)
            try:
                _check_once(request)
                response = await handler(request)
            except RequestValidationError as error:
                response = _failure(400, _describe(error))
            except FilterError as error:
                response = _failure(400, f"filter: {error.reason} (character {error.position + 1})")
            except UsageError as error:
                hint = f" ({error.hint})" if error.hint else ""
                response = _failure(400, f"{error.message}{hint}")
            except WarikanError as error:
                log.error("request %s: %s", request_id, error.message)  # noqa: TRY400 - said, no traceback
                response = _failure(500, error.message)
            except Exception:
                log.exception("request %s %s failed", request_id, request.url.path)
                response = _failure(500, f"this is a bug in Warikan: find request {request_id} in its log")
            response.headers[REQUEST_ID_HEADER] = request_id
            return response

        return answer


def router(workspace: Workspace) -> APIRouter:
    """The door to *workspace*, to be included into an application."""
    door = APIRouter(route_class=DoorRoute, responses=_FAILURES, tags=["kubecost"])
    _add_allocation(door, workspace)
    _add_summary(door, workspace)
    _add_assets(door, workspace)
    return door


def _add_allocation(door: APIRouter, workspace: Workspace) -> None:
    @door.get(
        "/allocation", response_model=AllocationsModel, summary="Kubecost: costs of what ran in clusters"
    )
    def allocation(request: Request, said: Annotated[AllocationParameters, Query()]) -> Response:
        """
        Kubecost's allocation API, answered from the bill (EffectiveCost).

        Without `step` and `accumulate` a set is a day; `__idle__` is shown. What a parameter could not do is
        said in `warning`; what their shape has no place for is in `warikan`: the currency, exact totals, what
        is left out, how far bills reach. The same under `/model/allocation`.
        """
        return _allocate(request, said, KUBECOST, workspace, allocation_document)

    @door.get(
        "/allocation/compute",
        response_model=AllocationsModel,
        summary="OpenCost: costs of what ran in clusters",
    )
    def compute(request: Request, said: Annotated[AllocationParameters, Query()]) -> Response:
        """As `/allocation`, but without `step` the window is one set, and idle is shown when asked for."""
        return _allocate(request, said, OPENCOST, workspace, allocation_document)


def _add_summary(door: APIRouter, workspace: Workspace) -> None:
    @door.get(
        "/allocation/summary", response_model=SummaryModel, summary="Kubecost: the same with fewer fields"
    )
    def summary(request: Request, said: Annotated[AllocationParameters, Query()]) -> Response:
        """Kubecost's summary: a set has its allocations under `allocations`, beside its window."""
        return _allocate(request, said, KUBECOST, workspace, summary_document)

    @door.get("/allocation/compute/summary", response_model=SummaryModel, include_in_schema=False)
    def compute_summary(request: Request, said: Annotated[AllocationParameters, Query()]) -> Response:
        """OpenCost's name of the summary."""
        return _allocate(request, said, OPENCOST, workspace, summary_document)

    @door.get(
        "/allocation/summary/topline",
        response_model=dict[str, Any],
        summary="Kubecost: the total of a question",
    )
    def topline(request: Request, said: Annotated[AllocationParameters, Query()]) -> Response:
        """All allocations of all sets as one, and how many they are."""
        return _allocate(request, said, KUBECOST, workspace, topline_document)


def _add_assets(door: APIRouter, workspace: Workspace) -> None:
    @door.get("/assets", response_model=AssetsModel, summary="Kubecost, OpenCost: what clusters are made of")
    def assets(request: Request, said: Annotated[AssetParameters, Query()]) -> Response:
        """Nodes, disks, load balancers, network and management of clusters, by what the bill has for them."""
        notes = check_names(list(request.query_params), _names(AssetParameters))
        question = read_asset_question(said, now=workspace.clock())
        return _written(_noted(answer_assets(workspace, question), notes), said.format)

    @door.get("/getConfigs", response_model=dict[str, Any], include_in_schema=False)
    def configs() -> Response:
        """The one setting that kubectl-cost asks for."""
        currency = workspace.settings.currency or next(
            (one.currency for one in workspace.ask(CostQuery(period="all")).answers), "USD"
        )
        return JSONResponse(wrapped({"currencyCode": currency}, (), {}))


def _allocate(
    request: Request, said: AllocationParameters, defaults: Defaults, workspace: Workspace, show: Show
) -> Response:
    notes = check_names(list(request.query_params), _names(AllocationParameters))
    question = read_question(said, defaults, now=workspace.clock())
    found = ask_allocations(workspace, question)
    if said.format == "csv":
        return _written(allocation_document(found, question), "csv")
    return _written(_noted(show(found, question), notes), None)


def _names(model: type[AllocationParameters | AssetParameters]) -> list[str]:
    return [info.alias or name for name, info in model.model_fields.items()]


def _noted(document: Document, notes: Iterable[str]) -> Document:
    said = [*document["warikan"]["notes"], *notes]
    more = {name: value for name, value in document["warikan"].items() if name != "notes"}
    return wrapped(document["data"], said, more)


def _written(document: Document, form: str | None) -> Response:
    if form != "csv":
        return JSONResponse(document)
    headers = {"Content-Disposition": 'attachment; filename="warikan.csv"'}
    return Response(csv_text(document["data"]), media_type="text/csv; charset=utf-8", headers=headers)


def _check_once(request: Request) -> None:
    names = [name for name, _ in request.query_params.multi_items()]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise UsageError(f"{twice[:80]} is given twice; which of them counts?")


def _failure(status: int, message: str) -> JSONResponse:
    return JSONResponse({"code": status, "status": "error", "message": message}, status_code=status)


def _describe(error: RequestValidationError) -> str:
    said = [f"{'.'.join(str(p) for p in e['loc'][1:]) or 'request'}: {e['msg']}" for e in error.errors()]
    return "; ".join(said)
