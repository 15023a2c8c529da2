"""
Atlantis: applies and drift (runatlantis.io/docs/sending-notifications-via-webhooks).

An apply has neither a time nor an id: it happened when it was received, and the same pull request, commit,
project and outcome is the same apply.
"""

from collections.abc import Iterator
from typing import Any

from warikan.operate.changes.change import ChangeDraft, Subject
from warikan.operate.changes.document import UnreadableEvent, dig, list_at, number_at, text_at
from warikan.operate.changes.readers.reading import Delivery, Reader, locations, require, short, whole


def _read(event: Any, delivery: Delivery) -> Iterator[ChangeDraft]:
    if text_at(event, "detection_id") is not None:
        yield from _read_drift(event, delivery)
        return
    repository = require(text_at(event, "Repo", "FullName", most=300), "Repo.FullName")
    success = dig(event, "Success")
    if not isinstance(success, bool):
        raise UnreadableEvent("an apply of Atlantis says whether it was a Success")
    directory = text_at(event, "Directory", most=300) or "."
    project = text_at(event, "ProjectName", most=200)
    workspace = text_at(event, "Workspace", most=200) or "default"
    number, commit = number_at(event, "Pull", "Num"), text_at(event, "Pull", "HeadCommit", most=200)
    what = project or (directory if directory != "." else repository)
    yield ChangeDraft(
        kind="apply",
        title=f"Terraform applied {what}{'' if success else ', and failed'}"
        + (f" (pull request {number})" if number else ""),
        at=delivery.received_at,
        event_id="|".join(map(str, (repository, number, commit, directory, workspace, project, success))),
        subject=Subject(
            locations=locations((repository, directory)),
            names=tuple(name for name in (project, workspace) if name and name != "default"),
        ),
        environment=None if workspace == "default" else workspace,
        outcome="succeeded" if success else "failed",
        actor=text_at(event, "User", "Username", most=200),
        revision=commit,
        url=text_at(event, "Pull", "URL"),
        summary={
            "repository": repository,
            "directory": directory,
            "workspace": workspace,
            "project": project,
            "pull_request": number,
            "branch": text_at(event, "Pull", "BaseBranch", most=200),
        },
    )


def _read_drift(event: Any, delivery: Delivery) -> Iterator[ChangeDraft]:
    """One change for each project that drifted; a heartbeat without drift says nothing."""
    repository = require(text_at(event, "repository", most=300), "repository")
    detection = require(text_at(event, "detection_id", most=100), "detection_id")
    for project in list_at(event, "projects")[:1000]:
        if dig(project, "has_drift") is not True:
            continue
        path = text_at(project, "path", most=300) or "."
        name = text_at(project, "project_name", most=200)
        workspace = text_at(project, "workspace", most=200) or "default"
        counts = {
            n: number_at(project, n) for n in ("to_add", "to_change", "to_destroy", "to_import", "to_forget")
        }
        yield ChangeDraft(
            kind="drift",
            title=f"{name or path} has drifted from {repository}@{short(text_at(event, 'ref', most=200))}",
            at=delivery.received_at,
            event_id=f"{detection}|{path}|{workspace}|{name}",
            subject=Subject(locations=locations((repository, path)), names=(name,) if name else ()),
            environment=None if workspace == "default" else workspace,
            actor_kind="unknown",
            revision=text_at(event, "ref", most=200),
            summary={
                "repository": repository,
                "directory": path,
                "workspace": workspace,
                "project": name,
                **counts,
            },
        )


READER = Reader(whole, _read)
