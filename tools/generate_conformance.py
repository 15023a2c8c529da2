"""
Write the rule tables of ``src/warikan/conformance/tables/`` from the published FOCUS models.

Run ``uv run python tools/generate_conformance.py ../shared/data/model`` after a new model is published.
What is written is the project's own compact form: rule ids, columns, functions, parameters, dependencies
and levels, without the prose. A published condition that has no readable form becomes ``["unreadable"]``;
``errata.json``, which is written by hand, says what such a rule means.
"""

import json
import sys
from pathlib import Path
from typing import Any

ATTRIBUTION = (
    "Derived from the FOCUS requirement model {model} and the FOCUS 1.4 data model, FinOps Foundation "
    "(https://focus.finops.org), licensed CC BY 4.0. Changed: reduced to identifiers, columns, functions, "
    "parameters, dependencies and levels; conditions and requirements rewritten in a form of our own."
)
TYPES = {"String": "string", "Decimal": "decimal", "Date/Time": "datetime", "JSON": "json"}
LEVELS = {"MUST": "must", "MUST NOT": "must", "MAY": "may"}  # all others: should
# The conditions of columns that came after 1.2, in the wording of the 1.4 model; 1.2 names its own.
CRITERIA = {
    "Supports data generator-calculated split cost allocation": "SPLIT_COST_ALLOCATION_SUPPORTED",
    "Supports contract commitments": "CONTRACT_COMMITMENTS_SUPPORTED",
    "Supports commitment programs": "COMMITMENT_PROGRAMS_SUPPORTED",
    "Supports payable invoices": "PAYABLE_INVOICES_SUPPORTED",
    "Supports pricing and billing in different currencies": "PRICING_BILLING_CURRENCY_DIFFERENCES_SUPPORTED",
    "Supports billing and payment in different currencies": "PAYMENT_CURRENCY_DIFFERENCES_SUPPORTED",
    "Supports billing currency and payment currency at different aggregation levels on payable invoices": (
        "PAYMENT_CURRENCY_AGGREGATION_SUPPORTED"
    ),
    "Supports customer input of purchase order number": "PURCHASE_ORDERS_SUPPORTED",
    'Offers "Partial Upfront" payment models': "PARTIAL_UPFRONT_SUPPORTED",
}
SCHEMAS = {
    "AllocatedMethodDetails": "allocatedmethoddetailsobjectschema.json",
    "CommitmentProgramEligibilityDetails": "commitmentprogrameligibilitydetailsobjectschema.json",
    "ContractApplied": "contractappliedobjectschema.json",
    "ContractCommitmentApplicability": "contractcommitmentapplicabilityobjectschema.json",
}
Form = list[Any]
ONE_COLUMN = {
    "ColumnPresent": ["present"],
    "CheckDecimalValue": ["decimal"],
    "CheckNationalCurrency": ["national"],
    "TypeDecimal": ["type", "decimal"],
    "TypeString": ["type", "string"],
    "TypeDateTime": ["type", "datetime"],
    "FormatDateTime": ["format", "datetime"],
    "FormatNumeric": ["format", "numeric"],
    "FormatString": ["format", "string"],
    "FormatUnit": ["format", "unit"],
    "FormatCurrency": ["format", "currency"],
    "FormatKeyValue": ["format", "key-value"],
}


def form_of(check: dict[str, Any]) -> Form | None:
    """A published check in the project's form; None where there is none."""
    if not check:
        return None
    function = check.get("CheckFunction")
    if function in ("AND", "OR"):
        return _joined(str(function).lower(), [form_of(item) for item in check["Items"]])
    if function in ONE_COLUMN:
        head, *more = ONE_COLUMN[function]
        return [head, check["ColumnName"], *more]
    if function in ("CheckValue", "CheckNotValue") and "ColumnName" in check:
        return _value(check["ColumnName"], check["Value"], is_not=function == "CheckNotValue")
    if function == "CheckModelRule":
        return ["rule", check["ModelRuleId"]]
    if function == "CheckGreaterOrEqualThanValue":
        return ["at_least", check["ColumnName"], check["Value"]]
    if function in ("CheckSameValue", "CheckNotSameValue"):
        name = "same" if function == "CheckSameValue" else "differ"
        return [name, check["ColumnAName"], check["ColumnBName"]]
    if function == "CheckDistinctCount":
        return ["distinct", check["ColumnAName"], check["ColumnBName"], check["ExpectedCount"]]
    if function == "ColumnByColumnEqualsColumnValue":
        return ["product", check["ColumnAName"], check["ColumnBName"], check["ResultColumnName"]]
    return ["unreadable"]


def _value(column: str, value: Any, *, is_not: bool) -> Form:
    if value is None:
        return ["not_null" if is_not else "null", column]
    number = int(value) if str(value).lstrip("-").isdigit() else value
    return ["is_not" if is_not else "is", column, number]


def _joined(joint: str, items: list[Form | None]) -> Form:
    """Several checks as one; a choice of values of one column, or of pairs of two, as a list."""
    found = [item for item in items if item is not None]
    if len(found) == 1:
        return found[0]
    if joint == "or" and all(i[0] == "is" for i in found) and len({i[1] for i in found}) == 1:
        return ["in", found[0][1], [i[2] for i in found]]
    pairs = [i[1:] for i in found if i[0] == "and" and [part[0] for part in i[1:]] == ["is", "is"]]
    if joint == "or" and len(pairs) == len(found) and len({(a[1], b[1]) for a, b in pairs}) == 1:
        return ["pairs", pairs[0][0][1], pairs[0][1][1], [[a[2], b[2]] for a, b in pairs]]
    return [joint, *found]


def rule_of(name: str, rule: dict[str, Any]) -> dict[str, Any]:
    """One published rule; keys without content are left out."""
    said = rule["ValidationCriteria"]
    requirement = None if rule["Type"] == "Dynamic" else form_of(said["Requirement"])
    entry = {
        "id": name,
        "of": rule["Reference"],
        "function": rule["Function"],
        "keyword": said["Keyword"],
        "level": LEVELS.get(said["Keyword"], "should"),
        "requirement": requirement,
        "condition": form_of(said["Condition"]),
        "criteria": rule["ApplicabilityCriteria"],
        "needs": [n for n in said["Dependencies"] if f'"{n}"' not in json.dumps(requirement)],
    }
    return {key: value for key, value in entry.items() if value not in (None, [], "")}


def column_criteria(rules: list[dict[str, Any]], model: dict[str, Any]) -> dict[str, list[str]]:
    """Column → what must be supported for it to be there (its first presence rule, or the 1.4 model)."""
    found: dict[str, list[str]] = {}
    for rule in rules:
        if rule.get("requirement", [None])[0] == "present" and "criteria" in rule:
            found.setdefault(rule["requirement"][1], rule["criteria"])
    for dataset in model["datasets"].values():
        for name, column in dataset["columns"].items():
            if name not in found and column["condition"] in CRITERIA:
                found[name] = [CRITERIA[column["condition"]]]
            elif name not in found and column["condition"] != "n/a":
                raise SystemExit(f"{name}: no criterion for {column['condition']!r}: add it to CRITERIA")
    return dict(sorted(found.items()))


def column_of(name: str, column: dict[str, Any]) -> dict[str, Any]:
    """A column of a dataset other than Cost and Usage."""
    return {
        "id": name,
        "since": column["version"],
        "level": column["feature_level"].lower(),
        "type": TYPES[column["data_type"]],
        "nullable": column["allows_nulls"],
        "allowed_values": column["allowed_values"],
        "value_format": column["value_format"],
    }


def shape_of(schema: dict[str, Any]) -> dict[str, Any]:
    """What a JSON column must hold at least: members of the object, of its array, and their types."""
    members = schema.get("properties", {})
    arrays = {
        name: {
            "required": member["items"].get("required", []),
            "types": {key: said["type"] for key, said in member["items"].get("properties", {}).items()},
        }
        for name, member in members.items()
        if member.get("type") == "array" and "required" in member.get("items", {})
    }
    return {"required": schema.get("required", []), "arrays": arrays}


def main(folder: Path) -> None:
    """Read the models below *folder* and write the project's tables."""
    published = json.loads((folder / "model-1.2.0.1.json").read_text())
    model = json.loads((folder / "focus_1_4_model.json").read_text())
    details = published["Details"]
    rules = [rule_of(name, rule) for name, rule in published["ModelRules"].items()]
    attribution = ATTRIBUTION.format(model=details["ModelVersion"])
    _write(
        "rules_1_2.json",
        {"attribution": attribution, "version": details["FOCUSVersion"], "model": details["ModelVersion"]},
        {"criteria": sorted(published["ApplicabilityCriteria"]), "rules": rules},
    )
    others = {
        name: [column_of(key, dataset["columns"][key]) for key in sorted(dataset["columns"])]
        for name, dataset in model["datasets"].items()
        if name != "Cost and Usage"
    }
    shapes = {
        column: shape_of(json.loads((folder / "json_schemas" / file).read_text()))
        for column, file in SCHEMAS.items()
    }
    _write(
        "columns.json",
        {"attribution": attribution},
        {
            "criteria": column_criteria(rules, model),
            "shapes": shapes,
            "datasets": [c | {"dataset": name} for name, columns in others.items() for c in columns],
        },
    )


def _write(name: str, said: dict[str, str], tables: dict[str, Any]) -> None:
    """One entry a line, so that a new model is a readable difference."""
    lines = [f" {json.dumps(key)}: {json.dumps(value)}" for key, value in said.items()]
    for key, entries in tables.items():
        is_list = isinstance(entries, list)
        parts = (
            [f"  {json.dumps(e, ensure_ascii=False)}" for e in entries]
            if is_list
            else [f"  {json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}" for k, v in entries.items()]
        )
        opening, closing = "[]" if is_list else "{}"
        lines.append(f" {json.dumps(key)}: {opening}\n" + ",\n".join(parts) + f"\n {closing}")
    target = Path(__file__).parent.parent / "src/warikan/conformance/tables" / name
    target.parent.mkdir(exist_ok=True)
    target.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    print(f"{target}: {', '.join(f'{len(e)} {k}' for k, e in tables.items())}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/data/model"))
