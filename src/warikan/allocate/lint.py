"""What is wrong with the rules before they run: every problem at once, not the first."""

from collections.abc import Iterator

import pyarrow as pa

from warikan.allocate.ownership import plan_ownership
from warikan.allocate.targets import named_services, plan_shares
from warikan.catalog.entities import Catalog
from warikan.catalog.settings import Derived, OwnershipRule, Settings
from warikan.engine.filter import parse_filter
from warikan.focus.errors import ConfigError, FilterError
from warikan.lake import Lake


def lint(lake: Lake, settings: Settings, catalog: Catalog) -> tuple[str, ...]:
    """
    One sentence for each problem of rules and shares; none when all can run and each can take effect.

    Found are: filters that do not parse, unknown columns and services, patterns that do not run, rules that
    an earlier one leaves nothing to, map entries that can never match or name no service, and shares that
    break step-down.
    """
    charges, allocations = lake.schema("charges"), lake.schema("allocations")
    return (*_lint_rules(settings, catalog, charges), *_lint_shares(settings, catalog, allocations))


def _lint_rules(settings: Settings, catalog: Catalog, schema: pa.Schema) -> Iterator[str]:
    earlier: list[OwnershipRule] = []
    for rule in settings.ownership.rules:
        where = f"ownership rule {rule.id}"
        try:
            plan_ownership((rule,), catalog, schema)
        except ConfigError as error:
            yield error.message + (f" ({error.hint})" if error.hint else "")
        if isinstance(rule.service, Derived):
            yield from _lint_map(rule.service, catalog, where)
        for before in earlier:
            if _takes_all(before, rule):
                yield f"{where} can never claim anything: {before.id} before it takes the same charges"
                break
        earlier.append(rule)


def _lint_map(derived: Derived, catalog: Catalog, where: str) -> Iterator[str]:
    for value, service in derived.map.items():
        if service not in catalog.services:
            yield f"{where}: map: {value!r} becomes {service!r}, which is no service of the catalogue"
        cleaned = value.strip() if derived.trim else value
        cleaned = cleaned.lower() if derived.lower else cleaned
        if cleaned != value:
            yield f"{where}: map: {value!r} can never match; values are cleaned before, write {cleaned!r}"


def _takes_all(before: OwnershipRule, after: OwnershipRule) -> bool:
    """Whether *before* certainly claims every charge that *after* could."""
    if isinstance(before.service, Derived):
        return False
    starts = before.from_ is None or (after.from_ is not None and before.from_ <= after.from_)
    ends = before.until is None or (after.until is not None and after.until <= before.until)
    return starts and ends and before.when in (None, after.when)


def _lint_shares(settings: Settings, catalog: Catalog, schema: pa.Schema) -> Iterator[str]:
    broken = set()
    for share in settings.shares:
        try:
            plan_shares([share], catalog, schema)
        except ConfigError as error:
            broken.add(share.id)
            yield error.message + (f" ({error.hint})" if error.hint else "")
        try:
            named = list(named_services(parse_filter(share.source, schema).condition))
        except FilterError:
            continue
        for name in named:
            if name not in catalog.services:
                yield f"share {share.id}: source names {name!r}, which is no service of the catalogue"
    try:
        plan_shares([s for s in settings.shares if s.id not in broken], catalog, schema)
    except ConfigError as error:
        yield error.message
