"""A conformance report as text cells for a table, and as a JSON document. Money and shares are exact text."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from warikan.conformance.report import ConformanceReport, RuleResult
from warikan.conformance.rules import Level
from warikan.focus.money import format_exact

HEADER = ("level", "rule", "rows", "spend", "what it asks", "first row")
_LEVELS = {"must": "MUST", "should": "SHOULD", "may": "MAY"}


def failure_rows(report: ConformanceReport, level: Level = "should") -> list[list[str]]:
    """A row of text for each failed rule, worst first, under HEADER."""
    return [
        [
            _LEVELS[r.rule.level],
            r.rule.id,
            "" if r.asked is None else f"{r.failed:,}",
            said_spend(r),
            r.says if r.asked is not None else f"{r.says}: {r.why}",
            said_sample(r, several_files=len(report.files) > 1),
        ]
        for r in report.failures(level, with_repeats=False)
    ]


def said_unweighed(report: ConformanceReport) -> str:
    """Which rows have a cost that is no number; empty where there are none."""
    if not report.unweighed:
        return ""
    several = len(report.files) > 1
    shown = ", ".join(
        f"{f'{s.file} ' if several else ''}row {s.row:,} ({s.values[0][1]})" for s in report.unweighed_samples
    )
    more = report.unweighed - len(report.unweighed_samples)
    rows = "1 row has" if report.unweighed == 1 else f"{report.unweighed:,} rows have"
    return (
        f"{rows} no number as {report.cost}, and no part in the shares of the spend: {shown}"
        f"{f' and {more:,} more' if more else ''}"
    )


def said_spend(result: RuleResult) -> str:
    """The share of the spend that breaks the rule, for each currency: ``3.1% USD``."""
    return ", ".join(f"{percent(s.share)} {s.currency or '(no currency)'}" for s in result.spend)


def percent(share: Decimal) -> str:
    """*share* for a person: never 0% of something nor 100% of less."""
    if not share:
        return "0%"
    if share < Decimal("0.001"):
        return "<0.1%"
    if Decimal("0.999") < share < 1:
        return ">99.9%"
    return f"{share:.1%}"


def said_sample(result: RuleResult, *, several_files: bool = False) -> str:
    """The first row that breaks the rule: ``row 12: SkuId = null, ChargeCategory = Usage``."""
    if not result.samples:
        return ""
    sample = result.samples[0]
    place = f"{sample.file} row {sample.row:,}" if several_files else f"row {sample.row:,}"
    return f"{place}: " + ", ".join(f"{c} = {'null' if v is None else v}" for c, v in sample.values)


def to_document(report: ConformanceReport) -> dict[str, Any]:
    """The whole report as JSON."""
    return {
        "files": list(report.files),
        "dataset": report.dataset,
        "focus_version": report.version,
        "model": report.model,
        "rows": report.rows,
        "broken_lines": report.broken,
        "passed_over": [{"file": name, "why": why} for name, why in report.passed_over],
        "cost": report.cost,
        "spend": {s.currency: format_exact(s.total) for s in report.spend},
        "unweighed": {
            "rows": report.unweighed,
            "samples": [
                {"file": s.file, "row": s.row, "values": dict(s.values)} for s in report.unweighed_samples
            ],
        },
        "criteria": {c.id: {"supported": c.is_on, "given": c.is_given} for c in report.criteria},
        "counts": dict(report.counts()),
        "rules": [_rule(result, report.rows) for result in report.results],
    }


def _rule(result: RuleResult, rows: int) -> dict[str, Any]:
    rule = result.rule
    said: dict[str, Any] = {
        "id": rule.id,
        "keyword": rule.keyword,
        "level": rule.level,
        "function": rule.function,
        "asks": result.says,
        "columns": list(result.columns),
        "outcome": result.outcome,
        "why": result.why or None,
        "rows_asked": result.asked,
        "rows_failed": result.failed if result.asked is not None else None,
        "share": format_exact(result.share_of(rows))
        if result.outcome == "failed" and result.is_leaf
        else None,
        "spend": [
            {"currency": s.currency, "failed": format_exact(s.failed), "total": format_exact(s.total)}
            for s in result.spend
        ],
        "samples": [{"file": s.file, "row": s.row, "values": dict(s.values)} for s in result.samples],
        "parts": list(rule.made_of),
        "repeats": list(result.repeats),
        "erratum": rule.erratum
        and {"effect": rule.erratum.effect, "wrong": rule.erratum.wrong, "reference": rule.erratum.reference},
        "judged": rule.judged,
    }
    return {key: value for key, value in said.items() if value not in (None, [], False)}


def all_rows(report: ConformanceReport) -> tuple[Sequence[str], list[list[str]]]:
    """
    Header and rows of every rule, for CSV.

    Failed rules first, as in the table; then those that repeat them, the others, last those made of others.
    """
    header = ("rule", "level", "outcome", "rows_asked", "rows_failed", "share", "asks", "why")
    rows = [
        [
            r.rule.id,
            r.rule.level,
            r.outcome,
            "" if r.asked is None else str(r.asked),
            "" if r.asked is None else str(r.failed),
            format_exact(r.share_of(report.rows)) if r.outcome == "failed" and r.is_leaf else "",
            r.says,
            "; ".join(filter(None, [r.why, f"repeats {', '.join(r.repeats)}" if r.repeats else ""])),
        ]
        for r in _worst_first(report)
    ]
    return header, rows


def _worst_first(report: ConformanceReport) -> list[RuleResult]:
    told = list(report.failures(with_repeats=False))
    failed = [*told, *(r for r in report.failures() if r.repeats)]
    seen = {r.rule.id for r in failed}
    rest = [r for r in report.results if r.rule.id not in seen]
    return [*failed, *(r for r in rest if r.is_leaf), *(r for r in rest if not r.is_leaf)]
