"""The URL is the whole state of a view."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import QueryParams

from warikan.focus.columns import COST_METRICS
from warikan.focus.errors import PeriodError, UsageError
from warikan.web.links import api_address, cli_command
from warikan.web.state import ViewState, parse_state

TEXT = st.text(min_size=1, max_size=30).map(str.strip).filter(bool)
STATES = st.builds(
    ViewState,
    by=st.lists(
        st.sampled_from(["x_TeamId", "ServiceName", "Tags['env']"]), min_size=1, max_size=2, unique=True
    ).map(tuple),
    where=st.none() | TEXT,
    period=st.sampled_from(["30d", "7d", "mtd", "all", "2026-10", "2026-10-01..2026-10-08"]),
    metric=st.sampled_from(COST_METRICS),
    currency=st.none() | st.sampled_from(["USD", "JPY"]),
    order=st.sampled_from(["cost", "change", "name"]),
    granularity=st.none() | st.sampled_from(["day", "week", "month"]),
    opened=st.lists(st.text(max_size=20), max_size=3, unique=True).map(tuple),
)


def read(url: str) -> ViewState:
    """The state of a URL, as a browser would send it."""
    return parse_state(QueryParams(parse_qsl(urlsplit(url).query, keep_blank_values=True)))


@given(STATES)
def test_a_state_survives_its_url(state: ViewState) -> None:
    """Any view can be sent to somebody else."""
    assert state == read(state.url())


@given(STATES)
def test_one_state_has_one_url(state: ViewState) -> None:
    """Reading and writing again changes nothing, so that a redirect ends."""
    assert state.url() == read(state.url()).url()


def test_defaults_are_not_in_the_url() -> None:
    """The first page is just ``/``."""
    assert ViewState().url() == "/"


def test_what_a_form_leaves_empty_counts_as_absent() -> None:
    """A plain form sends every field; the view is the same."""
    assert ViewState(by=("ServiceName",)) == read("/?by=ServiceName&by=&where=&period=&metric=&currency=")


def test_two_days_become_a_half_open_period() -> None:
    """People name the last day they want to see; periods end before the next one."""
    assert read("/?first=2026-10-01&last=2026-10-07").period == "2026-10-01..2026-10-08"


def test_days_in_the_wrong_order_are_swapped() -> None:
    """There is only one thing that can be meant."""
    assert read("/?first=2026-10-07&last=2026-10-01").period == "2026-10-01..2026-10-08"


@pytest.mark.parametrize(
    "url", ["/?metric=Cost", "/?order=up", "/?compare=maybe", "/?granularity=year", f"/?where={'x' * 4001}"]
)
def test_what_no_view_has_is_refused(url: str) -> None:
    """Nothing unchecked gets past the URL."""
    with pytest.raises(UsageError):
        read(url)


def test_a_broken_date_says_so() -> None:
    """The message shows what was read."""
    with pytest.raises(PeriodError, match="tomorrow"):
        read("/?first=tomorrow&last=2026-10-01")


def test_a_row_opens_and_closes() -> None:
    """Toggling twice is doing nothing."""
    state = ViewState()

    assert state.toggle("payments").opened == ("payments",)
    assert state == state.toggle("payments").toggle("payments")


def test_the_command_line_says_the_same() -> None:
    """A view can be continued on a terminal; quotes survive the shell."""
    state = ViewState(where="x_TeamId = 'payments'", metric="BilledCost")

    assert cli_command(state) == (
        "warikan cost --by x_TeamId --by x_ServiceId --metric BilledCost "
        """--where 'x_TeamId = '"'"'payments'"'"'' --last 30d --compare previous"""
    )


def test_the_api_says_the_same() -> None:
    """A view can be continued by a program."""
    state = ViewState(by=("ServiceName",), period="2026-10", compare=False)

    assert api_address(state, "http://h") == "http://h/api/v1/cost?by=ServiceName&period=2026-10"
