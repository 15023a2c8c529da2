"""The changes of the demo, as systems tell of them, and the labels of its incidents."""

import csv
import json

import pyarrow.parquet as pq
import pytest

from warikan.estate import EstateReport
from warikan.estate.change_files import COLUMNS

GUILTLESS = {"mihari-log-price", "reservation-expired"}


def lines(estate: EstateReport, name: str) -> list[dict[str, object]]:
    """The JSON lines of a file in changes/."""
    return [json.loads(line) for line in (estate.folder / "changes" / name).read_text("utf-8").splitlines()]


def rows(estate: EstateReport) -> list[dict[str, str]]:
    """The rows of changes.csv."""
    with (estate.folder / "changes/changes.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_csv_has_its_columns_and_each_event_once(estate: EstateReport) -> None:
    """Hundreds of events, by time, with the columns that the ledger reads."""
    found = rows(estate)

    assert list(found[0]) == list(COLUMNS)
    assert 200 < len(found) < 900
    assert len({r["event_id"] for r in found}) == len(found)
    assert [r["at"] for r in found] == sorted(r["at"] for r in found)
    assert {"sync", "deploy", "apply", "scale", "node", "config", "planned"} == {r["kind"] for r in found}
    assert all(isinstance(json.loads(r["scope_json"]), dict) for r in found if r["scope_json"])


def test_each_form_tells_other_events(estate: EstateReport) -> None:
    """Argo CD, Atlantis, GitHub and CloudEvents tell events of their own; no id is in two files."""
    applications = json.loads((estate.folder / "changes/applications.json").read_text("utf-8"))["items"]
    history = [h for a in applications for h in a["status"]["history"]]
    events = [str(e["id"]) for e in lines(estate, "events.jsonl")]

    assert all(len(a["status"]["history"]) <= 10 for a in applications)
    assert len(history) > 50
    assert all(
        h["initiatedBy"].keys() <= {"username", "automated"} and h["deployedAt"] > h["deployStartedAt"]
        for h in history
    )
    assert all({"received_at", "body"} == set(e) for e in lines(estate, "atlantis.jsonl"))
    assert all(e["deployment_status"] for e in lines(estate, "github.jsonl"))
    assert not {r["event_id"] for r in rows(estate)} & set(events)


def test_incidents_of_the_story_are_labelled(estate: EstateReport) -> None:
    """Nine incidents; each but a price and an expiry has a guilty change, before its onset."""
    incidents = pq.read_table(estate.folder / "truth/incidents.parquet").to_pylist()
    changes = {r["event_id"]: r for r in rows(estate)}

    assert len(incidents) == 9
    assert {"step", "spike", "new_resource", "price", "commitment"} == {i["kind"] for i in incidents}
    for incident in incidents:
        assert incident["excess"] > 0
        assert (incident["guilty_change"] is None) == (incident["id"] in GUILTLESS)
        if incident["guilty_change"] is not None:
            assert changes[incident["guilty_change"]]["at"] < incident["onset"].strftime("%Y-%m-%dT%H:%M:%SZ")


def test_excess_is_what_the_truth_calls_the_cost_of_the_event(estate: EstateReport) -> None:
    """The sum over the days is that of truth/events.parquet, where it knows one."""
    costs = {
        e["id"]: e["cost"]
        for e in pq.read_table(estate.folder / "truth/events.parquet").to_pylist()
        if e["cost"] is not None
    }
    incidents = pq.read_table(estate.folder / "truth/incidents.parquet").to_pylist()
    known = [i for i in incidents if i["id"] in costs]

    assert len(known) >= 7
    assert [i["excess"] for i in known] == [costs[i["id"]] for i in known]


@pytest.mark.parametrize("name", ["applications.json", "atlantis.jsonl", "github.jsonl", "events.jsonl"])
def test_no_form_holds_what_began_an_incident(estate: EstateReport, name: str) -> None:
    """Guilty changes stand in the CSV, so that labels name them by event_id."""
    text = (estate.folder / "changes" / name).read_text("utf-8")
    incidents = pq.read_table(estate.folder / "truth/incidents.parquet").to_pylist()

    assert not any(i["guilty_change"] and i["guilty_change"] in text for i in incidents)
