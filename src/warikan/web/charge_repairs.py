"""What was repaired on a charge, as its page shows it: old and new, and by which rules."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from warikan.focus.columns import columns_by_id
from warikan.ingest.repair.explain import ChargeRepairs, RepairedColumn
from warikan.web.bounds import MAX_TITLE, shorten
from warikan.web.visit import Visit


@dataclass(frozen=True)
class RepairedShown:
    """One changed column: both values as people read them."""

    id: str
    label: str
    old: str
    new: str
    rules: tuple[str, ...]


@dataclass(frozen=True)
class RepairsShown:
    """All of a charge; *reasons*: rule, what it does, why."""

    columns: tuple[RepairedShown, ...]
    reasons: tuple[tuple[str, str, str], ...]


def shown_repairs(
    repairs: ChargeRepairs, visit: Visit, text: Callable[[Any, Visit], str]
) -> RepairsShown | None:
    """
    The repairs of a charge, or None where there were none.

    Args:
        text: How the page shows a value.
    """
    if not repairs.rules:
        return None
    return RepairsShown(
        tuple(
            RepairedShown(
                one.column,
                visit.column(one.column) if one.column in columns_by_id() else shorten(one.column),
                text(_value(one), visit),
                text(one.new, visit),
                one.rules,
            )
            for one in repairs.columns
        ),
        tuple((shorten(r.id), r.title, shorten(r.why, MAX_TITLE)) for r in repairs.rules),
    )


def _value(one: RepairedColumn) -> Any:
    """The old value as the column's type, so that a number is written as all numbers of the page are."""
    known = columns_by_id().get(one.column)
    if one.old is None or known is None or known.type != "decimal":
        return one.old
    try:
        return Decimal(one.old)
    except InvalidOperation:
        return one.old
