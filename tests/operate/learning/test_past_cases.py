"""What many incidents teach is read in as many statements as what few do."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from many_incidents import count_statements, fill, operations_of
from postgres_server import new_database
from warikan.operate.operations import Operations
from warikan.state import Database

FEW, MANY = 3, 40
STATEMENTS = {"list_facts": 4, "similar": 7, "metrics": 7, "list": 2}


def ask(operations: Operations, question: str) -> object:
    """Ask what a page or a report asks."""
    facts = operations.incidents.facts("INC-2")
    asked = {
        "list_facts": operations.incidents.list_facts,
        "similar": lambda: operations.reviews.similar(facts),
        "metrics": lambda: operations.reviews.metrics(start=date(2026, 1, 1), end=date(2026, 12, 1)),
        "list": operations.reviews.list,
    }
    return asked[question]


@pytest.mark.parametrize("question", STATEMENTS)
def test_statements_do_not_count_with_incidents(tmp_path: Path, question: str) -> None:
    """A fixed number of statements, for three incidents and for forty."""
    counted = []
    for number in (FEW, MANY):
        state = Database.in_folder(tmp_path / str(number))
        fill(state, number)
        doing = ask(operations_of(tmp_path / str(number), state), question)
        counted.append(count_statements(state, doing))  # type: ignore[arg-type]
        state.close()

    assert counted == [STATEMENTS[question]] * 2


@pytest.fixture(params=["sqlite", "postgresql"])
def state(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Database]:
    """An empty state of either kind."""
    if request.param == "sqlite":
        made = Database.in_folder(tmp_path)
        yield made
        made.close()
        return
    with new_database() as url:
        made = Database.open(url)
        yield made
        made.close()


def test_facts_are_those_of_each_incident(tmp_path: Path, state: Database) -> None:
    """Read all at once they are as read one by one, but for what only a document shows."""
    fill(state, FEW)
    incidents = operations_of(tmp_path, state).incidents

    for facts in incidents.list_facts():
        whole = incidents.facts(facts.id)
        for name in ("excess", "before_detection", "drivers", "skus", "provider_services", "change_kinds"):
            assert getattr(facts, name) == getattr(whole, name)
        assert facts.change_kinds == {"deploy", "scale", "apply"}
        assert facts.before_detection is not None
        assert not facts.timeline


def test_cases_have_what_their_reviews_agreed_on(tmp_path: Path, state: Database) -> None:
    """Factors and actions stand beside the incident that they are of."""
    fill(state, FEW)
    reviews = operations_of(tmp_path, state).reviews

    for case in reviews.cases():
        assert case.review_id is not None
        review = reviews.get(case.review_id)
        assert (review.incident_id, review.factors, review.actions) == (
            case.facts.id, case.factors, case.actions,
        )  # fmt: skip
