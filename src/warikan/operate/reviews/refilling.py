"""A review that people still write follows its incident, whose figures late rows restate."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, select, update

from warikan.operate.reviews.desk import LONGEST_SECTION, index_review
from warikan.operate.reviews.document import State
from warikan.operate.reviews.editing import save_text
from warikan.operate.reviews.facts import IncidentFacts
from warikan.operate.reviews.merging import merge
from warikan.operate.reviews.prefill import prefill
from warikan.operate.reviews.rows import REVIEW, facts_from_json, facts_to_json, load_texts
from warikan.state.audit import SYSTEM, record
from warikan.state.tables.reviews import review_sections, reviews

FOLLOWS: tuple[State, ...] = ("draft", "in_review")
"""States in which a review follows; what was agreed on stays as it was read."""
NOTE = "the incident was restated"
_ASKED = "similar"
"""The section that is filled in once, of other incidents."""


def refill(
    connection: Connection, incident_id: str, read: Callable[[], IncidentFacts], *, at: datetime
) -> None:
    """
    Fill the review of an incident in again, where it has one that follows and *read* has other facts.

    What people wrote stays: what is new comes as if somebody else had edited the lines that came filled in.
    A section of which people have changed the same lines is left as it is; the review's facts, which every
    document shows, are the new ones all the same.
    """
    asked = select(reviews).where(reviews.c.incident_id == incident_id, reviews.c.state.in_(FOLLOWS))
    row = connection.execute(asked.with_for_update()).mappings().first()
    if row is None:
        return
    facts, before = read(), facts_from_json(row["facts"])
    if facts == before:
        return
    values: dict[str, Any] = {"facts": facts_to_json(facts), "severity": facts.severity}
    if row["title"] == before.titled(row["language"])[:300]:
        values["title"] = facts.titled(row["language"])[:300]
    connection.execute(update(reviews).where(reviews.c.id == row["id"]).values(**values))
    _note(connection, row, "facts", at, {"excess": _amount(before)}, {"excess": _amount(facts)})
    _fill(connection, row, facts, at)
    index_review(connection, row["id"])


def _fill(connection: Connection, row: RowMapping, facts: IncidentFacts, at: datetime) -> None:
    """Save what is new in each section."""
    table = review_sections
    asked = select(table.c.section_id, table.c.prefilled).where(table.c.review_id == row["id"])
    filled = {found.section_id: found.prefilled for found in connection.execute(asked)}
    texts = load_texts(connection, row["id"])
    for section_id, new in prefill(facts, row["language"]).items():
        now, base = texts.get(section_id), filled.get(section_id)
        if section_id == _ASKED or now is None or base is None or new == base:
            continue
        both = merge(base, now.text, new)
        if both.is_clean and len(both.text) <= LONGEST_SECTION:
            save_text(connection, row["id"], now, both.text, actor=SYSTEM, at=at, note=NOTE, prefilled=new)
            _note(connection, row, section_id, at, {"version": now.version}, {"version": now.version + 1})


def _note(
    connection: Connection,
    row: RowMapping,
    what: str,
    at: datetime,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
) -> None:
    subject = f"review/{REVIEW}-{row['id']}"
    record(
        connection, at=at, actor=SYSTEM, subject=subject, action=f"edit {what}", before=before, after=after
    )


def _amount(facts: IncidentFacts) -> str | None:
    return None if facts.excess is None else f"{facts.excess:f}"
