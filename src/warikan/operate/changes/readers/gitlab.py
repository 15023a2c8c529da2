"""
GitLab: deployment events (docs.gitlab.com, webhook events). A deployment is one change.

Those made by the API or a trigger have no ``deployable_url``.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from warikan.operate.changes.change import ChangeDraft, Outcome, Subject
from warikan.operate.changes.document import text_at, time_at
from warikan.operate.changes.readers.github import title_of_deploy
from warikan.operate.changes.readers.reading import Delivery, Reader, locations, require, short, whole

_STATES: Mapping[str, Outcome] = {
    "running": "started",
    "success": "succeeded",
    "failed": "failed",
    "canceled": "failed",
}


def _read(event: Any, _: Delivery) -> Iterator[ChangeDraft]:
    outcome = _STATES.get(text_at(event, "status") or "")
    if text_at(event, "object_kind") != "deployment" or outcome is None:
        return
    project = require(
        text_at(event, "project", "path_with_namespace", most=300), "project.path_with_namespace"
    )
    number = require(text_at(event, "deployment_id", most=40), "deployment_id")
    environment = text_at(event, "environment", most=100)
    told = time_at(event, "status_changed_at")
    revision = text_at(event, "short_sha", most=200)
    yield ChangeDraft(
        kind="deploy",
        title=title_of_deploy(project, short(revision), environment, outcome),
        at=told,
        ended_at=told if outcome != "started" else None,
        event_id=f"{project}/deployment/{number}",
        subject=Subject(locations=locations((project, None))),
        environment=text_at(event, "environment_tier", most=100) or environment,
        outcome=outcome,
        actor=text_at(event, "user", "username", most=200),
        revision=revision,
        url=text_at(event, "deployable_url") or text_at(event, "commit_url"),
        summary={
            "repository": project,
            "ref": text_at(event, "ref", most=200),
            "environment": environment,
            "commit": text_at(event, "commit_title", most=200),
            "deployment": number,
        },
    )


READER = Reader(whole, _read)
