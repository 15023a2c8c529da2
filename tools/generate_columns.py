"""
Write ``src/warikan/focus/columns.json`` from the published FOCUS models.

Run ``uv run python tools/generate_columns.py ../shared/data/model`` after a new model is published.
The 1.4 column model names for each column the version that introduced it; what older versions say
differently (deprecated columns, levels, nullability) comes from the 1.2 requirement model and the
specification's change log, and is listed in ``OLDER`` below with its source.
"""

import json
import sys
from pathlib import Path
from typing import Any

VERSIONS = ["1.0", "1.1", "1.2", "1.3", "1.4"]
ATTRIBUTION = (
    "Derived from the FOCUS specification, FinOps Foundation (https://focus.finops.org), "
    "FOCUS 1.4 data model and FOCUS 1.2.0.1 requirement model, licensed CC BY 4.0. "
    "Changed: reduced to names, versions, levels, types, nullability and allowed values."
)
# FOCUS_Spec CHANGELOG 1.3 and 1.4: InvoiceId was recommended until 1.3; the two pricing-currency
# columns allowed null until 1.4.
OLDER: dict[str, dict[str, dict[str, Any]]] = {
    "InvoiceId": {"until": {"1.3": {"level": "recommended"}}},
    "PricingCurrency": {"until": {"1.3": {"nullable": True}}},
    "PricingCurrencyEffectiveCost": {"until": {"1.3": {"nullable": True}}},
}
# FOCUS_Spec version_migration_guidance.md: deprecated in 1.3, removed in 1.4.
REMOVED = {
    name: {
        "id": name,
        "display_name": label,
        "since": "1.0",
        "until": "1.3",
        "level": "mandatory",
        "type": "string",
        "nullable": False,
        "allowed_values": None,
    }
    for name, label in (("ProviderName", "Provider Name"), ("PublisherName", "Publisher Name"))
}
TYPES = {"String": "string", "Decimal": "decimal", "Date/Time": "datetime", "JSON": "json"}


def since(version: str) -> str:
    """The first version of 1.0 and later that has a column introduced in *version*."""
    return version if version in VERSIONS else "1.0"


def column(name: str, model: dict[str, Any]) -> dict[str, Any]:
    """One column of the 1.4 model in the project's compact form."""
    entry = {
        "id": name,
        "display_name": model["display_name"],
        "since": since(model["version"]),
        "until": None,
        "level": model["feature_level"].lower(),
        "type": TYPES[model["data_type"]],
        "nullable": model["allows_nulls"],
        "allowed_values": model["allowed_values"],
        "value_format": model["value_format"],
    }
    if name in OLDER:
        entry["older"] = OLDER[name]["until"]
    return entry


def dataset_column(name: str, model: dict[str, Any]) -> dict[str, Any]:
    """One column of a dataset beside Cost and Usage; none of them is older than 1.3."""
    entry = column(name, model)
    # OLDER speaks of Cost and Usage alone.
    entry.pop("older", None)
    return entry


def main(folder: Path) -> None:
    """Read the models below *folder* and write the project's file."""
    model = json.loads((folder / "focus_1_4_model.json").read_text())
    rules = json.loads((folder / "model-1.2.0.1.json").read_text())["ModelRules"]
    cost_and_usage = model["datasets"]["Cost and Usage"]["columns"]
    columns = {name: column(name, cost_and_usage[name]) for name in cost_and_usage} | REMOVED
    named_in_1_2 = {rule["Reference"] for rule in rules.values() if rule["EntityType"] == "Column"}
    ours_in_1_2 = {c["id"] for c in columns.values() if c["since"] <= "1.2"}
    if named_in_1_2 != ours_in_1_2:
        raise SystemExit(f"the two models disagree about 1.2: {named_in_1_2 ^ ours_in_1_2}")
    others = {
        name: sorted(dataset["columns"])
        for name, dataset in model["datasets"].items()
        if name != "Cost and Usage"
    }
    datasets = {
        name: {
            "id": model["datasets"][name]["dataset_id"],
            "columns": [dataset_column(c, model["datasets"][name]["columns"][c]) for c in ids],
        }
        for name, ids in others.items()
    }
    out = {
        "attribution": ATTRIBUTION,
        "versions": VERSIONS,
        "columns": [columns[name] for name in sorted(columns)],
        "other_datasets": others,
        "datasets": datasets,
        "service_subcategories": model["service_subcategory_parents"],
        "currencies": json.loads((folder / "iso_4217_currencies.json").read_text())["codes"],
    }
    target = Path(__file__).parent.parent / "src/warikan/focus/columns.json"
    target.write_text(json.dumps(out, indent=1, ensure_ascii=False) + "\n")
    print(f"{target}: {len(columns)} columns")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/data/model"))
