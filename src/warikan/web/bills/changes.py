"""The causes and groups of what a restatement changed: what each is called, and how long its bar is."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from warikan.engine.cluster_costs import ratio
from warikan.engine.restatement import Difference
from warikan.focus.columns import DEFAULT_METRIC
from warikan.web.bounds import MAX_TITLE, shorten
from warikan.web.display import Amount
from warikan.web.texts import N_
from warikan.web.visit import Visit

_CAUSES: Mapping[str, str] = {
    "usage": N_("Usage"),
    "price": N_("Price"),
    "commitment": N_("Commitment"),
    "credit": N_("Credit"),
    "correction": N_("Correction"),
    "tax": N_("Tax"),
    "details": N_("Details without money"),
    "other": N_("Cannot be told"),
}
_REASONS: Mapping[str, str] = {
    "day": N_("a day that one of the loads does not have"),
    "resource": N_("a resource that one of the loads does not have"),
    "quantity": N_("another quantity at the same price"),
    "purchase": N_("something bought"),
    "line": N_("a line that one of the loads does not have"),
    "unit price": N_("the same quantity at another price"),
    "coverage": N_("another share that commitments cover"),
    "effective cost": N_("another share of a commitment's cost"),
    "fee": N_("a commitment's fee"),
    "unused": N_("what of a commitment was not used"),
    "invoice": N_("only the invoice or the file"),
    "tags": N_("only tags"),
    "other columns": N_("only other columns"),
    "quantity and price": N_("quantity and price together"),
    "cost": N_("the cost without its quantity"),
}
_TITLES: Mapping[str, str] = {
    "team": N_("By team"),
    "service": N_("By service"),
    "provider_service": N_("By provider service"),
    "account": N_("By account"),
    "day": N_("By day"),
}
_COLUMNS: Mapping[str, str] = {
    "team": "x_TeamId",
    "service": "x_ServiceId",
    "provider_service": "ServiceName",
    "account": "SubAccountId",
}


@dataclass(frozen=True)
class Change:
    """
    A cause or a group, and what it changed.

    Attributes:
        title: The hover of *label*, where it says more.
        rows: How many rows changed, in words.
        direction: up, down or flat.
        width: Of its bar, in percent of the longest of its list.
    """

    label: str
    note: str
    title: str
    rows: str
    amount: Amount
    direction: str
    width: float


@dataclass(frozen=True)
class Grouping:
    """The groups of one kind that changed, largest first; *is_owned*: what they are depends on the owners."""

    title: str
    is_owned: bool
    rows: tuple[Change, ...]


def list_causes(found: Difference, currency: str, places: int, visit: Visit) -> tuple[Change, ...]:
    """Why rows in *currency* changed, the largest amount first."""
    rows = [row for row in found.causes.to_pylist() if row["BillingCurrency"] == currency]

    def words(row: Mapping[str, Any]) -> tuple[str, str, str]:
        cause, reason = _CAUSES[row["cause"]], _REASONS.get(row["reason"], "")
        return visit.texts.gettext(cause), reason and visit.texts.gettext(reason), ""

    return _changes(rows, words, lambda row: row["rows"], (DEFAULT_METRIC, currency, places), visit)


def list_groupings(found: Difference, currency: str, places: int, visit: Visit) -> Iterable[Grouping]:
    """By whom and by what; a kind without a change, or that nothing is known of, is left out."""
    for name, title in _TITLES.items():
        table = found.groups.get(name)
        rows = [r for r in table.to_pylist() if r["BillingCurrency"] == currency] if table is not None else []
        if rows:
            changes = _changes(
                rows, _namer(name, visit), _changed_rows, (f"net_{DEFAULT_METRIC}", currency, places), visit
            )
            yield Grouping(visit.texts.gettext(title), name in {"team", "service"}, changes)


def direction_of(amount: Decimal) -> str:
    """up, down or flat."""
    return "up" if amount > 0 else "down" if amount < 0 else "flat"


def _changed_rows(row: Mapping[str, Any]) -> int:
    return int(row["added_rows"] + row["removed_rows"] + row["changed_rows"])


def _namer(name: str, visit: Visit) -> Callable[[Mapping[str, Any]], tuple[str, str, str]]:
    def words(row: Mapping[str, Any]) -> tuple[str, str, str]:
        if row["x_IsOther"]:
            return visit.texts.gettext("All others"), "", ""
        if name == "day":
            return visit.display.date(row["Day"]), "", ""
        value = row[_COLUMNS[name]]
        if name == "account":
            value = value or row["BillingAccountId"]
            return shorten(row["SubAccountName"] or value or "–"), "", shorten(value or "", MAX_TITLE)
        return visit.value(_COLUMNS[name], value), "", shorten(value or "", MAX_TITLE)

    return words


def _changes(
    rows: list[dict[str, Any]],
    words: Callable[[Mapping[str, Any]], tuple[str, str, str]],
    count: Callable[[Mapping[str, Any]], int],
    money: tuple[str, str, int],
    visit: Visit,
) -> tuple[Change, ...]:
    column, currency, places = money
    longest = max((abs(row[column]) for row in rows), default=Decimal(0))
    found = []
    for row in rows:
        label, note, title = words(row)
        found.append(
            Change(
                label=label,
                note=note,
                title=title,
                rows=visit.texts.ngettext("%(num)d row", "%(num)d rows", count(row)),
                amount=visit.display.signed(row[column], currency, places),
                direction=direction_of(row[column]),
                width=abs(ratio(row[column], longest) or 0.0) * 100,
            )
        )
    return tuple(found)
