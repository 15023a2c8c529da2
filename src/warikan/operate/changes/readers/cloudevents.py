"""
CloudEvents 1.0 over HTTP: structured, batched and binary (cloudevents.io, HTTP protocol binding).

What is in ``data`` decides: an event of a sender that we know is read as such, a CDEvent (cdevents.dev) as
one, and anything else by the names of its fields.
"""

import base64
import binascii
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from warikan.operate.changes.change import ChangeDraft, Subject
from warikan.operate.changes.document import UnreadableEvent, clean, dig, parse_json, text_at, time_at
from warikan.operate.changes.readers import plain
from warikan.operate.changes.readers.reading import Delivery, Reader, require, whole

Detect = Callable[[Any], Reader | None]
_CDEVENTS = "dev.cdevents."
_DONE = {
    "service.deployed": "deployed",
    "service.upgraded": "upgraded",
    "service.rolledback": "rolled back",
    "service.removed": "removed",
    "environment.created": "created",
    "environment.modified": "modified",
    "environment.deleted": "deleted",
}


def make_reader(detect: Detect) -> Reader:
    """The reader; *detect* knows the senders whose events may be inside."""

    def read(event: Any, delivery: Delivery) -> Iterator[ChangeDraft]:
        kind = require(text_at(event, "type", most=300), "type")
        number = require(text_at(event, "id", most=500), "id")
        source = require(text_at(event, "source", most=500), "source")
        # The spec: source and id together are unique.
        event_id = f"{source}#{number}"
        told = time_at(event, "time")
        data = _data(event)
        inner = detect(data) if isinstance(data, dict) else None
        if inner is not None:
            for draft in inner.drafts(data, replace(delivery, headers={}, received_at=told)):
                if isinstance(draft, UnreadableEvent):
                    raise draft
                if draft is not None:
                    yield replace(draft, at=draft.at or told)
        elif kind.startswith(_CDEVENTS):
            yield from _read_cdevent(event, data, event_id)
        else:
            yield _read_plain(event, data if isinstance(data, dict) else {}, kind, event_id)

    return Reader(_split, read)


def _split(body: Any, delivery: Delivery) -> Iterable[Any]:
    if "ce-specversion" in delivery.headers:
        attributes = {
            name.removeprefix("ce-"): clean(unquote(value))
            for name, value in delivery.headers.items()
            if name.startswith("ce-")
        }
        return [attributes | {"data": body}]
    events = list(whole(body, delivery))
    if any(text_at(one, "specversion") is None for one in events):
        raise UnreadableEvent("this is no CloudEvent: it has no specversion")
    return events


def _data(event: Mapping[str, Any]) -> Any:
    coded = event.get("data_base64")
    if not isinstance(coded, str):
        return event.get("data")
    try:
        return parse_json(base64.b64decode(coded, validate=True), where="data_base64")
    except binascii.Error as error:
        raise UnreadableEvent("data_base64 is not Base64") from error


def _read_cdevent(event: Any, data: Any, event_id: str) -> Iterator[ChangeDraft]:
    kind = text_at(event, "type", most=300) or ""
    done = next((done for name, done in _DONE.items() if kind.startswith(f"{_CDEVENTS}{name}.")), None)
    subject = text_at(data, "subject", "id", most=253) or text_at(event, "subject", most=253)
    if done is None or subject is None:
        return
    is_service = kind.startswith(f"{_CDEVENTS}service.")
    content = dig(data, "subject", "content")
    environment = text_at(content, "environment", "id", most=100)
    artifact = text_at(content, "artifactId", most=200)
    yield ChangeDraft(
        kind="deploy" if is_service else "config",
        title=f"{subject} {done}{f' to {environment}' if environment and is_service else ''}",
        at=time_at(event, "time") or time_at(data, "context", "timestamp"),
        event_id=event_id,
        subject=Subject(service=subject) if is_service else Subject(names=(subject,)),
        environment=environment,
        revision=artifact,
        url=text_at(content, "uri"),
        summary={"type": kind, "source": text_at(event, "source", most=300)},
    )


def _read_plain(event: Mapping[str, Any], data: Mapping[str, Any], kind: str, event_id: str) -> ChangeDraft:
    subject = text_at(event, "subject", most=253)
    draft = plain.draft_of(
        {"title": f"{kind} {subject or ''}".strip(), "kind": _kind(kind)}
        | {key: value for key, value in event.items() if key in {"service", "team", "environment", "cluster"}}
        | dict(data)
    )
    named = replace(draft.subject, names=(*draft.subject.names, *((subject,) if subject else ())))
    summary = {"type": kind, "source": text_at(event, "source", most=300), "subject": subject}
    at = draft.at or time_at(event, "time")
    return replace(draft, event_id=event_id, at=at, subject=named, summary=summary)


def _kind(kind: str) -> str:
    """The word in a type like ``com.example.deployment.finished`` that says what kind it is."""
    words = kind.lower().replace("/", ".").replace("-", "_").split(".")
    known = (plain.kind_of(word.removesuffix("ed")) for word in words)
    exact = (plain.kind_of(word) for word in words)
    return next((one for pair in zip(exact, known, strict=True) for one in pair if one != "other"), "other")
