"""Parameters as what is asked: when, by what, of what, and what is to be shared."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from warikan.allocate.set_sharing import Sharing, Split, part_of_month
from warikan.api.kubecost.conditions import Fields
from warikan.api.kubecost.fields import ALLOCATION_FIELDS, ASSET_FIELDS
from warikan.api.kubecost.filters import parse_filter
from warikan.api.kubecost.filters_v1 import ALLOCATION_FILTERS, ASSET_FILTERS, join_conditions, parse_filters
from warikan.api.kubecost.keys import MAX_LABEL, Key, label_columns, parse_aggregate
from warikan.api.kubecost.parameters import (
    AllocationParameters,
    AssetParameters,
    WindowParameters,
    given_filters,
    note_unhonoured,
)
from warikan.api.kubecost.steps import Calendar, Cut, cut_window
from warikan.api.kubecost.window import parse_window
from warikan.focus.errors import UsageError
from warikan.focus.period import Period

MAX_SHARED = 100
"""Namespaces and labels that are shared in one answer."""
_SPLITS: dict[str, Split | None] = {
    "": None,
    "false": None,
    "none": None,
    "0": None,
    "true": "weighted",
    "1": "weighted",
    "weighted": "weighted",
    "proportional": "weighted",
    "even": "even",
}
_HOURS = {"cumulative": None, "hourly": 1, "daily": 24, "monthly": 730}
Idle = Literal["show", "split", "leave_out"]


@dataclass(frozen=True)
class Defaults:
    """What an endpoint does when it is not told: OpenCost's ``compute`` and Kubecost's differ."""

    idle: bool
    cut: Calendar | None


KUBECOST = Defaults(idle=True, cut="day")
OPENCOST = Defaults(idle=False, cut=None)


@dataclass(frozen=True)
class Question:
    """
    What is asked of ``/allocation``.

    Attributes:
        where: Our filter; None for everything.
        sharing: Without its ``extra``, which depends on the set (``sharing_of``).
        namespaces, labels: Whose cost is shared; labels as their columns and value.
        monthly: A monthly cost to be shared that is on no bill.
        rate_hours: Costs at their rate in so many hours; None: those of the set.
        page: The first allocation of each set that is answered, and how many.
        notes: What could not be done as asked.
    """

    cut: Cut
    keys: tuple[Key, ...]
    where: str | None
    sharing: Sharing
    namespaces: frozenset[str]
    labels: tuple[tuple[tuple[str, ...], str], ...]
    monthly: Decimal
    idle: Idle
    external: bool
    rate_hours: int | None
    currency: str | None
    page: slice
    notes: tuple[str, ...]

    @property
    def shares(self) -> bool:
        """Whether anything is moved, which takes a look at what the filter does not ask for."""
        return bool(
            self.sharing.idle or self.sharing.overhead or self.namespaces or self.labels or self.monthly
        )

    def sharing_of(self, period: Period) -> Sharing:
        """The sharing in the set *period*."""
        return replace(self.sharing, extra=part_of_month(self.monthly, period))

    def is_shared(self, row: Mapping[str, Any]) -> bool:
        """Whether *row* is of a namespace or label that is to be shared."""
        if row["x_Namespace"] in self.namespaces:
            return True
        return any(row.get(column) == value for columns, value in self.labels for column in columns)


@dataclass(frozen=True)
class AssetQuestion:
    """What is asked of ``/assets``; *aggregate* is still text, read in assets.py."""

    cut: Cut
    aggregate: str
    where: str | None
    currency: str | None
    page: slice
    notes: tuple[str, ...]


def read_question(said: AllocationParameters, defaults: Defaults, *, now: datetime) -> Question:
    """
    What *said* asks.

    Raises:
        UsageError: it cannot be read, or not be answered.
    """
    cut = _cut(said, said.step, defaults.cut, now)
    idle = said.idle if said.idle is not None else said.include_idle
    shown = defaults.idle if idle is None else idle
    split = said.split_idle
    notes = [*cut.notes, *note_unhonoured(said), *_passed_over(said, ALLOCATION_FILTERS)]
    if said.share_cost:
        notes.append("shareCost: adds to the total what is on no bill")
    return Question(
        cut=cut,
        keys=parse_aggregate(said.aggregate),
        where=_where(said, ALLOCATION_FILTERS, ALLOCATION_FIELDS),
        sharing=Sharing(
            idle=_read_split("shareIdle", said.share_idle),
            idle_by_node=bool(said.idle_by_node),
            shared=said.share_split or "weighted",
            overhead=bool(said.share_tenancy_costs),
        ),
        namespaces=frozenset(_list("shareNamespaces", said.share_namespaces)),
        labels=tuple(_read_label(part) for part in _list("shareLabels", said.share_labels)),
        monthly=said.share_cost or Decimal(0),
        idle="leave_out" if not shown else "split" if split else "show",
        external=bool(said.external),
        rate_hours=_HOURS[said.cost_metric or "cumulative"],
        currency=said.currency,
        page=_page(said),
        notes=tuple(notes),
    )


def read_asset_question(said: AssetParameters, *, now: datetime) -> AssetQuestion:
    """
    What *said* asks.

    Raises:
        UsageError: it cannot be read.
    """
    cut = _cut(said, said.step, "day", now)
    return AssetQuestion(
        cut=cut,
        aggregate=said.aggregate or "",
        where=_where(said, ASSET_FILTERS, ASSET_FIELDS),
        currency=said.currency,
        page=_page(said),
        notes=(*cut.notes, *note_unhonoured(said), *_passed_over(said, ASSET_FILTERS)),
    )


def _cut(said: WindowParameters, step: str | None, by_default: Calendar | None, now: datetime) -> Cut:
    if said.format == "pdf":
        raise UsageError("format=pdf is not made here", hint="format=csv, or the page of this server")
    window = parse_window(said.window, now=now)
    accumulate = said.accumulate_by if (said.accumulate_by or "").strip() else said.accumulate
    return cut_window(window, step=step, accumulate=accumulate, by_default=by_default)


def _where(said: WindowParameters, names: Mapping[str, str], fields: Fields) -> str | None:
    if (said.filter or "").strip():
        return join_conditions([parse_filter(said.filter or "", fields)])
    return join_conditions([parse_filters(given_filters(said, names), names, fields)])


def _passed_over(said: WindowParameters, names: Mapping[str, str]) -> Iterator[str]:
    if (said.filter or "").strip():
        for name, text in given_filters(said, names).items():
            if (text or "").strip():
                yield f"{name}: not looked at beside filter, as in Kubecost"


def _page(said: WindowParameters) -> slice:
    first = said.offset or 0
    return slice(first, None if said.limit is None else first + said.limit)


def _read_split(name: str, text: str | None) -> Split | None:
    word = (text or "").strip().lower()
    if word not in _SPLITS:
        raise UsageError(f"{name}={word[:40]!r} cannot be read; it is true, weighted, even or false")
    return _SPLITS[word]


def _list(name: str, text: str | None) -> tuple[str, ...]:
    values = tuple(dict.fromkeys(part.strip() for part in (text or "").split(",") if part.strip()))
    if len(values) > MAX_SHARED:
        raise UsageError(f"{name} has {len(values)} values; at most {MAX_SHARED} are shared")
    return values


def _read_label(part: str) -> tuple[tuple[str, ...], str]:
    key, colon, value = part.partition(":")
    if not colon or not key.strip() or len(key) > MAX_LABEL or not key.isprintable():
        raise UsageError(f"shareLabels={part[:80]!r} cannot be read; it is key:value")
    return label_columns(key.strip()), value.strip()
