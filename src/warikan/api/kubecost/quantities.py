"""Hours and averages of the allocations of a question: what containers asked for and used."""

from collections.abc import Iterator, Mapping, Sequence

from warikan.allocate.allocation_sets import READ
from warikan.allocate.set_quantities import Quantities, quantities_of
from warikan.api.kubecost.asking import MAX_CELLS, Asking, Row, join_filters, period_text
from warikan.api.kubecost.keys import list_columns, values_of
from warikan.api.kubecost.names import SEPARATOR
from warikan.api.kubecost.question import Question
from warikan.bootstrap import Workspace
from warikan.engine.usage import PLACES, UsageAnswer, UsageQuery
from warikan.focus.errors import UsageError

_POD = ("x_ClusterId", "x_Namespace", "x_Pod")
_RAN = "x_ClusterCostClass = 'workload' AND x_ClusterAsset = 'node'"

Named = list[dict[str, Quantities]]
"""For each set: name of an allocation → its quantities."""


def ask_quantities(workspace: Workspace, question: Question) -> Named | None:
    """
    The quantities of each allocation in each set; None where they cannot be known.

    Hours know places (namespaces, controllers, pods ...) but neither labels nor owners: where the question
    is about those, the pods that cost says are theirs are added up.
    """
    columns = list_columns(question.keys)
    try:
        if set(columns) <= set(PLACES):
            return _direct(workspace, question, columns)
    except UsageError:
        pass  # the filter reads what hours do not know
    return _by_pods(workspace, question, columns)


def _direct(workspace: Workspace, question: Question, columns: Sequence[str]) -> Named | None:
    answer = _ask(workspace, question, columns, question.where)
    if answer is None:
        return None
    named: Named = [{} for _ in question.cut.sets]
    for place, row in _placed(question, answer):
        _add(named[place], _name(question, row), quantities_of(row))
    return named


def _by_pods(workspace: Workspace, question: Question, columns: Sequence[str]) -> Named | None:
    asking = Asking(workspace, question.cut, question.currency)
    try:
        rows = asking.rows((*READ, *_POD, *columns), join_filters(_RAN, question.where))
    except UsageError:
        return None
    names: dict[tuple[int, tuple[str | None, ...]], str] = {}
    for place, row in rows:
        # The largest part of a pod comes first and names it.
        names.setdefault((place, _pod(row)), _name(question, row))
    answer = _ask(workspace, question, _POD, None)
    if answer is None:
        return None
    named: Named = [{} for _ in question.cut.sets]
    for place, row in _placed(question, answer):
        name = names.get((place, _pod(row)))
        if name is not None:
            _add(named[place], name, quantities_of(row))
    return named


def _ask(
    workspace: Workspace, question: Question, columns: Sequence[str], where: str | None
) -> UsageAnswer | None:
    cut = question.cut
    period = period_text(cut.window)
    query = UsageQuery(by=tuple(columns), where=where, period=period, granularity=cut.granularity)
    answer = workspace.clusters.usage(query)
    if not 0 < answer.rows.num_rows <= MAX_CELLS:
        return None
    # Without groups there is a row even of nothing.
    return answer if any(answer.rows["ContainerHours"].to_pylist()) else None


def _placed(question: Question, answer: UsageAnswer) -> Iterator[tuple[int, Row]]:
    for row in answer.rows.to_pylist():
        start = row.get("period_start")
        yield (0 if start is None else question.cut.place_of(start)), row


def _add(named: dict[str, Quantities], name: str, more: Quantities) -> None:
    seen = named.get(name)
    named[name] = more if seen is None else seen.plus(more)


def _pod(row: Mapping[str, str | None]) -> tuple[str | None, ...]:
    return tuple(row[name] for name in _POD)


def _name(question: Question, row: Row) -> str:
    return SEPARATOR.join(values_of(question.keys, row)) if question.keys else "all"
