"""Notices as JSON in the outbox, and back; equal notices are equal text."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from warikan.focus.errors import StateError
from warikan.focus.money import Money
from warikan.operate.notify.digest import content
from warikan.operate.notify.notice import Fact, Notice
from warikan.operate.notify.text import Percent, Text

_TYPES: Mapping[str, type] = {
    kind.__name__: kind
    for kind in (
        Notice, Fact, Text, Percent, Money,
        content.DigestContent, content.Spent, content.Mover, content.OpenMatter, content.BudgetLine,
        content.DueAction, content.Verified, content.MonthForecast, content.Noticed,
    )
}  # fmt: skip
_TAG = "$"


def to_stored(notice: Notice) -> dict[str, Any]:
    """*notice* of JSON types only; fields at their default are left out."""
    stored: dict[str, Any] = _encode(notice)
    return stored


def from_stored(stored: Mapping[str, Any]) -> Notice:
    """
    The notice that `to_stored` took.

    Raises:
        StateError: it is none.
    """
    found = _decode(stored)
    if not isinstance(found, Notice):
        raise StateError("a row of the outbox holds no notice")
    return found


def version_of(notice: Notice) -> str:
    """A hash of what *notice* says; the moment it says it, or began, is no part of it."""
    told = {name: value for name, value in to_stored(notice).items() if name != "occurred_at"}
    return hashlib.sha256(json.dumps(told, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _encode(value: Any) -> Any:
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if is_dataclass(value) and _TYPES.get(type(value).__name__) is type(value):
        said = {
            f.name: getattr(value, f.name) for f in fields(value) if getattr(value, f.name) != _default(f)
        }
        return {_TAG: type(value).__name__} | {name: _encode(one) for name, one in said.items()}
    if isinstance(value, Decimal):
        return {_TAG: "Decimal", "is": str(value)}
    if isinstance(value, datetime):
        return {_TAG: "datetime", "is": value.isoformat()}
    if isinstance(value, date):
        return {_TAG: "date", "is": value.isoformat()}
    if isinstance(value, tuple | list):
        return [_encode(one) for one in value]
    if isinstance(value, Mapping):
        return {_TAG: "map", "is": {str(name): _encode(one) for name, one in value.items()}}
    raise TypeError(f"a notice cannot hold a {type(value).__name__}")


def _default(field: Any) -> Any:
    if field.default_factory is not MISSING:
        return field.default_factory()
    return field.default


def _decode(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_decode(one) for one in value)
    if not isinstance(value, dict):
        return value
    match value.get(_TAG):
        case "Decimal":
            return Decimal(value["is"])
        case "datetime":
            return datetime.fromisoformat(value["is"])
        case "date":
            return date.fromisoformat(value["is"])
        case "map":
            return {name: _decode(one) for name, one in value["is"].items()}
        case str() as name if name in _TYPES:
            known = {f.name for f in fields(_TYPES[name])}  # a field of a newer Warikan is not shown
            return _TYPES[name](**{key: _decode(one) for key, one in value.items() if key in known})
    raise StateError(f"a row of the outbox holds {value.get(_TAG)!r}, which this Warikan does not know")
