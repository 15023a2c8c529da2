"""The rows of the page of bills."""

from dataclasses import dataclass
from datetime import UTC, datetime, time

from warikan.engine.months import MonthState
from warikan.ingest.ledger import BillMonth, ProofSum, list_bills
from warikan.web.bills.restated import address
from warikan.web.bounds import MAX_TITLE, shorten
from warikan.web.display import Amount
from warikan.web.texts import N_
from warikan.web.visit import Visit

MAX_MONTHS = 400
_WHY = {
    "closed": N_("the provider says so"),
    "not closed": N_("the provider says so"),
    "not ended": N_("the month is not over"),
    "invoiced": N_("every charge is on an invoice"),
    "settling": N_("providers still correct it for some days"),
    "not reloaded": N_("nothing was loaded since the month ended"),
    "settled": N_("the days for corrections are over"),
}


@dataclass(frozen=True)
class ReasonShown:
    """Rows that make the provider's sum differ."""

    text: str
    rows: str
    amount: Amount


@dataclass(frozen=True)
class ProofShown:
    """The provider's own sum beside the FOCUS sum."""

    column: str
    metric: str
    native: Amount
    focus: Amount
    is_equal: bool
    reasons: tuple[ReasonShown, ...]


@dataclass(frozen=True)
class RepairShown:
    """What one repair did."""

    rule: str
    rows: str
    amount: Amount


@dataclass(frozen=True)
class BillShown:
    """
    One source, month and currency.

    Attributes:
        changes: Where it says what changed since an earlier load.
        has_charges: Or all its rows were rejected, or are told by another file.
        state: open or final; *why* says so in words.
    """

    source: str
    full_source: str
    month: str
    changes: str | None
    currency: str
    has_charges: bool
    state: str | None
    why: str
    late: str | None
    rows: str
    billed: Amount
    effective: Amount
    forms: str
    files: str
    loaded: str
    rejected: str | None
    rejected_cost: str
    proofs: tuple[ProofShown, ...]
    repairs: tuple[RepairShown, ...]

    @property
    def is_equal(self) -> bool:
        """Whether all of the provider's own sums are kept."""
        return all(proof.is_equal for proof in self.proofs)


def load_bills(visit: Visit) -> tuple[BillShown, ...]:
    """The bills in force, by source, newest month first; at most MAX_MONTHS of them."""
    lake = visit.workspace.lake
    states = {(s.source_id, s.month): s for s in visit.freshness.months}
    return tuple(
        _shown(bill, states.get((bill.source_id, bill.month)) if bill.month else None, visit)
        for bill in list_bills(lake)[:MAX_MONTHS]
    )


def _shown(bill: BillMonth, state: MonthState | None, visit: Visit) -> BillShown:
    display, currency = visit.display, bill.currency or ""
    month = datetime.combine(bill.month, time(), UTC) if bill.month else None
    cost = "" if bill.rejected_cost is None else display.money(bill.rejected_cost, currency).text
    if cost and bill.currency is None:
        cost = visit.texts.gettext("%(amount)s of unknown currency", amount=cost)
    return BillShown(
        source=shorten(_ending(bill.source_id)),
        full_source=shorten(bill.source_id, MAX_TITLE),
        month=display.month(month) if month else visit.texts.gettext("month unknown"),
        changes=address(bill.source_id, bill.month) if bill.month and bill.rows else None,
        currency=currency,
        has_charges=bill.rows > 0,
        state=state.status if state else None,
        why=visit.texts.gettext(_WHY[state.why]) if state else "",
        late=_late(state, visit),
        rows=display.number(bill.rows),
        billed=display.money(bill.costs["BilledCost"], currency),
        effective=display.money(bill.costs["EffectiveCost"], currency),
        forms=", ".join(sorted(bill.forms)),
        files=visit.texts.ngettext("%(num)d file", "%(num)d files", len(bill.files)),
        loaded=display.minute(bill.loaded_at) if bill.loaded_at else "–",
        rejected=_rows(bill.rejected_rows, visit) if bill.rejected_rows else None,
        rejected_cost=cost,
        proofs=tuple(_proof(proof, currency, visit) for proof in bill.proofs.values()),
        repairs=tuple(
            RepairShown(shorten(rule), _rows(one.rows, visit), display.money(one.billed, currency))
            for rule, one in bill.repairs.items()
        ),
    )


def _rows(count: int, visit: Visit) -> str:
    if count == 1:
        return visit.texts.ngettext("%(num)d row", "%(num)d rows", count)
    return visit.texts.gettext("%(count)s rows", count=visit.display.number(count))


def _ending(source_id: str) -> str:
    """A path's folder and file; a name stays."""
    parts = source_id.rsplit("/", 2)
    return source_id if len(parts) < 3 else "…/" + "/".join(parts[1:])


def _late(state: MonthState | None, visit: Visit) -> str | None:
    if state is None or not state.late_days:
        return None
    return visit.texts.ngettext("%(num)d day late", "%(num)d days late", state.late_days)


def _proof(proof: ProofSum, currency: str, visit: Visit) -> ProofShown:
    return ProofShown(
        column=shorten(proof.column, MAX_TITLE),
        metric=visit.column(proof.metric),
        native=visit.display.money(proof.native, currency),
        focus=visit.display.money(proof.focus, currency),
        is_equal=proof.is_equal,
        reasons=tuple(
            ReasonShown(
                shorten(name, MAX_TITLE),
                _rows(reason.rows, visit),
                visit.display.money(reason.money, currency),
            )
            for name, reason in sorted(proof.reasons.items())
        ),
    )
