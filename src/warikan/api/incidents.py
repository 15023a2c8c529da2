"""The routes of incidents."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from fastapi.responses import JSONResponse
from pydantic import Field

from warikan.api import incident_parts, models
from warikan.api.actor import Actor
from warikan.api.answers import to_document
from warikan.api.bodies import Body
from warikan.api.parameters import Limit
from warikan.bootstrap import Workspace
from warikan.catalog.known import require_known
from warikan.focus.errors import UsageError
from warikan.operate.incidents.incident import LIVE, Asked, Incident, Severity, State, Verdict

IncidentId = Annotated[str, Path(max_length=20, examples=["INC-12"])]
Name = Annotated[str | None, Query(max_length=200)]
Version = Annotated[int | None, Field(description="The version that was seen; absent: whatever it is.")]
Reason = Annotated[str, Field(min_length=1, max_length=2000)]
_ONE_OF = "give one of anomaly, burn and onset: what the incident is declared from"
_FROM_ANOTHER = frozenset({"anomaly", "burn", "title"})
"""What is said of an incident that is declared from an anomaly or a burn: the rest is known from there."""
NOT_FOUND: dict[int | str, dict[str, Any]] = {
    404: {"model": models.ErrorModel, "description": "No such incident."},
    409: {"model": models.ErrorModel, "description": "Its state does not allow it, or it has changed."},
}


class DeclareModel(Body):
    """An anomaly, a burn of a budget, or, by hand, a scope or a filter with an onset."""

    anomaly: str | None = Field(None, max_length=20, examples=["ANO-7"])
    burn: str | None = Field(None, max_length=20, examples=["BURN-3"])
    title: str = Field("", max_length=300)
    scope: dict[str, str] = Field({}, max_length=10, examples=[{"x_ServiceId": "checkout"}])
    where: str | None = Field(None, max_length=4000)
    onset: datetime | date | None = None
    currency: str | None = Field(None, pattern=r"^[A-Za-z0-9_.-]{1,64}$")
    severity: Severity | None = Field(None, description="Absent: by the money.")
    expected_per_day: Decimal | None = Field(
        None, ge=0, max_digits=30, decimal_places=6, description="What a day usually costs; absent: forecast."
    )
    lead: str | None = Field(None, max_length=200)
    everything: bool = Field(default=False, description="It is of all costs: instead of scope and where.")
    again: bool = Field(default=False, description="Although the same is declared and not over.")


class VersionModel(Body):
    """Which version was seen."""

    version: Version = None


class ContainModel(VersionModel):
    """When it stopped costing."""

    at: datetime | None = Field(None, description="Absent: now.")


class ReasonModel(VersionModel):
    """Why."""

    reason: Reason


class CloseModel(VersionModel):
    """What there is to say at the end."""

    reason: str = Field("", max_length=2000)


class DismissModel(ReasonModel):
    """Why it is none."""

    verdict: Verdict


class RoleModel(VersionModel):
    """Who has a role; null: nobody."""

    name: str | None = Field(max_length=200)


class ChangeModel(VersionModel):
    """What is given is changed."""

    severity: Severity | None = None
    title: str | None = Field(None, min_length=1, max_length=300)


def add_incidents(api: APIRouter, workspace: Workspace) -> None:
    """Put the routes into *api*."""
    _add_reading(api, workspace)
    _add_declaring(api, workspace)
    _add_moves(api, workspace)
    _add_endings(api, workspace)
    incident_parts.add_parts(api, workspace)


def _answer(incident: Incident, status: int = 200) -> JSONResponse:
    return JSONResponse(to_document(incident), status_code=status)


def _add_reading(api: APIRouter, workspace: Workspace) -> None:
    @api.get("/incidents", response_model=models.RowsModel, summary="Incidents, the most money first")
    def incidents(
        state: State | Literal["live", "all"] = "live",
        team: Name = None,
        service: Name = None,
        severity: Severity | None = None,
        limit: Limit = 200,
    ) -> JSONResponse:
        """Currency by currency; ``live`` are those in which somebody still has something to do."""
        require_known(workspace.catalog, service=service, team=team)
        states: tuple[State, ...] = ()
        if state == "live":
            states = LIVE
        elif state != "all":
            states = (state,)
        asked = Asked(states, team, service, severity, limit)
        return JSONResponse({"rows": to_document(workspace.operations.incidents.list(asked))})

    @api.get("/incidents/{incident}", responses=NOT_FOUND, summary="One incident with everything")
    def incident(incident: IncidentId) -> JSONResponse:
        """Days, timeline, payers, tasks, tickets, and every figure that was told."""
        return JSONResponse(to_document(workspace.operations.incidents.detail(incident)))


def _add_declaring(api: APIRouter, workspace: Workspace) -> None:
    @api.post("/incidents", status_code=201, responses=NOT_FOUND, summary="Declare an incident")
    def declare(asked: DeclareModel, actor: Actor) -> JSONResponse:
        """From the same anomaly or burn there is one; by hand, the same twice is refused, unless again."""
        incidents = workspace.operations.incidents
        if (asked.anomaly is not None) + (asked.burn is not None) + (asked.onset is not None) > 1:
            raise UsageError(_ONE_OF)
        if asked.onset is None and (extra := sorted(asked.model_fields_set - _FROM_ANOTHER)):
            raise UsageError(f"{', '.join(extra)}: known from the anomaly or burn; only with onset")
        if asked.anomaly is not None:
            return _answer(incidents.declare_from_anomaly(asked.anomaly, actor=actor, title=asked.title), 201)
        if asked.burn is not None:
            return _answer(incidents.declare_from_budget(asked.burn, actor=actor, title=asked.title), 201)
        if asked.onset is None:
            raise UsageError(_ONE_OF)
        made = incidents.declare(
            actor=actor,
            onset=asked.onset,
            scope=dict(asked.scope),
            where=asked.where,
            currency=asked.currency,
            title=asked.title,
            severity=asked.severity,
            expected_per_day=asked.expected_per_day,
            lead=asked.lead,
            everything=asked.everything,
            again=asked.again,
        )
        return _answer(made, 201)

    @api.post("/incidents/refresh", summary="Read the bill beside every incident")
    def refresh(actor: Actor) -> JSONResponse:  # noqa: ARG001 - refuses pages of other sites
        """As `warikan jobs run-due` does: accrue, restate, verify, send what is pending."""
        return JSONResponse(to_document(workspace.operations.incidents.refresh()))


def _add_moves(api: APIRouter, workspace: Workspace) -> None:
    @api.post("/incidents/{incident}/acknowledge", responses=NOT_FOUND, summary="Take an incident")
    def acknowledge(incident: IncidentId, seen: VersionModel, actor: Actor) -> JSONResponse:
        """Who takes it leads it, until another lead is named."""
        done = workspace.operations.incidents.acknowledge(incident, actor=actor, version=seen.version)
        return _answer(done)

    @api.post("/incidents/{incident}/contain", responses=NOT_FOUND, summary="It costs no more")
    def contain(incident: IncidentId, asked: ContainModel, actor: Actor) -> JSONResponse:
        """From then on the bill verifies it."""
        done = workspace.operations.incidents.contain(
            incident, actor=actor, at=asked.at, version=asked.version
        )
        return _answer(done)

    @api.put("/incidents/{incident}/roles/{role}", responses=NOT_FOUND, summary="Give somebody a role")
    def assign(
        incident: IncidentId,
        role: Annotated[str, Path(max_length=40, examples=["lead"])],
        asked: RoleModel,
        actor: Actor,
    ) -> JSONResponse:
        """lead, communications, fixer, or another word; null takes it away."""
        done = workspace.operations.incidents.assign_role(
            incident, role, asked.name, actor=actor, version=asked.version
        )
        return _answer(done)

    @api.patch("/incidents/{incident}", responses=NOT_FOUND, summary="Change title or severity")
    def change(incident: IncidentId, asked: ChangeModel, actor: Actor) -> JSONResponse:
        """A severity that a person sets does not follow the money any more."""
        incidents = workspace.operations.incidents
        if (asked.severity is None) == (asked.title is None):
            raise UsageError("give severity or title")
        if asked.severity is not None:
            return _answer(
                incidents.set_severity(incident, asked.severity, actor=actor, version=asked.version)
            )
        return _answer(incidents.rename(incident, asked.title or "", actor=actor, version=asked.version))


def _add_endings(api: APIRouter, workspace: Workspace) -> None:
    @api.post("/incidents/{incident}/verify", responses=NOT_FOUND, summary="Verify it by hand")
    def verify(incident: IncidentId, asked: ReasonModel, actor: Actor) -> JSONResponse:
        """The bill verifies by itself; by hand needs a reason."""
        done = workspace.operations.incidents.verify(
            incident, reason=asked.reason, actor=actor, version=asked.version
        )
        return _answer(done)

    @api.post("/incidents/{incident}/close", responses=NOT_FOUND, summary="Close it")
    def close(incident: IncidentId, asked: CloseModel, actor: Actor) -> JSONResponse:
        """Only what is verified."""
        done = workspace.operations.incidents.close(
            incident, reason=asked.reason, actor=actor, version=asked.version
        )
        return _answer(done)

    @api.post("/incidents/{incident}/reopen", responses=NOT_FOUND, summary="It is not over")
    def reopen(incident: IncidentId, asked: ReasonModel, actor: Actor) -> JSONResponse:
        """Acknowledged again."""
        done = workspace.operations.incidents.reopen(
            incident, reason=asked.reason, actor=actor, version=asked.version
        )
        return _answer(done)

    @api.post("/incidents/{incident}/dismiss", responses=NOT_FOUND, summary="Planned, or none")
    def dismiss(incident: IncidentId, asked: DismissModel, actor: Actor) -> JSONResponse:
        """The detector learns it."""
        done = workspace.operations.incidents.dismiss(
            incident, asked.verdict, reason=asked.reason, actor=actor, version=asked.version
        )
        return _answer(done)
