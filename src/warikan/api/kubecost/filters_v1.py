"""Kubecost's first filters (v1): ``filterNamespaces=a,b*``, one parameter a field, ``*`` for any end."""

from collections.abc import Mapping, Sequence

from warikan.api.kubecost.conditions import Field, Fields, Match
from warikan.api.kubecost.filters import MAX_LENGTH, MAX_VALUES
from warikan.engine.condition import Condition, all_of, any_of
from warikan.focus.errors import UsageError

ALLOCATION_FILTERS = {
    "filterClusters": "cluster",
    "filterNodes": "node",
    "filterNamespaces": "namespace",
    "filterControllerKinds": "controllerKind",
    "filterControllers": "controllerName",
    "filterPods": "pod",
    "filterContainers": "container",
    "filterServices": "services",
    "filterDepartments": "department",
    "filterEnvironments": "environment",
    "filterOwners": "owner",
    "filterProducts": "product",
    "filterTeams": "team",
    "filterLabels": "label",
    "filterAnnotations": "annotation",
}
"""Parameter of /allocation → field."""
ASSET_FILTERS = {
    "filterClusters": "cluster",
    "filterAccounts": "account",
    "filterCategories": "category",
    "filterNames": "name",
    "filterProjects": "project",
    "filterProviders": "provider",
    "filterProviderIDs": "providerID",
    "filterProviderIds": "providerID",
    "filterServices": "service",
    "filterTypes": "assetType",
    "filterRegions": "region",
    "filterLabels": "label",
}
"""Parameter of /assets → field."""


def parse_filters(
    given: Mapping[str, str | None], names: Mapping[str, str], fields: Fields
) -> Condition | None:
    """
    The parameters *given* as one condition: any value of a parameter, and every parameter.

    Args:
        given: Parameter → its text; those that are absent or blank ask for nothing.
        names: ALLOCATION_FILTERS or ASSET_FILTERS.

    Raises:
        UsageError: a value cannot be read or asked, or there is too much of them.
    """
    parts = []
    for parameter, name in names.items():
        text = given.get(parameter) or ""
        if len(text) > MAX_LENGTH:
            raise UsageError(f"{parameter} has {len(text)} characters; at most {MAX_LENGTH} are read")
        values = [value.strip() for value in text.split(",") if value.strip()]
        if len(values) > MAX_VALUES:
            raise UsageError(f"{parameter} has {len(values)} values; at most {MAX_VALUES} are read")
        if values:
            parts.append(any_of(*(_condition(parameter, name, value, fields) for value in values)))
    return all_of(*parts) if parts else None


def _condition(parameter: str, name: str, value: str, fields: Fields) -> Condition:
    pieces = value.split(":")
    if name in {"label", "annotation"}:
        if len(pieces) != 2:
            raise UsageError(f"{parameter}={value[:80]!r} cannot be read; it is key:value")
        return _test(fields.field(name, pieces[0].strip()), pieces[1].strip())
    if name == "controllerName" and len(pieces) == 2:
        kind = fields.field("controllerKind", None)(pieces[0].strip(), "equal")
        return all_of(kind, _test(fields.field(name, None), pieces[1].strip()))
    return _test(fields.field(name, None), value)


def _test(field: Field, value: str) -> Condition:
    match: Match = "prefix" if value.endswith("*") else "equal"
    return field(value.removesuffix("*"), match)


def join_conditions(parts: Sequence[Condition | None]) -> str | None:
    """Every one of *parts* as text of our filter language; None when there is none."""
    found = [part for part in parts if part is not None]
    return all_of(*found).render() if found else None
