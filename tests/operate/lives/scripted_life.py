"""
What people and jobs do in a month about two rising services, written down step by step.

Each step happens at a moment of its own. A client that was not told whether a step had happened does it
again: most steps are then nothing, or are refused because it is so already; where it would not be refused, it
looks first.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from life_client import BEGUN, Act, Life, Step

from rising_company import ONSET
from warikan.focus.errors import Conflict, NotFound, UsageError
from warikan.operate.anomalies.planned import Planned
from warikan.operate.changes.change import ChangeDraft, Subject
from warikan.operate.changes.changes import Changes
from warikan.operate.reviews.document import Review
from warikan.operate.reviews.sections import sections


def do_from(life: Life, first: int, told: Callable[[int], None]) -> None:
    """Do the steps from *first* on, of which nobody knows whether it was done; tell of each that is done."""
    for number in range(first, len(STEPS)):
        step = STEPS[number]
        life.now = BEGUN + number * timedelta(minutes=5)
        if not (number == first and step.looks_first and step.seen(life)):
            try:
                step.act(life)
            except (Conflict, NotFound, UsageError):
                if number != first or not step.seen(life):
                    raise
        told(number)


def _event(number: int, outcome: str = "running") -> dict[str, object]:
    at = datetime(2026, 11, 13, 20, number, tzinfo=UTC).isoformat()
    service = ("shop", "rank", None)[number % 3]
    told: dict[str, object] = {
        "at": at,
        "id": f"e{number}",
        "kind": "deploy",
        "title": f"Deploy {number}",
        "service": service,
    }
    return told | {"outcome": outcome}


def _receive(events: list[dict[str, object]]) -> Act:
    return lambda life: life.all.changes.receive("anyone", json.dumps(events).encode(), {})


def _add_change(life: Life) -> object:
    at = datetime(2026, 11, 14, 1, 0, tzinfo=UTC)
    told = ChangeDraft("config", "Keep backups for ever", at=at, subject=Subject(service="shop"))
    return life.all.changes.add(told, "aya")


def _incident(service: str, act: Callable[[Life, str], object]) -> Act:
    return lambda life: act(life, life.incident(service).id)


def _is(service: str, *states: str) -> Callable[[Life], bool]:
    return lambda life: life.incident(service).state in states


def _review(act: Callable[[Life, Review], object]) -> Act:
    return lambda life: act(life, life.review())


def _edit(section: str, text: str, version: int) -> Step:
    def act(life: Life, review: Review) -> object:
        return life.all.reviews.edit(review.id, section, text, version=version, actor="aya")

    return Step(f"edit {section}", _review(act), lambda life: life.review().sections[section].text == text)


def _write_everything() -> list[Step]:
    """Words of people in every other section that needs some."""
    wanted = [name for name, one in sections().items() if one.is_required and name != "learning"]
    return [_edit(name, f"{name}: we looked at it.", 1) for name in wanted]


def _move(target: Any, version: int) -> Step:
    return Step(
        f"review {target}",
        _review(lambda life, r: life.all.reviews.move(r.id, target, actor="aya", version=version)),
        lambda life: life.review().state == target,
    )


def _factor(kind: Any, text: str) -> Step:
    return Step(
        f"factor {text}",
        _review(lambda life, r: life.all.reviews.add_factor(r.id, kind=kind, text=text, actor="aya")),
        lambda life: any(f.text == text for f in life.review().factors),
        looks_first=True,
    )


def _action(text: str, **told: Any) -> Step:
    return Step(
        f"action {text}",
        _review(lambda life, r: life.all.reviews.add_action(r.id, text=text, actor="aya", **told)),
        lambda life: any(a.text == text for a in life.review().actions),
        looks_first=True,
    )


def _remove_factor(life: Life, review: Review) -> object:
    wrong = [f for f in review.factors if f.text == "Written by mistake"]
    if not wrong:
        raise NotFound("this review has no such factor")
    return life.all.reviews.remove_factor(review.id, wrong[0].id, version=1, actor="bo")


def _finish(life: Life, review: Review) -> object:
    return life.all.reviews.finish_action(review.id, review.actions[0].id, version=2, actor="bo")


def _restore(life: Life, review: Review) -> object:
    return life.all.reviews.restore(review.id, "learning", 2, version=3, actor="bo")


def _plan_review(life: Life, review: Review) -> object:
    return life.all.reviews.plan(review.id, lead="bo", meeting_at=BEGUN, version=1, actor="aya")


def _pin(life: Life, incident: str) -> object:
    (line,) = life.lines("shop", "Called the vendor")
    return life.all.incidents.change_entry(
        incident, line.id, actor="bo", pinned=True, annotation="helped", version=1
    )


def _declare_by_hand(life: Life) -> object:
    scope = {"x_ServiceId": "rank"}
    return life.all.incidents.declare(
        actor="chi", onset=ONSET, scope=scope, expected_per_day=Decimal(300), title="Rank, looked at by hand"
    )


def _event_known_beforehand(life: Life) -> object:
    scope = {"x_ServiceId": "rank"}
    planned = Planned(None, "A move to another region", scope, ONSET, None, "amount", 5.0)
    return life.all.anomalies.plan(planned, actor="aya")


def _is_planned(life: Life) -> bool:
    return any(p.title == "A move to another region" for p in life.all.anomalies.planned())


def _unplan(life: Life) -> None:
    found = [p.id for p in life.all.anomalies.planned() if p.title == "A move to another region"]
    if not found or found[0] is None:
        raise NotFound("there is no such event")
    life.all.anomalies.unplan(found[0], actor="aya")


def _without_rank(life: Life) -> int:
    services = {name: one for name, one in life.all.catalog.services.items() if name != "rank"}
    catalog = replace(life.all.catalog, services=services)
    return Changes(life.all.state, catalog, life.all.settings, lambda: life.now, root=life.all.folder).remap()


STEPS: tuple[Step, ...] = (
    Step("changes received", _receive([_event(n) for n in range(12)])),
    Step("change by hand", _add_change),
    Step("judge", lambda life: life.all.anomalies.judge(), is_job=True),
    Step("budgets judged", lambda life: life.all.budgets.judge()),
    Step(
        "verdict",
        lambda life: life.all.anomalies.say(life.anomaly(), "planned", actor="aya", version=1),
        lambda life: life.all.anomalies.get(life.anomaly()).verdict == "planned",
    ),
    Step(
        "verdict taken back",
        lambda life: life.all.anomalies.say(life.anomaly(), None, actor="aya", version=2),
        lambda life: life.all.anomalies.get(life.anomaly()).verdict is None,
    ),
    Step("known beforehand", _event_known_beforehand, _is_planned, looks_first=True),
    Step("not known after all", _unplan, lambda life: not _is_planned(life)),
    Step(
        "declare from the anomaly",
        lambda life: life.all.incidents.declare_from_anomaly(life.anomaly(), actor="aya"),
    ),
    Step(
        "acknowledge",
        _incident("shop", lambda life, i: life.all.incidents.acknowledge(i, actor="bo", version=1)),
        _is("shop", "acknowledged"),
    ),
    Step(
        "assign",
        _incident("shop", lambda life, i: life.all.incidents.assign_role(i, "fixer", "chi", actor="bo")),
    ),
    Step(
        "rename",
        _incident("shop", lambda life, i: life.all.incidents.rename(i, "Storage of the shop", actor="bo")),
    ),
    Step(
        "severity", _incident("shop", lambda life, i: life.all.incidents.set_severity(i, "SEV1", actor="bo"))
    ),
    Step(
        "note",
        _incident("shop", lambda life, i: life.all.incidents.add_note(i, "Called the vendor", actor="bo")),
        lambda life: bool(life.lines("shop", "Called the vendor")),
        looks_first=True,
    ),
    Step(
        "pin",
        _incident("shop", _pin),
        lambda life: life.lines("shop", "Called the vendor")[0].pinned,
    ),
    Step(
        "task",
        _incident(
            "shop",
            lambda life, i: life.all.incidents.add_task(
                i, title="Set a limit", owner="sales", due=date(2026, 12, 1), actor="bo"
            ),
        ),
        lambda life: bool(life.all.incidents.detail(life.incident("shop").id).tasks),
        looks_first=True,
    ),
    Step(
        "task done",
        _incident("shop", lambda life, i: life.all.incidents.update_task(i, 1, state="done", actor="bo")),
    ),
    Step(
        "ticket",
        _incident(
            "shop",
            lambda life, i: life.all.incidents.link_ticket(i, "https://tickets.example.com/7", actor="bo"),
        ),
    ),
    Step("changes completed", _receive([_event(n, "succeeded") for n in range(6, 18)])),
    Step("refresh", lambda life: life.all.incidents.refresh()),
    Step(
        "contain",
        _incident(
            "shop", lambda life, i: life.all.incidents.contain(i, at=BEGUN - timedelta(days=3), actor="bo")
        ),
        _is("shop", "contained"),
    ),
    Step("begin the review", _incident("shop", lambda life, i: life.all.reviews.begin(i, actor="aya"))),
    Step("plan the review", _review(_plan_review), lambda life: life.review().lead == "bo"),
    _edit("learning", "one\ntwo\nthree", 1),
    _edit("learning", "ONE\ntwo\nthree\n四つ目", 2),
    Step(
        "restore",
        _review(_restore),
        lambda life: life.review().sections["learning"].text == "one\ntwo\nthree",
    ),
    Step(
        "calibrate",
        _review(lambda life, r: life.all.reviews.calibrate(r.id, actor="bo")),
        lambda life: life.review().calibration is not None,
        looks_first=True,
    ),
    _move("in_review", 3),
    _factor("tech", "No lifecycle rule"),
    _factor("tech", "Written by mistake"),
    _factor("signals", "The alert had no owner"),
    Step(
        "remove a factor",
        _review(_remove_factor),
        lambda life: all(f.text != "Written by mistake" for f in life.review().factors),
    ),
    _action("Limit retention", kind="prevent", owner="sales", money_at_risk=Decimal("1000.5")),
    _action("Watch the bucket", kind="detect", owner="sales", due=date(2026, 11, 20)),
    Step(
        "keep a sentence",
        _review(lambda life, r: life.all.reviews.keep(r.id, "Bo broke it.", "said in jest", actor="bo")),
        lambda life: bool(life.review().kept),
        looks_first=True,
    ),
    *_write_everything()[:2],
    Step(
        "do not wait",
        _review(lambda life, r: life.all.reviews.skip_soak(r.id, "small", version=11, actor="bo")),
        lambda life: life.review().soak_skipped == "small",
    ),
    _move("reviewed", 12),
    *_write_everything()[2:],
    Step("finish an action", _review(_finish), lambda life: life.review().actions[0].done_at is not None),
    _move("closed", 14),
    Step("reminders and search", lambda life: life.all.reviews.remind(), is_job=True),
    Step(
        "verify",
        _incident("shop", lambda life, i: life.all.incidents.verify(i, reason="seen", actor="bo")),
        _is("shop", "verified"),
    ),
    Step(
        "close",
        _incident("shop", lambda life, i: life.all.incidents.close(i, actor="bo")),
        _is("shop", "closed"),
    ),
    Step(
        "reopen",
        _incident("shop", lambda life, i: life.all.incidents.reopen(i, reason="it came back", actor="bo")),
        _is("shop", "acknowledged"),
    ),
    Step(
        "dismiss",
        _incident(
            "shop", lambda life, i: life.all.incidents.dismiss(i, "planned", reason="a move", actor="bo")
        ),
        _is("shop", "dismissed"),
    ),
    Step("declare by hand", _declare_by_hand, lambda life: life.has_incident("rank"), looks_first=True),
    Step(
        "contain, and verified on the bill",
        _incident(
            "rank",
            lambda life, i: life.all.incidents.contain(
                i, actor="chi", at=datetime(2026, 11, 15, tzinfo=UTC), version=1
            ),
        ),
        _is("rank", "contained", "verified"),
    ),
    Step("owners found again", _without_rank),
    Step("judge again", lambda life: life.all.anomalies.judge(), is_job=True),
    Step("budgets judged again", lambda life: life.all.budgets.judge()),
)
