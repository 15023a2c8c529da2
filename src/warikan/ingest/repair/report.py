"""Repairs by count and money: what a load notes of them, and what the lake's loads say together."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from warikan.focus.columns import COST_METRICS
from warikan.focus.money import EXACT, format_exact
from warikan.ingest.repair.plan import Change, Tally
from warikan.ingest.repair.rules import Rule, load_rules

_NOTHING = Decimal(0)


@dataclass(frozen=True)
class RepairState:
    """
    One rule as `warikan repairs` shows it: what it is, where it is on, and what it did to what is loaded.

    Attributes:
        on: Whether it runs for a source that says nothing else.
        differs: Sources for which it is the other way round.
        done: What it did, by source and currency; empty: nothing.
    """

    rule: Rule
    on: bool
    differs: tuple[str, ...]
    done: tuple["Done", ...]


@dataclass(frozen=True)
class Done:
    """What one rule did to the loaded bills of one source in one currency; nothing is added across them."""

    source_id: str
    currency: str | None
    rows: int
    billed: Decimal
    changes: Mapping[str, Change]


def repairs_json(tallies: Iterable[Tally], month: date | None, currency: str | None) -> str | None:
    """The column Repairs of `loads` for one month and currency of a bill; None where nothing was repaired."""
    said = {
        tally.rule: {
            "version": tally.version,
            "rows": tally.rows,
            "BilledCost": format_exact(tally.billed),
            "changes": {
                cost: {"by": format_exact(change.by), "moved": format_exact(change.moved)}
                for cost, change in tally.changes.items()
            },
        }
        for tally in tallies
        if (tally.month, tally.currency) == (month, currency)
    }
    return json.dumps(said, separators=(",", ":")) if said else None


def repairs_done(loads: Iterable[Mapping[str, Any]]) -> dict[str, tuple[Done, ...]]:
    """Rule → what it did, by source and currency, from the rows of `loads`."""
    found: dict[str, dict[tuple[str, str | None], Done]] = {}
    for row in loads:
        for rule, said in json.loads(row.get("Repairs") or "{}").items():
            key = (row["x_SourceId"], row["BillingCurrency"])
            places = found.setdefault(rule, {})
            before = places.get(key, Done(*key, 0, _NOTHING, {}))
            places[key] = Done(
                *key,
                before.rows + int(said["rows"]),
                EXACT.add(before.billed, Decimal(said["BilledCost"])),
                _add(before.changes, said["changes"]),
            )
    return {
        rule: tuple(sorted(places.values(), key=lambda d: (d.source_id, d.currency or "")))
        for rule, places in found.items()
    }


def _add(before: Mapping[str, Change], more: Mapping[str, Mapping[str, str]]) -> dict[str, Change]:
    nothing = Change(_NOTHING, _NOTHING)
    changes = dict(before)
    for cost, said in more.items():
        old = changes.get(cost, nothing)
        by, moved = Decimal(said["by"]), Decimal(said["moved"])
        changes[cost] = Change(EXACT.add(old.by, by), EXACT.add(old.moved, moved))
    return {cost: changes[cost] for cost in COST_METRICS if cost in changes}


def repair_states(
    active: Sequence[Rule], by_source: Mapping[str, Sequence[Rule]], loads: Iterable[Mapping[str, Any]]
) -> tuple[RepairState, ...]:
    """
    Every rule, in the order in which they run.

    Args:
        active: The rules that run where a source says nothing else.
        by_source: Source → the rules that run for it.
        loads: Rows of `loads`.
    """
    on = {rule.id for rule in active}
    own = {source: {rule.id for rule in rules} for source, rules in by_source.items()}
    done = repairs_done(loads)
    return tuple(
        RepairState(
            rule,
            rule.id in on,
            tuple(sorted(source for source, ids in own.items() if (rule.id in ids) != (rule.id in on))),
            done.get(rule.id, ()),
        )
        for rule in load_rules().rules
    )
