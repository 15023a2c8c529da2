"""
HCP Terraform (Terraform Cloud, Enterprise): notifications of runs, and of drift found by health assessments.

A run is one change, however many notifications speak of it. Only what touched anything counts: a run that was
only planned, or waits, changed no cost. The message that verifies the address (trigger ``verification``) is
answered like any other: with success.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from warikan.operate.changes.change import ChangeDraft, Outcome, Subject
from warikan.operate.changes.document import dig, list_at, number_at, text_at, time_at
from warikan.operate.changes.readers.reading import Delivery, Reader, require, whole

_STATUSES: Mapping[str, Outcome] = {"applying": "started", "applied": "succeeded", "errored": "failed"}


def _read(event: Any, _: Delivery) -> Iterator[ChangeDraft]:
    if text_at(event, "trigger_scope") == "assessment":
        yield from _read_assessment(event)
        return
    run = text_at(event, "run_id", most=100)
    for notification in list_at(event, "notifications")[:100]:
        outcome = _STATUSES.get(text_at(notification, "run_status") or "")
        if outcome is None:
            continue
        require(run, "run_id")
        workspace = require(text_at(event, "workspace_name", most=200), "workspace_name")
        updated = time_at(notification, "run_updated_at")
        is_over = outcome != "started"
        yield ChangeDraft(
            kind="apply",
            title=_title(workspace, outcome),
            at=updated or time_at(event, "run_created_at"),
            ended_at=updated if is_over else None,
            event_id=run,
            subject=Subject(names=(workspace,)),
            outcome=outcome,
            actor=text_at(event, "run_created_by", most=200),
            url=text_at(event, "run_url"),
            summary=_place(event) | {"run": run, "trigger": text_at(notification, "trigger", most=60)},
        )


def _title(workspace: str, outcome: Outcome) -> str:
    match outcome:
        case "started":
            return f"Terraform applies {workspace}"
        case "failed":
            return f"Terraform run of {workspace} failed"
        case _:
            return f"Terraform applied {workspace}"


def _read_assessment(event: Any) -> Iterator[ChangeDraft]:
    result = dig(event, "details", "new_assessment_result")
    if text_at(event, "trigger") != "assessment:drifted" or not isinstance(result, dict):
        return
    details = dig(event, "details")
    workspace = require(text_at(details, "workspace_name", most=200), "details.workspace_name")
    yield ChangeDraft(
        kind="drift",
        title=f"{workspace} has drifted from its Terraform code",
        at=time_at(result, "created_at"),
        event_id=require(text_at(result, "id", most=100), "details.new_assessment_result.id"),
        subject=Subject(names=(workspace,)),
        actor_kind="unknown",
        summary=_place(details) | {"resources_drifted": number_at(result, "resources_drifted")},
    )


def _place(told: Any) -> dict[str, Any]:
    return {
        "organization": text_at(told, "organization_name", most=200),
        "workspace": text_at(told, "workspace_name", most=200),
        "workspace_id": text_at(told, "workspace_id", most=100),
    }


READER = Reader(whole, _read)
