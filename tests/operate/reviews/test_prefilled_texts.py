"""What Warikan writes into a review itself: in the review's language, and not as blame."""

from datetime import timedelta
from decimal import Decimal

import pytest
from review_world import ONSET, incident

from warikan.operate.reviews.blame import check_text
from warikan.operate.reviews.document import Language
from warikan.operate.reviews.facts import Moment
from warikan.operate.reviews.prefill import prefill

SAID = (
    "Declared", "Acknowledged", "Contained", "Verified by hand", "Verified on the bill", "Closed", "Reopened",
    "ANO-3 noticed (drift)", "ANO-3 ended: the new level is expected now", "ANO-3 ended",
    "Budget company: fast burn",
)  # fmt: skip


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("is_recurring", [True, False, None])
def test_nothing_that_warikan_writes_is_marked(language: Language, *, is_recurring: bool | None) -> None:
    """Whatever is known of the incident."""
    facts = incident(
        summary="", avoided=Decimal(100), before_detection=Decimal(50), rate_per_hour=Decimal(2),
        is_recurring=is_recurring, known_early_at=ONSET + timedelta(hours=3), acknowledged=ONSET,
        verified=ONSET + timedelta(days=5), low=Decimal(1), high=Decimal(2000),
        paid_by={"shop": Decimal("1234.56")},
        timeline=tuple(Moment(ONSET, "warikan", text) for text in SAID),
    )  # fmt: skip
    for section, text in prefill(facts, language).items():
        assert [mark.sentence for mark in check_text(text)] == [], section


def test_a_timeline_in_japanese_is_in_japanese() -> None:
    """What Warikan says of itself; what others wrote stays theirs."""
    facts = incident(timeline=tuple(Moment(ONSET, "warikan", text) for text in (*SAID, "Release 4.2")))
    lines = prefill(facts, "ja")["timeline"].splitlines()[2:]
    told = [line.split("|")[2].strip() for line in lines]

    assert told[-1] == "Release 4.2"
    assert not set(told) & set(SAID)
    assert told[7:11] == [
        "ANO-3 を検知（徐々に増加）",
        "ANO-3 が終了（新しい水準を予想とする）",
        "ANO-3 が終了",
        "予算 company：速い消費",
    ]
