"""What is to do about an incident, by whom and until when."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from warikan.focus.errors import Conflict, NotFound, UsageError
from warikan.operate.incidents.editing import Edit
from warikan.operate.incidents.incident import TASK_STATES, Task, TaskState
from warikan.operate.incidents.store import as_task
from warikan.state.tables.incidents import incident_tasks

MOST_TASKS = 200
UNSET: Any = object()
"""What is not to be changed; None is a value."""


def add(editing: Edit, *, title: str, owner: str, due: date | None) -> Task:
    """
    Add a task.

    Raises:
        UsageError: it has no title or no owner, or there are too many.
    """
    number = 1 + (
        editing.connection.execute(
            select(func.max(incident_tasks.c.number)).where(incident_tasks.c.incident_id == editing.number)
        ).scalar()
        or 0
    )
    if number > MOST_TASKS:
        raise UsageError(f"{editing.id} has {MOST_TASKS} tasks already")
    values = {
        "title": checked(title, "title", 300),
        "owner": checked(owner, "owner", 200),
        "due": due,
        "state": "open",
    }
    editing.connection.execute(
        insert(incident_tasks).values(
            incident_id=editing.number,
            number=number,
            created_at=editing.now,
            created_by=editing.actor,
            version=1,
            **values,
        )
    )
    editing.note(f"add task {number}", None, values)
    return read(editing.connection, editing.number, number)


def change(
    editing: Edit,
    number: int,
    *,
    title: str = UNSET,
    owner: str = UNSET,
    due: date | None = UNSET,
    state: TaskState = UNSET,
    version: int | None = None,
) -> Task:
    """
    Change what is given of a task.

    Raises:
        NotFound: there is no such task.
        Conflict: it is no longer as it was in *version*.
        UsageError: a value cannot be.
    """
    before = read(editing.connection, editing.number, number)
    if version is not None and version != before.version:
        raise Conflict(
            f"task {number} of {editing.id} has changed since you saw it "
            f"(it was version {version}, now {before.version})",
            hint="look at it again, then change it again",
        )
    values: dict[str, Any] = {}
    if title is not UNSET:
        values["title"] = checked(title, "title", 300)
    if owner is not UNSET:
        values["owner"] = checked(owner, "owner", 200)
    if due is not UNSET:
        values["due"] = due
    if state is not UNSET:
        if state not in TASK_STATES:
            raise UsageError(f"a task is {', '.join(TASK_STATES)}, not {str(state)[:40]!r}")
        values |= {"state": state, "done_at": _done_at(before, state, editing.now)}
    changed = {name: value for name, value in values.items() if getattr(before, name) != value}
    if changed:
        editing.connection.execute(
            update(incident_tasks)
            .where(incident_tasks.c.incident_id == editing.number, incident_tasks.c.number == number)
            .values(**changed, version=before.version + 1)
        )
        editing.note(f"change task {number}", {n: getattr(before, n) for n in changed}, changed)
    return read(editing.connection, editing.number, number)


def read(connection: Connection, incident: int, number: int) -> Task:
    """
    One task.

    Raises:
        NotFound: there is no such task.
    """
    row = (
        connection.execute(
            select(incident_tasks).where(
                incident_tasks.c.incident_id == incident, incident_tasks.c.number == number
            )
        )
        .mappings()
        .first()
    )
    if row is None:
        raise NotFound(f"INC-{incident} has no task {number}", hint=f"warikan incidents show INC-{incident}")
    return as_task(row)


def checked(text: str, what: str, most: int) -> str:
    """
    *text* without white space around it.

    Raises:
        UsageError: nothing is left, or it is too long.
    """
    told = text.strip()
    if not told or len(told) > most:
        raise UsageError(f"{what} has 1 to {most} characters")
    return told


def _done_at(before: Task, state: TaskState, now: datetime) -> datetime | None:
    if state not in {"done", "dropped"}:
        return None
    return before.done_at or now
