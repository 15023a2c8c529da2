"""Colours: eight, never twice in a picture, the same thing in the same colour."""

from hypothesis import given
from hypothesis import strategies as st

from warikan.web.colours import SLOTS, assign_slots

TEAMS = ("checkout", "data", "payments", "search")


@given(st.lists(st.text(min_size=1), max_size=SLOTS, unique=True))
def test_no_colour_twice(keys: list[str]) -> None:
    """Any eight things can be told apart."""
    slots = assign_slots("ServiceName", keys)

    assert set(keys) == set(slots)
    assert len(set(slots.values())) == len(keys)


@given(st.permutations(TEAMS))
def test_a_team_keeps_its_colour(ranked: list[str]) -> None:
    """Whoever costs most this month, each team is drawn as before."""
    assert assign_slots("x_TeamId", TEAMS, TEAMS) == dict(
        sorted(assign_slots("x_TeamId", ranked, TEAMS).items())
    )


def test_what_has_no_value_is_grey() -> None:
    """Unallocated is no team."""
    assert assign_slots("x_TeamId", [None], TEAMS) == {}
