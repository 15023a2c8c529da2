"""Who paid: the accrued excess by service and team, to the last digit."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from warikan.allocate.split import NoSplit, compute_ratios, split
from warikan.focus.money import EXACT
from warikan.operate.daily import DailyCost
from warikan.operate.incidents.incident import Payer

BASELINE = timedelta(days=28)
MOST = 200
"""Payers that are told apart."""
ZERO = Decimal(0)


def compute_payers(
    cost: DailyCost, *, onset: date, end: date, expected: Decimal, most: int = MOST
) -> tuple[Payer, ...]:
    """
    Payers of the days ``[onset, end)``, largest excess first; their excess adds up to actual less *expected*.

    *expected* is split as the four weeks before the onset were paid (*cost* has them); where nothing was, as
    the days themselves are. Payers beyond *most* become one without a name.
    """
    actual = {owner: _sum(days, onset, end) for owner, days in cost.owners.items()}
    before = {owner: _sum(days, onset - BASELINE, onset) for owner, days in cost.owners.items()}
    owners = sorted(actual, key=lambda o: tuple(part or "" for part in o))
    if not owners:
        return (Payer(None, None, ZERO, expected, EXACT.subtract(ZERO, expected)),) if expected else ()
    parts = _split(expected, [before[o] for o in owners]) or _split(expected, [actual[o] for o in owners])
    shares = parts or _split(expected, [Decimal(1)] * len(owners)) or [ZERO] * len(owners)
    payers = [
        Payer(*owner, actual[owner], share, EXACT.subtract(actual[owner], share))
        for owner, share in zip(owners, shares, strict=True)
        if actual[owner] or share
    ]
    payers.sort(key=lambda p: (-abs(p.excess), p.team_id or "", p.service_id or ""))
    return tuple(payers) if len(payers) <= most else (*payers[: most - 1], _rest(payers[most - 1 :]))


def _split(cost: Decimal, weights: Sequence[Decimal]) -> list[Decimal] | None:
    """The parts of *cost*, which add up to it; None where the weights allow no split."""
    named = {f"{i:09}": max(weight, ZERO) for i, weight in enumerate(weights)}
    try:
        parts = split(cost, compute_ratios(named))
    except NoSplit:
        return None
    return [parts.get(name, ZERO) for name in named]


def _rest(payers: Sequence[Payer]) -> Payer:
    actual = expected = ZERO
    for payer in payers:
        actual, expected = EXACT.add(actual, payer.actual), EXACT.add(expected, payer.expected)
    return Payer(None, None, actual, expected, EXACT.subtract(actual, expected))


def _sum(days: Mapping[date, Decimal], start: date, end: date) -> Decimal:
    total = ZERO
    for day, cost in days.items():
        if start <= day < end:
            total = EXACT.add(total, cost)
    return total
