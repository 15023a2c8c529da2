"""Anomalies as rows: written, found again, read."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, insert, select, update

from warikan.focus.errors import NotFound
from warikan.insights.anomaly import Driver, Episode, EpisodeDay, Evidence, Excess, Feedback
from warikan.operate.anomalies.anomaly import PREFIX, Anomaly
from warikan.state.tables.anomalies import anomalies


def row_id(anomaly_id: str) -> int:
    """
    The number in ``ANO-7``.

    Raises:
        NotFound: it is no id of an anomaly.
    """
    number = anomaly_id.strip().upper().removeprefix(PREFIX)
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise NotFound(f"{anomaly_id[:80]!r} is no anomaly", hint="warikan anomalies lists them")
    return int(number)


def load_anomaly(connection: Connection, anomaly_id: str, *, lock: bool = False) -> Anomaly:
    """
    The anomaly *anomaly_id*; with *lock* nobody else writes it before this transaction ends.

    Raises:
        NotFound: there is none.
    """
    asked = select(anomalies).where(anomalies.c.id == row_id(anomaly_id))
    found = connection.execute(asked.with_for_update() if lock else asked).mappings().first()
    if found is None:
        raise NotFound(f"there is no anomaly {anomaly_id}", hint="warikan anomalies lists them")
    return as_anomaly(found)


def load_all(connection: Connection, statement: Select[Any] | None = None) -> tuple[Anomaly, ...]:
    """The anomalies of *statement*, or all; by onset, the newest first."""
    chosen = select(anomalies) if statement is None else statement
    found = connection.execute(chosen.order_by(anomalies.c.onset.desc(), anomalies.c.id.desc()))
    return tuple(as_anomaly(row) for row in found.mappings())


def load_of_currency(connection: Connection, currency: str) -> tuple[Anomaly, ...]:
    """Every anomaly in *currency*."""
    return load_all(connection, select(anomalies).where(anomalies.c.currency == currency))


def add(connection: Connection, values: dict[str, Any]) -> str:
    """Write a new anomaly; its id."""
    made = connection.execute(insert(anomalies).values(**values, version=1)).inserted_primary_key
    assert made is not None  # noqa: S101 - a table with a primary key has one
    return f"{PREFIX}{made[0]}"


def change(connection: Connection, anomaly: Anomaly, values: dict[str, Any]) -> None:
    """Write *values* over those of *anomaly*; its version counts on."""
    connection.execute(
        update(anomalies)
        .where(anomalies.c.id == row_id(anomaly.id))
        .values(**values, version=anomalies.c.version + 1)
    )


def values_of(
    episode: Episode, excess: Excess, actuals: dict[date, Decimal], now: datetime
) -> dict[str, Any]:
    """What the detector says of an episode, as the columns have it; amounts from the exact bill."""
    return {
        "key": episode.key,
        "scope": dict(episode.scope),
        "kind": episode.kind,
        "currency": episode.currency,
        "onset": episode.onset,
        "detected": episode.detected,
        "end": episode.end,
        "state": "open" if episode.end is None else "ended",
        "excess": excess.point,
        "excess_low": excess.low,
        "excess_high": excess.high,
        "rate_per_hour": episode.rate_per_hour,
        "provisional": episode.provisional,
        "absorbed": episode.absorbed,
        "days": [
            [
                one.day.isoformat(),
                str(actuals.get(one.day, Decimal(0))),
                *map(str, (one.expected, one.expected_low, one.expected_high)),
            ]
            for one in episode.days
        ],
        "drivers": [
            [one.dimension, dict(one.key), str(one.delta), one.share, one.is_new] for one in episode.drivers
        ],
        "evidence": [[one.measure, one.before, one.after] for one in episode.evidence],
        "updated_at": now,
    }


def feedback_of(known: Sequence[Anomaly]) -> tuple[Feedback, ...]:
    """What people said, as the detector learns from it."""
    return tuple(
        Feedback(a.key, a.scope, a.kind, a.onset, a.end, a.verdict, a.verdict_at.date())
        for a in known
        if a.verdict is not None and a.verdict_at is not None
    )


def as_anomaly(row: RowMapping) -> Anomaly:
    """A row as an `Anomaly`."""
    values = dict(row)
    excess = Excess(values.pop("excess"), values.pop("excess_low"), values.pop("excess_high"))
    days = tuple(
        EpisodeDay(date.fromisoformat(day), *(Decimal(n) for n in numbers))
        for day, *numbers in values.pop("days")
    )
    drivers = tuple(
        Driver(dimension, key, Decimal(delta), share, is_new)
        for dimension, key, delta, share, is_new in values.pop("drivers")
    )
    evidence = tuple(Evidence(*one) for one in values.pop("evidence"))
    return Anomaly(
        **values | {"id": f"{PREFIX}{values['id']}"},
        excess=excess,
        days=days,
        drivers=drivers,
        evidence=evidence,
    )
