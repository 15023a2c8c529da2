"""The table: rows that add up, open into what they consist of, and lead on."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from warikan.engine.query import Change, CurrencyAnswer
from warikan.web.bounds import fingerprint, full_title, is_linkable
from warikan.web.display import Amount, Delta
from warikan.web.labels import CLASSES, OWNER_COLUMNS, next_column
from warikan.web.narrowing import narrow
from warikan.web.state import NULL_KEY, ViewState
from warikan.web.visit import Visit

RowKind = Literal["group", "unallocated", "other"]


@dataclass(frozen=True)
class Segment:
    """A part of a coverage meter: *start* and *width* in percent of the row."""

    name: str
    label: str
    percent: str
    start: float
    width: float


@dataclass(frozen=True)
class Row:
    """
    One row as shown.

    Attributes:
        key: How the URL names it; also ties it to its series.
        title: The value as the bill has it, where the label is another or shorter.
        href: Into the row: filter to it and break out by the next column; None for Other, and where
            the value is too long for an address. So are *toggle* and *menu*.
        toggle: Opens or closes it in place; None when it cannot open.
        menu: Everything else one can do with it.
        share: Length of the bar, in percent of the longest.
    """

    key: str
    label: str
    kind: RowKind
    amount: Amount
    share: float
    share_text: str
    href: str | None = None
    toggle: str | None = None
    menu: str | None = None
    slot: int | None = None
    previous: Amount | None = None
    delta: Delta | None = None
    segments: tuple[Segment, ...] = ()
    is_open: bool = False
    children: tuple["Row", ...] = ()
    cost: Decimal = Decimal(0)
    value: str | None = None
    title: str | None = None


@dataclass(frozen=True)
class Line:
    """One row of an answer, taken apart."""

    value: str | None
    is_other: bool
    cost: Decimal
    change: Change | None

    @property
    def key(self) -> str:
        """How the URL names it."""
        return "~other" if self.is_other else key_of(self.value)


def key_of(value: str | None) -> str:
    """A value as the URL names it; one that is too long for a URL has a name that means no value."""
    if value is None:
        return NULL_KEY
    return value if is_linkable(value) else fingerprint(value)


def value_of(key: str) -> str | None:
    """The value that a URL names."""
    return None if key == NULL_KEY else key


def read_lines(answer: CurrencyAnswer, column: str, metric: str, *, compared: bool) -> list[Line]:
    """The rows of *answer* grouped by *column*, Other last; without changes unless *compared*."""
    lines = [_line(row, column, metric, compared=compared) for row in answer.rows.to_pylist()]
    return [x for x in lines if not x.is_other] + [x for x in lines if x.is_other]


def class_segments(costs: Mapping[str, float], visit: Visit) -> tuple[Segment, ...]:
    """How one amount divides over the allocation classes (``segments_of``)."""
    return segments_of(costs, CLASSES, lambda name: visit.value("x_AllocationClass", name), visit)


def segments_of(
    costs: Mapping[str, float], order: Sequence[str], label: Callable[[str], str], visit: Visit
) -> tuple[Segment, ...]:
    """
    How one amount divides over the names in *costs*; empty when parts have both signs.

    A share of a sum is only a picture when everything points the same way.
    """
    total = sum(costs.values())
    if total == 0 or any(cost / total < 0 for cost in costs.values()):
        return ()
    found, start = [], 0.0
    for name in [n for n in order if n in costs] + sorted(set(costs) - set(order)):
        ratio = costs[name] / total
        if ratio == 0:
            continue
        percent = visit.display.percent(ratio, precise=True)
        found.append(Segment(name, label(name), percent, start, ratio * 100))
        start += ratio * 100
    return tuple(found)


@dataclass(frozen=True)
class TableWriter:
    """Turns lines into rows of one currency at one number of decimals."""

    visit: Visit
    state: ViewState
    currency: str
    places: int
    slots: Mapping[str | None, int]
    segments: Mapping[str | None, tuple[Segment, ...]]

    def rows(self, lines: Sequence[Line], total: Decimal, change: Change | None) -> list[Row]:
        """The top level; what is shown adds up to the shown *total*."""
        column, display = self.state.by[0], self.visit.display
        amounts = display.column([x.cost for x in lines], total, self.currency, self.places)
        previous, deltas = self._compared(lines, change)
        largest = max((abs(x.cost) for x in lines), default=total)
        rows = []
        for i, line in enumerate(lines):
            is_open = line.key in self.state.opened
            label, linked = self._label(column, line), not line.is_other and is_linkable(line.value)
            rows.append(
                Row(
                    key=line.key,
                    label=label,
                    kind=_kind(column, line),
                    amount=amounts[i],
                    share=_share(line.cost, largest),
                    share_text=_share_text(line.cost, total, self.visit),
                    href=self._into(line.value) if linked else None,
                    toggle=self._toggle(line, is_open=is_open) if linked else None,
                    menu=self._menu(line.key) if linked else None,
                    slot=self.slots.get(line.value) if not line.is_other else None,
                    previous=previous[i],
                    delta=deltas[i],
                    segments=() if line.is_other else self.segments.get(line.value, ()),
                    is_open=is_open,
                    cost=line.cost,
                    value=line.value,
                    title=full_title(line.value, label),
                )
            )
        return rows

    def children(self, parent: Row, lines: Sequence[Line]) -> tuple[Row, ...]:
        """What an open row consists of; what is shown adds up to what the row shows."""
        column, display = self.state.by[1], self.visit.display
        amounts = display.column([x.cost for x in lines], parent.cost, self.currency, self.places)
        largest = max((abs(x.cost) for x in lines), default=parent.cost)
        rows = []
        for line, amount in zip(lines, amounts, strict=True):
            change = line.change
            label, linked = self._label(column, line), not line.is_other and is_linkable(line.value)
            rows.append(
                Row(
                    key=f"{parent.key}/{line.key}",
                    label=label,
                    kind=_kind(column, line),
                    amount=amount,
                    share=_share(line.cost, largest),
                    share_text=_share_text(line.cost, parent.cost, self.visit),
                    href=self._into(parent.value, line.value, deep=True) if linked else None,
                    menu=self._menu(parent.key, line.key) if linked else None,
                    previous=display.money(change.previous, self.currency, self.places) if change else None,
                    delta=display.delta(change, self.currency, self.places) if change else None,
                    slot=parent.slot,
                    title=full_title(line.value, label),
                )
            )
        return tuple(rows)

    def _compared(
        self, lines: Sequence[Line], total: Change | None
    ) -> tuple[list[Amount | None], list[Delta | None]]:
        changes = [x.change for x in lines if x.change is not None]
        if total is None or len(changes) != len(lines):
            return [None] * len(lines), [None] * len(lines)
        display = self.visit.display
        previous = display.column([c.previous for c in changes], total.previous, self.currency, self.places)
        return list(previous), list(display.deltas(changes, total, self.currency, self.places))

    def _label(self, column: str, line: Line) -> str:
        return self.visit.texts.gettext("Other") if line.is_other else self.visit.value(column, line.value)

    def _toggle(self, line: Line, *, is_open: bool) -> str | None:
        if line.is_other or len(self.state.by) < 2:
            return None
        if (
            _kind(self.state.by[0], line) == "unallocated"
            and self.state.by[1] in OWNER_COLUMNS
            and not is_open
        ):
            return None
        return self.state.toggle(line.key).url()

    def _into(self, value: str | None, child: str | None = None, *, deep: bool = False) -> str:
        return into(self.state, self.visit, value, child, deep=deep)

    def _menu(self, *keys: str) -> str:
        extra = {"row": keys[0]} | ({"child": keys[1]} if len(keys) > 1 else {})
        return self.state.change(opened=()).url("/row", **extra)


def into(
    state: ViewState, visit: Visit, value: str | None, child: str | None = None, *, deep: bool = False
) -> str:
    """The view inside a row: filtered to it, broken out by what comes next; its charges at the end."""
    by = state.by
    where = narrow(state.where, visit.schema, by[0], value)
    last = by[0]
    if deep:
        where = narrow(where, visit.schema, by[1], child)
        last = by[1]
    known = set(by) if deep else {by[0]}
    first = next_column(known, last) if deep or len(by) == 1 else by[1]
    if value is None and by[0] in OWNER_COLUMNS and not deep:
        first = "ServiceName"
    if first is None:
        return state.change(where=where).url("/slices")
    second = next_column(known | {first}, first)
    return state.change(where=where, by=(first, second) if second else (first,)).url()


def _line(row: Mapping[str, Any], column: str, metric: str, *, compared: bool) -> Line:
    change = None
    if compared and f"previous_{metric}" in row:
        change = Change(
            row[metric], row[f"previous_{metric}"], row[f"delta_{metric}"], row[f"ratio_{metric}"]
        )
    return Line(row[column], bool(row.get("x_IsOther")), row[metric], change)


def _kind(column: str, line: Line) -> RowKind:
    if line.is_other:
        return "other"
    if (column in OWNER_COLUMNS and line.value is None) or (
        column == "x_AllocationClass" and line.value == "unallocated"
    ):
        return "unallocated"
    return "group"


def _share(cost: Decimal, largest: Decimal) -> float:
    return min(abs(float(cost) / float(largest)), 1.0) * 100 if largest else 0.0


def _share_text(cost: Decimal, total: Decimal, visit: Visit) -> str:
    return visit.display.percent(float(cost) / float(total)) if total else "–"
