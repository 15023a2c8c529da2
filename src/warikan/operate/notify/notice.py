"""What people are told: a notice, in words of every language, before any channel has seen it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from warikan.catalog.notify import Kind, Severity
from warikan.operate.notify.digest.content import DigestContent
from warikan.operate.notify.text import Text, Value

NoticeState = Literal["open", "acknowledged", "updated", "resolved"]
"""``updated``: as open, with other words."""
ActionName = Literal["acknowledge", "planned", "false", "real", "open"]
"""Buttons. ``open`` is a link to the notice's page; the others come back through `api/slack.py`."""


@dataclass(frozen=True)
class Fact:
    """One line of a notice: a label and its value."""

    label: Text
    value: Value


@dataclass(frozen=True)
class Notice:
    """
    One thing to tell, as it is now.

    Told again with other words it replaces what was told: per channel and key there is one message.

    Attributes:
        key: What it is about, e.g. ``incident/INC-12``, ``anomaly/ANO-7``, ``digest/payments/2026-11-23``.
        occurred_at: When it began; no part of what makes a notice a different one.
        team_id, service_id: The owner, as the catalogue names it: routes go by it.
        path: Of its page, under ``notify.base_url``, e.g. ``/incidents/INC-12``.
    """

    key: str
    kind: Kind
    state: NoticeState
    severity: Severity
    title: Text
    occurred_at: datetime
    summary: Text | None = None
    facts: tuple[Fact, ...] = ()
    team_id: str | None = None
    service_id: str | None = None
    path: str = ""
    actions: tuple[ActionName, ...] = ()
    digest: DigestContent | None = None
