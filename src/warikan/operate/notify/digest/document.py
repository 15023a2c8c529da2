"""A digest as JSON, for receivers of the webhook."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any

from warikan.focus.money import Money, format_exact
from warikan.operate.notify.digest.content import DigestContent
from warikan.operate.notify.showing import Language
from warikan.operate.notify.text import Text


def digest_document(content: DigestContent, zone: str) -> dict[str, Any]:
    """*content* with its fields' names; amounts as exact decimal strings beside their currency."""
    document: dict[str, Any] = _document(content, {"en": Language("en", zone), "ja": Language("ja", zone)})
    return document


def _document(value: Any, languages: Mapping[str, Language]) -> Any:
    if isinstance(value, Money):
        return {"amount": format_exact(value.amount), "currency": value.currency}
    if isinstance(value, Text):
        return {name: language.text(value) for name, language in languages.items()}
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_document(one, languages) for one in value]
    if is_dataclass(value):
        return {f.name: _document(getattr(value, f.name), languages) for f in fields(value)}
    return value
