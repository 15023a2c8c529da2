"""
Conformance of a bill with FOCUS: which rules it breaks, in how many rows and for what share of the spend.

``check_file`` takes any CSV, CSV.gz or Parquet; ``check_charges`` what is loaded. The rules of FOCUS 1.2 are
the published requirement model, in the compact form of ``tables/rules_1_2.json`` and with ``errata.json``
laid over it; other versions and datasets are judged by their column model (``books.py``). A rule is a form
(``forms.py``) that ``predicates.py`` turns into SQL; ``scan.py`` asks all of them in one pass.
"""

from warikan.conformance.report import ConformanceReport, Criterion, RuleResult, Sample, Share
from warikan.conformance.run import Wanted, check_charges, check_file

__all__ = [
    "ConformanceReport",
    "Criterion",
    "RuleResult",
    "Sample",
    "Share",
    "Wanted",
    "check_charges",
    "check_file",
]
