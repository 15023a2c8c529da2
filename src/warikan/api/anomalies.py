"""The routes of anomalies, of what is planned, and of forecasts."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from fastapi.responses import JSONResponse
from pydantic import Field

from warikan.api import models
from warikan.api.actor import Actor
from warikan.api.answers import to_document
from warikan.api.bodies import Body
from warikan.api.expected import forecast_document
from warikan.api.parameters import By, Currency, Limit, Metric, Where
from warikan.bootstrap import Workspace
from warikan.catalog.known import require_known
from warikan.operate.anomalies.anomaly import Verdict
from warikan.operate.anomalies.planned import Planned
from warikan.operate.forecasts import Asked

AnomalyId = Annotated[str, Path(max_length=20, examples=["ANO-7"])]
PlanId = Annotated[str, Path(max_length=20, examples=["PLAN-3"])]
Name = Annotated[str | None, Query(max_length=200)]
_NOT_FOUND: dict[int | str, dict[str, Any]] = {
    404: {"model": models.ErrorModel, "description": "No such anomaly."},
    409: {"model": models.ErrorModel, "description": "It has changed since the version that was named."},
}


class SayModel(Body):
    """What somebody says of an anomaly."""

    verdict: Verdict | None = Field(description="null takes back what was said.")
    note: str | None = Field(None, max_length=4000)
    version: int | None = Field(None, description="The version that was seen; absent: whatever it is.")


class PlanModel(Body):
    """What is known beforehand."""

    title: str = Field(min_length=1, max_length=200)
    scope: dict[str, str] = Field({}, max_length=10, examples=[{"x_ServiceId": "search"}])
    start: date
    end: date | None = Field(None, description="The day after the last; absent: it lasts.")
    kind: Literal["amount", "factor", "level"]
    value: float = Field(allow_inf_nan=False)


def add_anomalies(api: APIRouter, workspace: Workspace) -> None:
    """Put the routes into *api*."""
    _add_anomalies(api, workspace)
    _add_planned(api, workspace)
    _add_forecast(api, workspace)


def _add_anomalies(api: APIRouter, workspace: Workspace) -> None:
    @api.get("/anomalies", response_model=models.RowsModel, summary="What costs more, or less, than expected")
    def anomalies(
        state: Literal["open", "ended", "withdrawn", "all"] = "open",
        team: Name = None,
        service: Name = None,
        start: date | None = None,
        end: date | None = None,
        limit: Limit = 200,
    ) -> JSONResponse:
        """One row per anomaly, the largest excess first, currency by currency."""
        require_known(workspace.catalog, service=service, team=team)
        found = workspace.operations.anomalies.list(
            state=state, team=team, service=service, start=start, end=end, limit=limit
        )
        return JSONResponse({"rows": to_document(found)})

    @api.get("/anomalies/{anomaly}", responses=_NOT_FOUND, summary="One anomaly, day by day")
    def anomaly(anomaly: AnomalyId) -> JSONResponse:
        """Its days with what was expected, drivers, evidence, and what was said of it."""
        return JSONResponse(to_document(workspace.operations.anomalies.get(anomaly)))

    @api.post("/anomalies/{anomaly}/verdict", responses=_NOT_FOUND, summary="Say what an anomaly is")
    def say(anomaly: AnomalyId, said: SayModel, actor: Actor) -> JSONResponse:
        """Planned, false or real: kept, and taught to the detector."""
        done = workspace.operations.anomalies.say(
            anomaly, said.verdict, actor=actor, note=said.note, version=said.version
        )
        return JSONResponse(to_document(done))

    @api.post("/anomalies/judge", summary="Judge what has arrived")
    def judge(actor: Actor) -> JSONResponse:  # noqa: ARG001 - refuses pages of other sites
        """What a judgement changed; nothing where data, settings and verdicts are those of the last one."""
        return JSONResponse(to_document(workspace.operations.anomalies.judge()))


def _add_planned(api: APIRouter, workspace: Workspace) -> None:
    @api.get("/planned", response_model=models.RowsModel, summary="What is known beforehand")
    def planned() -> JSONResponse:
        """One row per planned event, of warikan.yaml (without an id) or added by people."""
        return JSONResponse({"rows": to_document(workspace.operations.anomalies.planned())})

    @api.post("/planned", status_code=201, summary="Add what is known beforehand")
    def plan(asked: PlanModel, actor: Actor) -> JSONResponse:
        """Forecasts and judgements count with it from now on."""
        event = Planned(None, asked.title, dict(asked.scope), asked.start, asked.end, asked.kind, asked.value)
        made = workspace.operations.anomalies.plan(event, actor=actor)
        return JSONResponse({"id": made}, status_code=201)

    @api.delete("/planned/{planned}", responses=_NOT_FOUND, summary="Remove a planned event")
    def unplan(planned: PlanId, actor: Actor) -> JSONResponse:
        """Those of warikan.yaml are removed there."""
        workspace.operations.anomalies.unplan(planned, actor=actor)
        return JSONResponse({"id": planned})


def _add_forecast(api: APIRouter, workspace: Workspace) -> None:
    @api.get("/forecast", response_model=dict[str, Any], summary="What things will cost")
    def forecast(
        by: By = None,
        where: Where = None,
        metric: Metric = "EffectiveCost",
        currency: Currency = None,
        until: Annotated[date | None, Query(description="The day after the last.")] = None,
    ) -> JSONResponse:
        """Days and month totals with p10, p50, p90, and how well such forecasts did on the same past."""
        forecasts = workspace.operations.forecasts
        asked = Asked(tuple(by or ()), where, metric, currency, until)
        return JSONResponse({"results": [forecast_document(one) for one in forecasts.of(asked)]})
