"""Which rules can be asked of a bill at all, and in which words; what becomes of those made of others."""

from dataclasses import dataclass, replace
from typing import Any

from warikan.conformance.bill import Bill
from warikan.conformance.forms import columns_of, parts, wording
from warikan.conformance.headers import breaks_names
from warikan.conformance.predicates import Predicates
from warikan.conformance.report import RuleResult
from warikan.conformance.rules import Rule, RuleBook
from warikan.conformance.scan import Ask, Questions


@dataclass(frozen=True)
class Plan:
    """
    The rules of a book before the scan.

    Attributes:
        settled: Results that need no row.
        asks: Rule id → what the scan is asked.
        made: Ids of the rules that are made of others.
    """

    settled: dict[str, RuleResult]
    asks: dict[str, Ask]
    made: tuple[str, ...]


def plan_rules(book: RuleBook, bill: Bill, questions: Questions, *, null_is_other: bool) -> Plan:
    """Sort the rules of *book*, and put the questions of those about rows to *questions*."""
    grouped = Predicates(bill.columns, questions.ask, null_is_other=null_is_other)
    direct = Predicates(bill.columns, null_is_other=null_is_other)
    settled: dict[str, RuleResult] = {}
    asks: dict[str, Ask] = {}
    made = []
    for rule in book.rules.values():
        blank = blank_result(book, rule)
        if found := _settled(rule, blank, book, bill):
            settled[rule.id] = found
        elif rule.made_of:
            made.append(rule.id)
        else:
            asks[rule.id] = _ask(rule, book, bill, grouped, direct)
    return Plan(settled, asks, tuple(made))


def blank_result(book: RuleBook, rule: Rule) -> RuleResult:
    """*rule* with what it says, before anything is known."""
    condition = book.asked[rule.id].condition
    says = wording(rule.requirement, condition)
    return RuleResult(rule, says, columns_of(rule.requirement, condition), "not applicable")


def _settled(rule: Rule, blank: RuleResult, book: RuleBook, bill: Bill) -> RuleResult | None:
    """The result of a rule that no row has a part in; None when rows decide."""
    form, condition = rule.requirement, book.asked[rule.id].condition
    if form is None:
        return replace(blank, outcome="dynamic", why="the data cannot tell")
    if rule.is_off and rule.erratum:
        return replace(blank, why=f"erratum ({rule.erratum.reference})")
    if rule.level == "may":
        return replace(blank, why="optional")
    if rule.made_of:
        return None
    if form[0] == "present":
        is_there = form[1] in bill.columns
        return replace(
            blank, outcome="passed" if is_there else "failed", why="" if is_there else f"no column {form[1]}"
        )
    if form[0] == "names":
        wrong = breaks_names(form[1], bill.names, book.columns)
        return replace(blank, outcome="failed" if wrong else "passed", why=", ".join(wrong[:10]))
    if condition and any(part[0] == "unreadable" for part in parts(condition)):
        return replace(blank, why="the published condition cannot be read")
    looked_at = columns_of(form)
    absent = [c for c in looked_at if c not in bill.columns]
    if absent and (form[0] != "each" or len(absent) == len(looked_at)):
        return replace(blank, why=f"no column {', '.join(absent)}")
    return None


def _ask(rule: Rule, book: RuleBook, bill: Bill, grouped: Predicates, direct: Predicates) -> Ask:
    form, condition = rule.requirement or (), book.asked[rule.id].condition
    if form[0] in ("distinct", "consistent"):
        a, b, *expected = form[1:]
        pair = (bill.columns[a], bill.columns[b], expected[0] if expected else None)
        return Ask(rule.id, direct.meets(condition), pair=pair)
    return Ask(rule.id, grouped.meets(condition), grouped.breaks(form))


def join_results(book: RuleBook, made: tuple[str, ...], results: dict[str, RuleResult]) -> None:
    """
    Add the results of the rules *made* of others to *results*.

    One fails with any of its parts, or, where they are alternatives, with all that were evaluated; it passes
    when a part was evaluated and it does not fail.
    """

    def join(rule_id: str, path: frozenset[str]) -> RuleResult | None:
        if rule_id in results:
            return results[rule_id]
        if rule_id in path:
            return None
        rule = book.rules[rule_id]
        found = [r for r in (join(p, path | {rule_id}) for p in rule.made_of) if r]
        results[rule_id] = replace(
            blank_result(book, rule), **_joined(found, is_choice=(rule.requirement or ())[0] == "or")
        )
        return results[rule_id]

    for rule_id in made:
        join(rule_id, frozenset())


def _joined(found: list[RuleResult], *, is_choice: bool) -> dict[str, Any]:
    failed = [r.rule.id for r in found if r.outcome == "failed"]
    has_passed = any(r.outcome == "passed" for r in found)
    if failed and not (is_choice and has_passed):
        return {"outcome": "failed", "why": ", ".join(failed)}
    if has_passed:
        return {"outcome": "passed"}
    if found and all(r.outcome == "dynamic" for r in found):
        return {"outcome": "dynamic", "why": "the data cannot tell"}
    return {"outcome": "not applicable", "why": "none of its parts applies"}
