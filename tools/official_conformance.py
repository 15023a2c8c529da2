"""
Run the official FOCUS validator on one file and print, as one line of JSON, what it found of each rule.

Runs in an environment of the validator's own (tools/official_conformance.sh makes it), not in Warikan's.
It opens a file of its own by a relative path, so that the current folder must be its site-packages.
"""

import contextlib
import io
import json
import logging
import os
import sys
import time
from pathlib import Path

import focus_validator  # type: ignore[import-not-found, unused-ignore]
from focus_validator.validator import Validator  # type: ignore[import-not-found, unused-ignore]


def _peak_kilobytes() -> int:
    # Not ru_maxrss, which begins with the peak of the process that started this one.
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def main(path: str, criteria: str) -> None:
    """Check the file *path* as FOCUS 1.2 Cost and Usage."""
    path = str(Path(path).resolve())
    os.chdir(Path(focus_validator.__file__).parent.parent)
    logging.disable(logging.CRITICAL)
    began = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()):
        validator = Validator(
            data_filename=path,
            output_destination=None,
            output_type="console",
            focus_dataset="CostAndUsage",
            rules_version="1.2",
            rules_block_remote_download=True,
            applicability_criteria=criteria or None,
        )
        validator.load()
        results = validator.spec_rules.validate(
            validator.focus_data,
            show_violations=False,
            data_filename=path,
            data_row_count=validator.data_row_count,
        )
    seconds = time.perf_counter() - began
    rules = {}
    for rule_id, found in results.by_rule_id.items():
        details = found.get("details") or {}
        outcome = "skipped" if details.get("skipped") else "passed" if found.get("ok") else "failed"
        rules[rule_id] = {
            "outcome": outcome,
            "failed": details.get("violations"),
            "message": str(details.get("message") or "")[:200],
        }
    said = {
        "seconds": seconds,
        "megabytes": _peak_kilobytes() / 1024,
        "evaluated": sum(r["outcome"] != "skipped" for r in rules.values()),
        "rules": rules,
    }
    print(json.dumps(said))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "")
