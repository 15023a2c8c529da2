"""``/allocation``: one query for each population, cells out of its rows, sets out of cells."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from warikan.allocate.allocation_sets import (
    READ,
    Allocations,
    Cell,
    complement,
    costs_of,
    make_set,
    merge,
    role_of,
)
from warikan.allocate.set_sharing import share
from warikan.api.kubecost.asking import IN_CLUSTERS, OUTSIDE, Asking, Row, join_filters, seen_part
from warikan.api.kubecost.keys import OWNERS, Key, is_unmounted, list_columns, properties_of, values_of
from warikan.api.kubecost.names import IDLE, SEPARATOR
from warikan.api.kubecost.quantities import Named, ask_quantities
from warikan.api.kubecost.question import Question
from warikan.bootstrap import Workspace
from warikan.engine.query import Freshness
from warikan.focus.period import Period

_OF_PODS = ("x_WorkloadKind", "x_Workload", "x_ServiceId", "x_TeamId")
"""What is told of pods and containers although nobody groups by it."""


@dataclass(frozen=True)
class Found:
    """
    An answer.

    Attributes:
        periods: The sets' stretches of time; ``seen`` is the part of each that there is data of.
        sets: One for each of *periods*.
        quantities: For each set, by the names of its allocations; None where no hours are known.
        currency: Of every amount; None where there is none at all.
        notes: What a reader should know.
    """

    periods: tuple[Period, ...]
    seen: tuple[Period, ...]
    sets: tuple[Allocations, ...]
    quantities: Named | None
    currency: str | None
    freshness: Freshness
    notes: tuple[str, ...]


def ask_allocations(workspace: Workspace, question: Question) -> Found:
    """
    The sets that *question* asks for.

    Raises:
        UsageError: nothing is allocated yet, nothing is billed in the currency, or it is too much.
    """
    # By the day, so that days and months tell one story: the sum of shared days is no shared month.
    cut = question.cut.by_day() if question.shares else question.cut
    asked = Asking(workspace, cut, question.currency)
    wanted = _ask_cells(asked, question)
    periods = question.cut.sets
    seen = tuple(seen_part(period, asked.freshness.data) for period in periods)
    shared: list[list[Cell]] = [[] for _ in periods]
    for period, cells in zip(cut.sets, wanted, strict=True):
        place = question.cut.place_of(period.start)
        shared[place] += _shared(question, cells, period, asked.freshness.data)
    sets = []
    for data, cells in zip(seen, shared, strict=True):
        made = make_set(cells, idle=question.idle, idle_name=IDLE)
        if question.rate_hours is not None:
            made = made.as_rate(question.rate_hours, (data.end - data.start).total_seconds())
        sets.append(made)
    quantities = ask_quantities(workspace, question)
    notes = [*question.notes, *asked.notes(), *_notes_of(question, sets)]
    if quantities is None:
        notes.append("hours and averages are null: no hours of clusters are known for this question")
    return Found(periods, seen, tuple(sets), quantities, asked.currency, asked.freshness, tuple(notes))


def _ask_cells(asked: Asking, question: Question) -> list[list[Cell]]:
    """The cells of each set of the cut of *asked*, before anything is shared."""
    columns = _columns(question)
    wanted = _cells(asked, question, columns, join_filters(IN_CLUSTERS, question.where))
    if question.where is not None and question.shares:
        every = _cells(asked, question, columns, IN_CLUSTERS)
        wanted = [complement(e, w) for e, w in zip(every, wanted, strict=True)]
    if question.external:
        outside = tuple(dict.fromkeys(c for key in question.keys for c in key.outside))
        found = _cells(asked, question, (*READ, *outside), join_filters(OUTSIDE, question.where))
        wanted = [w + o for w, o in zip(wanted, found, strict=True)]
    return wanted


def _shared(question: Question, cells: list[Cell], period: Period, data: Period | None) -> list[Cell]:
    if not question.shares or not cells:
        return merge(cells)
    return share(cells, question.sharing_of(seen_part(period, data)))


def _columns(question: Question) -> tuple[str, ...]:
    names = {key.name for key in question.keys}
    labels = tuple(column for columns, _ in question.labels for column in columns)
    node = ("x_Node",) if question.sharing.idle_by_node else ()
    pods = _OF_PODS if names & {"pod", "container"} else ()
    return (*READ, *list_columns(question.keys), *labels, *node, *pods)


def _cells(asked: Asking, question: Question, columns: Sequence[str], where: str) -> list[list[Cell]]:
    sets: list[list[Cell]] = [[] for _ in asked.cut.sets]
    for place, row in asked.rows(columns, where):
        sets[place].append(_cell(question, row))
    return sets


def _cell(question: Question, row: Row) -> Cell:
    keys: Sequence[Key] = question.keys
    by_owner = any(key.name in OWNERS for key in keys)
    role = role_of(row, is_shared=question.is_shared(row), by_owner=by_owner)
    if role == "tenant" and is_unmounted(row):
        role = "other"
    properties = properties_of(keys, row)
    name = SEPARATOR.join(values_of(keys, row)) if keys else "all"
    if role == "idle":
        name = IDLE
        properties = {k: v for k, v in properties.items() if k in {"cluster", "node", "providerID"}}
    node = row.get("x_Node") if question.sharing.idle_by_node else None
    return Cell(role, name, row["x_ClusterId"], node, costs_of(row), properties)


def _notes_of(question: Question, sets: Sequence[Allocations]) -> Iterator[str]:
    if any("idle" in one.left_out for one in sets):
        yield "idle is left out: idle=true shows it"
    if question.cut.granularity == "hour":
        yield "sets within days: a charge counts in the hour in which it starts; many bills are by the day"
    if any(key.name == "service" for key in question.keys):
        yield "service: of the catalogue (x_ServiceId), not a Service object of Kubernetes"
