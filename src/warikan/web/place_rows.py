"""Rows of tables of places: cost, what it is made of, how well it is used, and the way into each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from warikan.engine.cluster_costs import IDLE, Cause, PlaceCost, add_places
from warikan.engine.place import Place
from warikan.focus.errors import UsageError
from warikan.web.causes import cause_segments
from warikan.web.cluster_links import Pairs, cause_of, slices_of
from warikan.web.display import Amount
from warikan.web.state import ViewState
from warikan.web.table import Segment
from warikan.web.visit import Visit


@dataclass(frozen=True)
class Rate:
    """What a vCPU-hour costs: what is paid, the public price, and what is saved of it."""

    paid: Amount
    at_list: Amount | None
    saved: str | None


@dataclass(frozen=True)
class Entry:
    """
    What a row says of its place besides its cost.

    Attributes:
        pairs: Columns and values that its charges have.
        idle_href: Where what is idle of it is told apart; None: its charges, where there is one cause.
        title: On hover.
        note: Under the label.
        details: More cells, as the table has them.
        capacity: By resource, how what nodes offer is used.
    """

    label: str
    pairs: Pairs | None = None
    idle_href: str | None = None
    href: str | None = None
    title: str | None = None
    note: str = ""
    rate: Rate | None = None
    details: tuple[str, ...] = ()
    capacity: tuple[tuple[str, tuple[Segment, ...]], ...] = ()
    is_rest: bool = False


@dataclass(frozen=True)
class PlaceRow:
    """
    One place as shown in one currency.

    Attributes:
        amount: None where only its hours are known; it opens into *charges*.
        efficiency: Used of asked for, by cost; *efficiency_title* says it in amounts.
        idle: Paid for and used by nobody.
    """

    entry: Entry
    amount: Amount | None = None
    charges: str | None = None
    segments: tuple[Segment, ...] = ()
    efficiency: str | None = None
    efficiency_title: str | None = None
    idle: Amount | None = None
    idle_href: str | None = None


@dataclass(frozen=True)
class PlaceTable:
    """Rows that add up to *total*, which is None where none of them has a cost."""

    total: PlaceRow | None
    rows: tuple[PlaceRow, ...]


@dataclass(frozen=True)
class PlaceWriter:
    """Turns places into rows of one currency at one number of decimals."""

    visit: Visit
    state: ViewState
    currency: str
    places: int

    @property
    def priced(self) -> ViewState:
        """The state with the currency that is shown: what charges are asked for by."""
        return self.state.change(currency=self.currency or None)

    def table(
        self, found: Sequence[Place], describe: Callable[[Place], Entry], whole: str | None, *, most: int
    ) -> PlaceTable:
        """The *most* first of *found*, the others as one row; *whole* is what the total opens into."""
        lines = [(describe(place), place.in_currency(self.currency)) for place in found[:most]]
        rest = [cost for place in found[most:] if (cost := place.in_currency(self.currency))]
        if rest:
            label = self.visit.texts.gettext("Other")
            lines.append((Entry(label, is_rest=True), add_places(rest, ())))
        costs = [cost for _, cost in lines if cost is not None]
        if not costs:
            return PlaceTable(None, tuple(PlaceRow(entry) for entry, _ in lines))
        total = add_places(costs, ())
        shown = iter(
            self.visit.display.column([c.cost for c in costs], total.cost, self.currency, self.places)
        )
        rows = tuple(
            self._row(entry, cost, next(shown)) if cost is not None else PlaceRow(entry)
            for entry, cost in lines
        )
        name = Entry(self.visit.texts.gettext("Total"))
        amount = self.visit.display.money(total.cost, self.currency, self.places)
        return PlaceTable(replace(self._row(name, total, amount), charges=whole), rows)

    def rate(self, place: Place) -> Rate | None:
        """What a vCPU-hour of *place* costs; None where it has no nodes or no cost of them."""
        paid, listed = place.per_vcpu_hour(self.currency), place.list_per_vcpu_hour(self.currency)
        cost = place.in_currency(self.currency)
        if paid is None or cost is None:
            return None
        of_list = cost.of_list
        return Rate(
            self.visit.display.money(paid, self.currency, RATE_PLACES),
            self.visit.display.money(listed, self.currency, RATE_PLACES) if listed else None,
            self.visit.display.percent(of_list - 1, signed=True) if of_list is not None else None,
        )

    def money(self, cost: PlaceCost, *causes: Cause) -> Amount:
        """The sum of *causes* of *cost*."""
        return self.visit.display.money(cost.of(*causes), self.currency, self.places)

    def _row(self, entry: Entry, cost: PlaceCost, amount: Amount) -> PlaceRow:
        display, texts = self.visit.display, self.visit.texts
        efficiency, title = cost.efficiency, None
        if efficiency is not None:
            used, asked = self.money(cost, "used"), self.money(cost, "used", "workload_idle")
            title = texts.gettext("%(used)s used of %(asked)s asked for", used=used.text, asked=asked.text)
        return PlaceRow(
            entry=entry,
            amount=amount,
            charges=slices_of(self.priced, self.visit, entry.pairs) if entry.pairs is not None else None,
            segments=cause_segments(cost, self.visit),
            efficiency=display.percent(efficiency) if efficiency is not None else None,
            efficiency_title=title,
            idle=display.money(cost.idle, self.currency, self.places),
            idle_href=entry.idle_href or self._idle(entry, cost),
        )

    def _idle(self, entry: Entry, cost: PlaceCost) -> str | None:
        causes = [cause for cause in IDLE if cause in cost.causes]
        if entry.pairs is None or len(causes) != 1:
            return None
        return cause_of(self.priced, self.visit, entry.pairs, causes[0])


RATE_PLACES = 4
"""Decimals of a price of a vCPU-hour."""


def make_writer(state: ViewState, visit: Visit, currency: str, found: Sequence[Place]) -> PlaceWriter:
    """A writer for tables whose total is that of *found*."""
    costs = [cost for place in found if (cost := place.in_currency(currency))]
    total = add_places(costs, ()).cost if costs else Decimal(0)
    return PlaceWriter(visit, state, currency, visit.display.places(total, currency) if costs else 0)


def pick_currency(state: ViewState, visit: Visit, found: Sequence[Place]) -> str | None:
    """
    The currency that is shown: as asked, else the workspace's where it occurs, else the first.

    Raises:
        UsageError: nothing is billed in the one that is asked for.
    """
    occurring = list(dict.fromkeys(cost.currency for place in found for cost in place.costs))
    if state.currency is not None:
        if occurring and state.currency not in occurring:
            hint = f"there is: {', '.join(occurring)}"
            raise UsageError(f"nothing here is billed in {state.currency}", hint=hint)
        return state.currency
    own = visit.workspace.settings.currency
    return own if own in occurring else next(iter(occurring), None)
