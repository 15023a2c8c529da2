"""The readers by the type of a source, and by what a body looks like."""

from collections.abc import Callable, Mapping
from typing import Any

from warikan.operate.changes.document import dig
from warikan.operate.changes.readers import (
    argo,
    atlantis,
    cloudevents,
    github,
    gitlab,
    kubernetes,
    plain,
    terraform,
)
from warikan.operate.changes.readers.reading import Reader


def detect_type(body: Any) -> str | None:
    """The type of the source whose events look like *body*, or the first of a list; None for none of them."""
    if isinstance(body, list):
        return detect_type(body[0]) if body else None
    if not isinstance(body, dict):
        return None
    if isinstance(items := body.get("items"), list):
        is_argo = str(body.get("kind") or "").startswith("Application")
        return detect_type(items) or ("argo" if is_argo else None)
    return next((kind for kind, looks_like in _LOOKS.items() if looks_like(body)), None)


def _is_argo(body: Any) -> bool:
    places = ((), ("app",), ("application",))
    is_application = any(isinstance(dig(body, *place, "metadata"), dict) for place in places)
    return is_application or (isinstance(body.get("application"), str) and "phase" in body)


_LOOKS: Mapping[str, Callable[[Any], bool]] = {
    "cloudevents": lambda body: "specversion" in body,
    "kubernetes": lambda body: "involvedObject" in body or "regarding" in body,
    "github": lambda body: isinstance(body.get("deployment"), dict) and "repository" in body,
    "gitlab": lambda body: "object_kind" in body,
    "terraform": lambda body: "notifications" in body or body.get("trigger_scope") == "assessment",
    "atlantis": lambda body: (
        "detection_id" in body or (isinstance(body.get("Repo"), dict) and "Success" in body)
    ),
    "argo": _is_argo,
}


def _detect(body: Any) -> Reader | None:
    kind = detect_type(body)
    return None if kind in {None, "cloudevents"} else READERS[kind or ""]


READERS: Mapping[str, Reader] = {
    "argo": argo.READER,
    "atlantis": atlantis.READER,
    "terraform": terraform.READER,
    "github": github.READER,
    "gitlab": gitlab.READER,
    "kubernetes": kubernetes.READER,
    "cloudevents": cloudevents.make_reader(_detect),
    "csv": plain.READER,
}
"""By ``changes.sources.NAME.type``."""
