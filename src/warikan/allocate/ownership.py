"""
Ownership: ordered rules, first match wins, evaluated on the distinct values of what they read.

A rule claims a charge when its filter holds, the charge's day lies in ``[from, until)`` and the service it
yields is in the catalogue. What no rule claims is unallocated, never guessed. Dates become an *epoch*, the
number of rule or owner-change dates that are not after the charge's day, so that a dated rule adds a
handful of distinct values and not one for every hour.
"""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import pyarrow as pa

from warikan.allocate.derive import derived_value, list_derived_operands
from warikan.allocate.keys import Keys
from warikan.catalog.entities import Catalog
from warikan.catalog.settings import Derived, OwnershipRule
from warikan.engine.column import Operand, parse_column
from warikan.engine.filter import Filter, parse_filter
from warikan.engine.predicate import to_expression
from warikan.focus.errors import ConfigError, FilterError
from warikan.focus.period import as_utc

OWNER_COLUMNS = ("x_ServiceId", "x_SystemId", "x_TeamId", "x_Environment", "x_AllocationClass", "x_RuleId")
_UTC = dt.Timestamp(timezone="UTC", scale=6)
_EPOCH = "_epoch"


@dataclass(frozen=True)
class OwnershipPlan:
    """
    The rules, checked against the catalogue and the columns of ``charges``.

    Attributes:
        keys: What the rules read, each once; the distinct evaluation is over their values.
        filters: Per rule its filter, or None where it matches every charge.
    """

    rules: tuple[OwnershipRule, ...]
    catalog: Catalog
    schema: pa.Schema
    keys: Keys
    filters: tuple[Filter | None, ...]

    @cached_property
    def dates(self) -> tuple[date, ...]:
        """The days on which an answer may change: rule dates and owner changes, ascending."""
        dated = {d for r in self.rules for d in (r.from_, r.until) if d is not None}
        return tuple(sorted(dated | set(self.catalog.owner_dates())))

    def epoch(self, table: ir.Table) -> ir.IntegerValue:
        """How many of *dates* are not after the day of each charge."""
        moment = ibis.coalesce(table.ChargePeriodStart, table.BillingPeriodStart)
        epoch: ir.IntegerValue = ibis.literal(0, type="int32")
        for day in self.dates:
            epoch = (epoch + (moment >= ibis.literal(as_utc(day), type=_UTC)).cast("int32")).cast("int32")
        return epoch

    def distinct_keys(self, charges: ir.Table) -> ir.Table:
        """The distinct combinations of what the rules read."""
        return charges.select(**self._key_values(charges)).distinct()

    def _key_values(self, charges: ir.Table) -> dict[str, ir.Value]:
        # The source too, so that there is a key even without rules: it has one value a file.
        values = {"_source": charges.x_SourceId, **self.keys.values(charges)}
        return values | ({_EPOCH: self.epoch(charges)} if self.dates else {})

    def owners(self, keys: ir.Table, services: ir.Table) -> ir.Table:
        """
        *keys* with ``OWNER_COLUMNS``; one row in, one row out.

        Args:
            keys: As ``distinct_keys`` gives them.
            services: The table of ``service_table``.
        """
        table = keys.mutate(**self._derived_values(keys))
        claims = [self._claim(i, table, services) for i in range(len(self.rules))]
        numbered = [(claim, ibis.literal(i, type="int32")) for i, claim in enumerate(claims)]
        table = table.mutate(_rule=ibis.cases(*numbered) if numbered else ibis.null("int32"))
        table = table.mutate(
            x_RuleId=self._by_rule(table, [ibis.literal(r.id) for r in self.rules]),
            x_ServiceId=self._by_rule(
                table, [_target(table, i, "service", r.service) for i, r in self._numbered]
            ),
            x_Environment=self._by_rule(
                table, [_target(table, i, "environment", r.environment) for i, r in self._numbered]
            ),
            x_AllocationClass=ibis.ifelse(table._rule.isnull(), "unallocated", "direct"),
        )
        same = [table.x_ServiceId == services._service]
        if self.dates:
            same.append(table._epoch == services._service_epoch)
        owned = table.left_join(services, same)
        return owned.select(*keys.columns, *OWNER_COLUMNS)

    @property
    def _numbered(self) -> Iterable[tuple[int, OwnershipRule]]:
        return enumerate(self.rules)

    def _derived_values(self, keys: ir.Table) -> dict[str, ir.Value]:
        return {
            f"_{what}{i}": derived_value(value, [keys[self.keys.columns[o].id] for o in self._sources(value)])
            for i, rule in self._numbered
            for what, value in (("service", rule.service), ("environment", rule.environment))
            if isinstance(value, Derived)
        }

    def _sources(self, derived: Derived) -> list[Operand]:
        return [parse_column(text, self.schema) for text in derived.from_]

    def _claim(self, index: int, table: ir.Table, services: ir.Table) -> ir.BooleanValue:
        rule, condition = self.rules[index], self.filters[index]
        parts: list[ir.Value] = []
        if condition is not None:
            parts.append(to_expression(self.keys.rewrite(condition.condition), table))
        if rule.from_ is not None:
            parts.append(table._epoch > self.dates.index(rule.from_))
        if rule.until is not None:
            parts.append(table._epoch <= self.dates.index(rule.until))
        if isinstance(rule.service, Derived):
            parts.append(table[f"_service{index}"].isin(services._service))
        return ibis.and_(*parts)

    def _by_rule(self, table: ir.Table, values: list[ir.Value]) -> ir.StringValue:
        if not values:
            return ibis.null("string")
        return ibis.cases(*((table._rule == i, value) for i, value in enumerate(values))).cast("string")

    def join(self, charges: ir.Table, owners: ir.Table) -> ir.Table:
        """*charges*, in their order, with ``OWNER_COLUMNS`` of their key; no row is lost or doubled."""
        values = self._key_values(charges)
        right = owners.rename({f"_owner{name}": name for name in values})
        left = charges.mutate(**values)
        same = [left[name].identical_to(right[f"_owner{name}"]) for name in values]
        return left.inner_join(right, same).select(*charges.columns, *OWNER_COLUMNS)

    def service_table(self) -> pa.Table:
        """One row per (service, epoch): ``_service``, ``_service_epoch``, ``x_TeamId``, ``x_SystemId``."""
        starts = [date.min, *self.dates]
        rows = [
            (service.id, epoch, service.team_on(start), service.system_id)
            for service in self.catalog.services.values()
            for epoch, start in enumerate(starts)
        ]
        names = ("_service", "_service_epoch", "x_TeamId", "x_SystemId")
        types = (pa.string(), pa.int32(), pa.string(), pa.string())
        columns = list(zip(*rows, strict=True)) or [()] * len(names)
        return pa.table([pa.array(c, t) for c, t in zip(columns, types, strict=True)], names=names)


def plan_ownership(rules: tuple[OwnershipRule, ...], catalog: Catalog, schema: pa.Schema) -> OwnershipPlan:
    """
    Check *rules* against *catalog* and the columns of ``charges`` (*schema*).

    Raises:
        ConfigError: a filter does not parse, a column is unknown, a pattern does not run, a fixed service
            is not in the catalogue, or a rule's dates are empty; the message names the rule.
    """
    operands: list[Operand] = []
    filters = []
    for rule in rules:
        where = f"ownership rule {rule.id}"
        condition = parse_rule_filter(rule.when, schema, f"{where}: when") if rule.when is not None else None
        filters.append(condition)
        operands += _list_operands(rule, condition, schema)
        if isinstance(rule.service, str):
            require_service(rule.service, catalog, where)
        if rule.from_ is not None and rule.until is not None and rule.from_ >= rule.until:
            raise ConfigError(
                f"{where}: from {rule.from_} is not before until {rule.until}: it never applies"
            )
    return OwnershipPlan(rules, catalog, schema, Keys.of(operands), tuple(filters))


def parse_rule_filter(text: str, schema: pa.Schema, where: str) -> Filter:
    """
    A filter of the configuration.

    Raises:
        ConfigError: as FilterError, with the place in the configuration in front.
    """
    try:
        return parse_filter(text, schema)
    except FilterError as error:
        raise ConfigError(f"{where}: {error.message}", hint=error.hint) from error


def require_service(name: str, catalog: Catalog, where: str) -> None:
    """
    Raises:
        ConfigError: *name* is no service of *catalog*; the hint names the closest.
    """  # noqa: D205 - the promise is the error
    if name not in catalog.services:
        near = difflib.get_close_matches(name, catalog.services, n=1)
        hint = f"did you mean {near[0]}?" if near else "add a Component to the catalogue, or correct the name"
        raise ConfigError(f"{where}: there is no service {name!r} in the catalogue", hint=hint)


def _target(table: ir.Table, index: int, what: str, value: str | Derived | None) -> ir.Value:
    if value is None:
        return ibis.null("string")
    return table[f"_{what}{index}"] if isinstance(value, Derived) else ibis.literal(value)


def _list_operands(rule: OwnershipRule, condition: Filter | None, schema: pa.Schema) -> list[Operand]:
    operands = list(condition.operands) if condition is not None else []
    for derived in (rule.service, rule.environment):
        if isinstance(derived, Derived):
            operands += list_derived_operands(derived, schema, f"ownership rule {rule.id}")
    return operands


def rule_operands(plan: OwnershipPlan, rule_id: str) -> tuple[Operand, ...]:
    """What the rule *rule_id* reads, each once; empty when there is no such rule (any more)."""
    for rule, condition in zip(plan.rules, plan.filters, strict=True):
        if rule.id == rule_id:
            return tuple(dict.fromkeys(_list_operands(rule, condition, plan.schema)))
    return ()
