"""The rows of `loads`: what each file brought, per billing month and currency."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from warikan.focus.columns import COST_METRICS
from warikan.focus.money import EXACT, format_exact
from warikan.ingest.bill import Bill, Slice
from warikan.ingest.charges import Identity
from warikan.ingest.conversion_sums import Proof, join, proof_text
from warikan.ingest.repair import repairs_json

_NOTHING = Decimal(0)
_Key = tuple[date | None, str | None]


def load_rows(
    bills: Sequence[Bill], months: set[date], identity: Identity, now: datetime
) -> list[dict[str, Any]]:
    """One row per (file, billing month, currency) for *months*; columns of `loads`."""
    return [row for bill in bills for row in _rows_of(bill, months, identity, now)]


def _rows_of(bill: Bill, months: set[date], identity: Identity, now: datetime) -> list[dict[str, Any]]:
    good: dict[_Key, Slice] = {
        (s.month, s.currency): s for s in bill.slices if s.is_good and s.month in months
    }
    rejected: dict[_Key, tuple[int, Decimal | None]] = {}
    for part in bill.slices:
        if not part.is_good and (part.month in months or part.month not in bill.months):
            _reject(rejected, _place(part, bill, months), part.rows, part.sums[0])
    if bill.broken:
        _reject(rejected, (min(bill.months & months, default=None), None), bill.broken, None)
    proofs = _proofs(bill, months, rejected)
    # A month of which all rows are told by another file is known too: that file may change.
    told = {key for key in proofs if key[0] in months}
    rows = []
    for key in sorted(good.keys() | rejected.keys() | told, key=lambda k: (k[0] or date.min, k[1] or "")):
        row = _common(bill, identity, now) | _facts(good.get(key))
        count, cost = rejected.get(key, (0, None))
        month, currency = key
        rows.append(
            row
            | {"BillingMonth": month, "BillingCurrency": currency}
            | {"Conversion": proof_text(proofs.get(key, {}))}
            | {"Repairs": repairs_json(bill.repairs.tallies, month, currency)}
            | {"RejectedRows": count, "RejectedBilledCost": cost}
        )
    return rows


def _proofs(
    bill: Bill, months: set[date], rejected: Mapping[_Key, tuple[int, Decimal | None]]
) -> dict[_Key, dict[str, Proof]]:
    """The proofs by where their rows are counted: those of rejected rows stand with the rejects."""
    placed: dict[_Key, dict[str, Proof]] = {}
    for (month, currency), by_metric in bill.proofs.items():
        moved = (min(bill.months & months, default=None), currency)
        is_moved = month not in months and month not in bill.months and moved in rejected
        into = placed.setdefault(moved if is_moved else (month, currency), {})
        for metric, proof in by_metric.items():
            into[metric] = join(into[metric], proof) if metric in into else proof
    return placed


def _reject(
    rejected: dict[tuple[date | None, str | None], tuple[int, Decimal | None]],
    key: tuple[date | None, str | None],
    rows: int,
    cost: Decimal | None,
) -> None:
    before, sum_before = rejected.get(key, (0, None))
    total = sum_before if cost is None else EXACT.add(sum_before or _NOTHING, cost)
    rejected[key] = (before + rows, total)


def _place(part: Slice, bill: Bill, months: set[date]) -> _Key:
    """Where rejected rows are counted: their own month, or the first that the file has."""
    month = part.month if part.month in bill.months & months else min(bill.months & months, default=None)
    return month, part.currency


def _common(bill: Bill, identity: Identity, now: datetime) -> dict[str, Any]:
    return {
        "x_LoadId": identity.load_id,
        "x_SourceId": identity.source_id,
        "x_SourceFile": bill.file.name,
        "ContentHash": bill.hash,
        "Format": bill.file.format,
        "FocusVersion": bill.header.version,
        "LoadedAt": now,
        "Bytes": bill.file.size,
    }


def _facts(part: Slice | None) -> dict[str, Any]:
    costs = part.sums if part else (_NOTHING,) * len(COST_METRICS)
    return {
        "Rows": part.rows if part else 0,
        **{m: c or _NOTHING for m, c in zip(COST_METRICS, costs, strict=True)},
        "RoundedValues": part.rounded if part else 0,
        "RoundingSum": format_exact(Decimal(part.rounding if part else 0).scaleb(-36, EXACT)),
        "DataStart": part.start if part else None,
        "DataEnd": part.end if part else None,
    }
