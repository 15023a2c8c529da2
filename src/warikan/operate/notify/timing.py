"""When a version goes out: at once, after the quiet hours, not too often, or with the digest."""

from datetime import datetime, timedelta

from warikan.catalog.entities import Catalog
from warikan.catalog.notify import Channel, NotifySettings
from warikan.operate.notify.notice import Notice
from warikan.operate.notify.outbox import Thread
from warikan.operate.notify.routing import places_of, quiet_until, severity_rank

_LIVE = ("open", "updated")
_SILENT = ("slack", "alertmanager", "pagerduty")
"""Types of channels that put an update into the message that is there: nobody is woken by it."""


def due_at(
    now: datetime, notice: Notice, thread: Thread, channel: Channel, settings: NotifySettings
) -> datetime:
    """
    The first moment at which *notice* may be sent.

    Quiet hours delay what people would hear. A mail that says nothing but other amounts waits until the last
    one on the matter is ``update_hours`` old; a later version takes its place meanwhile.
    """
    is_update = thread.sent_at is not None
    if is_update and channel.type in _SILENT and not _is_worse(notice, thread):
        return now
    when = now
    if channel.type == "email" and thread.sent_at is not None and _says_the_same_state(notice, thread):
        when = max(now, thread.sent_at + timedelta(hours=channel.update_hours))
    return quiet_until(when, settings, channel, notice.severity) or when


def is_held_for_digest(
    notice: Notice, thread: Thread, channel: Channel, settings: NotifySettings, catalog: Catalog
) -> bool:
    """Whether *notice* is too small for a message of its own, and its team will read of it in a digest."""
    digest = settings.digest
    if digest is None or (digest.daily is None and digest.weekly is None):
        return False
    if notice.kind == "digest" or notice.team_id is None or channel.type not in {"slack", "email"}:
        return False
    if thread.sent_at is not None or severity_rank(notice.severity) >= severity_rank(digest.holds_below):
        return False
    return bool(places_of(digest_probe(notice), settings, catalog))


def digest_probe(notice: Notice) -> Notice:
    """A digest of the notice's team, to ask where it would go."""
    return Notice(
        key=f"digest/{notice.team_id}",
        kind="digest",
        state="open",
        severity="info",
        title=notice.title,
        occurred_at=notice.occurred_at,
        team_id=notice.team_id,
    )


def _is_worse(notice: Notice, thread: Thread) -> bool:
    """Whether the update should be heard: it is open again."""
    return thread.sent_state == "resolved" and notice.state in _LIVE


def _says_the_same_state(notice: Notice, thread: Thread) -> bool:
    is_live = notice.state in _LIVE and thread.sent_state in _LIVE
    return (is_live or notice.state == thread.sent_state) and notice.severity == thread.sent_severity
