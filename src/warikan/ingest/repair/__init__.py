"""
Repairs: what a bill says wrongly, set right by named rules; what it said before is kept beside it.

A layer over the typed relation of any bill (relation.py), native or FOCUS: ``plan_repairs`` counts which
rules fire and what they move, ``RepairPlan.apply`` makes the relation that is loaded. None sets BilledCost.
"""

from warikan.ingest.repair.active import active_rules, repairs_form
from warikan.ingest.repair.plan import Change, RepairPlan, Tally, columns_of, plan_repairs
from warikan.ingest.repair.report import Done, RepairState, repair_states, repairs_done, repairs_json
from warikan.ingest.repair.rules import BadRule, Rule, load_rules

__all__ = [
    "BadRule",
    "Change",
    "Done",
    "RepairPlan",
    "RepairState",
    "Rule",
    "Tally",
    "active_rules",
    "columns_of",
    "load_rules",
    "plan_repairs",
    "repair_states",
    "repairs_done",
    "repairs_form",
    "repairs_json",
]
