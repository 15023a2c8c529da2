"""Commitments: what the company bought in advance, and which usage it covers, exactly."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import numpy as np

from warikan.estate.company import Account, Company
from warikan.estate.events import RESERVATION_ENDS, RESERVATION_IDLE, Expiry, Script
from warikan.estate.meter import Commitment, Meter, Prices
from warikan.estate.sku import Sku, load_skus
from warikan.estate.timeline import Ints, Slots, Timeline, hours_since_epoch

OWNER = "cloud-foundation"
"""The service that answers for what is bought in advance and not used."""
_TICK = 4
"""Covered quantities have at most so many decimals, so that what is left over fits its column."""


def buy_commitments(timeline: Timeline, script: Script) -> list[Commitment]:
    """The company's commitments: a savings plan, a reservation that ends, a CUD, and those of the script."""
    start = hours_since_epoch(date(timeline.start.year - 1, 6, 1))
    until = hours_since_epoch(date(timeline.until.year + 1, 6, 1))
    ends = hours_since_epoch(script.event(RESERVATION_ENDS).start)
    copies = timeline.copies
    return [
        *_standing(start, until, ends, copies),
        *(_expiring(e, script, start, until, copies) for e in script.expiries),
    ]


def _expiring(expiry: Expiry, script: Script, start: int, until: int, copies: int) -> Commitment:
    """The commitment of *expiry*; it goes on where its end is muted."""
    sku = load_skus()[expiry.sku]
    ends = until if expiry.event in script.muted else hours_since_epoch(script.event(expiry.event).start)
    kinds = {"aws": "Reserved Instance", "azure": "Reservation"}
    return Commitment(
        id=f"{sku.provider}-commitment-{expiry.account}-{sku.id}",
        name=f"hinode-{expiry.account}-{sku.suffix or sku.id}-1yr", provider=sku.provider,
        type=kinds.get(sku.provider, "Committed Use Discount"), kind="Usage",
        amount=expiry.amount * copies, share_of_list=expiry.share_of_list, skus=frozenset({sku.id}),
        accounts=frozenset({expiry.account}), buyer=expiry.account, first=start, last=ends,
        is_monthly=sku.provider == "aws",
    )  # fmt: skip


def _standing(start: int, until: int, ends: int, copies: int) -> list[Commitment]:
    return [
        Commitment(
            id="arn:aws:savingsplans::106482957731:savingsplan/5f0c2a94-7b1e-4d3f-9a68-0e6d21c7b8f4",
            name="Compute Savings Plan 1yr No Upfront", provider="aws", type="Savings Plan", kind="Spend",
            amount=Decimal("33.00") * copies, share_of_list=Decimal("0.73"),
            skus=frozenset({"m6i12x", "m6i4x", "r6i4x"}), accounts=frozenset({"prod", "stg"}),
            buyer="mgmt", first=start, last=until, is_monthly=False,
        ),
        Commitment(
            id="arn:aws:rds:ap-northeast-1:730264815593:ri:hinode-payments-aurora-2025",
            name="hinode-payments-aurora-2025", provider="aws", type="Reserved Instance", kind="Usage",
            amount=Decimal(6) * copies, share_of_list=Decimal("0.67"),
            skus=frozenset({"aurorax"}), accounts=frozenset({"pay"}),
            buyer="pay", first=start, last=ends, is_monthly=True,
        ),
        Commitment(
            id="//compute.googleapis.com/projects/hinode-data-prod-4471/regions/asia-northeast1/commitments/flex-2025",
            name="flex-2025", provider="gcp", type="Committed Use Discount", kind="Spend",
            amount=Decimal("3.80") * copies, share_of_list=Decimal("0.72"),
            skus=frozenset({"n2core", "n2ram"}), accounts=frozenset({"gdata"}),
            buyer="gdata", first=start, last=until, is_monthly=False,
        ),
    ]  # fmt: skip


def covers(commitment: Commitment, meter: Meter) -> bool:
    """Whether *commitment* may cover usage of *meter*."""
    return (
        meter.pricing == "standard"
        and meter.sku.id in commitment.skus
        and meter.account.key in commitment.accounts
        and meter.first < commitment.last
        and commitment.first < meter.last
    )


def add_commitment_meters(
    meters: Sequence[Meter], commitments: Sequence[Commitment], company: Company
) -> list[Meter]:
    """*meters*, then a twin for each one that a commitment may cover, then unused and purchase meters."""
    result = list(meters)
    for commitment in commitments:
        account = company.account(commitment.buyer)
        result += [replace(m, pricing="used", commitment=commitment) for m in meters if covers(commitment, m)]
        result.append(_of_commitment(commitment, account, "unused"))
        result.append(_of_commitment(commitment, account, "purchase"))
    return result


def _of_commitment(commitment: Commitment, account: Account, pricing: str) -> Meter:
    sku: Sku = load_skus()[min(commitment.skus)]
    return Meter(
        provider=commitment.provider, account=account, sku=sku, service=OWNER,
        size=float(commitment.amount), driver="hours", first=commitment.first, last=commitment.last,
        resource_id=commitment.id, resource_name=commitment.name, commitment=commitment,
        pricing="unused" if pricing == "unused" else "purchase",
        event=RESERVATION_IDLE if pricing == "unused" and commitment.kind == "Usage" else None,
    )  # fmt: skip


@dataclass(frozen=True)
class Coverage:
    """Where one commitment's meters stand in a list of meters; pairs: (covered meter, its twin)."""

    commitment: Commitment
    pairs: tuple[tuple[int, int], ...]
    unused: int
    purchase: int


def find_coverage(meters: Sequence[Meter], commitments: Sequence[Commitment]) -> list[Coverage]:
    """The coverage of each of *commitments* that *meters* know."""
    found = []
    for commitment in commitments:
        ends = {m.pricing: i for i, m in enumerate(meters) if m.commitment is commitment}
        if "purchase" not in ends:
            continue
        originals = {_identity(m): i for i, m in enumerate(meters) if covers(commitment, m)}
        pairs = [
            (originals[_identity(m)], i)
            for i, m in enumerate(meters)
            if m.pricing == "used" and m.commitment is commitment
        ]
        found.append(Coverage(commitment, tuple(pairs), ends["unused"], ends["purchase"]))
    return found


def _identity(meter: Meter) -> tuple[str | None, str, int, str]:
    return meter.resource_id, meter.sku.id, meter.first, meter.service


def apply_commitments(coverages: Sequence[Coverage], prices: Prices, quantity: Ints, slots: Slots) -> None:
    """
    Move covered quantity of each meter to its twin, in *quantity* (meters × slots), in place.

    Meters are covered in their order until the commitment of the slot is used up; what is left is the
    quantity of its unused meter. Used + unused = purchased, exactly, in each slot.
    """
    for coverage in coverages:
        commitment = coverage.commitment
        hours = np.clip(commitment.last - slots.starts, 0, slots.hours)
        bought = hours * int(commitment.amount * 10**8)
        left = bought
        for original, twin in coverage.pairs:
            left = left - _cover(prices, quantity, original, twin, left, is_spend=commitment.kind == "Spend")
        quantity[coverage.unused] = left
        quantity[coverage.purchase] = 0 if commitment.is_monthly else bought


def _cover(prices: Prices, quantity: Ints, original: int, twin: int, left: Ints, *, is_spend: bool) -> Ints:
    """Cover as much of one meter as *left* (8 decimals) allows; what it took of *left*."""
    tick = 10 ** (int(prices.quantity_decimals[original]) - _TICK)
    rate = 10**_TICK
    if is_spend:
        rate = int(prices.effective[twin]) // 10 ** (int(prices.decimals[twin]) - _TICK)
    # left has 8 decimals; rate × ticks has 4 + 4.
    ticks = np.minimum(quantity[original] // tick, left // rate)
    quantity[twin] = ticks * 10 ** (int(prices.quantity_decimals[twin]) - _TICK)
    quantity[original] -= ticks * tick
    taken: Ints = ticks * rate
    return taken
