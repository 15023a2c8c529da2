"""The mapping that the settings of a table say: the same form as that of a provider's native bill."""

import hashlib
from typing import Any

from warikan.catalog.tables import Cell, TableSettings
from warikan.focus.columns import COST_METRICS, columns_by_id
from warikan.ingest.mapping import Mapping, read_mapping
from warikan.ingest.relation import literal

_STEP = {"hour": "INTERVAL 1 HOUR", "day": "INTERVAL 1 DAY", "month": "INTERVAL 1 MONTH"}


EXAMPLE = """\
sources:
  datadog:
    type: table
    path: bills/datadog/*.csv
    table:
      grain: month
      columns:
        BilledCost: Amount
        BillingCurrency: {value: USD}
        ChargePeriodStart: Month
        ServiceName: Product
"""
"""A mapping to begin with, as ``warikan.yaml`` has it."""
FOLLOWS = {
    "EffectiveCost": "BilledCost",
    "ListCost": "BilledCost",
    "ContractedCost": "BilledCost",
    "BillingPeriodStart": "the month of ChargePeriodStart",
    "BillingPeriodEnd": "a month after BillingPeriodStart",
    "ChargePeriodEnd": "ChargePeriodStart and the grain: an hour, a day or a month",
    "ChargeCategory": "Usage",
    "ChargeFrequency": "Usage-Based",
    "BillingAccountId": "the name of the source",
    "ProviderName": "the name of the source",
    "PublisherName": "ProviderName",
    "InvoiceIssuerName": "ProviderName",
    "ServiceName": "ProviderName",
    "ServiceCategory": "Other",
}
"""FOCUS column → in words, what it is where the settings do not say it."""


def table_mapping(settings: TableSettings, source_id: str) -> Mapping:
    """
    How the table of source *source_id* becomes FOCUS.

    What is not said follows from what is: the three other costs are BilledCost, the billing month is that of
    the charge's start, a charge is usage of the source by that name.
    """
    raw = _Columns(settings)
    focus = {name: raw.sql(name, cell) for name, cell in settings.columns.items()}
    if settings.tags:
        focus["Tags"] = raw.tags(settings.tags)
    focus = _defaults(settings, source_id) | focus
    # The day of a month-grained row may be any of it.
    if settings.grain == "month" and "ChargePeriodEnd" not in settings.columns:
        start = focus["ChargePeriodStart"]
        focus["ChargePeriodStart"] = f"date_trunc('month', {start})"
        focus["ChargePeriodEnd"] = f"date_trunc('month', {start}) + {_STEP['month']}"
    proof: dict[str, Any] = {"account": focus["BillingAccountId"], "reason": "'row'"}
    for metric in COST_METRICS:
        if metric in settings.columns:
            said = " ".join(settings.columns[metric].columns) or metric
            proof[metric] = {"name": said, "sql": focus[metric]}
    told = settings.model_dump_json()
    needed = [raw.ids[c] for cell in settings.columns.values() for c in cell.columns]
    return read_mapping(
        "table",
        {
            "version": int(hashlib.sha256(told.encode()).hexdigest()[:8], 16),
            "title": f"the table of {source_id} in warikan.yaml",
            "focus": "1.2",
            "recognise": [list(dict.fromkeys(needed))],
            "columns": raw.columns,
            "focus_columns": focus,
            "proof": proof,
            "checks": raw.checks,
        },
        {},
    )


class _Columns:
    """The columns of the file that the settings read, by type: ``c<n>`` in SQL."""

    def __init__(self, settings: TableSettings) -> None:
        self._settings = settings
        self.columns: dict[str, dict[str, Any]] = {}
        self.ids: dict[str, str] = {}
        self.checks: dict[str, dict[str, Any]] = {}

    def sql(self, name: str, cell: Cell) -> str:
        """SQL of the FOCUS column *name*."""
        kind = columns_by_id()[name].type
        if cell.value is not None:
            return _constant(cell.value, kind)
        read = [self._id(c, kind) for c in cell.columns]
        if cell.product is not None:
            return f"times({read[0]}, {read[1]})"
        if cell.sum:
            first = len(cell.sum)
            plus = " + ".join(f"coalesce({c}, 0)" for c in read[:first])
            less = "".join(f" - coalesce({c}, 0)" for c in read[first:])
            is_any = " OR ".join(f"{c} IS NOT NULL" for c in read[:first])
            return f"CASE WHEN {is_any} THEN {plus}{less} END"
        found = read[0] if len(read) == 1 else f"coalesce({', '.join(read)})"
        if name == "Tags":
            return f"any_tags({found})"
        return self._mapped(name, cell, read, found) if cell.map else found

    def _mapped(self, name: str, cell: Cell, read: list[str], found: str) -> str:
        """What the map makes of the text *found*; where nothing else is said it is all that may be there."""
        cases = " ".join(f"WHEN {literal(k)} THEN {literal(v)}" for k, v in cell.map.items())
        if cell.keep_others:
            return f"CASE {found} {cases} ELSE {found} END"
        if cell.else_ is None:
            known = ", ".join(map(literal, cell.map))
            reason = f"not in the map of {name} in warikan.yaml, which has no else"
            self.checks[name] = {"columns": read, "wrong": f"{found} NOT IN ({known})", "reason": reason}
        return f"CASE {found} {cases} ELSE {literal(cell.else_)} END"

    def tags(self, tags: dict[str, str]) -> str:
        """SQL of Tags, key by key, without empty ones."""
        read = {key: self._id(column, "string") for key, column in tags.items()}
        pairs = ", ".join(f"{{'key': {literal(k)}, 'value': {c}}}" for k, c in read.items())
        is_any = " OR ".join(f"{c} IS NOT NULL" for c in read.values())
        entries = f"list_filter([{pairs}], lambda x: x.value IS NOT NULL)"
        return f"CASE WHEN {is_any} THEN map_from_entries({entries}) END"

    def _id(self, column: str, kind: str) -> str:
        wanted = kind if kind in ("decimal", "datetime") else "text"
        same = f"{wanted} {column}"
        if same not in self.ids:
            told: dict[str, Any] = {"type": wanted, "names": [column]}
            if wanted == "datetime" and self._settings.date_format:
                told["format"] = self._settings.date_format
            if wanted == "decimal" and self._settings.decimal_comma:
                told["comma"] = True
            self.ids[same] = f"c{len(self.columns)}"
            self.columns[self.ids[same]] = told
            self.ids.setdefault(column, self.ids[same])
        return self.ids[same]


def _constant(value: str, kind: str) -> str:
    return {"decimal": f"to_decimal({literal(value)})", "datetime": f"to_utc({literal(value)})"}.get(
        kind, literal(value)
    )


def _defaults(settings: TableSettings, source_id: str) -> dict[str, str]:
    raw = _Columns(settings)
    columns = settings.columns
    # The same columns get the same ids again, as they are asked for in the same order.
    said = {name: raw.sql(name, cell) for name, cell in columns.items()}
    start = said["ChargePeriodStart"]
    period = said.get("BillingPeriodStart", f"date_trunc('month', {start})")
    provider = said.get("ProviderName", literal(source_id))
    return {
        **dict.fromkeys(COST_METRICS, said["BilledCost"]),
        "BillingPeriodStart": period,
        "BillingPeriodEnd": f"{period} + INTERVAL 1 MONTH",
        "ChargePeriodEnd": f"{start} + {_STEP[settings.grain]}",
        "ChargeCategory": "'Usage'",
        "ChargeFrequency": "'Usage-Based'",
        "BillingAccountId": literal(source_id),
        "ProviderName": provider,
        "PublisherName": provider,
        "InvoiceIssuerName": provider,
        "ServiceName": provider,
        "ServiceCategory": "'Other'",
    }
