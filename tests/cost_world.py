"""A small company whose bill a test writes day by day, with a clock that only the test moves."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from hour_lake import Row, fill_table
from slice_lake import slice_of
from warikan.catalog.entities import Catalog, Service, Team
from warikan.catalog.settings import Settings
from warikan.engine.engine import Engine
from warikan.lake import Lake, Unit
from warikan.operate.operations import Operations
from warikan.state import Database

FIRST = date(2026, 10, 1)
ONSET = date(2026, 11, 5)
CATALOG = Catalog(
    services={
        "shop": Service(id="shop", title="Shop", team_id="sales"),
        "rank": Service(id="rank", title="Rank", team_id="search"),
    },
    teams={"sales": Team("sales", "Sales"), "search": Team("search", "Search")},
)
Costs = Mapping[date, Mapping[str, str]]


def day(number: int) -> date:
    """The day *number* days after the onset."""
    return ONSET + timedelta(days=number)


def noon(when: date) -> datetime:
    """Midday in UTC."""
    return datetime(when.year, when.month, when.day, 12, tzinfo=UTC)


@dataclass
class World:
    """
    A workspace in *folder*: shop costs 10 a day and rank 5, but where *costs* says otherwise.

    The bill has the days from *first* to before *data_end*; every one of them is complete.
    """

    folder: Path
    now: datetime
    data_end: date
    told: Mapping[str, Any] = field(default_factory=dict)
    costs: dict[date, dict[str, str]] = field(default_factory=dict)
    state: Database | None = None
    first: date = FIRST

    def __post_init__(self) -> None:
        if self.state is None:
            self.state = Database.in_folder(self.folder / "state")
        self.bill(self.data_end)

    def bill(self, data_end: date, costs: Costs | None = None) -> None:
        """Bills arrive: to before *data_end*, with these *costs* of days (service → amount)."""
        self.data_end = data_end
        for when, by_service in (costs or {}).items():
            self.costs[when] = {**self.costs.get(when, {}), **by_service}
        rows = []
        for i in range((data_end - self.first).days):
            when = self.first + timedelta(days=i)
            usual = {"shop": "10", "rank": "5"} | self.costs.get(when, {})
            for service, cost in usual.items():
                owner = {"x_ServiceId": service, "x_OriginServiceId": service, "SubAccountId": "one"}
                team = CATALOG.services[service].team_id
                rows.append(slice_of(when.isoformat(), cost, x_TeamId=team, ServiceName="S3", **owner))
        self._write(rows)
        settings = Settings.model_validate({"currency": "USD", "anomalies": {"settle_days": 0}, **self.told})
        assert self.state is not None
        self.all = Operations(
            self.folder, settings, CATALOG, Engine(self.lake, threads=1), self.state, lambda: self.now
        )

    def _write(self, rows: list[Row]) -> None:
        """*rows* as the charges and allocations of the lake, in place of what it had."""
        self.lake = Lake.open(self.folder / ".warikan")
        names = set(self.lake.schema("charges").names)
        charges = [{name: value for name, value in row.items() if name in names} for row in rows]
        loads = [
            {"x_LoadId": "1", "x_SourceId": "bill", "x_SourceFile": "bill.csv", "BillingCurrency": "USD"}
            | {"BillingMonth": month, "Rows": 1, "Bytes": 1, "LoadedAt": self.now}
            | {"DataStart": min(days), "DataEnd": max(days) + timedelta(days=1)}
            for month in sorted({row["BillingPeriodStart"].date() for row in rows})
            if (days := [r["ChargePeriodStart"] for r in rows if r["BillingPeriodStart"].date() == month])
        ]
        fill_table(self.lake, "charges", charges, unit=_unit_of, loads=loads)
        fill_table(self.lake, "allocations", rows, unit=_unit_of)

    def usual(self, cost: str, first: int, last: int) -> dict[date, dict[str, str]]:
        """Shop costs *cost* on the days *first* to before *last* after the onset."""
        return {day(i): {"shop": cost} for i in range(first, last)}


def _unit_of(row: Row) -> Unit:
    return Unit(row["x_SourceId"], row["BillingPeriodStart"].date())


def total(amounts: Any) -> Decimal:
    """The exact sum."""
    return sum(amounts, Decimal(0))
