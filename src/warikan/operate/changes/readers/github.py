"""
GitHub: ``deployment`` and ``deployment_status`` (docs.github.com, webhook events and payloads).

A deployment is one change: asked for, then completed by its statuses in whatever order they come.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from warikan.operate.changes.change import ChangeDraft, Outcome, Subject
from warikan.operate.changes.document import dig, text_at, time_at
from warikan.operate.changes.readers.reading import (
    Delivery,
    Reader,
    actor_kind,
    locations,
    require,
    short,
    whole,
)

_STATES: Mapping[str, Outcome] = {
    "pending": "started",
    "queued": "started",
    "in_progress": "started",
    "success": "succeeded",
    "failure": "failed",
    "error": "failed",
}


def _read(event: Any, delivery: Delivery) -> Iterator[ChangeDraft]:
    asked = dig(event, "deployment")
    is_of_interest = delivery.headers.get("x-github-event", "deployment") in {
        "deployment",
        "deployment_status",
    }
    if not is_of_interest or not isinstance(asked, dict):
        return
    status = dig(event, "deployment_status")
    outcome: Outcome | None = "started"
    if isinstance(status, dict):
        outcome = _STATES.get(text_at(status, "state") or "")
    if outcome is None:  # inactive: a later deployment took its place
        return
    repository = require(text_at(event, "repository", "full_name", most=300), "repository.full_name")
    number = require(text_at(asked, "id", most=40), "deployment.id")
    environment = text_at(status, "environment", most=100) or text_at(asked, "environment", most=100)
    told = time_at(status, "created_at")
    payload = dig(asked, "payload")
    creator = dig(asked, "creator")
    login = text_at(creator, "login", most=200)
    kind = text_at(creator, "type")
    revision = text_at(asked, "sha", most=200)
    task = text_at(asked, "task", most=60)
    yield ChangeDraft(
        kind="deploy",
        title=title_of_deploy(repository, short(revision), environment, outcome),
        at=time_at(asked, "created_at") or told,
        ended_at=told if outcome != "started" else None,
        event_id=f"{repository}/deployment/{number}",
        subject=Subject(
            service=text_at(payload, "service", most=100),
            locations=locations((repository, text_at(payload, "path", most=300))),
        ),
        environment=environment,
        outcome=outcome,
        actor_kind=actor_kind(login, is_automated=None if kind is None else kind == "Bot"),
        actor=login,
        revision=revision,
        url=next(
            (u for u in (text_at(status, k) for k in ("log_url", "target_url", "environment_url")) if u),
            text_at(event, "repository", "html_url"),
        ),
        summary={
            "repository": repository,
            "ref": text_at(asked, "ref", most=200),
            "task": None if task == "deploy" else task,
            "deployment": number,
        },
    )


def title_of_deploy(repository: str, revision: str, environment: str | None, outcome: Outcome) -> str:
    """What happened, in a line."""
    what = " ".join(filter(None, (repository, revision)))
    to = f" to {environment}" if environment else ""
    match outcome:
        case "started":
            return f"Deploy of {what}{to} began"
        case "failed":
            return f"Deploy of {what}{to} failed"
        case _:
            return f"{what} deployed{to}"


READER = Reader(whole, _read)
