"""Rule books: the published model for FOCUS 1.2, the column model for every other version and dataset."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from warikan.conformance.forms import Form
from warikan.conformance.rules import (
    Level,
    Rule,
    RuleBook,
    published_rules,
    push_down,
    read_table,
    shown_by,
)
from warikan.focus.columns import VERSIONS, Version, list_columns, service_subcategories

COST_AND_USAGE = "Cost and Usage"
PUBLISHED: Version = "1.2"
"""The version that has a published requirement model; the others are judged by their columns."""
_VIRTUAL = "VIRTUAL_CURRENCY_SUPPORTED"
_NAMED = {"BillingAccountName": ("ACCOUNT_NAMING_SUPPORTED",)}
"""Criteria of 1.2 that no column's presence depends on."""
_PRODUCTS = (
    ("ListUnitPrice", "PricingQuantity", "ListCost"),
    ("ContractedUnitPrice", "PricingQuantity", "ContractedCost"),
)
_FORMAT_OF = {
    "Currency": "currency",
    "Unit": "unit",
    "Key-Value": "key-value",
    "JSON Object": "json-object",
    "Date/Time": "datetime",
}
_NO_CORRECTION: Form = ("is_not", "ChargeClass", "Correction")


@cache
def datasets() -> Mapping[str, Mapping[str, dict[str, Any]]]:
    """Dataset → column → what the 1.4 model says of it, for all but Cost and Usage."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for column in read_table("tables/columns.json")["datasets"]:
        found.setdefault(column["dataset"], {})[column["id"]] = column
    return found


@cache
def rule_book(version: Version, dataset: str = COST_AND_USAGE, *, with_errata: bool = True) -> RuleBook:
    """The rules of *version* for *dataset*; *with_errata* matters for the published model only."""
    criteria: dict[str, list[str]] = read_table("tables/columns.json")["criteria"]
    if dataset != COST_AND_USAGE:
        columns = {c["id"]: c for c in datasets()[dataset].values() if _since(c["since"]) <= version}
        said = [rule for c in columns.values() for rule in _column_rules(c, criteria)]
        return _book(version, "columns", dataset, said, {n: c["type"] for n, c in columns.items()}, criteria)
    types: dict[str, str] = {c.id: c.type for c in list_columns(version)}
    if version == PUBLISHED:
        rules = published_rules(with_errata=with_errata)
        named = criteria | {column: list(names) for column, names in _NAMED.items()}
        return _book(version, "1.2.0.1", dataset, list(rules.values()), types, named)
    said = [
        rule
        for column in list_columns(version)
        for rule in _column_rules(_as_said(column, version), criteria)
    ]
    return _book(version, "columns", dataset, [*said, *_between_columns(types)], types, criteria)


def _since(version: str) -> str:
    return version if version in VERSIONS else VERSIONS[0]


def _book(
    version: str,
    model: str,
    dataset: str,
    rules: list[Rule],
    columns: Mapping[str, str],
    criteria: Mapping[str, Any],
) -> RuleBook:
    by_id = {rule.id: rule for rule in rules}
    named = {c for rule in rules for c in rule.criteria}
    shown = {c: names for c, names in shown_by(criteria, columns).items() if c in named}
    # That a price is in a virtual currency shows in the currency, not in the price's being there.
    if _VIRTUAL in named:
        shown[_VIRTUAL] = ()
    return RuleBook(version, model, dataset, by_id, columns, shown, push_down(by_id))


def _as_said(column: Any, version: Version) -> dict[str, Any]:
    """A column of Cost and Usage as *version* has it."""
    level = column.level_in(version)
    return {
        "id": column.id,
        # A condition belongs to the level it came with: InvoiceId became conditional in 1.4.
        "has_criteria": level == column.level,
        "level": level,
        "type": column.type,
        "nullable": column.is_nullable_in(version),
        "allowed_values": column.allowed_values,
        "value_format": column.value_format,
    }


def _column_rules(column: dict[str, Any], criteria: Mapping[str, list[str]]) -> Iterator[Rule]:
    """What the column model says of one column: presence, type, format, null, values."""
    name, kind, form = column["id"], column["type"], column["value_format"] or ""
    needed = (
        tuple(criteria.get(name, ())) if column.get("has_criteria", column["level"] != "mandatory") else ()
    )
    level: Level = "should" if column["level"] == "recommended" else "must"
    yield _rule(name, "present", ("present", name), level=level, criteria=needed)
    if kind in ("string", "decimal", "datetime"):
        yield _rule(name, "type", ("type", name, kind), function="Type")
    shown = "numeric" if kind == "decimal" else _FORMAT_OF.get(form, "string" if kind == "string" else None)
    if shown is not None:
        # Units are recommended words, not required ones.
        yield _rule(name, "format", ("format", name, shown), level="should" if shown == "unit" else "must")
    if not column["nullable"]:
        yield _rule(name, "not_null", ("not_null", name), function="Nullability")
    if column["allowed_values"]:
        yield _rule(name, "values", ("in", name, tuple(column["allowed_values"])), function="Validation")
    if name == "BillingCurrency":
        yield _rule(name, "national", ("national", name), function="Validation")
    if "non-negative" in form:
        yield _rule(name, "at_least", ("at_least", name, 0), function="Validation")
    shape = read_table("tables/columns.json")["shapes"].get(name)
    if shape:
        yield _rule(name, "shape", ("shape", name), function="Format")


def _between_columns(columns: Mapping[str, str]) -> Iterator[Rule]:
    """Between columns, in every version: price × quantity = cost, and a subcategory has one category."""
    for price, quantity, cost in _PRODUCTS:
        if price in columns and cost in columns:
            form: Form = ("product", price, quantity, cost)
            yield _rule(cost, "product", form, function="Validation", condition=_NO_CORRECTION)
    if "ServiceSubcategory" in columns:
        pairs = tuple(service_subcategories().items())
        name = "ServiceSubcategory"
        yield _rule(name, "parent", ("pairs", name, "ServiceCategory", pairs), function="Validation")


def _rule(
    column: str,
    what: str,
    form: Form,
    *,
    function: str = "Format",
    level: Level = "must",
    criteria: tuple[str, ...] = (),
    condition: Form | None = None,
) -> Rule:
    return Rule(
        id=f"{column}.{what}",
        of=column,
        function="Presence" if what == "present" else function,
        keyword="MUST" if level == "must" else "SHOULD",
        level=level,
        requirement=form,
        condition=condition,
        criteria=criteria,
    )
