"""A conformance report as JUnit XML, which CI servers show: a test case for each rule."""

import re
from collections.abc import Collection
from xml.etree.ElementTree import Element, SubElement, tostring

from warikan.conformance.report import ConformanceReport, RuleResult
from warikan.conformance.rows import said_sample, said_spend

_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, escaped or not."""


def to_junit(report: ConformanceReport, breaches: Collection[RuleResult]) -> str:
    """
    *report* as one test suite.

    A rule of *breaches* is a failure. A rule that fails otherwise (SHOULD, or below the threshold) passes,
    with what it found as its output; one that was not evaluated is skipped, with the reason. A bill without
    rows is an error.
    """
    leaves = [result for result in report.results if result.is_leaf]
    broken = {result.rule.id for result in breaches}
    skipped = [r for r in leaves if r.outcome in ("not applicable", "dynamic")]
    is_empty = report.rows == 0
    suite = Element(
        "testsuite",
        {
            "name": _clean(f"FOCUS {report.version} {report.dataset}: {', '.join(report.files[:5])}"),
            "tests": str(len(leaves) + is_empty),
            "failures": str(len(broken)),
            "errors": str(int(is_empty)),
            "skipped": str(len(skipped)),
        },
    )
    for result in leaves:
        name = {
            "classname": _clean(f"focus.{result.rule.of}"),
            "name": _clean(f"{result.rule.id}: {result.says}"),
        }
        case = SubElement(suite, "testcase", name)
        if result.rule.id in broken:
            failure = SubElement(
                case, "failure", {"message": _clean(_message(result)), "type": result.rule.keyword}
            )
            failure.text = _clean(_details(result))
        elif result.outcome == "failed":
            SubElement(case, "system-out").text = _clean(f"{_message(result)}\n{_details(result)}")
        elif result.outcome != "passed":
            SubElement(case, "skipped", {"message": _clean(result.why or result.outcome)})
    if is_empty:
        # Who reads the report alone must not take it for a bill that conforms.
        case = SubElement(suite, "testcase", {"classname": "focus", "name": "there are rows to check"})
        SubElement(case, "error", {"message": "there is a header and no row", "type": "NoRows"})
    suites = Element("testsuites", {n: suite.attrib[n] for n in ("tests", "failures", "errors")})
    suites.append(suite)
    return tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _message(result: RuleResult) -> str:
    if result.asked is None:
        return result.why
    spend = said_spend(result)
    return f"{result.failed:,} rows" + (f", {spend} of the spend" if spend else "")


def _details(result: RuleResult) -> str:
    shown = [f"{s.file} row {s.row}: " + ", ".join(f"{c}={v!r}" for c, v in s.values) for s in result.samples]
    return "\n".join(shown) or said_sample(result)


def _clean(text: str) -> str:
    return _NO_XML.sub("\ufffd", text)
