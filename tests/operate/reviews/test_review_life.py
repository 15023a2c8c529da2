"""The life of a review: begun once, edited by many, moved only where it may go, found again."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from threading import Barrier, Thread

import pytest
from review_world import START, Clock, incident, open_reviews

from postgres_server import new_database
from warikan.focus.errors import Conflict, NotFound, UsageError
from warikan.operate.reviews.document import Asked, SectionConflict
from warikan.operate.reviews.reviews import Reviews
from warikan.operate.reviews.sections import sections
from warikan.state.audit import list_entries


@pytest.fixture
def clock() -> Clock:
    """A clock that the test moves."""
    return Clock()


@pytest.fixture
def reviews(tmp_path: Path, clock: Clock) -> Iterator[Reviews]:
    """Reviews over two incidents."""
    first, hour = incident(), timedelta(hours=1)
    assert first.onset is not None
    assert first.detected is not None
    later = incident(2, service_id="rank", onset=first.onset + hour, detected=first.detected + hour)
    with open_reviews(tmp_path, clock, (first, later)) as made:
        yield made


def write_all(reviews: Reviews, review_id: str) -> None:
    """Words of people in every section that needs some."""
    for name, section in sections().items():
        if section.is_required:
            text = reviews.get(review_id).sections[name]
            reviews.edit(
                review_id, name, f"{text.text}\n\nWe looked at it.", version=text.version, actor="aya"
            )


def test_a_review_is_begun_once_and_filled_in(reviews: Reviews) -> None:
    """Money, clock, timeline and coincident changes are there; nobody is called the cause."""
    begun = reviews.begin("INC-1", actor="aya", language="ja")

    assert begun == reviews.begin("INC-1", actor="bo")
    assert (begun.id, begun.state, begun.language, begun.created_by) == ("REV-1", "draft", "ja", "aya")
    assert tuple(sections()) == tuple(begun.sections)
    assert "1,234.56" in begun.sections["impact"].text
    assert "Release 4.2" in begun.sections["timeline"].text
    assert begun.sections["impact"].is_prefilled
    assert begun.id == (reviews.of_incident("inc-1") or begun).id
    assert None is reviews.of_incident("INC-2")
    with pytest.raises(NotFound):
        reviews.begin("INC-9", actor="aya")


def test_it_goes_only_where_it_may(reviews: Reviews, clock: Clock) -> None:
    """Actions are fixed after the soak time, and get their day; closing needs factors of two kinds."""
    name = reviews.begin("INC-1", actor="aya").id
    with pytest.raises(UsageError, match="cannot go"):
        reviews.move(name, "closed", actor="aya")
    reviews.calibrate(name, actor="aya")
    reviews.move(name, "in_review", actor="aya")
    reviews.add_action(name, text="Limit retention", kind="prevent", owner="sales", actor="aya")
    with pytest.raises(UsageError, match="can be fixed from 2026-11-25"):
        reviews.move(name, "reviewed", actor="aya")
    clock.forward(2)
    done = reviews.move(name, "reviewed", actor="aya")
    assert (date(2026, 12, 10), True) == (done.actions[0].due, done.actions[0].is_fixed)

    reviews.add_factor(name, kind="tech", text="No lifecycle rule", label="no-limit", actor="aya")
    reviews.add_factor(name, kind="tech", text="Cheap storage hides growth", actor="aya")
    with pytest.raises(UsageError, match="different kinds"):
        reviews.move(name, "closed", actor="aya")
    reviews.add_factor(name, kind="signals", text="The alert had no owner", actor="aya")
    write_all(reviews, name)
    assert reviews.get(name).missing == ()
    assert reviews.move(name, "closed", actor="aya").state == "closed"
    with pytest.raises(UsageError, match="closed"):
        reviews.edit(name, "impact", "x", version=2, actor="aya")
    assert reviews.move(name, "in_review", actor="aya", note="new rows came").state == "in_review"
    moves = [(move.source, move.target) for move in reviews.get(name).moves]
    assert moves[:3] == [(None, "draft"), ("draft", "in_review"), ("in_review", "reviewed")]


def test_not_waiting_needs_a_reason_that_is_kept(reviews: Reviews) -> None:
    """And a version: nobody skips it unseen."""
    begun = reviews.begin("INC-1", actor="aya")
    reviews.move(begun.id, "in_review", actor="aya", version=begun.version)
    with pytest.raises(Conflict):
        reviews.skip_soak(begun.id, "small", version=begun.version, actor="aya")
    seen = reviews.get(begun.id).version
    reviews.skip_soak(begun.id, "small, and all agree", version=seen, actor="aya")
    assert reviews.move(begun.id, "reviewed", actor="aya").soak_skipped == "small, and all agree"


def test_edits_of_other_lines_meet_and_of_the_same_line_conflict(reviews: Reviews) -> None:
    """Nothing typed is lost: a conflict carries both texts, and the history every version."""
    name = reviews.begin("INC-1", actor="aya").id
    first = reviews.edit(name, "learning", "one\ntwo\nthree", version=1, actor="aya")
    reviews.edit(name, "learning", "ONE\ntwo\nthree", version=first.version, actor="bo")
    both = reviews.edit(name, "learning", "one\ntwo\nTHREE", version=first.version, actor="chi")
    assert both.text == "ONE\ntwo\nTHREE"
    with pytest.raises(SectionConflict) as raised:
        reviews.edit(name, "learning", "uno\ntwo\nthree", version=first.version, actor="dai")
    assert ("one\ntwo\nthree", "uno\ntwo\nthree", both.text, both.version) == (
        raised.value.base, raised.value.yours, raised.value.theirs, raised.value.version,
    )  # fmt: skip
    with pytest.raises(UsageError, match="line 2 of the section"):
        reviews.edit(name, "learning", f"one\n{raised.value.merged}", version=both.version, actor="dai")
    back = reviews.restore(name, "learning", first.version, version=both.version, actor="aya")
    assert back.text == "one\ntwo\nthree"
    assert [version.version for version in reviews.versions(name, "learning")] == [5, 4, 3, 2, 1]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_fifty_editors_lose_nothing(tmp_path: Path, kind: str) -> None:
    """All write at once, each a line of their own; whoever meets a conflict merges and saves again."""

    def write(reviews: Reviews, number: int) -> None:
        barrier.wait()
        mine, seen = f"line of {number}", reviews.get("REV-1").sections["learning"]
        while True:
            text = f"{seen.text}\n{mine}" if seen.text else mine
            try:
                reviews.edit("REV-1", "learning", text, version=seen.version, actor=f"p{number}")
            except SectionConflict:
                seen = reviews.get("REV-1").sections["learning"]
            else:
                return

    def run(reviews: Reviews) -> None:
        reviews.begin("INC-1", actor="aya")
        threads = [Thread(target=write, args=(reviews, number)) for number in range(50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        lines = reviews.get("REV-1").sections["learning"].text.split("\n")
        assert sorted(f"line of {n}" for n in range(50)) == sorted(line for line in lines if line)

    barrier = Barrier(50)
    if kind == "sqlite":
        with open_reviews(tmp_path) as reviews:
            run(reviews)
    else:
        with new_database() as url, open_reviews(url) as reviews:
            run(reviews)


def test_factors_and_actions_are_changed_by_who_saw_them(reviews: Reviews) -> None:
    """A stale version is refused; what cannot be is said."""
    name = reviews.begin("INC-1", actor="aya").id
    factor = reviews.add_factor(name, kind="process", text="No review of cost", actor="aya").factors[0]
    reviews.update_factor(name, factor.id, kind="tech", text="x", version=1, actor="bo")
    with pytest.raises(Conflict):
        reviews.update_factor(name, factor.id, kind="tech", text="y", version=1, actor="chi")
    reviews.remove_factor(name, factor.id, version=2, actor="aya")
    assert reviews.get(name).factors == ()
    for wrong in ({"text": " "}, {"text": "x", "kind": "maybe"}, {"text": "x", "ticket_url": "javascript:1"}):
        with pytest.raises(UsageError):
            reviews.add_action(name, actor="aya", **wrong)  # type: ignore[arg-type]
    with pytest.raises(UsageError):
        reviews.add_action(name, text="x", money_at_risk=Decimal("NaN"), actor="aya")
    action = reviews.add_action(name, text="Limit", money_at_risk=Decimal(9), actor="aya").actions[0]
    assert (action.currency, action.done_at) == ("USD", None)
    done = reviews.finish_action(name, action.id, version=1, actor="aya").actions[0]
    assert done.done_at == START
    with pytest.raises(NotFound):
        reviews.remove_action(name, "ACT-9", version=1, actor="aya")


def test_overdue_actions_are_told_once(reviews: Reviews, clock: Clock) -> None:
    """And listed for their team until they are done."""
    name = reviews.begin("INC-1", actor="aya").id
    due = {"owner": "sales", "due": date(2026, 12, 1)}
    action = reviews.add_action(name, text="Limit", kind="detect", actor="aya", **due).actions[0]
    assert reviews.remind() == 0
    clock.forward(10)
    assert (reviews.remind(), reviews.remind()) == (1, 1)
    assert reviews.list()[0].overdue_actions == 1
    assert [action.id] == [d.action.id for d in reviews.due_actions("sales", date(2026, 12, 1))]
    assert reviews.due_actions("other", date(2026, 12, 1)) == ()
    reviews.finish_action(name, action.id, version=1, actor="aya")
    assert reviews.remind() == 0


def test_a_review_that_has_rested_is_told_once(reviews: Reviews, clock: Clock) -> None:
    """Its actions can be agreed on: one message under one key, updated after another rest."""
    reviews.begin("INC-2", actor="aya")
    name = reviews.begin("INC-1", actor="aya").id
    reviews.move(name, "in_review", actor="aya")
    assert reviews.remind() == 0
    reviews.calibrate(name, actor="aya")
    clock.forward(1)
    assert reviews.remind() == 0
    clock.forward(6)
    assert (reviews.remind(), reviews.remind()) == (1, 1)
    reviews.calibrate(name, actor="aya")
    assert reviews.remind() == 0
    clock.forward(7)
    assert reviews.remind() == 1
    waited = reviews.get(name)
    reviews.move(name, "reviewed", actor="aya", version=waited.version)
    assert reviews.remind() == 0


def test_search_in_both_languages_and_likeness(reviews: Reviews) -> None:
    """By words of people, of the incident in a review, and by what two incidents have in common."""
    name = reviews.begin("INC-1", actor="aya").id
    reviews.edit(
        name, "learning", "NATゲートウェイの転送量を見る。Retention matters.", version=1, actor="aya"
    )
    for words in ("転送量", "retention", "ｒｅｔｅｎｔｉｏｎ", "転"):
        assert name in [hit.review_id for hit in reviews.search(words)], words
    assert [hit.document for hit in reviews.search("無期限")] == ["REV-1"]
    assert reviews.search("zzz") == ()
    other = reviews.begin("INC-2", actor="aya")
    assert "INC-1 (REV-1)" in other.sections["similar"].text
    metrics = reviews.metrics(start=date(2026, 11, 1), end=date(2026, 12, 1))
    assert (metrics.incidents, metrics.to_detect.median) == (2, 24.0)


def test_what_is_kept_is_not_marked_and_all_is_recorded(reviews: Reviews) -> None:
    """The blame check knows the people of the incident; everything has who and when."""
    name = reviews.begin("INC-1", actor="aya").id
    sentence = "Hanako Tanaka forgot the limit."
    reviews.edit(name, "sense", sentence, version=1, actor="aya")
    (mark,) = reviews.marks(name, "sense")
    assert mark.kind == "person"
    kept = reviews.keep(name, mark.sentence, "she asked us to write it so", actor="aya")
    assert (mark.fingerprint, "aya", START) == (kept.kept[0].fingerprint, kept.kept[0].actor, kept.kept[0].at)
    assert reviews.marks(name, "sense") == ()
    with reviews._state.read() as connection:
        entries = list_entries(connection, f"review/{name}")
    assert [entry.action for entry in entries] == ["keep", "edit sense", "begin"]


def test_lists_and_plans(reviews: Reviews) -> None:
    """By state and team; who leads and when people meet."""
    begun = reviews.begin("INC-1", actor="aya")
    at = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
    planned = reviews.plan(begun.id, lead="chi", meeting_at=at, version=begun.version, actor="aya")
    assert ("chi", at) == (planned.lead, planned.meeting_at)
    with pytest.raises(UsageError, match="no zone"):
        reviews.plan(
            begun.id, lead=None, meeting_at=at.replace(tzinfo=None), version=planned.version, actor="aya"
        )
    assert [begun.id] == [line.id for line in reviews.list(Asked(state="draft", team="sales"))]
    assert reviews.list(Asked(state="closed")) == ()
