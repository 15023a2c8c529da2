"""The truth of the estate, that no user can see: who caused every charge, and what happened when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from warikan.estate.charges import USAGE, Charges, Fee
from warikan.estate.clusters import Node
from warikan.estate.events import Script
from warikan.estate.meter import MONEY_SCALE, Meter
from warikan.estate.numbers import Mask, to_decimals
from warikan.estate.timeline import Ints, moment

CHARGES = pa.schema(
    [
        ("x_SourceId", pa.dictionary(pa.int32(), pa.string())),
        ("x_SourceFile", pa.dictionary(pa.int32(), pa.string())),
        ("x_SourceRow", pa.int64()),
        ("service", pa.dictionary(pa.int32(), pa.string())),
        ("cause", pa.dictionary(pa.int32(), pa.string())),
        ("event_cost", pa.decimal128(38, MONEY_SCALE)),
    ]
)
"""One row per bill row: its true owner before any sharing, its cause (usage, a kind of fee, or the id of
an event), and the part of its EffectiveCost that exists only because of that event (null without one)."""
NODES = pa.schema(
    [
        ("cluster", pa.string()), ("pool", pa.string()), ("node", pa.string()), ("node_uid", pa.string()),
        ("resource_id", pa.string()), ("sub_account_key", pa.string()), ("instance_type", pa.string()),
        ("zone", pa.string()), ("cores", pa.int32()), ("memory_gib", pa.int32()), ("gpus", pa.int32()),
        ("is_spot", pa.bool_()), ("dedicated_service", pa.string()),
        ("start", pa.timestamp("us", tz="UTC")), ("end", pa.timestamp("us", tz="UTC")),
    ]
)  # fmt: skip
"""One row per node; *resource_id* is the ResourceId of its rows on the bill."""
EVENTS = pa.schema(
    [
        ("id", pa.string()), ("kind", pa.string()), ("service", pa.string()), ("start", pa.date32()),
        ("end", pa.date32()), ("description", pa.string()), ("currency", pa.string()),
        ("cost", pa.decimal128(38, MONEY_SCALE)),
    ]
)  # fmt: skip
"""One row per planted event; *cost* is the EffectiveCost that it added in all (null when it adds none
that can be told apart)."""

_CAUSES = {"used": "commitment-used", "unused": "commitment-unused", "purchase": "commitment-purchase",
           "spot": "spot", "standard": USAGE}  # fmt: skip


@dataclass
class EventCosts:
    """
    What events cost, and what services cost, by day.

    Attributes:
        days: Event → day → EffectiveCost that exists only because of it, ``10 ** -MONEY_SCALE``.
        services: Service, currency and day → EffectiveCost of use: a float, for ratios only.
    """

    days: dict[str, dict[date, int]] = field(default_factory=dict)
    services: dict[tuple[str, str, date], float] = field(default_factory=dict)

    def add_event(self, name: str, charges: Charges, rows: Mask) -> None:
        """Add the extra of *rows* to the event *name*."""
        of_event = self.days.setdefault(name, {})
        days, where = np.unique(charges.start[rows] // 24, return_inverse=True)
        sums: Ints = np.zeros(len(days), dtype=np.int64)
        np.add.at(sums, where, charges.extra[rows])
        for day, cost in zip(days.tolist(), sums.tolist(), strict=True):
            of_event[moment(day * 24).date()] = of_event.get(moment(day * 24).date(), 0) + cost

    def add_services(self, names: Sequence[str], service: Ints, charges: Charges, currency: str) -> None:
        """Add the EffectiveCost of *charges* to their services; *service* is a place in *names*."""
        first = int(charges.start.min()) // 24
        day = charges.start // 24 - first
        width = int(day.max()) + 1
        sums = np.bincount(service * width + day, charges.effective_cost / 10.0**MONEY_SCALE)
        for place in np.flatnonzero(sums).tolist():
            key = (names[place // width], currency, moment((place % width + first) * 24).date())
            self.services[key] = self.services.get(key, 0.0) + float(sums[place])


class ChargeTruth:
    """Writes truth/charges.parquet file by file, and adds up what each event cost."""

    def __init__(self, path: Path, script: Script) -> None:
        self._writer = pq.ParquetWriter(path, CHARGES, compression="zstd")
        self._script = script
        self.event_costs: dict[str, tuple[str, int]] = {}
        self.by_day = EventCosts()

    def write(
        self, source_id: str, file: str, first_row: int, charges: Charges,
        meters: Sequence[Meter], fees: Sequence[Fee],
    ) -> None:  # fmt: skip
        """The truth of *charges*, which stand in *file* from data row *first_row* (1 is the first)."""
        services = [m.service for m in meters] + [f.meter.service for f in fees]
        calm = [m.event or _CAUSES[m.pricing] for m in meters] + [f.cause for f in fees]
        surged = [self._surge_of(m) for m in meters] + [f.cause for f in fees]
        of_event = np.array([c in self._event_ids for c in calm])[charges.meter]
        has_extra = (charges.extra != 0) | of_event
        names = sorted({*services, *calm, *surged})
        number = {name: i for i, name in enumerate(names)}
        cause = np.where(
            charges.extra != 0,
            np.array([number[s] for s in surged])[charges.meter],
            np.array([number[c] for c in calm])[charges.meter],
        )
        service = np.array([number[s] for s in services])[charges.meter]
        currency = "JPY" if source_id == "mihari" else "USD"
        self._add_costs(names, cause, charges, currency)
        if not fees and len(charges):
            self.by_day.add_services(names, service, charges, currency)
        dictionary = pa.array(names)
        rows = np.arange(first_row, first_row + len(charges))
        constant = pa.array(np.zeros(len(charges), dtype=np.int32))
        columns = [
            pa.DictionaryArray.from_arrays(constant, pa.array([source_id])),
            pa.DictionaryArray.from_arrays(constant, pa.array([file])),
            pa.array(rows, pa.int64()),
            pa.DictionaryArray.from_arrays(pa.array(service, pa.int32()), dictionary),
            pa.DictionaryArray.from_arrays(pa.array(cause, pa.int32()), dictionary),
            to_decimals(charges.extra, MONEY_SCALE, has_extra),
        ]
        self._writer.write_table(pa.Table.from_arrays(columns, schema=CHARGES))

    def close(self) -> None:
        """Finish the file."""
        self._writer.close()

    @property
    def _event_ids(self) -> frozenset[str]:
        return frozenset(e.id for e in self._script.events)

    def _surge_of(self, meter: Meter) -> str:
        """The event behind extra cost of *meter*: its own, or the surge that hits it."""
        if meter.event:
            return meter.event
        for surge in self._script.surges:
            if surge.service == meter.service and meter.sku.id in surge.skus:
                return surge.event
        return _CAUSES[meter.pricing]

    def _add_costs(self, names: list[str], cause: np.ndarray, charges: Charges, currency: str) -> None:
        for i in np.unique(cause[charges.extra != 0]).tolist():
            _, before = self.event_costs.get(names[i], (currency, 0))
            self.event_costs[names[i]] = (currency, before + int(charges.extra[cause == i].sum()))
            self.by_day.add_event(names[i], charges, (cause == i) & (charges.extra != 0))


def write_nodes(path: Path, nodes: Iterable[Node]) -> None:
    """truth/nodes.parquet in the schema NODES."""
    rows = [
        {
            "cluster": n.cluster.name, "pool": n.pool.name, "node": n.name, "node_uid": n.uid,
            "resource_id": n.resource_id, "sub_account_key": n.cluster.account,
            "instance_type": n.pool.type.name, "zone": n.zone, "cores": n.pool.type.cores,
            "memory_gib": n.pool.type.memory_gib, "gpus": n.pool.type.gpus, "is_spot": n.pool.is_spot,
            "dedicated_service": n.pool.dedicated, "start": moment(n.first), "end": moment(n.last),
        }
        for n in nodes
    ]  # fmt: skip
    pq.write_table(pa.Table.from_pylist(rows, schema=NODES), path, compression="zstd")


def write_events(path: Path, script: Script, costs: dict[str, tuple[str, int]]) -> None:
    """truth/events.parquet in the schema EVENTS."""
    rows = []
    for e in script.events:
        currency, cost = costs.get(e.id, (None, None))
        amount = None if cost is None else Decimal(cost).scaleb(-MONEY_SCALE)
        rows.append({**vars(e), "currency": currency, "cost": amount})
    pq.write_table(pa.Table.from_pylist(rows, schema=EVENTS), path, compression="zstd")
