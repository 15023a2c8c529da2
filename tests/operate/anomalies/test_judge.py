"""Judging a real lake: one anomaly for a rise, at its owner, told once, and what people say of it counts."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from rising_company import LAST, ONSET, make
from slice_lake import NOW
from warikan.bootstrap import Workspace
from warikan.engine.query import Query
from warikan.focus.errors import Conflict, NotFound, UsageError
from warikan.operate.anomalies.anomaly import Anomaly
from warikan.operate.anomalies.planned import Planned
from warikan.state.audit import list_entries
from warikan.state.tables.outbox import outbox


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace that was judged once."""
    workspace = make(tmp_path_factory.mktemp("judged"))
    workspace.operations.anomalies.judge()
    return workspace


def only(workspace: Workspace) -> Anomaly:
    """The one open anomaly."""
    (found,) = workspace.operations.anomalies.list()
    return found


def told(workspace: Workspace) -> list[tuple[str, str]]:
    """(state, title) of everything in the outbox, oldest first."""
    with workspace.operations.state.read() as connection:
        contents = connection.execute(select(outbox.c.content).order_by(outbox.c.id)).scalars().all()
    return [(content["state"], content["title"]["en"]) for content in contents]


def test_a_rise_is_one_anomaly_at_its_owner(judged: Workspace) -> None:
    """Not one for the team, the account and the whole as well; its money is about what was added."""
    found = only(judged)

    assert (
        found.id, found.service_id, found.team_id, found.currency, found.onset,
    ) == ("ANO-1", "shop", "sales", "USD", ONSET)  # fmt: skip
    assert found.scope["ServiceName"] == "Storage"
    assert abs(found.excess.point - 800) < 60
    assert found.excess.low <= found.excess.point <= found.excess.high


def test_its_money_is_exact_on_the_bill(judged: Workspace) -> None:
    """The filter gives the same money as the days, to the last digit."""
    found = only(judged)
    query = Query(where=found.where, period=f"{found.onset}..{LAST + timedelta(days=1)}", currency="USD")
    (answer,) = judged.ask(query).answers

    assert answer.totals["EffectiveCost"] == sum(day.actual for day in found.days)
    assert found.excess.point == sum(day.actual - day.expected for day in found.days)


def test_judging_again_is_judging_once(judged: Workspace) -> None:
    """Nothing has changed: no anomaly, no message, no entry in the record."""
    before = (judged.operations.anomalies.list(state="all"), told(judged))

    assert judged.operations.anomalies.judge().unchanged
    assert judged.operations.anomalies.judge(force=True).opened == ()
    assert before == (judged.operations.anomalies.list(state="all"), told(judged))


def test_a_quiet_company_is_left_alone(tmp_path: Path) -> None:
    """Noise is no anomaly, and nobody is told of it."""
    workspace = make(tmp_path, onset=None)
    report = workspace.operations.anomalies.judge()

    assert () == report.opened == workspace.operations.anomalies.list(state="all")
    assert told(workspace) == []


def test_what_people_say_is_kept_taught_and_told(tmp_path: Path) -> None:
    """Planned ones leave the list and their message is resolved; what was said can be taken back."""
    workspace = make(tmp_path)
    anomalies = workspace.operations.anomalies
    anomalies.judge()
    seen = only(workspace)

    said = anomalies.say(seen.id, "planned", actor="aya", note="moving in", version=seen.version)
    assert (said.verdict, said.verdict_by, said.verdict_at, said.note) == ("planned", "aya", NOW, "moving in")
    assert anomalies.list() == ()
    assert [state for state, _ in told(workspace)] == ["open", "resolved"]
    with pytest.raises(Conflict, match="has changed"):
        anomalies.say(seen.id, "false", actor="bo", version=seen.version)
    with pytest.raises(UsageError, match="no verdict"):
        anomalies.say(seen.id, "maybe", actor="bo")  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        anomalies.say("ANO-9", "real", actor="bo")

    assert not anomalies.judge().unchanged
    assert anomalies.get(seen.id).verdict == "planned"
    assert None is anomalies.say(seen.id, None, actor="aya").verdict
    assert seen.id == only(workspace).id
    with workspace.operations.state.read() as connection:
        actions = [entry.action for entry in list_entries(connection, f"anomaly/{seen.id}")]
    assert [action for action in actions if action != "judge"] == ["unsay", "planned", "open"]


def test_a_planned_rise_is_none(tmp_path: Path) -> None:
    """Whoever says it beforehand is not told of it."""
    workspace = make(tmp_path)
    anomalies = workspace.operations.anomalies
    scope = {"x_ServiceId": "shop", "ServiceName": "Storage"}
    anomalies.plan(Planned(None, "moving in", scope, ONSET, None, "amount", 100.0), actor="aya")
    anomalies.judge()

    assert anomalies.list() == ()
