"""What changed in a billing month since an earlier load, as its page shows it."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from warikan.allocate.restated import Restatements, read_month
from warikan.engine.restatement import Difference, Load
from warikan.focus.columns import DEFAULT_METRIC
from warikan.web.bills.changes import Change, Grouping, direction_of, list_causes, list_groupings
from warikan.web.bounds import MAX_TITLE, shorten
from warikan.web.display import Amount
from warikan.web.state import encode
from warikan.web.visit import Visit

RESTATED = "/bills/changes"
MAX_GROUPS = 10
MAX_LOADS = 30


@dataclass(frozen=True)
class CurrencyChange:
    """What changed in one billing currency: before + added − removed + changed = after."""

    currency: str
    before: Amount
    after: Amount
    net: Amount
    direction: str
    steps: tuple[tuple[str, str, Amount], ...]
    causes: tuple[Change, ...]
    groupings: tuple[Grouping, ...]


@dataclass(frozen=True)
class LoadChoice:
    """A load that can be compared with; *href* is None for the one that is shown."""

    label: str
    rows: str
    href: str | None


@dataclass(frozen=True)
class RestatedPage:
    """
    The whole page.

    Attributes:
        is_only: There is one load, so that nothing can have changed.
        command: The command line that answers the same.
    """

    source: str
    full_source: str
    month: str
    before: str
    after: str
    is_only: bool
    is_same: bool
    loads: tuple[LoadChoice, ...]
    currencies: tuple[CurrencyChange, ...]
    command: str
    owned_by: str | None


def address(source_id: str, month: date, before: int | None = None) -> str:
    """The address of the page for a month of a source."""
    pairs = [("source", source_id), ("month", f"{month:%Y-%m}")]
    return f"{RESTATED}?{encode(pairs + ([('from', str(before))] if before is not None else []))}"


def load_restated(
    restatements: Restatements, source_id: str, month: str, before: int | None, visit: Visit
) -> RestatedPage:
    """
    What changed in *month* of *source_id* from the load *before* (None: the one before) to the present one.

    Raises:
        UsageError: *month* is no month, or *before* is the present load.
        NotFound: no such source, month or load.
    """
    start = read_month(month)
    loads = restatements.loads(source_id, month, limit=MAX_LOADS)
    found = None
    if len(loads) > 1:
        found = visit.remember(
            ("restated", source_id, month, before),
            lambda: restatements.diff(source_id, month, before=before, limit=MAX_GROUPS),
        )
    return _shown(source_id, start, loads, found, visit)


def _shown(
    source_id: str, start: date, loads: Sequence[Load], found: Difference | None, visit: Visit
) -> RestatedPage:
    older = found.before.snapshot if found else None
    return RestatedPage(
        source=shorten(source_id),
        full_source=shorten(source_id, MAX_TITLE),
        month=visit.display.month(datetime.combine(start, time(), UTC)),
        before=visit.display.moment(found.before.committed_at) if found else "",
        after=visit.display.moment(loads[0].committed_at),
        is_only=found is None,
        is_same=found is not None and not found.causes.num_rows,
        loads=tuple(
            LoadChoice(
                visit.display.moment(load.committed_at),
                visit.display.number(load.rows),
                None if load.snapshot == older else address(source_id, start, load.snapshot),
            )
            for load in loads[1:]
        ),
        currencies=tuple(_currency(row, found, visit) for row in found.totals.to_pylist()) if found else (),
        command=shlex.join(
            ["warikan", "diff", source_id, f"{start:%Y-%m}", *(["--from", str(older)] if older else [])]
        ),
        owned_by=found.owned_by if found else None,
    )


def _currency(totals: Mapping[str, Any], found: Difference, visit: Visit) -> CurrencyChange:
    currency = totals["BillingCurrency"]
    places = visit.display.places(totals[f"after_{DEFAULT_METRIC}"], currency)

    def money(part: str) -> Amount:
        return visit.display.money(totals[f"{part}_{DEFAULT_METRIC}"], currency, places)

    def change(part: str, *, is_taken: bool = False) -> Amount:
        amount = totals[f"{part}_{DEFAULT_METRIC}"]
        return visit.display.signed(amount.copy_negate() if is_taken else amount, currency, places)

    texts = visit.texts
    steps = (
        (texts.gettext("Added"), "added", change("added")),
        (texts.gettext("Removed"), "removed", change("removed", is_taken=True)),
        (texts.gettext("Changed"), "changed", change("changed")),
    )
    return CurrencyChange(
        currency=currency,
        before=money("before"),
        after=money("after"),
        net=change("net"),
        direction=direction_of(totals[f"net_{DEFAULT_METRIC}"]),
        steps=tuple(
            (label, texts.ngettext("%(num)d row", "%(num)d rows", totals[f"{part}_rows"]), amount)
            for label, part, amount in steps
        ),
        causes=list_causes(found, currency, places, visit),
        groupings=tuple(list_groupings(found, currency, places, visit)),
    )
