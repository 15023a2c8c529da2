"""What the company does of itself is told from its plan, apart from chance and from what is planted."""

from datetime import date

from warikan.estate.generate import DEFAULT_UNTIL
from warikan.estate.own_moves import PLATFORM, list_own_moves
from warikan.estate.timeline import Timeline


def test_a_node_and_the_commitment_that_it_uses_up() -> None:
    """The data cluster's third node is one move, who lost the discount by it another, on the same day."""
    moves = list_own_moves()
    added = next(m for m in moves if m.service == PLATFORM and "hinode-data has +1" in m.cause)
    lost = [m for m in moves if m.service == "ml-training" and m.start == added.start]

    assert added.rises
    assert all(m.rises and "commitments cover -" in m.cause for m in lost)
    assert lost


def test_moves_hang_on_the_last_day() -> None:
    """They lie within the year, and another year has its own."""
    timeline = Timeline.ending(DEFAULT_UNTIL, "small")

    assert all(timeline.start < m.start < timeline.until for m in list_own_moves())
    assert all(m.start < date(2025, 6, 1) for m in list_own_moves(date(2025, 6, 1)))
