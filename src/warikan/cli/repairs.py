"""``warikan repairs``: the rules that set right what bills say wrongly, and what they did."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from warikan.cli.options import Output
from warikan.cli.output import note, print_csv, print_json, print_table
from warikan.focus.errors import NotFound
from warikan.focus.money import format_exact

if TYPE_CHECKING:
    # Types only; the room brings DuckDB.
    from warikan.ingest.repair.report import Done, RepairState

_HEADER = ["repair", "on", "source", "currency", "rows", "BilledCost of them", "changed"]


def run_repairs(rule: str | None, *, everything: bool, folder: Path | None, output: Output) -> None:
    """
    List the rules, those that did something first in line; one *rule* in full.

    Args:
        rule: Its id.
        everything: Also those that are on or off by default and did nothing.

    Raises:
        NotFound: there is no such repair.
    """
    # Ibis and DuckDB: see app.py.
    from warikan.bootstrap import open_workspace

    workspace = open_workspace(folder)
    print_repairs(
        workspace.repairs(), rule, everything=everything, title=str(workspace.folder), output=output
    )


def print_repairs(
    states: tuple[RepairState, ...], rule: str | None, *, everything: bool, title: str, output: Output
) -> None:
    """
    Print *states*.

    Raises:
        NotFound: *rule* is none of them.
    """
    note(f"{title} · repairs")
    if rule is not None:
        states = tuple(one for one in states if one.rule.id == rule)
        if not states:
            raise NotFound(f"there is no repair {rule!r}", hint="`warikan repairs --all` lists them")
    if output == "json":
        print_json({"repairs": [_document(one) for one in states]})
    elif output == "csv":
        print_csv(_HEADER, [row for one in states for row in _rows(one)])
    elif rule is not None:
        _print_one(states[0])
    else:
        _print_list(states, everything=everything)


def _print_list(states: tuple[RepairState, ...], *, everything: bool) -> None:
    shown = [one for one in states if everything or one.done or one.differs]
    if shown:
        print_table(
            "Repairs",
            _HEADER,
            [row for one in shown for row in _rows(one)],
            right=["rows", "BilledCost of them", "changed"],
        )
    else:
        note("no loaded bill needed a repair")
    on = sum(one.on for one in states)
    note(f"{on} of {len(states)} repairs are on; one in full: warikan repairs ID; all: warikan repairs --all")


def _print_one(state: RepairState) -> None:
    rule = state.rule
    rows = [
        ["what", rule.title],
        ["is", _state(state)],
        ["rows of", ", ".join(rule.provider) or "any provider"],
        ["when", rule.test if rule.first == "true" else f"({rule.first}) AND ({rule.test})"],
        *(["sets", f"{column} = {value}"] for column, value in rule.set.items()),
        ["why", rule.why],
        ["see", rule.reference],
    ]
    if rule.codes:
        rows.append(["finops-toolkit", ", ".join(rule.codes)])
    print_table(f"{rule.id} (version {rule.version})", ["", ""], rows)
    if state.done:
        print_table("What it did", _HEADER[2:], [row[2:] for row in _rows(state)], right=_HEADER[4:])


def _state(state: RepairState) -> str:
    said = "on" if state.on else "off"
    other = "off" if state.on else "on"
    return f"{said}, but {other} for {', '.join(state.differs)}" if state.differs else said


def _rows(state: RepairState) -> list[list[str]]:
    start = [state.rule.id, _state(state)]
    return [
        [*start, d.source_id, d.currency or "–", f"{d.rows:,}", format_exact(d.billed), _changes(d)]
        for d in state.done
    ] or [[*start, "–", "–", "0", "–", "–"]]


def _changes(done: Done) -> str:
    return ", ".join(f"{cost} {_signed(change.by)}" for cost, change in done.changes.items()) or "no cost"


def _signed(amount: Any) -> str:
    return f"+{format_exact(amount)}" if amount > 0 else format_exact(amount)


def _document(state: RepairState) -> dict[str, Any]:
    rule = state.rule
    return {
        "id": rule.id,
        "version": rule.version,
        "title": rule.title,
        "on": state.on,
        "differs": list(state.differs),
        "on_by_default": rule.on,
        "provider": list(rule.provider),
        "sets": dict(rule.set),
        "test": rule.test,
        "why": rule.why,
        "reference": rule.reference,
        "codes": list(rule.codes),
        "done": [
            {
                "source": d.source_id,
                "currency": d.currency,
                "rows": d.rows,
                "BilledCost": format_exact(d.billed),
                "changes": {
                    cost: {"by": format_exact(change.by), "moved": format_exact(change.moved)}
                    for cost, change in d.changes.items()
                },
            }
            for d in state.done
        ],
    }
