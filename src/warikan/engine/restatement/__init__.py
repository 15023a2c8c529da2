"""What changed between two loads of one billing month of a source: rows, money, and why."""

from warikan.engine.restatement.compare import compare
from warikan.engine.restatement.difference import CAUSES, GROUPINGS, Difference, Load
from warikan.engine.restatement.kept import kept_loads

__all__ = ["CAUSES", "GROUPINGS", "Difference", "Load", "compare", "kept_loads"]
