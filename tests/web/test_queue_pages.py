"""The queue over HTTP: what stands there, what can be done at once, and what is refused."""

from collections.abc import Callable, Iterator

import httpx
import pytest

from warikan.bootstrap import Workspace

Client = httpx.Client
PLANNED = {"do": "planned", "version": "1", "back": "/incidents?team=sales"}


@pytest.fixture
def client(serve: Callable[[Workspace], str], troubled: Workspace) -> Iterator[Client]:
    """Asks a server of a company with an anomaly, following no redirect."""
    with httpx.Client(base_url=serve(troubled), timeout=60) as asking:
        yield asking


def test_what_is_off_stands_there(client: Client) -> None:
    """Money, owner, kind and age of the anomaly, without a click."""
    page = client.get("/incidents").text

    for said in ("ANO-1", "Shop · Logging", "New cost", "Sales", "$210.00", "$1.25", "9 days"):
        assert said in page


def test_a_verdict_and_back(client: Client, troubled: Workspace) -> None:
    """A verdict takes a row away, says so with a way back, and the way back leads back; filters stay."""
    answer = client.post("/incidents/queue/ANO-1", data=PLANNED)
    assert (answer.status_code, answer.headers["location"]) == (303, "/incidents?team=sales&said=ANO-1")
    page = client.get(answer.headers["location"]).text
    assert 'value="undo"' in page
    assert "data-row" not in page
    assert "data-row" in client.get("/incidents?show=past").text

    client.post("/incidents/queue/ANO-1", data={"do": "undo", "version": "2"})
    assert troubled.operations.anomalies.get("ANO-1").verdict is None
    assert "data-row" in client.get("/incidents").text


def test_what_changed_meanwhile_is_not_written_over(client: Client, troubled: Workspace) -> None:
    """Who saw an older version is told how it is now; nothing is written."""
    troubled.operations.anomalies.say("ANO-1", "real", actor="aya")
    answer = client.post("/incidents/queue/ANO-1", data=PLANNED)

    assert answer.status_code == 409
    assert "Somebody else changed this meanwhile" in answer.text
    assert "aya" in answer.text
    assert troubled.operations.anomalies.get("ANO-1").verdict == "real"


def test_declaring_from_the_queue(client: Client, troubled: Workspace) -> None:
    """It leads to the incident; the anomaly stands in the queue as the incident alone."""
    answer = client.post("/incidents/queue/ANO-1", data={"do": "declare", "version": "1"})
    assert answer.headers["location"] == "/incidents/INC-1"
    page = client.get("/incidents").text

    assert "INC-1" in page
    assert "ANO-1" not in page
    assert troubled.operations.incidents.get("INC-1").origin == "anomaly/ANO-1"


def test_an_incident_goes_on_from_the_queue(client: Client, troubled: Workspace) -> None:
    """Acknowledge, contained, and back again, each by one button; a dismissal asks why, on its page."""
    client.post("/incidents/queue/ANO-1", data={"do": "declare", "version": "1"})
    incidents = troubled.operations.incidents
    for do, state in (
        ("acknowledge", "acknowledged"),
        ("contain", "contained"),
        ("false", "contained"),
        ("reopen", "acknowledged"),
        ("contain", "contained"),
    ):
        version = str(incidents.get("INC-1").version)
        answer = client.post("/incidents/queue/INC-1", data={"do": do, "version": version})
        assert (answer.status_code, incidents.get("INC-1").state) == (303, state)
        if do == "false":
            page = client.get(answer.headers["location"]).text
            assert 'name="pop" open' in page
            assert 'value="false" checked' in page
            assert "autofocus" in page
            assert 'id="refused"' not in page
    kept = incidents.get("INC-1")
    incidents.dismiss("INC-1", "planned", reason="a slip", actor="ann")
    version = str(incidents.get("INC-1").version)
    client.post("/incidents/queue/INC-1", data={"do": "reopen", "version": version})
    assert (kept.state, kept.clock) == (incidents.get("INC-1").state, incidents.get("INC-1").clock)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/incidents?team=finding", "Nothing matches"),
        ("/incidents?kind=drift", "Nothing matches"),
        ("/incidents?kind=new&team=sales", "ANO-1"),
        ("/incidents?show=past", "Nothing has ended yet"),
        ("/incidents?order=age&show=all", "ANO-1"),
    ],
)
def test_narrowing(client: Client, address: str, said: str) -> None:
    """The address is the state; each empty list says which one it is."""
    assert said in client.get(address).text


@pytest.mark.parametrize("address", ["/incidents?show=nothing", "/incidents?order=luck"])
def test_no_such_list(client: Client, address: str) -> None:
    """A list that is none is refused with those that are."""
    assert client.get(address).status_code == 400


def test_an_empty_queue_teaches(serve: Callable[[Workspace], str], workspace: Workspace) -> None:
    """Where nothing was ever judged, the page says how to begin."""
    page = httpx.get(f"{serve(workspace)}/incidents").text

    assert "warikan anomalies judge" in page


@pytest.mark.parametrize(
    "address",
    [
        "/me",
        "/incidents",
        "/incidents/queue/ANO-1",
        "/anomalies/ANO-1/say",
        "/anomalies/ANO-1/declare",
        "/incidents/INC-1/to/acknowledge",
        "/incidents/INC-1/role",
        "/incidents/INC-1/severity",
        "/incidents/INC-1/title",
        "/incidents/INC-1/notes",
        "/incidents/INC-1/tasks",
        "/incidents/INC-1/tasks/1",
        "/incidents/INC-1/tickets",
        "/incidents/INC-1/entries/1",
        "/incidents/INC-1/review",
    ],
)
@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}])
def test_forms_of_other_sites_are_refused(client: Client, address: str, headers: dict[str, str]) -> None:
    """A page of another site cannot make a visitor act here."""
    fields = PLANNED | {"name": "x", "verdict": "planned", "role": "lead", "severity": "SEV1"}

    assert client.post(address, data=fields, headers=headers).status_code == 403


def test_who_one_is(client: Client, troubled: Workspace) -> None:
    """A name is given once, kept by the browser, and stands in the record of what is done."""
    answer = client.post("/me", data={"name": "彩", "back": "/incidents?show=all"})
    assert answer.headers["location"] == "/incidents?show=all"
    assert "You are: 彩" in client.get("/incidents").text

    client.post("/incidents/queue/ANO-1", data=PLANNED)
    assert troubled.operations.anomalies.get("ANO-1").verdict_by == "彩"


@pytest.mark.parametrize(
    "back", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:1"]
)
def test_a_form_leads_nowhere_else(client: Client, back: str) -> None:
    """After a form, nobody is sent to another site."""
    assert client.post("/me", data={"name": "aya", "back": back}).headers["location"] == "/"


@pytest.mark.parametrize("row", ["ANO-99", "INC-99", "nothing"])
def test_no_such_row(client: Client, row: str) -> None:
    """An unknown row is a page that is not there."""
    assert client.post(f"/incidents/queue/{row}", data=PLANNED).status_code == 404
