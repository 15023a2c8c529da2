"""Burns as rows: started once, changed as they change, ended; each with its record and its notice."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, String, cast, insert, literal, select, update

from warikan.focus.errors import NotFound
from warikan.operate.budgets.budget import BURN_LEVELS, Budget, BudgetStatus, Burn, BurnLevel, Judged
from warikan.operate.budgets.burning import MIDDLE, SHORT
from warikan.operate.budgets.notices import notice_of
from warikan.operate.notify.notifier import Notifier
from warikan.state.audit import SYSTEM, record
from warikan.state.tables.budgets import budget_burns
from warikan.state.tables.incidents import incidents

PREFIX = "BURN-"
_ONSET: Mapping[BurnLevel, int] = {"fast": SHORT, "slow": MIDDLE}


def read_burns(
    connection: Connection, *, budget_id: str | None = None, only_open: bool = False
) -> tuple[Burn, ...]:
    """Burns, newest first."""
    table = budget_burns
    statement = _joined().order_by(table.c.id.desc())
    if budget_id is not None:
        statement = statement.where(table.c.budget_id == budget_id)
    if only_open:
        statement = statement.where(table.c.ended_at.is_(None))
    return tuple(_as_burn(row) for row in connection.execute(statement).mappings())


def read_burn(connection: Connection, burn_id: str) -> Burn:
    """
    ``BURN-3``.

    Raises:
        NotFound: there is none.
    """
    number = burn_id.strip().upper().removeprefix(PREFIX)
    row = None
    if number.isascii() and number.isdigit() and len(number) < 10:
        statement = _joined().where(budget_burns.c.id == int(number))
        row = connection.execute(statement).mappings().first()
    if row is None:
        raise NotFound(
            f"there is no burn {burn_id[:40]!r}", hint="warikan budgets show BUDGET lists its burns"
        )
    return _as_burn(row)


def write_burns(
    connection: Connection, statuses: Sequence[BudgetStatus], notify: Notifier, *, now: datetime
) -> Judged:
    """What *statuses* say of every budget, beside the burns that are open; told to people in here too."""
    # One statement reads what is open and what was counted: whoever starts the same burn meanwhile takes the
    # same number, and the second of the two is refused.
    table = budget_burns
    asked = table.c.ended_at.is_(None) | table.c.period_start.in_({status.start for status in statuses})
    rows = connection.execute(select(table).where(asked).with_for_update()).mappings().all()
    held = {_key(row): row for row in rows if row["ended_at"] is None}
    counted: dict[tuple[str, date], int] = {}
    for one in rows:
        counted[_key(one)] = max(counted.get(_key(one), 0), one["number"])
    started: list[int] = []
    changed: list[int] = []
    for status in statuses:
        row = held.get((status.budget.id, status.start))
        if status.level == "ok":
            continue
        held.pop((status.budget.id, status.start), None)
        if row is None:
            number = counted.get((status.budget.id, status.start), 0) + 1
            started.append(_start(connection, status, number, now))
        elif _change(connection, row, status, now):
            changed.append(int(row["id"]))
    ended = [
        _end(connection, row, now) for row in held.values()
    ]  # on plan again, its period over, or removed
    budgets: dict[str, Budget] = {status.budget.id: status.budget for status in statuses}

    def told(numbers: Sequence[int]) -> tuple[Burn, ...]:
        burns = tuple(read_burn(connection, f"{PREFIX}{number}") for number in numbers)
        for burn in burns:
            notify.tell(connection, notice_of(burn, budgets.get(burn.budget_id)))
        return burns

    return Judged(told(started), told(changed), told(ended))


def _key(row: Mapping[Any, Any]) -> tuple[str, date]:
    return row["budget_id"], row["period_start"]


def _start(connection: Connection, status: BudgetStatus, number: int, now: datetime) -> int:
    values: dict[str, Any] = {
        "budget_id": status.budget.id,
        "period_start": status.start,
        "number": number,
        "level": status.level,
        "worst": status.level,
        "onset": status.data_end - timedelta(days=_ONSET.get(status.level, 1)),
        "detected_at": now,
        "spent": status.actual,
        "amount": status.amount,
        "currency": status.budget.currency,
    }
    made = connection.execute(insert(budget_burns).values(**values, version=1)).inserted_primary_key
    assert made is not None  # noqa: S101 - a table with a primary key has one
    _record(connection, int(made[0]), "start", now, None, values)
    return int(made[0])


def _change(connection: Connection, row: RowMapping, status: BudgetStatus, now: datetime) -> bool:
    worst = max(row["worst"], status.level, key=BURN_LEVELS.index)
    values = {"level": status.level, "worst": worst, "spent": status.actual, "amount": status.amount}
    differing = {name: value for name, value in values.items() if row[name] != value}
    if differing:
        _write(connection, row, differing)
        _record(connection, row["id"], "change", now, {n: row[n] for n in differing}, differing)
    return bool(differing)


def _end(connection: Connection, row: RowMapping, now: datetime) -> int:
    _write(connection, row, {"ended_at": now})
    _record(connection, row["id"], "end", now, {"ended_at": None}, {"ended_at": now})
    return int(row["id"])


def _write(connection: Connection, row: RowMapping, values: Mapping[str, Any]) -> None:
    table = budget_burns
    connection.execute(
        update(table).where(table.c.id == row["id"]).values(**values, version=row["version"] + 1)
    )


def _record(
    connection: Connection,
    number: int,
    action: str,
    now: datetime,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any],
) -> None:
    subject = f"burn/{PREFIX}{number}"
    record(connection, at=now, actor=SYSTEM, subject=subject, action=action, before=before, after=after)


def _joined() -> Any:
    table = budget_burns
    origin = "budget/" + PREFIX
    return select(table, incidents.c.id.label("incident")).outerjoin(
        incidents, incidents.c.origin == literal(origin) + cast(table.c.id, String)
    )


def _as_burn(row: Mapping[Any, Any]) -> Burn:
    names = ("budget_id", "period_start", "level", "worst", "onset", "detected_at", "ended_at", "spent")
    incident = None if row["incident"] is None else f"INC-{row['incident']}"
    return Burn(
        id=f"{PREFIX}{row['id']}",
        amount=row["amount"],
        currency=row["currency"],
        incident_id=incident,
        **{name: row[name] for name in names},
    )
