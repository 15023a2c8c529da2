"""
The same charges twice: under two sources, or in two files of one. Looked for before a load is committed.

Two bills of one account are fine when each has something else: another service, a marketplace, a commitment.
They overlap when what they say of one thing (a resource, or a service where there is none) on one day is the
same money again and again. So both sides are added up per account, day and thing; things of which some cost
metric is equal on both sides have met. An actual and an amortised export meet in all that no commitment
covers, CUR and FOCUS in their ListCost and BilledCost, a member account in the bill of its payer.

Files of one source are parts of one export, and a resource may lie in two of them, hour by hour: here only
whole rows count, which no export writes twice.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from warikan.focus.columns import COST_METRICS
from warikan.focus.errors import DuplicateContent
from warikan.focus.money import format_exact
from warikan.ingest.relation import literal, quote
from warikan.lake import Lake

LEAST_THINGS = 5
"""Fewer things that met may be chance: three licences of one price."""
LEAST_ROWS = 10
"""The same for rows of two files: fewer are told, not refused."""
ONE_BILL = "keep one (an actual and an amortised export, CUR and FOCUS, a member and its payer are one bill)"
_SHARE_OF_SOURCES = 0.6
_SHARE_OF_FILES = 0.8
"""From this part of the smaller side's money on it is one bill twice."""
_TEXTS = [
    "SubAccountId",
    "BillingAccountId",
    "BillingCurrency",
    "ChargeCategory",
    "CommitmentDiscountId",
    "ResourceId",
    "SkuId",
    "SkuPriceId",
    "ServiceName",
    "ChargeDescription",
    "x_SourceId",
    "x_SourceFile",
]
_TIMES = ("ChargePeriodStart", "ChargePeriodEnd")
_DECIMALS = (*COST_METRICS, "PricingQuantity")
# A provider's own forms of one export write an Azure subscription with and without its path.
_ACCOUNT = 'lower(regexp_extract(coalesce("SubAccountId", "BillingAccountId"), \'[^/]+$\'))'
_DAY = "date_trunc('day', \"ChargePeriodStart\")::DATE"
_WEIGHT = f"greatest({', '.join(f'abs(coalesce({m}, 0))' for m in COST_METRICS)})"
"""How much a row counts: its largest cost."""
_WEIGHT_OF_SUMS = f"greatest({', '.join(f'abs(coalesce(sum({m}), 0))' for m in COST_METRICS)})"
_SUMS = ", ".join(f"coalesce(sum({m}), 0) AS {m}" for m in COST_METRICS)


class Overlapping(DuplicateContent):
    """
    A load would bring what is there already.

    Attributes:
        other: The source that has it; None: two files of the load itself.
    """

    def __init__(self, message: str, *, hint: str, other: str | None) -> None:
        super().__init__(message, hint=hint)
        self.other = other


@dataclass(frozen=True)
class Overlap:
    """What two sources, or two files, both have of one account: so many *things*; *other* names the other."""

    other: str
    account: str
    currency: str
    first: date
    last: date
    share: float
    billed: Decimal
    effective: Decimal
    things: int

    def words(self) -> str:
        """Account, days and money."""
        days = f"{self.first}" if self.first == self.last else f"{self.first} to {self.last}"
        money = f"BilledCost {format_exact(self.billed)}, EffectiveCost {format_exact(self.effective)}"
        return f"account {self.account}, {days}: {money} {self.currency} ({self.share:.0%} of it)"


def refuse_overlaps(
    connection: duckdb.DuckDBPyConnection,
    lake: Lake,
    source_id: str,
    files: Sequence[Path],
    months: Collection[date],
    *,
    allowed: Collection[str] = (),
) -> list[str]:
    """
    Refuse a load whose written, not yet committed *files* of *months* bring what is there already.

    Args:
        allowed: Sources that may overlap with it, as the user says; *source_id* itself: its files may.

    Returns:
        What may be twice, and is too little to tell: a person should know.

    Raises:
        Overlapping: names the sources or files, the accounts, days and money, and what to do.
    """
    if not files or not months:
        return []
    few: list[str] = []
    ours = [str(path) for path in files]
    if source_id not in allowed:
        found = overlaps_of_files(connection, ours)
        _refuse([one for one in found if one.things >= LEAST_ROWS], source_id, "file")
        few = [
            f"{one.things:,} charges are in both {one.other}: {one.words()}; if they are the same, "
            "they count twice: keep one of the files"
            for one in found
        ]
    span = min(months), _month_after(max(months))
    others = [
        file.path
        for file in lake.data_files("charges", between=span)
        if file.start in months and file.source_id not in {source_id, *allowed}
    ]
    if others:
        _refuse(overlaps_of_sources(connection, ours, others), source_id, "source")
    return few


def overlaps_of_sources(
    connection: duckdb.DuckDBPyConnection, ours: Sequence[str], others: Sequence[str]
) -> list[Overlap]:
    """What the charges files *ours* and each source of *others* both have, largest first."""
    own, their = _relation(ours), _relation(others)
    places = [
        f'SELECT DISTINCT {_ACCOUNT} AS account, "BillingCurrency" AS currency FROM {side}'
        for side in (own, their)
    ]
    connection.execute(f"CREATE OR REPLACE TEMP TABLE shared_places AS {' INTERSECT '.join(places)}")
    for name, side, source in (("own_cells", own, "''"), ("other_cells", their, quote("x_SourceId"))):
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {_cells(side, source)}")
    same = " OR ".join(
        f"(o.{m} <> 0 AND abs(o.{m}::DOUBLE - t.{m}::DOUBLE) <= 1e-9 + 1e-6 * abs(o.{m}::DOUBLE))"
        for m in COST_METRICS
    )
    place, thing = "account, currency, committed", "account, currency, committed, day, thing"
    found = connection.execute(
        f"""WITH days AS (
                SELECT source, {place}, day, sum(t.weight) AS theirs
                FROM other_cells t GROUP BY ALL
            ), own_days AS (
                SELECT {place}, day, sum(weight) AS ours FROM own_cells GROUP BY ALL
            ), size AS (
                SELECT source, {place}, sum(ours) AS ours, sum(theirs) AS theirs
                FROM days JOIN own_days USING ({place}, day) GROUP BY ALL
            ), met AS (
                SELECT t.source, {place}, count(*) AS things, min(day) AS first, max(day) AS last,
                    sum(least(o.weight, t.weight)) AS weight, sum(o.BilledCost) AS billed,
                    sum(o.EffectiveCost) AS effective
                FROM own_cells o JOIN other_cells t USING ({thing}) WHERE {same} GROUP BY ALL
            )
            SELECT source, account, currency, first, last,
                met.weight::DOUBLE / least(ours, theirs)::DOUBLE AS share, billed, effective, things
            FROM met JOIN size USING (source, {place})
            WHERE things >= {LEAST_THINGS} AND least(ours, theirs) > 0 AND share >= {_SHARE_OF_SOURCES}
            ORDER BY abs(billed) DESC, source, account, currency"""
    ).fetchall()
    connection.execute("DROP TABLE shared_places; DROP TABLE own_cells; DROP TABLE other_cells")
    return [Overlap(*row) for row in found]


def _cells(side: str, source: str) -> str:
    """Usage of the shared accounts, added up per day and thing; what commitments cover apart."""
    return f"""
        SELECT {source} AS source, {_ACCOUNT} AS account, "BillingCurrency" AS currency, {_DAY} AS day,
            "CommitmentDiscountId" IS NOT NULL AS committed,
            lower(coalesce("ResourceId", 'service:' || "ServiceName", '')) AS thing, {_SUMS},
            {_WEIGHT_OF_SUMS} AS weight
        FROM {side} WHERE coalesce("ChargeCategory", 'Usage') = 'Usage'
            AND ({_ACCOUNT}, {quote("BillingCurrency")}) IN (SELECT (account, currency) FROM shared_places)
        GROUP BY ALL HAVING weight > 0"""


def overlaps_of_files(connection: duckdb.DuckDBPyConnection, ours: Sequence[str]) -> list[Overlap]:
    """Pairs of bill files of one load of which one has most of the other's rows, largest first."""
    side = _relation(ours)
    names = connection.execute(f'SELECT count(DISTINCT "x_SourceFile") FROM {side}').fetchone()
    if not names or names[0] < 2:
        return []
    said = (*_TEXTS[:-2], *_TIMES, *_DECIMALS)
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE prints AS
            SELECT "x_SourceFile" AS file, hash({", ".join(map(quote, said))}) AS said,
                coalesce({_ACCOUNT}, '') AS account, "BillingCurrency" AS currency, {_DAY} AS day,
                count(*) AS n, any_value({_WEIGHT}) AS weight,
                any_value("BilledCost") AS billed, any_value(coalesce("EffectiveCost", 0)) AS effective
            FROM {side} GROUP BY ALL HAVING weight > 0"""
    )
    place = "account, currency"
    # A row of many files is compared with the one before only: snapshots of a month follow each other.
    found = connection.execute(
        f"""WITH pairs AS (
                SELECT *, lag(file) OVER w AS other, least(n, lag(n) OVER w) AS twice
                FROM prints WINDOW w AS (PARTITION BY said, {place}, day ORDER BY file)
            ), met AS (
                SELECT other, file, {place}, count(*) AS things, min(day) AS first, max(day) AS last,
                    sum(weight * twice) AS weight, sum(billed * twice) AS billed,
                    sum(effective * twice) AS effective
                FROM pairs WHERE other IS NOT NULL GROUP BY ALL
            ), days AS (
                SELECT file, {place}, day, sum(weight * n) AS size FROM prints GROUP BY ALL
            ), sizes AS (
                SELECT met.other, met.file, {place}, least(sum(a.size), sum(b.size)) AS size
                FROM met JOIN days a USING (file, {place}) JOIN days b USING ({place}, day)
                WHERE b.file = met.other GROUP BY ALL
            )
            SELECT other || ' and ' || file, account, currency, first, last,
                met.weight::DOUBLE / size::DOUBLE AS share, billed, effective, things
            FROM met JOIN sizes USING (other, file, {place})
            WHERE size > 0 AND share >= {_SHARE_OF_FILES}
            ORDER BY abs(billed) DESC, 1, 2, 3"""
    ).fetchall()
    connection.execute("DROP TABLE prints")
    return [Overlap(*row) for row in found]


def _relation(paths: Sequence[str]) -> str:
    """The columns that are compared, of charges files; what a file has left out is null."""
    return f"({' UNION ALL '.join(map(_columns_of, dict.fromkeys(paths)))})"


def _columns_of(path: str) -> str:
    present = set(pq.read_schema(path).names)
    kinds = dict.fromkeys(_TEXTS, "VARCHAR") | dict.fromkeys(_TIMES, "TIMESTAMPTZ")
    kinds |= dict.fromkeys(_DECIMALS, "DECIMAL(38,18)")
    columns = ", ".join(
        quote(n) if n in present else f"NULL::{kind} AS {quote(n)}" for n, kind in kinds.items()
    )
    return f"SELECT {columns} FROM read_parquet({literal(path)}, hive_partitioning = false)"


def _refuse(found: Sequence[Overlap], source_id: str, kind: str) -> None:
    if not found:
        return
    worst = found[0]
    more = f"; and {len(found) - 1} more" if len(found) > 1 else ""
    if kind == "file":
        raise Overlapping(
            f"two files of {source_id} have the same charges: {worst.other}, {worst.words()}{more}. "
            "They would count twice; nothing was loaded",
            hint=f"keep the newer file only, or name one export in the source's path; if both are right: "
            f"allow_overlap: [{source_id}] under sources.{source_id} of warikan.yaml",
            other=None,
        )
    raise Overlapping(
        f"source {source_id} brings what source {worst.other} already has: {worst.words()}{more}. "
        "It would count twice; nothing was loaded",
        hint=f"{ONE_BILL}; if both are right: allow_overlap: [{worst.other}] under sources.{source_id} of "
        "warikan.yaml",
        other=worst.other,
    )


def _month_after(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)
