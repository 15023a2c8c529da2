"""From a number to the charges behind it: classes, rules, shares, and the slices page by page."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import quote

from warikan.allocate.explain import CellExplanation, CurrencyCell, Slice
from warikan.web.bounds import full_title, shorten
from warikan.web.display import Amount
from warikan.web.narrowing import narrow
from warikan.web.periods import Choice
from warikan.web.state import ViewState, encode
from warikan.web.table import Segment, class_segments
from warikan.web.visit import Visit

PAGE_SIZE = 50
MAX_PAGE = 20_000
MAX_REASONS = 12
MAX_SERVICE = 200
"""Characters of the service that a charge's address may name."""


@dataclass(frozen=True)
class Reason:
    """Why a part of the amount is here: an ownership rule, or a share from another service."""

    id: str | None
    label: str
    note: str | None
    amount: Amount
    percent: str
    width: float
    href: str | None


@dataclass(frozen=True)
class SliceRow:
    """One slice, with the way to its charge."""

    day: str
    what: str
    title: str | None
    detail: str
    service: str
    team: str
    is_unallocated: bool
    kind: str
    kind_label: str
    rule: str | None
    amount: Amount
    href: str


@dataclass(frozen=True)
class Drill:
    """The slices of one cell in one currency."""

    found: CellExplanation
    cell: CurrencyCell
    amount: Amount
    currencies: tuple[Choice, ...]
    segments: tuple[Segment, ...]
    rules: tuple[Reason, ...]
    origins: tuple[Reason, ...]
    rows: tuple[SliceRow, ...]
    first: int
    last: int
    newer: str | None
    older: str | None


def load_drill(state: ViewState, visit: Visit, page: int) -> Drill | None:
    """
    Open the cell of *state*; None when nothing is in it.

    Raises:
        UsageError: the filter or the period cannot be read.
    """
    offset = (page - 1) * PAGE_SIZE
    found = _explain(state, visit, state.currency, offset)
    cells = _explain(state, visit, None, 0).cells if state.currency else found.cells
    if not found.cells:
        return None
    cell = _pick(found.cells, visit.workspace.settings.currency)
    if len(found.cells) > 1:
        found = _explain(state, visit, cell.currency, offset)
    asked = state.change(currency=cell.currency if len(cells) > 1 else state.currency)
    currency = cell.currency or ""
    pages = -(-cell.slices // PAGE_SIZE)
    return Drill(
        found=found,
        cell=cell,
        amount=visit.display.money(cell.amount, currency),
        currencies=tuple(
            Choice(
                c.currency or "",
                c.currency or "",
                c.currency == cell.currency,
                state.change(currency=c.currency).url("/slices"),
            )
            for c in cells
        ),
        segments=class_segments({k: float(v) for k, v in cell.classes.items()}, visit),
        rules=_rules(asked, visit, cell),
        origins=_origins(asked, visit, cell),
        rows=tuple(_slice(one, asked, visit, cell) for one in found.slices),
        first=offset + 1,
        last=offset + len(found.slices),
        newer=asked.url("/slices", page=page - 1 if page > 2 else None) if page > 1 else None,
        older=asked.url("/slices", page=page + 1) if page < min(pages, MAX_PAGE) else None,
    )


def charge_address(one: Slice, state: ViewState) -> str:
    """Where the charge of *one* is shown, remembering the view it was opened from."""
    pairs = [*state.change(opened=()).parameters(), ("source", one.source_id)]
    service = one.values["x_ServiceId"]
    if service is not None and len(service) <= MAX_SERVICE:
        pairs.append(("service", service))
    return f"/charge/{one.month:%Y-%m}/{quote(str(one.charge_key))}?{encode(pairs)}"


def _explain(state: ViewState, visit: Visit, currency: str | None, offset: int) -> CellExplanation:
    return visit.workspace.explain(
        where=state.where,
        period=state.period,
        metric=state.metric,
        currency=currency,
        limit=PAGE_SIZE,
        offset=offset,
    )


def _pick(cells: tuple[CurrencyCell, ...], wish: str | None) -> CurrencyCell:
    return next((c for c in cells if c.currency == wish), cells[0])


def _rules(state: ViewState, visit: Visit, cell: CurrencyCell) -> tuple[Reason, ...]:
    notes = {rule.id: rule.note or rule.when for rule in visit.workspace.settings.ownership.rules}
    amounts = list(cell.rules.items())[:MAX_REASONS]
    return tuple(
        _reason(
            rule,
            rule if rule is not None else visit.texts.gettext("No rule claims it"),
            notes.get(rule) if rule is not None else None,
            amount,
            cell,
            visit,
            state.change(where=narrow(state.where, visit.schema, "x_RuleId", rule)).url("/slices"),
        )
        for rule, amount in amounts
    )


def _origins(state: ViewState, visit: Visit, cell: CurrencyCell) -> tuple[Reason, ...]:
    notes: Mapping[str, str | None] = {share.id: share.note for share in visit.workspace.settings.shares}
    found = []
    for origin in cell.origins[:MAX_REASONS]:
        where = narrow(state.where, visit.schema, "x_OriginServiceId", origin.service_id)
        where = narrow(where, visit.schema, "x_ShareId", origin.share_id)
        label = visit.value("x_ServiceId", origin.service_id)
        note = notes.get(origin.share_id) if origin.share_id else None
        href = state.change(where=where).url("/slices")
        found.append(_reason(origin.share_id, label, note, origin.amount, cell, visit, href))
    return tuple(found)


def _reason(
    id_: str | None,
    label: str,
    note: str | None,
    amount: Decimal,
    cell: CurrencyCell,
    visit: Visit,
    href: str,
) -> Reason:
    ratio = float(amount) / float(cell.amount) if cell.amount else 0.0
    currency = cell.currency or ""
    places = visit.display.places(cell.amount, currency)
    return Reason(
        id=id_,
        label=label,
        note=note,
        amount=visit.display.money(amount, currency, places),
        percent=visit.display.percent(ratio),
        width=min(abs(ratio), 1.0) * 100,
        href=href,
    )


def _slice(one: Slice, state: ViewState, visit: Visit, cell: CurrencyCell) -> SliceRow:
    values, currency = one.values, cell.currency or ""
    full = values["ChargeDescription"] or values["ServiceName"] or "–"
    what = shorten(full)
    kind = values["x_AllocationClass"] or "unallocated"
    return SliceRow(
        day=visit.display.day(values["ChargePeriodStart"]),
        what=what,
        title=full_title(full, what),
        detail=" · ".join(
            shorten(str(v))
            for v in (
                values["ServiceName"],
                values["ResourceName"] or values["ResourceId"],
                values["SubAccountId"],
            )
            if v
        ),
        service=visit.value("x_ServiceId", values["x_ServiceId"]),
        team=visit.value("x_TeamId", values["x_TeamId"]) if values["x_TeamId"] else "",
        is_unallocated=values["x_ServiceId"] is None,
        kind=kind,
        kind_label=visit.value("x_AllocationClass", kind),
        rule=values["x_RuleId"],
        amount=visit.display.money(one.amount, currency, _places(one.amount)),
        href=charge_address(one, state),
    )


def _places(amount: Decimal) -> int:
    """Slices are small: cents, and four decimals below one."""
    return 4 if abs(amount) < 1 else 2
