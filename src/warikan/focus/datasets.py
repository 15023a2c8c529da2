"""
The FOCUS datasets beside Cost and Usage, as data: Contract Commitment, Invoice Detail, Billing Period.

``columns.json`` beside this file is generated from the published models (tools/generate_columns.py).
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from warikan.focus.columns import Column, Version


@dataclass(frozen=True)
class Dataset:
    """
    One dataset.

    Attributes:
        name: As the specification writes it, e.g. ``Contract Commitment``.
        id: Its FOCUS dataset id, e.g. ``ContractCommitment``.
        columns: By id, in alphabetical order.
        keys: Columns that a file must have to be one, and whose values a row cannot be without.
        identity: Columns that together name one row through all deliveries of it.
        updated: Column that says when the row was last changed; of several deliveries the newest counts.
    """

    name: str
    id: str
    columns: tuple[Column, ...]
    keys: tuple[str, ...]
    identity: tuple[str, ...]
    updated: str

    def by_id(self) -> dict[str, Column]:
        """Column id → column."""
        return {c.id: c for c in self.columns}

    def version_of(self, present: Iterable[str]) -> Version:
        """The oldest FOCUS version that has all columns *present*."""
        known = self.by_id()
        return max((known[c].since for c in present), default=min(c.since for c in self.columns))


CONTRACT_COMMITMENT = "Contract Commitment"
INVOICE_DETAIL = "Invoice Detail"
BILLING_PERIOD = "Billing Period"
_KEYS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...], str]] = {
    CONTRACT_COMMITMENT: (
        ("ContractCommitmentId", "ContractCommitmentPeriodStart", "ContractCommitmentPeriodEnd"),
        ("ContractId", "ContractCommitmentId"),
        "ContractCommitmentLastUpdated",
    ),
    INVOICE_DETAIL: (
        ("InvoiceId", "InvoiceDetailId", "BilledCost", "BillingCurrency", "BillingPeriodStart"),
        ("InvoiceIssuerName", "InvoiceId", "InvoiceDetailId"),
        "InvoiceDetailLastUpdated",
    ),
    BILLING_PERIOD: (
        ("InvoiceIssuerName", "BillingPeriodStart", "BillingPeriodEnd", "BillingPeriodStatus"),
        ("InvoiceIssuerName", "BillingPeriodStart"),
        "BillingPeriodLastUpdated",
    ),
}
_ONLY_CHARGES = ("ChargePeriodStart", "EffectiveCost")
"""A table with both is Cost and Usage, whatever else it has."""


@cache
def list_datasets() -> tuple[Dataset, ...]:
    """The datasets beside Cost and Usage, by name."""
    text = files("warikan.focus").joinpath("columns.json").read_text(encoding="utf-8")
    model: dict[str, Any] = json.loads(text)["datasets"]
    return tuple(
        Dataset(name, said["id"], tuple(map(_column, said["columns"])), *_KEYS[name])
        for name, said in sorted(model.items())
    )


def find_dataset(name: str) -> Dataset:
    """The dataset called *name*; KeyError where there is none."""
    return {d.name: d for d in list_datasets()}[name]


def match_columns(dataset: Dataset, names: Iterable[str]) -> dict[str, int]:
    """Column id → its place in *names*: spelled exactly, else without regard to case, spaces, _ and -."""
    given = list(names)
    exact = {name: i for i, name in reversed(list(enumerate(given)))}
    loose = {_plain(name): i for i, name in reversed(list(enumerate(given)))}
    found = {c.id: exact.get(c.id, loose.get(_plain(c.id))) for c in dataset.columns}
    return {name: index for name, index in found.items() if index is not None}


def recognise(names: Iterable[str]) -> Dataset | None:
    """The dataset that a table with the columns *names* is; None: Cost and Usage, or nothing known."""
    have = {_plain(name) for name in names}
    if all(_plain(c) in have for c in _ONLY_CHARGES):
        return None
    fits = (d for d in list_datasets() if all(_plain(key) in have for key in d.keys))
    return max(fits, key=lambda d: len(d.keys), default=None)


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]", "", name).lower()


def _column(said: Mapping[str, Any]) -> Column:
    return Column(
        id=said["id"],
        display_name=said["display_name"],
        since=said["since"],
        until=said["until"],
        level=said["level"],
        type=said["type"],
        nullable=said["nullable"],
        allowed_values=tuple(said["allowed_values"]) if said["allowed_values"] else None,
        value_format=said.get("value_format"),
    )
