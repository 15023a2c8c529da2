"""What people do with an incident: take it, contain it, close it, say what they know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Literal

from warikan.focus.errors import UsageError
from warikan.operate.actor import UNKNOWN
from warikan.operate.anomalies.anomalies import Anomalies
from warikan.operate.changes.document import safe_url
from warikan.operate.incidents import store
from warikan.operate.incidents.editing import Desk, Edit
from warikan.operate.incidents.entries import LONGEST_TEXT, Line, next_key, put_lines
from warikan.operate.incidents.following import Also, Following, nothing_else
from warikan.operate.incidents.incident import SEVERITIES, Entry, Incident, Severity, State, Verdict
from warikan.operate.incidents.states import Action, next_state, reopened
from warikan.operate.incidents.tasks import checked
from warikan.operate.incidents.titles import titles_of

_SAID: Mapping[Action, str] = {
    "acknowledge": "Acknowledged",
    "contain": "Contained",
    "verify": "Verified by hand",
    "close": "Closed",
    "reopen": "Reopened",
    "dismiss": "Dismissed",
}
MOST_ROLES = 20
AHEAD = timedelta(minutes=1)
"""So far the clock of somebody who writes a note may be ahead of ours."""


class Moves:
    """The transitions of an incident, each as `states.AFTER` has it, and what is said of it on the way."""

    def __init__(self, desk: Desk, anomalies: Anomalies, following: Following) -> None:
        self._desk = desk
        self._anomalies = anomalies
        self._following = following

    def get(self, incident_id: str) -> Incident:
        """
        ``INC-12`` as it is now.

        Raises:
            NotFound: there is none.
        """
        with self._desk.state.read() as connection:
            return store.read_incident(connection, incident_id, now=self._desk.clock())

    def acknowledge(self, incident_id: str, *, actor: str, version: int | None = None) -> Incident:
        """
        Somebody is on it: *actor*, who leads until another lead is named.

        Raises:
            NotFound: there is no such incident. Conflict: it is not open, or has changed.
        """
        with self._moving(incident_id, "acknowledge", actor=actor, version=version) as editing:
            editing.values["acknowledged"] = editing.now
            if "lead" not in editing.row["roles"] and actor != UNKNOWN:
                editing.values["roles"] = editing.row["roles"] | {"lead": actor}
        return self.get(incident_id)

    def contain(
        self, incident_id: str, *, actor: str, at: datetime | None = None, version: int | None = None
    ) -> Incident:
        """
        It costs no more since *at* (now), with its figures at once; from here on the bill verifies it.

        Raises:
            NotFound: there is no such incident. Conflict: it is not open or acknowledged, or has changed.
            UsageError: *at* lies before the onset or in the future.
        """
        since = self._desk.clock() if at is None else _aware(at)
        figures = self._following.reread(incident_id, contained=since)
        with self._moving(incident_id, "contain", actor=actor, version=version, also=figures) as editing:
            moment = self._moment(editing, at)
            editing.values["contained"] = moment
        return self.get(incident_id)

    def verify(self, incident_id: str, *, reason: str, actor: str, version: int | None = None) -> Incident:
        """
        Say that its end is verified without waiting for the bill.

        Raises:
            NotFound: there is no such incident. Conflict: it is not contained, or has changed.
            UsageError: there is no reason.
        """
        told = checked(reason, "reason", 2000)
        with self._moving(incident_id, "verify", actor=actor, version=version, reason=told) as editing:
            editing.values |= {"verified": editing.now, "verified_by": actor, "verified_because": told}
        return self.get(incident_id)

    def close(
        self, incident_id: str, *, actor: str, reason: str = "", version: int | None = None
    ) -> Incident:
        """
        Nothing is left to do.

        Raises:
            NotFound: there is no such incident. Conflict: it is not verified, or has changed.
        """
        told = reason.strip()[:2000]
        with self._moving(incident_id, "close", actor=actor, version=version, reason=told) as editing:
            editing.values |= {"closed": editing.now, "reason": told}
        return self.get(incident_id)

    def reopen(
        self,
        incident_id: str,
        *,
        reason: str,
        actor: str,
        version: int | None = None,
        last_only: bool = False,
    ) -> Incident:
        """
        It is not over after all: its figures go on from the onset, at once.

        A dismissed one is again as it was before, its clock and the verdict on its anomaly too.

        Args:
            last_only: Only the last step is taken back: what was closed is verified again.

        Raises:
            NotFound: there is no such incident. Conflict: it is open, or has changed.
            UsageError: there is no reason.
        """
        told = checked(reason, "reason", 2000)
        with self._desk.state.read() as connection:
            as_if = reopened(store.find_row(connection, incident_id), last_only=last_only)
        figures = self._following.reread(incident_id, **as_if)
        with self._moving(
            incident_id, "reopen", actor=actor, version=version, reason=told, also=figures
        ) as editing:
            editing.values |= {**reopened(editing.row, last_only=last_only), "reason": told}
            if editing.row["state"] == "dismissed":
                self._say_of_anomaly(editing, "real", told)
        return self.get(incident_id)

    def dismiss(
        self,
        incident_id: str,
        verdict: Verdict,
        *,
        reason: str,
        actor: str,
        version: int | None = None,
    ) -> Incident:
        """
        It was *planned*, or it is *false*: the detector learns it, where it told.

        Raises:
            NotFound: there is no such incident. Conflict: it is verified or closed, or has changed.
            UsageError: there is no reason, or no such verdict.
        """
        if verdict not in ("planned", "false"):
            raise UsageError(f"an incident is dismissed as planned or false, not as {str(verdict)[:40]!r}")
        told = checked(reason, "reason", 2000)
        with self._moving(incident_id, "dismiss", actor=actor, version=version, reason=told) as editing:
            editing.values |= {"dismissed_as": verdict, "reason": told}
            self._say_of_anomaly(editing, verdict, told)
        return self.get(incident_id)

    def assign_role(
        self, incident_id: str, role: str, name: str | None, *, actor: str, version: int | None = None
    ) -> Incident:
        """
        *name* is its *role* (``lead``, ``communications``, ``fixer`` ...); None takes the role away.

        Raises:
            NotFound: there is no such incident. Conflict: it has changed. UsageError: no such role can be.
        """
        told = checked(role, "role", 40).lower()
        with self._desk.edit(incident_id, "assign", actor=actor, version=version) as editing:
            roles = dict(editing.row["roles"])
            if name is None:
                roles.pop(told, None)
            else:
                roles[told] = checked(name, "name", 200)
            if len(roles) > MOST_ROLES:
                raise UsageError(f"an incident has at most {MOST_ROLES} roles")
            if roles != editing.row["roles"]:
                editing.values["roles"] = roles
                self._line(editing, "role", f"{told}: {name or 'nobody'}")
        return self.get(incident_id)

    def set_severity(
        self, incident_id: str, severity: Severity, *, actor: str, version: int | None = None
    ) -> Incident:
        """
        A person's judgement: from here on it does not follow the money.

        Raises:
            NotFound: there is no such incident. Conflict: it has changed. UsageError: no such severity.
        """
        if severity not in SEVERITIES:
            raise UsageError(f"severity is one of {', '.join(SEVERITIES)}, not {str(severity)[:40]!r}")
        with self._desk.edit(incident_id, "severity", actor=actor, version=version) as editing:
            before = editing.row["severity"]
            editing.values |= {"severity": severity, "is_manual_severity": True}
            if before != severity:
                self._line(editing, "severity", f"{before} → {severity}")
        return self.get(incident_id)

    def rename(self, incident_id: str, title: str, *, actor: str, version: int | None = None) -> Incident:
        """
        Give it another title; from here on it is the same in every language.

        Raises:
            NotFound: there is no such incident. Conflict: it has changed. UsageError: no title.
        """
        told = checked(title, "title", 300)
        with self._desk.edit(incident_id, "rename", actor=actor, version=version) as editing:
            if told not in titles_of(editing.row).values():
                editing.values["title"] = told
        return self.get(incident_id)

    def add_note(
        self, incident_id: str, text: str, *, actor: str, at: datetime | None = None, link: str | None = None
    ) -> Entry:
        """
        Add a line to the timeline; *at* is when it happened, now by default.

        Raises:
            NotFound: there is no such incident. UsageError: nothing is said, *at* lies in the future, or
                *link* is no address of a page.
        """
        told = checked(text, "note", LONGEST_TEXT)
        if at is not None and (at := _aware(at)) > self._desk.clock() + AHEAD:
            raise UsageError(f"{at:%Y-%m-%d %H:%M} UTC lies in the future: a note tells what happened")
        if link is not None and safe_url(link) is None:
            raise UsageError(f"{link[:80]!r} is no address that a page can link to (http or https)")
        with self._desk.edit(incident_id, "note", actor=actor) as editing:
            key = next_key(editing.connection, editing.number, "note")
            first, _, rest = told.partition("\n")
            moment = at or editing.now
            line = Line(key, moment, "note", first[:500], actor, rest or first[500:], link, actor=actor)
            put_lines(editing.connection, editing.number, [line])
            editing.note("note", None, {"text": told, "at": moment})
            entries = store.read_entries(editing.connection, editing.number)
        return max((e for e in entries if e.kind == "note"), key=lambda e: e.id)

    @contextmanager
    def _moving(
        self,
        incident_id: str,
        action: Action,
        *,
        actor: str,
        version: int | None,
        reason: str = "",
        also: Also = nothing_else,
    ) -> Iterator[Edit]:
        """Change the state by *action*, with a line in the timeline; then *also*, in the same transaction."""
        with self._desk.state.begin() as connection:
            with self._desk.within(connection, incident_id, action, actor=actor, version=version) as editing:
                state: State = editing.row["state"]
                editing.values["state"] = next_state(editing.id, state, action)
                yield editing
                self._line(editing, "state", _SAID[action], reason, editing.values.get("contained"))
            also(connection, editing.id)

    def _say_of_anomaly(self, editing: Edit, verdict: Verdict | Literal["real"], note: str) -> None:
        origin = editing.row["origin"] or ""
        if origin.startswith("anomaly/"):
            noticed = origin.removeprefix("anomaly/")
            self._anomalies.say_within(editing.connection, noticed, verdict, actor=editing.actor, note=note)

    def _moment(self, editing: Edit, at: datetime | None) -> datetime:
        if at is None:
            return editing.now
        moment = _aware(at)
        if not editing.row["onset"] <= moment <= editing.now:
            raise UsageError(f"{moment.isoformat()} is not between the onset and now")
        return moment

    def _line(
        self, editing: Edit, kind: str, title: str, detail: str = "", at: datetime | None = None
    ) -> None:
        key = next_key(editing.connection, editing.number, kind)
        line = Line(key, at or editing.now, "state", title, "warikan", detail, actor=editing.actor)
        put_lines(editing.connection, editing.number, [line])


def _aware(at: datetime) -> datetime:
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
