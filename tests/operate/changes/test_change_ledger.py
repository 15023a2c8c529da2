"""The ledger keeps each event once, in any order and however many write; and finds them again."""

import itertools
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from change_ledger import NOW, make_ledger
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from postgres_server import new_database
from warikan.focus.errors import NotFound, UsageError
from warikan.focus.period import Period
from warikan.operate.changes.change import Change, ChangeDraft, Subject
from warikan.operate.changes.changes import Changes
from warikan.operate.changes.marks import marks_of
from warikan.operate.changes.rows import Criteria
from warikan.state import Database
from warikan.state.audit import list_entries

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def state(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty state on each database."""
    if request.param == "sqlite":
        made = Database.in_folder(tmp_path / ".state")
        yield made
        made.close()
        return
    with new_database() as url:
        made = Database.open(url)
        yield made
        made.close()


def event(number: int, **more: Any) -> dict[str, Any]:
    """One event in our own words."""
    at = AT + timedelta(minutes=number)
    service = ("shop", "search", None)[number % 3]
    told = {"at": at.isoformat(), "id": f"e{number}", "kind": "deploy", "title": f"Deploy {number}"}
    return told | {"service": service} | more


def say(ledger: Changes, events: list[dict[str, Any]]) -> tuple[int, int, int]:
    """Deliver *events*; how many were new, completed, known."""
    told = ledger.receive("anyone", json.dumps(events).encode(), {})
    return told.added, told.updated, told.known


def test_ten_thousand_again_change_nothing(state: Database, tmp_path: Path) -> None:
    """A file with 10,000 events, taken in twice and once backwards: the same rows, one note in the record."""
    ledger = make_ledger(tmp_path, state=state)
    file = tmp_path / "events.jsonl"
    lines = [json.dumps(event(n)) for n in range(10_000)]
    file.write_text("\n".join(lines))
    (first,) = ledger.take_file(file, source="anyone", actor="hanako")
    before = ledger.list(limit=10_000)
    (second,) = ledger.take_file(file, source="anyone")
    file.write_text("\n".join(reversed(lines)))
    (third,) = ledger.take_file(file, source="anyone")

    assert (first.added, first.known) == (10_000, 0)
    assert [(t.added, t.updated, t.known) for t in (second, third)] == [(0, 0, 10_000)] * 2
    assert before == ledger.list(limit=10_000)
    with state.read() as connection:
        entries = list_entries(connection, "changes/anyone")
    assert ({"hanako"}, {"import"}) == ({e.actor for e in entries}, {e.action for e in entries})
    assert len(entries) == 5


def test_a_service_and_an_interval_are_an_index(tmp_path: Path) -> None:
    """SQLite finds the changes of a service in an interval by the index, not by looking at all of them."""
    state = Database.in_folder(tmp_path / ".state")
    make_ledger(tmp_path, state=state)
    with state.read() as connection:
        plan = connection.execute(
            text("EXPLAIN QUERY PLAN SELECT * FROM changes WHERE service_id = 'a' AND at >= 'b' AND at < 'c'")
        ).all()
    assert "ix_changes_service_id_at" in str(plan)
    state.close()


def test_many_tell_the_same_at_once(state: Database, tmp_path: Path) -> None:
    """Deliveries of the same events from many threads, in different orders: each event is one row."""
    ledger = make_ledger(tmp_path, state=state)
    ledger.list()
    orders = [
        [event(n) for n in numbers] for numbers in itertools.islice(itertools.permutations(range(5)), 16)
    ]
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda events: say(ledger, events), orders))

    assert tuple(map(sum, zip(*told, strict=True))) == (5, 0, 75)
    assert len(ledger.list()) == 5


def test_many_complete_the_same_at_once(state: Database, tmp_path: Path) -> None:
    """Started and done, from different threads: what is known in the end is that it is done."""
    ledger = make_ledger(tmp_path, state=state)
    ledger.list()
    begun = [event(n, status="running") for n in range(4)]
    done = [event(n, end=(AT + timedelta(hours=9)).isoformat()) for n in range(4)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda events: say(ledger, events), [begun, done] * 8))

    found = ledger.list()
    assert [("succeeded", AT + timedelta(hours=9))] * 4 == [(c.outcome, c.ended_at) for c in found]


_TOLD = st.builds(
    lambda number, status, end, hour: event(
        number,
        status=status,
        at=(AT + timedelta(hours=hour)).isoformat(),
        end=(AT + timedelta(hours=end)).isoformat() if end else None,
        # What happened is said the same by whoever knows how it went on.
        title=f"{number} {status}",
    ),
    st.integers(0, 3),
    st.sampled_from(["running", "failed", "done"]),
    st.sampled_from([0, 5, 6]),
    st.integers(0, 3),
)


@given(told=st.lists(_TOLD, max_size=8), data=st.data())
@settings(max_examples=60)
def test_order_and_repeats_do_not_matter(
    tmp_path_factory: pytest.TempPathFactory, told: list[dict[str, Any]], data: st.DataObject
) -> None:
    """In any order, in any parts, with any of them again: the same changes."""
    folder = tmp_path_factory.mktemp("order")
    one, other = (make_ledger(folder, state=Database.in_folder(folder / name)) for name in ("a", "b"))
    again = data.draw(st.permutations([*told, *told[:3]]))
    say(one, told)
    for part in (again[: len(again) // 2], again[len(again) // 2 :]):
        say(other, part)

    def content(ledger: Changes) -> list[Change]:
        return sorted((replace(c, id="") for c in ledger.list()), key=lambda c: c.event_id)

    assert content(one) == content(other)
    assert {e["id"] for e in told} == {c.event_id for c in one.list()}
    for ledger in (one, other):
        ledger._state.close()


def test_by_hand(state: Database, tmp_path: Path) -> None:
    """What a person writes is theirs in the record, their name is not in the ledger; twice is once."""
    ledger = make_ledger(tmp_path, state=state)
    draft = ChangeDraft("config", "Doubled the cache", at=AT, subject=Subject(service="Search"))
    change = ledger.add(draft, "hanako")

    assert change == ledger.add(draft, "taro") == ledger.get(change.id) == ledger.get(change.id.lower())
    assert (
        change.source,
        change.service_id,
        change.team_id,
        change.actor_kind,
        change.actor,
    ) == ("manual", "search", "finding", "person", None)
    with state.read() as connection:
        assert [e.actor for e in list_entries(connection, f"change/{change.id}")] == ["hanako"]


@pytest.mark.parametrize(
    "draft",
    [
        ChangeDraft("config", "  "),
        ChangeDraft("config", "x", subject=Subject(service="nobody")),
        ChangeDraft("config", "x", team="nobody"),
        ChangeDraft("config", "x", url="javascript:alert(1)"),
        ChangeDraft("config", "x", at=AT, ended_at=AT - timedelta(days=1)),
        ChangeDraft("config", "x", at=datetime(1, 1, 1, tzinfo=UTC)),
    ],
)
def test_by_hand_what_cannot_be(tmp_path: Path, draft: ChangeDraft) -> None:
    """A person is told what is wrong; nothing is written."""
    ledger = make_ledger(tmp_path)
    with pytest.raises(UsageError):
        ledger.add(draft, "hanako")
    assert ledger.list() == ()


def test_finding(state: Database, tmp_path: Path) -> None:
    """By owner, kind, source, interval and words; newest first; what lasts into an interval is in it."""
    ledger = make_ledger(tmp_path, state=state)
    say(ledger, [event(n) for n in range(9)])
    say(ledger, [event(20, kind="planned", title="100% Migration", end="2026-11-21T09:00:00Z")])

    def ids(**asked: Any) -> list[str]:
        return [c.event_id for c in ledger.list(Criteria(**asked))]

    assert ids(service="shop") == ["e6", "e3", "e0"]
    assert ids(is_owned=False) == ["e20", "e8", "e5", "e2"]
    assert ids(team="finding", source="anyone", kind="deploy") == ["e7", "e4", "e1"]
    assert ids(start=datetime(2026, 11, 21, tzinfo=UTC)) == ["e20"]
    assert ids(end=AT + timedelta(minutes=2)) == ["e1", "e0"]
    assert ids(text="100% migra") == ["e20"]
    assert ids(text="1_0% migra") == []
    assert [c.event_id for c in ledger.list(limit=1, offset=1)] == ["e8"]


@pytest.mark.parametrize("change_id", ["CHG-999", "CHG-", "x" * 300, "CHG-99999999999999999999", "CHG-٣", ""])
def test_no_such_change(tmp_path: Path, change_id: str) -> None:
    """An id that is none says so."""
    with pytest.raises(NotFound):
        make_ledger(tmp_path).get(change_id)


def test_around_a_scope(tmp_path: Path) -> None:
    """A service's own changes, and those of nobody that share a column; none that say otherwise."""
    ledger = make_ledger(tmp_path)
    say(
        ledger,
        [
            event(0, title="shop in prod", env="prod"),
            event(3, title="shop in staging", env="staging"),
            event(1, title="search"),
            event(2, kind="price", title="S3 price", scope={"ServiceName": "Amazon S3"}),
            event(5, kind="price", title="EC2 price", scope={"ServiceName": "Amazon EC2"}),
            event(8, title="nobody's"),
        ],
    )

    def titles(**scope: str) -> list[str]:
        return [c.title for c in ledger.between(scope, AT, AT + timedelta(days=1))]

    assert titles(x_ServiceId="shop") == ["shop in prod", "shop in staging"]
    assert titles(
        x_ServiceId="shop", x_Environment="production", ServiceName="Amazon S3", x_TeamId="finding"
    ) == ["shop in prod", "S3 price"]
    assert titles(x_TeamId="finding") == ["search"]
    assert len(titles(ServiceName="Amazon S3")) == 5
    assert len(titles()) == 6
    assert [c.title for c in ledger.between({}, AT, AT + timedelta(days=1), limit=1)] == ["nobody's"]


@given(minutes=st.lists(st.integers(-60, 24 * 60 - 1), max_size=60), most=st.integers(1, 40))
def test_marks_count_each_change_once(minutes: list[int], most: int) -> None:
    """However crowded: no more marks than there is room, in order, each change in exactly one."""
    one = Change(
        "", AT, None, "s", "e", "deploy", "t", "succeeded", None, None, None, None, {}, "unknown", None, None,
        "https://x.example/", (), {}, NOW,
    )  # fmt: skip
    changes = [
        replace(one, id=f"CHG-{i}", at=AT + timedelta(minutes=m)) for i, m in enumerate(sorted(minutes))
    ]
    marks = marks_of(changes, Period(AT, AT + timedelta(days=1)), most=most)

    assert [c.id for c in changes] == [i for mark in marks for i in mark.ids]
    assert len(marks) <= max(most, 0)
    assert len(changes) == sum(mark.count for mark in marks)
    assert all((mark.url is not None) == (mark.count == 1) for mark in marks)
    assert sorted(marks, key=lambda mark: mark.at) == list(marks)


def test_remapping(state: Database, tmp_path: Path) -> None:
    """A catalogue that is completed later owns what came before."""
    ledger = make_ledger(tmp_path, state=state, catalog="")
    say(ledger, [event(0, application="shop"), event(2)])
    assert [c.service_id for c in ledger.list()] == [None, None]

    complete = make_ledger(tmp_path, state=state)
    assert (complete.remap("hanako"), complete.remap("hanako")) == (1, 0)
    assert [(c.service_id, c.team_id) if c.service_id else None for c in complete.list()] == [
        None,
        ("shop", "sales"),
    ]


def test_sources_say_when_they_were_heard(tmp_path: Path) -> None:
    """Those of the settings and those of files, with what they told."""
    ledger = make_ledger(tmp_path)
    say(ledger, [event(0)])
    found = {one.source: one for one in ledger.sources()}

    assert (found["anyone"].changes, found["anyone"].last_received_at, found["anyone"].type) == (
        1,
        NOW,
        "csv",
    )
    assert (found["github"].changes, found["github"].last_received_at) == (0, None)
