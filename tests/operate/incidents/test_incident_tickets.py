"""Tickets in other people's trackers: one for each wish, whatever breaks in between."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select, update
from tracker_servers import TOKEN, Board, tracker_server

from cost_world import ONSET, World, day, noon
from warikan.catalog.settings import Settings
from warikan.focus.errors import NotFound, UsageError
from warikan.operate.incidents.incidents import Incidents
from warikan.operate.incidents.tickets import LEASE
from warikan.state.tables.incidents import incident_tickets

REPOSITORY = {"github": "acme/shop", "gitlab": "acme/shop", "jira": "OPS"}


def settings_of(kind: str, url: str, **values: str) -> Settings:
    """Settings with one tracker, called board."""
    tracker = {"type": kind, "repository": REPOSITORY[kind], "url": url, "token_from": "BOARD_TOKEN"}
    trackers = {"board": tracker | values}
    told = {"currency": "USD", "anomalies": {"settle_days": 0}, "incidents": {"trackers": trackers}}
    return Settings.model_validate(told)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Shop costs 110 instead of 10 from the onset on."""
    made = World(tmp_path_factory.mktemp("tickets"), noon(day(3)), day(3))
    made.bill(day(3), made.usual("110", 0, 3))
    return made


@pytest.fixture
def board(request: pytest.FixtureRequest) -> Iterator[Board]:
    """A server of the kind that the test is parametrised with; GitHub else."""
    with tracker_server(getattr(request, "param", "github")) as running:
        yield running


def incidents_of(world: World, kind: str, board: Board, **values: str) -> Incidents:
    """The incidents of *world* with *board* as their tracker."""
    parts = world.all
    assert world.state is not None
    return Incidents(
        world.state,
        parts.engine,
        parts.catalog,
        settings_of(kind, board.url, **values),
        lambda: world.now,
        changes=parts.changes,
        anomalies=parts.anomalies,
        budgets=parts.budgets,
        notify=parts.notify,
        environment={"BOARD_TOKEN": f"{TOKEN}\n"},
    )


def declare(incidents: Incidents) -> str:
    """An incident of shop by hand."""
    scope: dict[str, str | None] = {"x_ServiceId": "shop"}
    told = incidents.declare(actor="ann", onset=ONSET, scope=scope, expected_per_day=Decimal(10), again=True)
    return told.id


@pytest.mark.parametrize(
    ("board", "address"),
    [("github", "/issues/1"), ("gitlab", "/-/issues/1"), ("jira", "/browse/OPS-1")],
    indirect=["board"],
)
def test_a_ticket_is_made_once(
    world: World, board: Board, address: str, request: pytest.FixtureRequest
) -> None:
    """Asked for three times it is one request that makes it; a task has one of its own."""
    kind = request.node.callspec.params["board"]
    incidents = incidents_of(world, kind, board)
    incident = declare(incidents)
    incidents.add_task(incident, title="lifecycle rule", owner="bob", actor="ann")

    tickets = [incidents.create_ticket(incident, "board", actor="ann") for _ in range(3)]
    of_task = incidents.create_ticket(incident, "board", actor="ann", task=1)

    assert {("done", f"{board.url}{address}")} == {(t.state, t.url) for t in tickets}
    assert len(board.issues) == 2
    assert tickets[0].id != of_task.id
    assert [method for method, _, _ in board.asked].count("POST") == 2
    said = str(board.issues[0])
    assert "300.00 USD" in said
    assert incident in said
    assert "ticket" in [e.kind for e in incidents.timeline(incident)]


@pytest.mark.parametrize(
    ("board", "values", "header", "expected"),
    [
        ("github", {}, "Authorization", f"Bearer {TOKEN}"),
        ("gitlab", {}, "PRIVATE-TOKEN", TOKEN),
        ("jira", {}, "Authorization", f"Bearer {TOKEN}"),
        ("jira", {"user": "ann@acme.io"}, "Authorization", "Basic YW5uQGFjbWUuaW86dG9rLXNlY3JldC0xMjM="),
    ],
    indirect=["board"],
)
def test_who_asks_is_proven_as_each_wants_it(
    world: World,
    board: Board,
    values: dict[str, str],
    header: str,
    expected: str,
    request: pytest.FixtureRequest,
) -> None:
    """The token stands in a header and nowhere else, least of all in our state."""
    incidents = incidents_of(world, request.node.callspec.params["board"], board, **values)
    incidents.create_ticket(declare(incidents), "board", actor="ann")

    assert {expected} == {headers[header] for _, _, headers in board.asked}
    assert TOKEN not in str([path for _, path, _ in board.asked])
    assert world.state is not None
    with world.state.read() as connection:
        assert TOKEN not in str(connection.execute(select(incident_tickets)).all())


@pytest.mark.parametrize("board", ["github", "gitlab", "jira"], indirect=True)
def test_made_but_not_answered_is_found_again(
    world: World, board: Board, request: pytest.FixtureRequest
) -> None:
    """The server makes it and the answer is lost: it stays pending, and is found, not made again."""
    incidents = incidents_of(world, request.node.callspec.params["board"], board)
    incident = declare(incidents)
    board.is_silent = True
    first = incidents.create_ticket(incident, "board", actor="ann")
    board.is_silent = False
    again = incidents.create_ticket(incident, "board", actor="ann")

    assert (first.state, again.state, len(board.issues)) == ("pending", "pending", 1)

    world.now += LEASE + timedelta(seconds=1)
    incidents.refresh(only=incident)
    (done,) = incidents.detail(incident).tickets
    assert (done.state, len(board.issues)) == ("done", 1)


def test_killed_between_the_answer_and_our_note(world: World, board: Board) -> None:
    """As a kill -9 right after the ticket was made leaves it: meant, claimed, not noted."""
    incidents = incidents_of(world, "github", board)
    incident = declare(incidents)
    made = incidents.create_ticket(incident, "board", actor="ann")
    assert world.state is not None
    with world.state.begin() as connection:
        connection.execute(
            update(incident_tickets)
            .where(incident_tickets.c.id == made.id)
            .values(state="pending", url=None, claimed_until=world.now + LEASE)
        )

    incidents.refresh(only=incident)
    assert incidents.detail(incident).tickets[0].state == "pending"
    world.now += LEASE + timedelta(seconds=1)
    incidents.refresh(only=incident)

    assert (made.url, 1) == (incidents.detail(incident).tickets[0].url, len(board.issues))


def test_killed_before_anything_was_sent(world: World, board: Board) -> None:
    """The wish alone is there: the next job makes the ticket."""
    incidents = incidents_of(world, "github", board)
    incident = declare(incidents)
    board.answers = [503]
    assert incidents.create_ticket(incident, "board", actor="ann").state == "pending"
    assert board.issues == []

    world.now += LEASE + timedelta(seconds=1)
    incidents.refresh(only=incident)
    assert (incidents.detail(incident).tickets[0].state, len(board.issues)) == ("done", 1)


def test_a_refusal_is_told_without_the_token(world: World, board: Board) -> None:
    """What the tracker refuses is failed, and says why; asking again tries again."""
    incidents = incidents_of(world, "github", board)
    incident = declare(incidents)
    board.answers = [422]
    refused = incidents.create_ticket(incident, "board", actor="ann")

    assert refused.state == "failed"
    assert "answered 422" in (refused.error or "")
    assert TOKEN not in (refused.error or "")

    world.now += LEASE
    again = incidents.create_ticket(incident, "board", actor="ann")
    assert ("done", refused.id) == (again.state, again.id)


def test_ten_who_ask_at_once_make_one(world: World, board: Board) -> None:
    """Whoever is first makes it; nobody makes a second one."""
    incidents = incidents_of(world, "github", board)
    incident = declare(incidents)
    people = [
        threading.Thread(target=incidents.create_ticket, args=(incident, "board"), kwargs={"actor": "x"})
        for _ in range(10)
    ]
    for one in people:
        one.start()
    for one in people:
        one.join()

    assert len(board.issues) == 1
    assert incidents.detail(incident).tickets[0].state == "done"


def test_it_is_looked_for_on_later_pages(world: World, board: Board) -> None:
    """A busy repository: ours is found behind 250 others; behind too many nobody guesses."""
    incidents = incidents_of(world, "github", board)
    incident = declare(incidents)
    board.is_silent, board.others = True, 250
    incidents.create_ticket(incident, "board", actor="ann")
    board.is_silent = False
    world.now += LEASE + timedelta(seconds=1)
    incidents.refresh(only=incident)
    assert (incidents.detail(incident).tickets[0].state, len(board.issues)) == ("done", 1)

    other = declare(incidents)
    board.others = 2000
    ticket = incidents.create_ticket(other, "board", actor="ann")
    assert (ticket.state, len(board.issues)) == ("failed", 1)


def test_links_are_addresses(world: World, board: Board) -> None:
    """What is there already is linked once; what is no address is refused."""
    incidents = incidents_of(world, "github", board)
    incident = declare(incidents)
    first = incidents.link_ticket(incident, "https://example.com/7", actor="ann", title="seven")
    second = incidents.link_ticket(incident, " https://example.com/7 ", actor="bob")

    assert first == second
    for url in (
        "javascript:alert(1)",
        "example.com",
        "https://user:pass@example.com/",
        "https://",
        "http://a\nb",
    ):
        with pytest.raises(UsageError):
            incidents.link_ticket(incident, url, actor="ann")
    with pytest.raises(NotFound):
        incidents.create_ticket(incident, "nowhere", actor="ann")
    with pytest.raises(NotFound):
        incidents.create_ticket(incident, "board", actor="ann", task=9)


def test_a_missing_token_fails_and_says_so(world: World, board: Board, tmp_path: Path) -> None:
    """Without the variable nothing is asked."""
    incidents = incidents_of(world, "github", board)
    incidents._tickets._environment = {}
    ticket = incidents.create_ticket(declare(incidents), "board", actor="ann")

    assert ticket.state == "failed"
    assert "BOARD_TOKEN" in (ticket.error or "")
    assert board.asked == []
