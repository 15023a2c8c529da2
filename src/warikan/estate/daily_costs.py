"""Charges of a year added up by day: FOCUS columns, true owners, money to the last digit."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from warikan.estate.bills import Bill, open_bills
from warikan.estate.charges import ABSENT, Charges, Fee
from warikan.estate.events import TEAM_MOVE
from warikan.estate.meter import MONEY_SCALE, QUANTITY_SCALE, Meter
from warikan.estate.node_meters import cluster_of
from warikan.estate.numbers import Mask, to_decimals
from warikan.estate.rows import Line
from warikan.estate.simulation import Estate
from warikan.estate.timeline import Ints, hours_since_epoch

PROVIDERS: Mapping[str, str] = {
    "aws": "AWS", "gcp": "Google Cloud", "azure": "Microsoft", "saas": "Mihari",
}  # fmt: skip
"""Provider → ProviderName."""
_TEXTS = (
    "SubAccountId", "SubAccountName", "ServiceName", "ServiceCategory", "SkuId", "SkuMeter", "SkuPriceId",
    "ResourceId", "ResourceType", "ChargeCategory", "ChargeClass", "ChargeFrequency", "PricingCategory",
    "PricingUnit", "CommitmentDiscountId", "CommitmentDiscountStatus",
)  # fmt: skip
_OWN = ("x_ServiceId", "x_TeamId", "ProviderName", "BillingCurrency")
_CHARGED = ("effective_cost", "billed_cost", "list_cost", "contracted_cost")
_MONEY = ("EffectiveCost", "BilledCost", "ListCost", "ContractedCost")
_TIME = pa.timestamp("us", tz="UTC")
MONEY = pa.decimal128(38, 18)
COSTS = pa.schema(
    [
        ("ChargePeriodStart", _TIME),
        *((name, pa.string()) for name in (*_OWN, *_TEXTS)),
        ("EffectiveCost", MONEY), ("BilledCost", MONEY), ("ListCost", MONEY), ("ContractedCost", MONEY),
        ("PricingQuantity", pa.float64()), ("ConsumedQuantity", pa.float64()),
    ]
)  # fmt: skip
"""
One row per day and distinct texts, by day. x_ServiceId is the true owner before any sharing; ResourceId is
null for the machines of clusters, which come and go. A charge longer than a day (a fee of the month) is on
its first day, as on the bill.
"""
Key = tuple[str | None, ...]


@dataclass(frozen=True, eq=False)
class DailyCosts:
    """
    The rows of COSTS as whole numbers, still to become a table.

    Attributes:
        keys: Distinct texts, in the order of the text columns of COSTS; providers: that of each key.
        key, day: Of each row: place in *keys*, days since *start*.
        is_fee: Whether a row is charged once (tax, support, purchases, credits), not by a meter.
        money: Column → ``10 ** -MONEY_SCALE``; quantity, consumed: ``10 ** -QUANTITY_SCALE``.
    """

    start: date
    keys: tuple[Key, ...]
    key: Ints
    day: Ints
    is_fee: Mask
    money: Mapping[str, Ints]
    quantity: Ints
    consumed: Ints

    def __len__(self) -> int:
        return len(self.key)

    def texts(self, name: str) -> list[str | None]:
        """The column *name* of each of *keys*."""
        place = (*_OWN, *_TEXTS).index(name)
        return [key[place] for key in self.keys]

    def table(self) -> pa.Table:
        """The rows in the schema COSTS."""
        every = np.ones(len(self), dtype=bool)
        times = (self.day + _days(self.start)) * 86_400_000_000
        key = pa.array(self.key)
        columns = [pa.array(times, pa.int64()).cast(_TIME)]
        columns += [pa.array(self.texts(n), pa.string()).take(key) for n in (*_OWN, *_TEXTS)]
        columns += [to_decimals(self.money[n], MONEY_SCALE, every).cast(MONEY) for n in _MONEY]
        columns += [pa.array(q / 10.0**QUANTITY_SCALE) for q in (self.quantity, self.consumed)]
        return pa.Table.from_arrays(columns, schema=COSTS)


def add_up(estate: Estate) -> DailyCosts:
    """Every charge of *estate*, by day and what is said of it."""
    ledger = _Ledger(estate)
    for bill in open_bills(estate.timeline):
        for month in estate.timeline.months():
            monthly = estate.bill(bill.provider, month)
            places = np.array([ledger.place_of(bill, m) for m in monthly.meters])
            for charges in monthly.usage():
                ledger.add(charges, places[charges.meter], is_fee=False)
            fees = monthly.fees()
            if fees:
                of_fee = np.array([ledger.place_of_fee(bill, f) for f in fees])
                ledger.add(monthly.charge_fees(fees), of_fee, is_fee=True)
    return ledger.close()


class _Ledger:
    """Takes charges, gives their sums by key and day."""

    def __init__(self, estate: Estate) -> None:
        self._estate = estate
        self._services = {s.id: s for s in estate.company.services}
        self._places: dict[Key, int] = {}
        self._of_meter: dict[int, int] = {}
        self._consumes: list[bool] = []
        self._parts: list[tuple[Ints, ...]] = []

    def place_of(self, bill: Bill, meter: Meter) -> int:
        """The place of the key of *meter*; those of clusters have no resource of their own."""
        found = self._of_meter.get(id(meter))
        if found is None:
            line = dict(bill.form.line(meter))
            if cluster_of(meter) is not None:
                line["ResourceId"] = None
            found = self._of_meter[id(meter)] = self._place(bill, meter.service, line)
        return found

    def place_of_fee(self, bill: Bill, fee: Fee) -> int:
        """The place of the key of *fee*."""
        return self._place(bill, fee.meter.service, bill.form.fee_line(fee))

    def _place(self, bill: Bill, service: str, line: Line) -> int:
        provider = PROVIDERS[bill.provider]
        currency = "JPY" if bill.provider == "saas" else "USD"
        key = (service, None, provider, currency, *(line.get(name) for name in _TEXTS))
        place = self._places.setdefault(key, len(self._places))
        if place == len(self._consumes):
            self._consumes.append(line.get("ConsumedUnit") is not None)
        return place

    def add(self, charges: Charges, places: Ints, *, is_fee: bool) -> None:
        """Take *charges* in; *places* are those of their keys."""
        day = (charges.start - _days(self._estate.timeline.start) * 24) // 24
        quantity = np.where(charges.quantity == ABSENT, 0, charges.quantity)
        consumed = np.where(np.array(self._consumes)[places], quantity, 0)
        fee = np.full(len(charges), is_fee, dtype=np.int64)
        money = (getattr(charges, name) for name in _CHARGED)
        self._parts.append((places, day, fee, quantity, consumed, *money))

    def close(self) -> DailyCosts:
        """The sums, by day and then by key as sorted text."""
        columns = [np.concatenate(parts) for parts in zip(*self._parts, strict=True)]
        keys = sorted(self._places, key=lambda k: tuple(part or "" for part in k))
        rank = np.empty(len(keys), dtype=np.int64)
        rank[[self._places[k] for k in keys]] = np.arange(len(keys))
        owned, rank = self._with_teams(keys, rank[columns[0]], columns[1])
        row = (columns[1] * len(owned) + rank) * 2 + columns[2]
        rows, where = np.unique(row, return_inverse=True)
        sums = []
        for values in columns[3:]:
            total: Ints = np.zeros(len(rows), dtype=np.int64)
            np.add.at(total, where, values)
            sums.append(total)
        return DailyCosts(
            self._estate.timeline.start, owned, rows // 2 % len(owned), rows // 2 // len(owned),
            (rows % 2).astype(bool), dict(zip(_MONEY, sums[2:], strict=True)), sums[0], sums[1],
        )  # fmt: skip

    def _with_teams(self, keys: list[Key], rank: Ints, day: Ints) -> tuple[tuple[Key, ...], Ints]:
        """The keys with the team of each service; twice as many: before the reorganisation and after."""
        move = (self._estate.script.event(TEAM_MOVE).start - self._estate.timeline.start).days
        services = [self._services[str(k[0])] for k in keys]
        owned = [
            (k[0], team, *k[2:])
            for k, s in zip(keys, services, strict=True)
            for team in (s.was or s.team, s.team)
        ]
        return tuple(owned), rank * 2 + (day >= move)


def _days(day: date) -> int:
    return hours_since_epoch(day) // 24
