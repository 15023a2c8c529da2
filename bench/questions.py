"""Five questions people ask, each beside the SQL a careful person would write by hand for it."""

from dataclasses import dataclass

from warikan.engine.query import Query

WINDOW = (
    "\"ChargePeriodStart\" >= TIMESTAMPTZ '2025-12-02' AND \"ChargePeriodStart\" < TIMESTAMPTZ '2026-01-01'"
)
BOTH = (
    "\"ChargePeriodStart\" >= TIMESTAMPTZ '2025-11-02' AND \"ChargePeriodStart\" < TIMESTAMPTZ '2026-01-01'"
)
PERIOD = "2025-12-02..2026-01-01"


@dataclass(frozen=True)
class Question:
    """A query, the table it must be read from, and the same by hand ($files stands for the reader)."""

    query: Query
    table: str
    sql: str


QUESTIONS = {
    "team by day, 30 days": Question(
        Query(by=("x_TeamId",), period=PERIOD, granularity="day"),
        "daily_costs",
        f"""SELECT "BillingCurrency", date_trunc('day', "ChargePeriodStart") d, "x_TeamId",
        sum("EffectiveCost") c
        FROM $files WHERE {WINDOW} GROUP BY ALL ORDER BY c DESC""",
    ),
    "service against previous": Question(
        Query(by=("x_ServiceId",), period=PERIOD, compare="previous"),
        "daily_costs",
        f"""SELECT "BillingCurrency", "x_ServiceId",
        sum("EffectiveCost") FILTER ({WINDOW}) c, sum("EffectiveCost") FILTER (NOT ({WINDOW})) p
        FROM $files WHERE {BOTH} GROUP BY ALL ORDER BY c DESC""",
    ),
    "year by month and provider service": Question(
        Query(by=("ServiceName",), period="all", granularity="month"),
        "daily_costs",
        """SELECT "BillingCurrency", date_trunc('month', "ChargePeriodStart") m, "ServiceName",
        sum("EffectiveCost") c
        FROM $files GROUP BY ALL ORDER BY c DESC""",
    ),
    "resources of one service, year": Question(
        Query(by=("ResourceId",), where="x_ServiceId = 'search'", period="all", top=50),
        "allocations",
        """SELECT "BillingCurrency", "ResourceId", sum("EffectiveCost") c FROM $files
        WHERE "x_ServiceId" = 'search' GROUP BY ALL ORDER BY c DESC""",
    ),
    "any tag, year": Question(
        Query(by=("Tags['team']",), period="all", metrics=("BilledCost",)),
        "allocations",
        """SELECT "BillingCurrency", map_extract_value("Tags", 'team') t, sum("BilledCost") c
        FROM $files GROUP BY ALL ORDER BY c DESC""",
    ),
}
