"""
The estate: a simulated company whose truth is known.

``generate(folder)`` writes the bills of three clouds and one vendor, the catalogue, the rules, and the
truth behind every cent, all from one seed. It is the demo, and what tests score against.
"""

from warikan.estate.generate import BillFile, EstateReport, generate

__all__ = ["BillFile", "EstateReport", "generate"]
