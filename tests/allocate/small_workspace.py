"""A real lake and engine with a bill that a test writes down itself."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
from bills import charge, schema

from warikan.allocate.run import AllocationReport, allocate
from warikan.catalog.entities import Catalog
from warikan.catalog.settings import Settings
from warikan.engine.engine import Engine
from warikan.focus.columns import COST_METRICS
from warikan.focus.money import EXACT
from warikan.lake import Lake, Unit

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
SETTINGS = Settings.model_validate(
    {
        "tags": {"promote": ["s"]},
        "ownership": {"rules": [{"id": "by-tag", "service": {"from": "Tags['s']"}, "note": "its own word"}]},
        "shares": [
            {
                "id": "platform",
                "source": "x_ServiceId = 'platform'",
                "method": "proportional",
                "note": "used by all",
            }
        ],
    }
)
"""One rule (the tag ``s``) and one share (the platform, proportional)."""


def october(cost: str, **values: Any) -> dict[str, Any]:
    """A charge of the next billing month."""
    start = datetime(2026, 10, 1, tzinfo=UTC)
    end = datetime(2026, 11, 1, tzinfo=UTC)
    row = charge(cost, day=date(2026, 10, 5), **values)
    return row | {"BillingPeriodStart": start, "BillingPeriodEnd": end}


@dataclass
class SmallWorkspace:
    """A lake in *folder*; opening it again is what another process would see."""

    folder: Path
    settings: Settings
    catalog: Catalog

    def __post_init__(self) -> None:
        self.lake = Lake.open(self.folder, promoted_tags=self.settings.tags.promote)
        self.engine = Engine(self.lake, threads=2)

    def load(self, rows: Iterable[Mapping[str, Any]], *, months: Iterable[date] = ()) -> None:
        """Put *rows* into ``charges``, in place of their units and of source ``bill`` in *months*."""
        units: dict[Unit, list[dict[str, Any]]] = {Unit("bill", m): [] for m in months}
        for number, row in enumerate(rows, start=1):
            month = row["BillingPeriodStart"].date()
            full = {"x_ChargeKey": number, "x_SourceFile": "bill.csv", "x_SourceRow": number, **row}
            full["Tags"] = list(row.get("Tags", {}).items())
            full |= {f"x_Tag_{k}": row.get("Tags", {}).get(k) for k in self.settings.tags.promote}
            units.setdefault(Unit(row["x_SourceId"], month), []).append(full)
        loads = [
            self._load_row(unit, [r for r in of_unit if r["BillingCurrency"] == currency])
            for unit, of_unit in units.items()
            for currency in sorted({r["BillingCurrency"] for r in of_unit})
        ]
        with self.lake.writing(), self.engine.connection.cursor() as cursor:
            files = []
            for of_unit in units.values():
                content = schema("charges", self.settings.tags.promote)
                cursor.register("rows_of_test", pa.Table.from_pylist(of_unit, content))
                files.append(self.lake.new_file("charges"))
                self.lake.copy(cursor, "SELECT * FROM rows_of_test", "charges", files[-1])
            self.lake.replace("charges", list(units), files, loads=loads)

    def _load_row(self, unit: Unit, rows: list[dict[str, Any]]) -> dict[str, Any]:
        sums = dict.fromkeys(COST_METRICS, Decimal(0))
        for row in rows:
            sums = {m: EXACT.add(total, row[m]) for m, total in sums.items()}
        days = [r["ChargePeriodStart"] for r in rows]
        return {
            "x_LoadId": "1",
            "x_SourceId": unit.source_id,
            "x_SourceFile": "bill.csv",
            "BillingMonth": unit.start,
            "BillingCurrency": rows[0]["BillingCurrency"],
            "Rows": len(rows),
            "DataStart": min(days),
            "DataEnd": max(days) + timedelta(days=1),
            "LoadedAt": NOW,
            "Bytes": 1,
            **sums,
        }

    def allocate(self, **options: Any) -> AllocationReport:
        """Run what is due."""
        return allocate(self.engine, self.lake, self.settings, self.catalog, now=NOW, **options)

    def rows(self, table: str) -> list[dict[str, Any]]:
        """All rows of a table, in a stable order."""
        rows = self.engine.to_arrow(self.engine.table(table)).to_pylist()
        return sorted(rows, key=lambda r: str(sorted(r.items(), key=lambda item: item[0])))

    def total(self, table: str, metric: str = "EffectiveCost") -> Decimal:
        """The sum of a table, whatever the currency."""
        return sum((r[metric] for r in self.rows(table)), Decimal(0))
