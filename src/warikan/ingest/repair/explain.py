"""What was repaired on one charge: which rules, and what each column said before and says now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from warikan.ingest.repair.layers import OLD
from warikan.ingest.repair.rules import Rule, load_rules


@dataclass(frozen=True)
class AppliedRepair:
    """A rule that fired on a charge; *title* and *why* are empty where this version has no such rule."""

    id: str
    title: str
    why: str
    reference: str


@dataclass(frozen=True)
class RepairedColumn:
    """
    One column that repairs changed.

    Attributes:
        old: What the bill says; None: nothing.
        new: What is stored, as the charge has it.
        rules: Which of the charge's rules set this column, in their order; the last one had the last word.
    """

    column: str
    old: str | None
    new: Any
    rules: tuple[str, ...]


@dataclass(frozen=True)
class ChargeRepairs:
    """
    All repairs of one charge, in the order in which they ran.

    Attributes:
        extra: The bill's own columns, without the old values.
    """

    rules: tuple[AppliedRepair, ...]
    columns: tuple[RepairedColumn, ...]
    extra: Mapping[str, str]


def explain_repairs(charge: Mapping[str, Any]) -> ChargeRepairs:
    """The repairs of *charge*, a row of `charges` (x_Repairs, x_Extra and the columns that were changed)."""
    ids = [str(name) for name in charge.get("x_Repairs") or ()]
    extra: dict[str, str] = dict(charge.get("x_Extra") or ())
    known = load_rules().by_id()
    applied = [known[name] for name in ids if name in known]
    # A bill may have a column of its own that is called so: only what a rule of this row may have put there.
    is_known = len(applied) == len(ids)
    settable = {column for rule in applied for column in rule.set}
    old = {
        name.removeprefix(OLD): value
        for name, value in extra.items()
        if ids and name.startswith(OLD) and (not is_known or name.removeprefix(OLD) in settable)
    }
    columns = tuple(
        RepairedColumn(
            column, value or None, charge.get(column, extra.get(column)), _rules_of(column, applied)
        )
        for column, value in sorted(old.items())
    )
    return ChargeRepairs(
        tuple(_applied(name, known.get(name)) for name in ids),
        columns,
        {name: value for name, value in extra.items() if not _is_old(name, old)},
    )


def _is_old(name: str, old: Mapping[str, str]) -> bool:
    return name.startswith(OLD) and name.removeprefix(OLD) in old


def _rules_of(column: str, applied: Sequence[Rule]) -> tuple[str, ...]:
    return tuple(rule.id for rule in applied if column in rule.set)


def _applied(name: str, rule: Rule | None) -> AppliedRepair:
    if rule is None:
        return AppliedRepair(name, "", "", "")
    return AppliedRepair(name, rule.title, rule.why, rule.reference)
