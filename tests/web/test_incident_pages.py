"""The pages of an anomaly, an incident and changes over HTTP."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from incident_company import DEPLOYS, ONSET

from warikan.bootstrap import Workspace

Client = httpx.Client
HOSTILE = "<script>alert(1)</script>"

BEFORE = ONSET - timedelta(days=1)


@pytest.fixture
def client(serve: Callable[[Workspace], str], troubled: Workspace) -> Iterator[Client]:
    """Asks a server of a company with an anomaly, following no redirect."""
    with httpx.Client(base_url=serve(troubled), timeout=60) as asking:
        yield asking


@pytest.fixture
def incident(client: Client) -> str:
    """The address of an incident that was declared from the anomaly."""
    return client.post("/anomalies/ANO-1/declare").headers["location"]


def test_an_anomaly_says_what_is_off(client: Client) -> None:
    """Sentence, money with its interval, drivers with a way into the costs, and the marks of changes."""
    page = client.get("/anomalies/ANO-1").text

    for said in ("something is billed that never was before", "$210.00", "80 % chance", "Logging", "logs-1"):
        assert said in page
    assert f'data-count="{DEPLOYS}"' in page
    assert "where=" in page


def test_an_anomaly_in_japanese(client: Client) -> None:
    """The sentence is Japanese too."""
    page = client.get("/anomalies/ANO-1?lang=ja").text

    assert "これまでになかったものが請求されています" in page


def test_marks_can_be_switched_off(client: Client) -> None:
    """On every chart with changes."""
    for address in ("/anomalies/ANO-1", "/"):
        assert "change-marks" in client.get(address).text
        assert "change-marks" not in client.get(f"{address}?marks=off").text


def test_a_verdict_with_a_note(client: Client, troubled: Workspace) -> None:
    """What is said is kept with who, why and when; it can be taken back; the record has both."""
    client.post("/anomalies/ANO-1/say", data={"verdict": "planned", "note": HOSTILE, "version": "1"})
    page = client.get("/anomalies/ANO-1").text
    assert "&lt;script&gt;" in page
    assert HOSTILE not in page

    client.post("/anomalies/ANO-1/say", data={"verdict": "undo", "version": "2"})
    assert troubled.operations.anomalies.get("ANO-1").verdict is None
    assert "unsay" in client.get("/anomalies/ANO-1").text


def test_both_versions_are_shown(client: Client, troubled: Workspace) -> None:
    """Who was too late sees what stands there and what they typed."""
    troubled.operations.anomalies.say("ANO-1", "real", actor="aya", note="a bug")
    answer = client.post(
        "/anomalies/ANO-1/say", data={"verdict": "planned", "note": "a migration", "version": "1"}
    )

    assert answer.status_code == 409
    assert "a bug" in answer.text
    assert answer.text.count("a migration") == 2


def test_an_incident_shows_everything(client: Client, incident: str) -> None:
    """Clock, money, coincident changes that are not called the cause, who paid, drivers."""
    page = client.get(incident).text

    for said in ("INC-1", "$210.00", "Onset", "Verified on the bill", "Coincident changes, not the cause",
                 "shop v1", "Who paid", "What drives it", "Acknowledge", "Begin the review"):  # fmt: skip
        assert said in page
    assert client.get(f"{incident}?lang=ja").text.count("原因とは限りません") > 1


def test_it_is_called_by_its_facts_in_the_readers_language(client: Client, incident: str) -> None:
    """Whoever declared it, in page and queue; a title that a person wrote is the same for all."""
    for address in (incident, "/incidents"):
        assert "Logging: new cost since" in client.get(f"{address}?lang=en").text
        assert "から新しい費用が発生" in client.get(f"{address}?lang=ja").text
    client.post(f"{incident}/title", data={"title": "Logs for ever", "version": "1"})
    assert "Logs for ever" in client.get(f"{incident}?lang=ja").text


def test_similar_ones_say_why(client: Client, incident: str, troubled: Workspace) -> None:
    """What past incidents have in common with this one, in words, on both pages, with their reviews."""
    operations = troubled.operations
    scope = {"x_ServiceId": "shop", "ServiceName": "Logging"}
    operations.incidents.declare(actor="aya", onset=BEFORE, scope=scope, title=f"Old {HOSTILE}")
    for number in (1, 2):
        review = operations.reviews.begin(f"INC-{number}", actor="aya")
        operations.reviews.add_factor(review.id, kind="tech", text="No limit", label="no-limit", actor="aya")

    page = client.get(f"{incident}?lang=en").text
    for said in (
        "INC-2",
        "same service: ",
        "same product: Logging",
        "same factor: no-limit",
        "same kind of factor: Technology",
        "/reviews/REV-2",
    ):
        assert said in page
    assert HOSTILE not in page
    japanese = client.get(f"{incident}?lang=ja").text
    for said in ("同じ製品：Logging", "同じ要因：no-limit"):
        assert said in japanese
    assert "INC-2" in client.get("/anomalies/ANO-1").text


def test_an_anomaly_that_nobody_declared_shows_similar_ones(client: Client, troubled: Workspace) -> None:
    """By its service and product."""
    troubled.operations.incidents.declare(actor="aya", onset=BEFORE, scope={"x_ServiceId": "shop"})

    page = client.get("/anomalies/ANO-1").text

    assert "INC-1" in page
    assert "same service: " in page


def test_the_life_of_an_incident(client: Client, incident: str, troubled: Workspace) -> None:
    """Acknowledged, contained on a day, verified with a reason, closed, reopened: each one form."""
    incidents = troubled.operations.incidents
    steps = [
        ("acknowledge", {}, "acknowledged"),
        ("contain", {"at": f"{ONSET.isoformat()}T18:00"}, "contained"),
        ("verify", {"reason": "The logs are off"}, "verified"),
        ("close", {}, "closed"),
        ("reopen", {"reason": "They came back"}, "acknowledged"),
        ("dismiss", {"reason": "A load test", "verdict": "planned"}, "dismissed"),
    ]
    for move, fields, state in steps:
        version = str(incidents.get("INC-1").version)
        answer = client.post(f"{incident}/to/{move}", data=fields | {"version": version})
        assert (answer.status_code, incidents.get("INC-1").state) == (303, state)
        page = client.get(incident)
        assert page.status_code == 200
        if move == "contain":
            moment = datetime(ONSET.year, ONSET.month, ONSET.day, 18, tzinfo=UTC)
            assert incidents.get("INC-1").clock.contained == moment


def test_what_was_typed_is_kept(client: Client, incident: str) -> None:
    """A refused form says why and stands there as it was typed."""
    answer = client.post(f"{incident}/tasks", data={"title": " ", "owner": "aya", "due": "2026-12-01"})
    assert answer.status_code == 400
    assert 'value="2026-12-01"' in answer.text
    assert "Title has 1 to 300 characters" in answer.text

    late = client.post(f"{incident}/notes", data={"text": "seen", "at": "yesterday"})
    assert late.status_code == 400
    assert "seen</textarea>" in late.text


def test_a_stale_form_shows_both(client: Client, incident: str, troubled: Workspace) -> None:
    """The title that somebody else gave stands there, beside the one that was sent."""
    seen = troubled.operations.incidents.get("INC-1").version
    troubled.operations.incidents.rename("INC-1", "Logs for ever", actor="aya")
    answer = client.post(f"{incident}/title", data={"title": "Too many logs", "version": str(seen)})

    assert answer.status_code == 409
    assert "Logs for ever" in answer.text
    assert "Too many logs" in answer.text
    assert troubled.operations.incidents.get("INC-1").title == "Logs for ever"


def test_tasks_roles_notes_and_tickets(client: Client, incident: str, troubled: Workspace) -> None:
    """Added, changed, done; each stands on the page, escaped."""
    client.post(f"{incident}/tasks", data={"title": HOSTILE, "owner": "aya", "due": "2026-11-01"})
    client.post(f"{incident}/role", data={"role": "lead", "name": "Ken"})
    client.post(f"{incident}/severity", data={"severity": "SEV2"})
    client.post(f"{incident}/notes", data={"text": "Level was debug", "link": "https://wiki.example/x"})
    client.post(f"{incident}/tickets", data={"url": "https://git.example/issues/7"})
    page = client.get(incident).text
    for said in (
        "&lt;script&gt;",
        "overdue since",
        "Ken",
        "SEV2",
        "Level was debug",
        "https://git.example/issues/7",
    ):
        assert said in page
    assert HOSTILE not in page

    fields = {"title": "Limit logs", "owner": "aya", "due": "", "state": "done", "version": "1"}
    client.post(f"{incident}/tasks/1", data=fields)
    task = troubled.operations.incidents.detail("INC-1").tasks[0]
    assert (task.title, task.state, task.due) == ("Limit logs", "done", None)


def test_lines_are_pinned_hidden_and_annotated(client: Client, incident: str, troubled: Workspace) -> None:
    """What people do to a line of the timeline stays."""
    line = next(e for e in troubled.operations.incidents.timeline("INC-1") if e.kind == "change")
    client.post(f"{incident}/entries/{line.id}", data={"do": "pin", "version": "1"})
    client.post(f"{incident}/entries/{line.id}", data={"do": "annotate", "annotation": "it turned debug on"})
    assert "it turned debug on" in client.get(incident).text
    client.post(f"{incident}/entries/{line.id}", data={"do": "hide"})

    assert f'id="entry-{line.id}"' not in client.get(incident).text
    assert f'id="entry-{line.id}"' in client.get(f"{incident}?hidden=on").text


def test_declaring_by_hand(client: Client) -> None:
    """A form with a filter; what cannot be is said beside what was typed."""
    assert client.get("/incidents/new").status_code == 200
    told = {"title": "Odd", "onset": "2027-01-01", "service": "shop", "where": "ServiceName = 'Compute'"}
    refused = client.post("/incidents", data=told)
    assert refused.status_code == 400
    assert 'value="Odd"' in refused.text

    made = client.post("/incidents", data=told | {"onset": ONSET.isoformat(), "usual": "10"})
    assert made.headers["location"] == "/incidents/INC-1"
    assert "Odd" in client.get("/incidents/INC-1").text


def test_declaring_everything_or_once_more_is_said(client: Client) -> None:
    """Nothing chosen is not everything; the same again names the one that there is."""
    told = {"title": "All of it", "onset": ONSET.isoformat()}
    assert client.post("/incidents", data=told).status_code == 400
    told |= {"everything": "on"}
    made = client.post("/incidents", data=told)
    again = client.post("/incidents", data=told)
    assert (made.status_code, again.status_code) == (303, 409)
    assert made.headers["location"].removeprefix("/incidents/") in again.text
    assert "Somebody else" not in again.text
    assert 'name="again"' in again.text
    assert client.post("/incidents", data=told | {"again": "on"}).status_code == 303


@pytest.mark.parametrize("asked", ["team=nope", "state=bogus", "kind=bogus", "order=zzz"])
def test_a_queue_of_what_is_not_there(client: Client, asked: str) -> None:
    """Is an error, not an empty queue."""
    assert client.get(f"/incidents?{asked}").status_code == 400


def test_a_filter_that_cannot_be_read(client: Client) -> None:
    """It is refused with the reason, and kept."""
    told = {"onset": ONSET.isoformat(), "where": "ServiceName = "}

    assert client.post("/incidents", data=told).status_code == 400


def test_the_ledger(client: Client) -> None:
    """All changes, those of a service, of days, of a text; an empty list says so."""
    assert client.get("/changes").text.count('id="CHG-') == DEPLOYS
    assert client.get("/changes?service=shop&text=v2").text.count('id="CHG-') == 1
    day = ONSET.isoformat()
    assert "Nothing matches" in client.get(f"/changes?first={day}&last={day}").text
    assert client.get("/changes?first=soon").status_code == 400


@pytest.mark.parametrize("address", ["/anomalies/ANO-9", "/incidents/INC-9", "/anomalies/x", "/incidents/x"])
def test_not_there(client: Client, address: str) -> None:
    """What there is not is a page that says so."""
    assert client.get(address).status_code == 404


def test_the_review(client: Client, incident: str) -> None:
    """Begun once, found again; the incident leads to it."""
    answer = client.post(f"{incident}/review")
    assert (answer.status_code, answer.headers["location"]) == (303, "/reviews/REV-1")

    assert "/reviews/REV-1" in client.get(incident).text
    assert client.post(f"{incident}/review").headers["location"] == "/reviews/REV-1"
