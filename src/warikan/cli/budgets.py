"""What ``warikan budgets`` does: ask the workspace, print its answer; no arithmetic here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from warikan.api.answers import to_document
from warikan.bootstrap import open_workspace
from warikan.cli.options import Output
from warikan.cli.output import note, print_csv, print_json, print_table, shown_amount
from warikan.focus.errors import CheckFailed
from warikan.operate.budgets.budget import BudgetNode, BudgetStatus

_HEADER = (
    "budget", "period", "amount", "currency", "actual", "planned", "consumed", "forecast", "low", "high",
    "burn 2d", "burn 7d", "burn 28d", "level",
)  # fmt: skip
_SHOWN = ("budget", "amount", "currency", "actual", "consumed", "forecast", "level")
"""On a terminal; JSON and CSV have all."""
_RIGHT = tuple(name for name in _HEADER if name not in {"budget", "period", "currency", "level"})
_FAILS = ("exhausted", "forecast-over")


def run_list(folder: Path | None, output: Output) -> None:
    """Print all budgets."""
    workspace = open_workspace(folder)
    tree = workspace.operations.budgets.tree()
    note(f"{workspace.folder} · budgets")
    if output == "json":
        print_json({"rows": to_document(tree)})
        return
    rows = [_row(node.status, depth) for node, depth in _walk(tree)]
    if output == "csv":
        print_csv(_HEADER, [_row(node.status, 0) for node, _ in _walk(tree)])
        return
    _print(rows)
    for node, _ in _walk(tree):
        budget = node.status.budget
        if node.over:
            promised, over = shown_amount(node.children_amount), shown_amount(node.over)
            note(f"{budget.id}: its parts may spend {promised} {budget.currency}, {over} more than it has")
    if not rows:
        note("none; budgets in warikan.yaml names them (docs/budgets.md)")


def run_show(folder: Path | None, budget_id: str, output: Output) -> None:
    """Print one budget."""
    workspace = open_workspace(folder)
    budgets = workspace.operations.budgets
    status, history = budgets.status(budget_id), budgets.history(budget_id)
    note(f"{workspace.folder} · {budget_id} · {status.budget.metric}")
    if output == "json":
        print_json({"status": to_document(status), "history": to_document(history)})
        return
    rows = [[name, value] for name, value in zip(_HEADER, _row(status, 0), strict=True)]
    print_table("Budget", ("what", budget_id), rows, right=(budget_id,))
    for reason in status.reasons:
        note(reason)
    periods = [
        [
            f"{p.start}..{p.end}",
            shown_amount(p.amount),
            shown_amount(p.actual),
            "" if p.is_complete else "so far",
        ]
        for p in history.periods
    ]
    print_table("Periods", ("period", "amount", "actual", ""), periods, right=("amount", "actual"))
    burns = [
        [
            b.id,
            b.onset.isoformat(),
            b.worst,
            f"{b.ended_at:%Y-%m-%d}" if b.ended_at else "–",
            b.incident_id or "",
        ]
        for b in history.burns
    ]
    if burns:
        print_table("Burns", ("burn", "since", "worst", "until", "incident"), burns)


def run_check(folder: Path | None, names: Sequence[str], fail_on: Sequence[str], output: Output) -> None:
    """
    Print what fails.

    Raises:
        CheckFailed: something does.
    """
    workspace = open_workspace(folder)
    budgets = workspace.operations.budgets
    statuses = tuple(budgets.status(name) for name in names) if names else budgets.list()
    wanted = {name.replace("-", "_") for name in fail_on or _FAILS}
    failing = [s for s in statuses if _levels(s) & wanted]
    note(f"{workspace.folder} · budgets: {', '.join(sorted(wanted)).replace('_', '-')} fail")
    if output == "json":
        print_json({"failing": [s.budget.id for s in failing], "rows": to_document(statuses)})
    else:
        _print([_row(s, 0) for s in statuses])
    if failing:
        said = "; ".join(f"{s.budget.id}: {', '.join(s.reasons)}" for s in failing)
        raise CheckFailed(said, hint="warikan budgets show NAME")


def run_judge(folder: Path | None, output: Output) -> None:
    """Judge, and print what changed."""
    done = open_workspace(folder).operations.budgets.judge()
    if output == "json":
        print_json(to_document(done))
        return
    note(f"{len(done.started)} began to burn, {len(done.changed)} changed, {len(done.ended)} on plan again")


def _print(rows: Sequence[Sequence[str]]) -> None:
    places = [_HEADER.index(name) for name in _SHOWN]
    print_table("Budgets", _SHOWN, [[row[i] for i in places] for row in rows], right=_RIGHT)


def _levels(status: BudgetStatus) -> set[str]:
    """What holds: a budget that burns fast may be forecast to end over too."""
    found: set[str] = {status.level}
    if status.outlook is not None and status.outlook.p50 > status.amount:
        found.add("forecast_over")
    return found


def _walk(nodes: Sequence[BudgetNode], depth: int = 0) -> Iterator[tuple[BudgetNode, int]]:
    for node in nodes:
        yield node, depth
        yield from _walk(node.children, depth + 1)


def _row(status: BudgetStatus, depth: int) -> list[str]:
    rates = {w.days: "–" if w.rate is None else f"{w.rate:.2f}" for w in status.windows}
    outlook = status.outlook
    ends = (
        ["–"] * 3 if outlook is None else [shown_amount(n) for n in (outlook.p50, outlook.p10, outlook.p90)]
    )
    return [
        f"{'  ' * depth}{status.budget.id}",
        f"{status.start}..{status.end}",
        shown_amount(status.amount),
        status.budget.currency,
        shown_amount(status.actual),
        shown_amount(status.planned),
        f"{status.consumed:.1%}",
        *ends,
        *(rates.get(days, "–") for days in (2, 7, 28)),
        status.level.replace("_", "-"),
    ]
