"""
Thousands of incidents and reviews, written straight into a state.

``PYTHONPATH=tests python tests/many_incidents.py 2000`` says how long it takes to read what they teach.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event, insert

from warikan.catalog.entities import Catalog
from warikan.catalog.settings import Settings
from warikan.engine.engine import Engine
from warikan.lake import Lake
from warikan.operate.operations import Operations
from warikan.operate.reviews.facts import IncidentFacts
from warikan.operate.reviews.rows import facts_to_json
from warikan.operate.reviews.sections import sections
from warikan.state import Database
from warikan.state.tables.incidents import incident_days, incident_entries, incident_figures, incidents
from warikan.state.tables.reviews import review_actions, review_factors, review_sections, reviews

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
FROZEN = 30
WORDS = [
    "egress",
    "bucket",
    "retry",
    "node",
    "cache",
    "limit",
    "費用の急増",
    "ログの保存期間",
    "夜間バッチ",
    "release",
    "storage",
]


def fill(state: Database, count: int) -> None:
    """*count* incidents of forty services, each with figures, days, a timeline and a review."""
    with state.begin() as connection:
        for number in range(1, count + 1):
            _incident(connection, number)
            _review(connection, number)


def operations_of(folder: Path, state: Database) -> Operations:
    """What works on *state*, with an empty lake in *folder*."""
    engine = Engine(Lake.open(folder / ".warikan"), threads=1)
    return Operations(folder, Settings(), Catalog(), engine, state, lambda: NOW)


def count_statements(state: Database, doing: Callable[[], Any]) -> int:
    """How many statements *doing* has the database run, those that begin a transaction left out."""
    seen: list[str] = []

    def note(*told: Any) -> None:
        seen.append(told[2])

    event.listen(state.engine, "before_cursor_execute", note)
    try:
        doing()
    finally:
        event.remove(state.engine, "before_cursor_execute", note)
    return sum(not statement.startswith("BEGIN") for statement in seen)


def _incident(connection: Connection, number: int) -> None:
    onset = NOW - timedelta(days=20 + number % 300)
    service = f"service-{number % 40}"
    scope = {"x_ServiceId": service, "ServiceName": f"Product {number % 7}"}
    row = {
        "id": number, "version": 1, "title": f"{service}: {' '.join(_words(number, 4))}", "state": "closed",
        "severity": "SEV2", "is_manual_severity": False, "source": "person", "origin": None,
        "detected_by": "bill", "scope": scope, "where": f"x_OriginServiceId = '{service}'", "currency": "USD",
        "kind": "step", "direction": 1, "team_id": f"team-{number % 9}", "service_id": service,
        "per_day": Decimal(100 + number), "owner_month": Decimal(9000), "onset": onset,
        "detected": onset + timedelta(days=1 + number % 3), "declared": onset + timedelta(days=3),
        "acknowledged": onset + timedelta(days=3), "contained": onset + timedelta(days=4),
        "verified": onset + timedelta(days=8), "closed": onset + timedelta(days=9),
        "roles": {"lead": "ann"}, "reason": " ".join(_words(number * 3, 6)), "verified_because": "",
        "declared_by": "ann",
        "drivers": [["SkuId", {**scope, "SkuId": f"sku-{number % 11}"}, "300", 1.0, True]],
    }  # fmt: skip
    connection.execute(insert(incidents).values(**row))
    first = onset.date()
    days = [
        {"incident_id": number, "day": first + timedelta(days=i), "expected": Decimal(10), "low": Decimal(9)}
        | {"high": Decimal(12), "source": "forecast", "actual": Decimal(110), "first_actual": Decimal(100)}
        for i in range(FROZEN)
    ]
    connection.execute(insert(incident_days), days)
    connection.execute(insert(incident_figures), [_figure(number, first, told) for told in range(1, 4)])
    lines = [
        {"incident_id": number, "key": f"change/{i}", "at": onset - timedelta(hours=i), "kind": "change"}
        | {"title": f"Release {i}", "detail": f"{('deploy', 'scale', 'apply')[i % 3]} · succeeded"}
        | {"source": "argocd", "link": None, "service_id": service, "actor": None, "coincidence": 0.5}
        | {"rank": i + 1, "pinned": False, "hidden": i == 0, "annotation": "", "version": 1}
        for i in range(12)
    ]
    connection.execute(insert(incident_entries), lines)


def _figure(number: int, first: date, told: int) -> dict[str, Any]:
    """What the bill said when it had *told* days; the second time it was restated."""
    days = {"incident_id": number, "as_of": NOW - timedelta(days=told), "data_end": first, "days": told}
    money = {"accrued": 100 * told, "low": 90 * told, "high": 110 * told, "first_accrued": 90 * told}
    money |= {"restated": 10 * told, "rate_per_hour": 4, "after_containment": 0, "avoided": 50}
    none = dict.fromkeys(("recurring_per_day", "one_off", "recurring"))
    payers = [["team-1", "service-1", "110", "10", "100"]]
    return {**days, **{name: Decimal(value) for name, value in money.items()}, **none, "payers": payers}


def _review(connection: Connection, number: int) -> None:
    at = NOW - timedelta(days=number % 300)
    facts = IncidentFacts(f"INC-{number}", f"Incident {number}", currency="USD", people=("ann",))
    row = {
        "id": number, "incident_id": facts.id, "title": facts.title, "language": "en", "state": "closed",
        "severity": "SEV2", "team_id": f"team-{number % 9}", "service_id": f"service-{number % 40}",
        "facts": facts_to_json(facts), "created_at": at, "created_by": "ann", "updated_at": at,
        "soak_skipped": "", "version": 1,
    }  # fmt: skip
    connection.execute(insert(reviews).values(**row))
    place = {"review_id": number, "version": 1}
    texts = [
        {**place, "section_id": name, "text": " ".join(_words(number + i, 80)), "prefilled": ""}
        | {"updated_at": at, "updated_by": "ann"}
        for i, name in enumerate(sections())
    ]
    connection.execute(insert(review_sections), texts)
    factors = [
        {**place, "kind": kind, "text": "It had no limit", "label": f"label-{(number + i) % 25}"}
        for i, kind in enumerate(("tech", "process"))
    ]
    connection.execute(insert(review_factors), factors)
    due = (at + timedelta(days=14)).date()
    action = {**place, "kind": "prevent", "text": "Limit it", "owner": "team-1", "due": due, "done_at": at}
    connection.execute(insert(review_actions), [action])


def _words(number: int, count: int) -> list[str]:
    return [f"{WORDS[(number + i * i) % len(WORDS)]}{(number * i) % 97 or ''}" for i in range(count)]


def main() -> None:
    """Print how long each question takes."""
    count = int(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        state = Database.in_folder(Path(folder))
        fill(state, count)
        all_of = operations_of(Path(folder), state)
        facts = all_of.incidents.facts("INC-7")
        questions: dict[str, Callable[[], Any]] = {
            "list_facts": all_of.incidents.list_facts,
            "similar": lambda: all_of.reviews.similar(facts),
            "metrics": lambda: all_of.reviews.metrics(start=date(2026, 1, 1), end=date(2026, 12, 1)),
        }
        for name, ask in questions.items():
            begun = time.perf_counter()
            statements = count_statements(state, ask)
            sys.stdout.write(f"{name}: {time.perf_counter() - begun:.2f} s, {statements} statements\n")
        state.close()


if __name__ == "__main__":
    main()
