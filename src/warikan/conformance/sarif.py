"""
A conformance report as SARIF 2.1.0 (OASIS), which code hosts and review tools show.

Each failed rule about rows or columns is a result, but not what only repeats others: MUST an error, SHOULD a
warning. A row of a CSV file is
its line; of a Parquet file, which has no lines, a logical place.
"""

from typing import Any
from urllib.parse import quote

from warikan.conformance.report import ConformanceReport, RuleResult, Sample
from warikan.conformance.rows import said_sample, said_spend
from warikan.focus.money import format_exact

VERSION = "2.1.0"
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {"must": "error", "should": "warning", "may": "note"}


def to_sarif(report: ConformanceReport, *, tool_version: str) -> dict[str, Any]:
    """The failures of *report* as a SARIF log of Warikan *tool_version*."""
    failures = list(report.failures(with_repeats=False))
    driver = {
        "name": "Warikan",
        "semanticVersion": tool_version,
        "informationUri": "https://focus.finops.org",
        "rules": [_descriptor(result) for result in failures],
    }
    results = [_result(report, result, place) for place, result in enumerate(failures)]
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        # A header without rows was not checked: who reads the log alone must not take it for a success.
        "invocations": [{"executionSuccessful": report.rows > 0}],
        "artifacts": [{"location": {"uri": _uri(name)}} for name in report.files],
        "results": results,
        "properties": {
            "focusVersion": report.version,
            "dataset": report.dataset,
            "model": report.model,
            "rows": report.rows,
            "counts": dict(report.counts()),
        },
    }
    return {"$schema": SCHEMA, "version": VERSION, "runs": [run]}


def _descriptor(result: RuleResult) -> dict[str, Any]:
    rule = result.rule
    said: dict[str, Any] = {
        "id": rule.id,
        "shortDescription": {"text": f"{rule.of}: {result.says}"},
        "defaultConfiguration": {"level": _LEVELS[rule.level]},
        "properties": {"keyword": rule.keyword, "tags": ["FOCUS", rule.function, rule.of]},
    }
    if rule.erratum:
        said["help"] = {"text": f"{rule.erratum.wrong} ({rule.erratum.reference})"}
    return said


def _result(report: ConformanceReport, result: RuleResult, place: int) -> dict[str, Any]:
    if result.asked is None:
        text = f"Not so: {result.says}. {result.why}"
    else:
        spend = said_spend(result)
        text = f"{result.failed:,} of {report.rows:,} rows" + (f" ({spend} of the spend)" if spend else "")
        text += f" break: {result.says}. {said_sample(result)}"
    spend_by = {s.currency: format_exact(s.failed) for s in result.spend}
    samples = result.samples
    return {
        "ruleId": result.rule.id,
        "ruleIndex": place,
        "level": _LEVELS[result.rule.level],
        "message": {"text": text.strip()},
        "locations": [_location(sample) for sample in samples]
        or [{"physicalLocation": {"artifactLocation": {"uri": _uri(report.files[0])}}}],
        "occurrenceCount": max(result.failed, 1),
        "properties": {
            "rowsFailed": result.failed,
            "spendFailed": spend_by,
            "share": format_exact(result.share_of(report.rows)),
        },
    }


def _location(sample: Sample) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(sample.file)}}
    name = sample.file.lower()
    if name.endswith((".csv", ".tsv", ".txt")):
        # The header is line 1. A field with a line end in it shifts what follows.
        physical["region"] = {"startLine": sample.row + 1}
    return {
        "physicalLocation": physical,
        "logicalLocations": [{"name": f"row {sample.row}", "kind": "row"}],
    }


def _uri(name: str) -> str:
    return quote(name, safe="/-._~")
