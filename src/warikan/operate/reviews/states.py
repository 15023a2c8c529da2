"""Which states a review may go to from which, and what each needs."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from warikan.catalog.reviews import ReviewSettings
from warikan.focus.errors import UsageError
from warikan.operate.reviews.document import FACTOR_KINDS, Action, Factor, SectionText, State
from warikan.operate.reviews.sections import sections

MOVES: Mapping[State, tuple[State, ...]] = {
    "draft": ("in_review",),
    "in_review": ("draft", "reviewed"),
    "reviewed": ("in_review", "closed"),
    "closed": ("reviewed", "in_review"),
}
LEAST_FACTOR_KINDS = 2


def require_move(source: State, target: State) -> None:
    """Refuse a change of state that there is not.

    Raises:
        UsageError: says where the review can go.
    """
    if target not in MOVES[source]:
        raise UsageError(
            f"a review cannot go from {source} to {target}", hint=f"it can go to {' or '.join(MOVES[source])}"
        )


def soak_until(
    calibrated_at: datetime | None, meeting_at: datetime | None, settings: ReviewSettings
) -> datetime | None:
    """When actions may be fixed: *soak_days* after calibration and meeting; None before either."""
    begun = [moment for moment in (calibrated_at, meeting_at) if moment is not None]
    return max(begun) + timedelta(days=settings.soak_days) if begun else None


def require_soaked(until: datetime | None, now: datetime, skipped: str) -> None:
    """
    Refuse to fix actions before the soak time is over, unless somebody said why not to wait.

    Raises:
        UsageError: says until when to wait, or how to begin.
    """
    if skipped or (until is not None and until <= now):
        return
    if until is None:
        raise UsageError(
            "actions are fixed some days after calibration and meeting, and there was neither",
            hint="make the calibration document, or say why not to wait",
        )
    raise UsageError(
        f"actions can be fixed from {until:%Y-%m-%d %H:%M} UTC: let the meeting settle",
        hint="wait, or say why not to wait",
    )


def missing_to_close(
    texts: Mapping[str, SectionText], factors: Sequence[Factor], actions: Sequence[Action]
) -> tuple[str, ...]:
    """What a review lacks to be closed, one sentence each; empty where nothing is missing."""
    lacking = [
        f"section {section.id} ({section.title['en']}) has no words of people yet"
        for section in sections().values()
        if section.is_required and _is_empty(texts.get(section.id))
    ]
    kinds = {factor.kind for factor in factors}
    if len(kinds) < LEAST_FACTOR_KINDS:
        found = f"there is only {', '.join(sorted(kinds))}" if kinds else "there is none"
        lacking.append(
            f"at least {LEAST_FACTOR_KINDS} contributing factors of different kinds "
            f"({', '.join(FACTOR_KINDS)}): {found}"
        )
    for action in actions:
        absent = [
            name
            for name, value in (
                ("an owner", action.owner),
                ("a due date", action.due),
                ("a kind", action.kind),
            )
            if not value
        ]
        if absent:
            lacking.append(f"{action.id} ({action.text[:60]}) lacks {', '.join(absent)}")
    return tuple(lacking)


def _is_empty(section: SectionText | None) -> bool:
    # The impact is told by its figures; where only the machine spoke, somebody must still have looked at it.
    return section is None or section.is_prefilled or not section.text.strip()
