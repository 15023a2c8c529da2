"""The published rules of FOCUS 1.2, with the errata laid over them, and what each one asks of which rows."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from warikan.conformance.forms import Form, all_of, any_of, rules_of, to_form

Level = Literal["must", "should", "may"]


@dataclass(frozen=True)
class Erratum:
    """
    What is wrong with a published rule, and what is done about it.

    Attributes:
        effect: ``off``: not evaluated; ``condition`` or ``requirement``: replaced by *form*.
        reference: Where it is reported, e.g. ``FOCUS_Spec 2393``.
    """

    rule: str
    effect: Literal["off", "condition", "requirement"]
    wrong: str
    reference: str
    form: Form | None = None


@dataclass(frozen=True)
class Rule:
    """
    One rule.

    Attributes:
        of: The column, attribute or dataset it is about.
        level: MUST and MUST NOT are must; SHOULD, SHOULD NOT and RECOMMENDED are should; MAY is may.
        requirement: None where the model says that data cannot tell.
        condition: On which rows it is asked, its own alone.
        criteria: What the provider must support for it to be asked.
        needs: Rules it depends on, beyond those it is made of.
        judged: Dynamic in the model, but evaluated here.
    """

    id: str
    of: str
    function: str
    keyword: str
    level: Level
    requirement: Form | None
    condition: Form | None = None
    criteria: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    erratum: Erratum | None = None
    judged: bool = False

    @property
    def made_of(self) -> tuple[str, ...]:
        """The rules it is made of; empty for a rule about rows or columns."""
        return rules_of(self.requirement)

    @property
    def is_off(self) -> bool:
        """Whether an erratum says not to evaluate it."""
        return self.erratum is not None and self.erratum.effect == "off"


@dataclass(frozen=True)
class Asked:
    """On which rows a rule is asked and what must be supported, its parents' included."""

    condition: Form | None
    criteria: tuple[frozenset[str], ...]
    """Ways to it; it applies when all criteria of one way are supported."""


@dataclass(frozen=True)
class RuleBook:
    """
    All rules of one version and dataset.

    Attributes:
        model: Of which model: ``1.2.0.1``, or ``columns`` for rules made from the column model.
        columns: The columns of the dataset in this version, with their FOCUS type.
        shown_by: Criterion → columns whose values show that the provider supports it.
    """

    version: str
    model: str
    dataset: str
    rules: Mapping[str, Rule]
    columns: Mapping[str, str]
    shown_by: Mapping[str, tuple[str, ...]]
    asked: Mapping[str, Asked] = field(default_factory=dict)

    @property
    def criteria(self) -> tuple[str, ...]:
        """The ids of all applicability criteria."""
        return tuple(sorted(self.shown_by))


def read_table(name: str) -> dict[str, Any]:
    """A JSON table of this package."""
    table: dict[str, Any] = json.loads(
        files("warikan.conformance").joinpath(name).read_text(encoding="utf-8")
    )
    return table


@cache
def published_errata() -> Mapping[str, Erratum]:
    """Rule id → what is wrong with it."""
    return {
        e["rule"]: Erratum(e["rule"], e["effect"], e["wrong"], e["reference"], to_form(e.get("form")))
        for e in read_table("errata.json")["published"]
    }


@cache
def published_rules(*, with_errata: bool = True) -> Mapping[str, Rule]:
    """
    The rules of the published model.

    Args:
        with_errata: False gives them as published: what cannot be read is then not evaluated.
    """
    rules = {r["id"]: _rule(r) for r in read_table("tables/rules_1_2.json")["rules"]}
    if not with_errata:
        return rules
    for erratum in published_errata().values():
        rules[erratum.rule] = _corrected(rules[erratum.rule], erratum)
    for judged in read_table("errata.json")["judged"]:
        rule = rules[judged["rule"]]
        condition = to_form(judged.get("condition")) or rule.condition
        rules[rule.id] = replace(rule, requirement=to_form(judged["form"]), condition=condition, judged=True)
    return rules


def _rule(said: dict[str, Any]) -> Rule:
    return Rule(
        id=said["id"],
        of=said["of"],
        function=said["function"],
        keyword=said["keyword"],
        level=said["level"],
        requirement=to_form(said.get("requirement")),
        condition=to_form(said.get("condition")),
        criteria=tuple(said.get("criteria", ())),
        needs=tuple(said.get("needs", ())),
    )


def _corrected(rule: Rule, erratum: Erratum) -> Rule:
    if erratum.effect == "condition":
        return replace(rule, condition=erratum.form, erratum=erratum)
    if erratum.effect == "requirement":
        return replace(rule, requirement=erratum.form, erratum=erratum)
    return replace(rule, erratum=erratum)


def push_down(rules: Mapping[str, Rule]) -> dict[str, Asked]:
    """
    What each rule asks with the conditions and criteria of the rules that it is a part of.

    A rule that is part of several is asked where one of them is.
    """
    parents: dict[str, list[str]] = {}
    for rule in rules.values():
        for part in rule.made_of:
            parents.setdefault(part, []).append(rule.id)
    asked: dict[str, Asked] = {}

    def ask(rule_id: str, path: frozenset[str]) -> Asked:
        if rule_id in asked:
            return asked[rule_id]
        rule = rules[rule_id]
        above = [ask(p, path | {rule_id}) for p in parents.get(rule_id, ()) if p not in path]
        condition = all_of([any_of([a.condition for a in above]), rule.condition])
        ways = {way for a in above for way in a.criteria} or {frozenset[str]()}
        asked[rule_id] = Asked(
            condition, tuple(way | frozenset(rule.criteria) for way in sorted(ways, key=sorted))
        )
        return asked[rule_id]

    for rule_id in rules:
        ask(rule_id, frozenset())
    return asked


def shown_by(criteria: Mapping[str, Iterable[str]], columns: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Criterion → those of *columns* that are there because of it."""
    found: dict[str, list[str]] = {}
    for column in columns:
        for criterion in criteria.get(column, ()):
            found.setdefault(criterion, []).append(column)
    return {criterion: tuple(names) for criterion, names in found.items()}
