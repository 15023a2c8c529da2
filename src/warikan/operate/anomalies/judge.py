"""One judgement: read, detect, compare with what is known, write what differs."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from hashlib import blake2b
from typing import Any

import numpy as np
from sqlalchemy import Connection, insert, select

from warikan.catalog.anomalies import AnomalySettings, Threshold
from warikan.catalog.entities import Catalog
from warikan.catalog.settings import Settings
from warikan.engine.engine import Engine
from warikan.engine.query import Freshness
from warikan.insights.anomaly import Episode, Thresholds, detect, restate
from warikan.insights.anomaly import Settings as Detector
from warikan.insights.panel import Panel
from warikan.operate.anomalies.anomaly import Anomaly, JudgeReport
from warikan.operate.anomalies.filters import money_filter
from warikan.operate.anomalies.matching import match
from warikan.operate.anomalies.notices import notice_of, was_told
from warikan.operate.anomalies.planned import Planned, list_planned
from warikan.operate.anomalies.reading import Judged, first_covered_days, read_cubes
from warikan.operate.anomalies.store import (
    add,
    change,
    feedback_of,
    load_anomaly,
    load_of_currency,
    values_of,
)
from warikan.operate.notify.notifier import Notifier
from warikan.state.audit import SYSTEM, record
from warikan.state.database import Database
from warikan.state.tables.anomalies import anomalies, judgements

HISTORY_DAYS = 45
"""Fewest days of a series before it is judged: monthly fees must have come at least once, mostly twice."""
NEWS = timedelta(days=10)
"""What was detected earlier than this before the end of the data is history: kept and shown, not told."""
FORM = "2"
"""Counts on when the detector changes so much that the same data must be judged again."""
_PLAIN = ("key", "kind", "onset", "detected", "end", "state", "provisional", "absorbed", "excess", "scope")


@dataclass
class _Changes:
    """What one judgement changed, as it is collected."""

    opened: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def report(self) -> JudgeReport:
        return JudgeReport(
            opened=tuple(self.opened),
            updated=tuple(self.updated),
            ended=tuple(self.ended),
            withdrawn=tuple(self.withdrawn),
            told=tuple(self.told),
        )


@dataclass
class Judge:
    """Judges every currency of the lake against one state."""

    state: Database
    engine: Engine
    catalog: Catalog
    settings: Settings
    notify: Notifier

    def run(self, now: datetime, *, force: bool) -> JudgeReport:
        """
        See `Anomalies.judge`. The lake is read before the transaction: only writing locks the state.

        Raises:
            UsageError: the charges are not allocated yet.
        """
        freshness = self.engine.freshness(now=now)
        if freshness.data is None:
            return JudgeReport(unchanged=True)
        with self.state.read() as connection:
            planned = list_planned(connection, self.settings.anomalies)
            last = select(judgements.c.made_from).order_by(judgements.c.id.desc()).limit(1)
            before = connection.execute(last).scalar()
            if not force and before == self._made_from(connection, freshness):
                return JudgeReport(unchanged=True)
        changes = _Changes()
        read = tuple(read_cubes(self.engine, self.catalog, self.settings.anomalies, freshness))
        for judged in read:
            # A sale moves what is billed in every currency.
            beside = [other.cube.cost for other in read if other is not judged]
            self._judge(judged, beside, planned, changes, freshness, now)
        with self.state.begin() as connection:
            made_from = self._made_from(connection, freshness)
            connection.execute(insert(judgements).values(made_from=made_from, at=now))
        return changes.report()

    def _judge(
        self,
        judged: Judged,
        beside: Sequence[Panel],
        planned: tuple[Planned, ...],
        changes: _Changes,
        freshness: Freshness,
        now: datetime,
    ) -> None:
        with self.state.read() as connection:
            known = load_of_currency(connection, judged.currency)
        settings = detector_settings(self.settings.anomalies, judged)
        episodes = detect(
            judged.cube,
            settings=settings,
            feedback=feedback_of(known),
            planned=[one.event for one in planned],
            beside=beside,
        )
        begun = first_covered_days(self.engine)
        episodes = tuple(one for one in episodes if one.onset not in begun)
        since = (freshness.data.end if freshness.data else now).astimezone(UTC).date() - NEWS
        with self.state.begin() as connection:
            # Read again: somebody may have said something while the detector ran.
            known = load_of_currency(connection, judged.currency)
            found = match(episodes, known)
            for episode in episodes:
                self._write(connection, judged, episode, found.get(episode.key), changes, since, now)
            gone = {a.id for a in known} - {a.id for a in found.values()}
            for anomaly in known:
                if anomaly.id in gone and self._is_judged(anomaly, judged) and anomaly.state != "withdrawn":
                    self._withdraw(connection, anomaly, changes, now)

    def _write(
        self,
        connection: Connection,
        judged: Judged,
        episode: Episode,
        known: Anomaly | None,
        changes: _Changes,
        since: date,
        now: datetime,
    ) -> None:
        actuals = judged.actuals(episode.scope)
        excess = restate(episode, actuals)
        values = values_of(episode, excess, actuals, now)
        if known is None:
            anomaly_id = add(connection, values | self._owner(episode) | _first(excess.point, now))
            changes.opened.append(anomaly_id)
        else:
            anomaly_id = known.id
            if not _differs(known, values):
                return
            change(connection, known, values)
            ended = known.state == "open" and values["state"] == "ended"
            (changes.ended if ended else changes.updated).append(anomaly_id)
        before = None if known is None else _plain(known)
        after = {name: values[name] for name in _PLAIN}
        action = "open" if known is None else "judge"
        subject = f"anomaly/{anomaly_id}"
        record(connection, at=now, actor=SYSTEM, subject=subject, action=action, before=before, after=after)
        anomaly = load_anomaly(connection, anomaly_id)
        is_news = anomaly.detected >= since and anomaly.verdict is None
        if is_news or was_told(connection, subject):
            self.notify.tell(connection, notice_of(anomaly, self.catalog))
            changes.told.append(anomaly_id)

    def _withdraw(self, connection: Connection, anomaly: Anomaly, changes: _Changes, now: datetime) -> None:
        change(connection, anomaly, {"state": "withdrawn", "rate_per_hour": Decimal(0), "updated_at": now})
        changes.withdrawn.append(anomaly.id)
        subject = f"anomaly/{anomaly.id}"
        record(connection, at=now, actor=SYSTEM, subject=subject, action="withdraw", before=_plain(anomaly))
        if was_told(connection, subject):
            self.notify.tell(connection, notice_of(load_anomaly(connection, anomaly.id), self.catalog))

    @staticmethod
    def _is_judged(anomaly: Anomaly, judged: Judged) -> bool:
        """Whether the cube still reaches back to where the anomaly was learned from; older ones stay."""
        return anomaly.onset >= judged.cube.cost.start + timedelta(days=35)

    def _owner(self, episode: Episode) -> dict[str, Any]:
        service = episode.scope.get("x_ServiceId")
        team = episode.scope.get("x_TeamId")
        if team is None and service is not None and service in self.catalog.services:
            team = self.catalog.services[service].team_id
        where = money_filter(episode.scope, self.catalog)
        return {"service_id": service, "team_id": team, "where": where}

    def _made_from(self, connection: Connection, freshness: Freshness) -> str:
        """Everything that a judgement depends on, as one mark."""
        columns = anomalies.c
        said = select(columns.id, columns.verdict, columns.verdict_at).where(columns.verdict.is_not(None))
        parts = (
            FORM,
            self.engine.snapshot("allocations"),
            self.settings.anomalies.model_dump_json(),
            sorted((s.id, s.team_id or "") for s in self.catalog.services.values()),
            [(one.source_id, one.data_end) for one in freshness.sources],
            [(one.id, one.event) for one in list_planned(connection, self.settings.anomalies)],
            [tuple(row) for row in connection.execute(said.order_by(columns.id))],
        )
        return blake2b(repr(parts).encode(), digest_size=16).hexdigest()


def detector_settings(settings: AnomalySettings, judged: Judged) -> Detector:
    """The detector's settings in one currency; one without a threshold takes a thousandth of its day."""
    values = judged.cube.cost.values
    day = float(np.abs(values.sum(axis=0)).mean()) if values.size else 0.0

    def thresholds(told: Threshold) -> Thresholds:
        money = told.money_per_day.get(
            judged.currency, settings.money_per_day.get(judged.currency, day / 1000)
        )
        return Thresholds(money_per_day=money, share=told.share, days=told.days)

    return Detector(
        default=thresholds(settings),
        owners={team: thresholds(told) for team, told in settings.teams.items()},
        sensitivity=settings.sensitivity,
        history_days=HISTORY_DAYS,
        absorb_after_days=settings.absorb_after_days,
    )


def _first(excess: Decimal, now: datetime) -> dict[str, Any]:
    return {"first_excess": excess, "noticed_at": now}


def _plain(anomaly: Anomaly) -> dict[str, Any]:
    values = {name: getattr(anomaly, name) for name in _PLAIN if name not in {"excess", "scope"}}
    return values | {"excess": anomaly.excess.point, "scope": dict(anomaly.scope)}


def _differs(known: Anomaly, values: dict[str, Any]) -> bool:
    if any(_plain(known)[name] != values[name] for name in _PLAIN):
        return True
    low_high = (values["excess_low"], values["excess_high"], values["rate_per_hour"])
    return low_high != (known.excess.low, known.excess.high, known.rate_per_hour)
