"""A bill file made ready: its typed relation, and the facts about it that a load needs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import duckdb

from warikan.focus.columns import COST_METRICS, columns_by_id
from warikan.focus.period import day_start
from warikan.ingest.constants import find_constants
from warikan.ingest.conversion import COLUMNS as NAME_COLUMNS
from warikan.ingest.conversion import Companies, Names, convert
from warikan.ingest.conversion_proof import prove_conversion
from warikan.ingest.conversion_sums import Place, Proof
from warikan.ingest.files import BillFile
from warikan.ingest.header import Header
from warikan.ingest.mapping import Mapping
from warikan.ingest.native import convert_native
from warikan.ingest.origins import Origin, find_origins
from warikan.ingest.relation import INSTANT, MONEY, TEXT_MAP, Staged, quote
from warikan.ingest.repair import RepairPlan, Rule, columns_of, plan_repairs

NEEDED = ("BilledCost", "BillingCurrency", "BillingPeriodStart", "ChargePeriodStart")
IS_GOOD = (
    '(_bad IS NULL AND "BilledCost" IS NOT NULL AND to_currency("BillingCurrency") IS NOT NULL '
    'AND "BillingPeriodStart" IS NOT NULL AND "ChargePeriodStart" IS NOT NULL)'
)
"""What the lake needs of a charge; a row without it goes to `rejects`."""


@dataclass(frozen=True)
class Slice:
    """
    The rows of one file that share billing month and currency.

    Attributes:
        month: None, like *currency*, only where rows are rejected for it.
        sums: Cost metric → exact sum; None when every value is null.
        start, end: First day of ChargePeriodStart, and the day after the last.
        rounding: What rounding added, in units of 10^-36.
    """

    is_good: bool
    month: date | None
    currency: str | None
    rows: int
    sums: tuple[Decimal | None, ...]
    start: datetime | None
    end: datetime | None
    rounded: int
    rounding: int


@dataclass(frozen=True)
class Bill:
    """
    One readable bill file.

    Attributes:
        ordinal: Its place among the files of the source; part of x_ChargeKey.
        relation: Typed relation (relation.py) with ``_row``.
        rows: Data rows in the file: typed, rejected and broken.
        broken: Rows in the table ``broken_<ordinal>``.
        proofs: Of a native bill: that its own costs are those of FOCUS (conversion_proof.py).
        notes: What its mapping says of rows, and of how many.
        origins: Of a native bill: column of NEEDED → what it is made of.
        repairs: What was repaired in *relation*.
        names: What each combination of the four company names becomes, where any changes.
        has_text_tags: Tags is JSON text, not yet a map.
        has_odd_tags: Some Tags are no JSON object with each key once.
        is_staged: *relation* reads a staged copy, not the file itself.
        constants: Column of *relation* → SQL of its value, for columns that have the same in all rows.
    """

    file: BillFile
    hash: str
    ordinal: int
    header: Header
    relation: str
    rows: int
    broken: int
    slices: tuple[Slice, ...]
    names: dict[Names, Names]
    has_text_tags: bool
    has_odd_tags: bool
    is_staged: bool
    constants: dict[str, str]
    proofs: dict[Place, dict[str, Proof]]
    notes: tuple[tuple[str, int], ...]
    origins: dict[str, Origin]
    repairs: RepairPlan

    @property
    def months(self) -> frozenset[date]:
        """Billing months that have at least one good row."""
        return frozenset(s.month for s in self.slices if s.is_good and s.month is not None)


def prepare(
    connection: duckdb.DuckDBPyConnection,
    file: BillFile,
    digest: str,
    ordinal: int,
    staged: Staged,
    mapping: Mapping | None,
    companies: Companies,
    rules: Sequence[Rule],
) -> Bill:
    """
    The facts about the staged *file* that a load needs; of a native bill as *mapping* converts it.

    Args:
        rules: Repairs that run (repair/).
    """
    proofs: dict[Place, dict[str, Proof]] = {}
    origins: dict[str, Origin] = {}
    notes: tuple[tuple[str, int], ...] = ()
    if mapping is not None:
        origins = find_origins(mapping, staged.header, NEEDED)
        converted = convert_native(connection, staged, mapping, file.name, ordinal)
        staged, notes = converted.staged, converted.notes
        proofs = prove_conversion(connection, converted, IS_GOOD)
    constants = find_constants(connection, staged)
    columns = columns_of(staged.header)
    repairs = plan_repairs(connection, staged.relation, columns, rules, companies, is_good=IS_GOOD)
    relation, header = repairs.apply(staged.relation, staged.header)
    constants = repairs.constants(constants)
    slices = _slices(connection, header, relation, constants)
    names = _names(connection, header, relation, companies)
    is_text = _is_text(connection, header, relation)
    return Bill(
        file=file,
        hash=digest,
        ordinal=ordinal,
        header=header,
        relation=relation,
        rows=staged.rows,
        broken=staged.broken,
        slices=slices,
        names=names if any(k != v for k, v in names.items()) else {},
        has_text_tags=is_text,
        has_odd_tags=is_text and _has_odd_tags(connection, relation),
        is_staged=staged.is_copy,
        constants=constants,
        proofs=proofs,
        notes=notes,
        origins=origins,
        repairs=repairs,
    )


def column(header: Header, name: str) -> str:
    """FOCUS column *name* of a typed relation, or a null of its type where the file lacks it."""
    if name in header.focus:
        return quote(name)
    kinds = {"decimal": MONEY, "datetime": INSTANT}
    return f"NULL::{TEXT_MAP if name == 'Tags' else kinds.get(columns_by_id()[name].type, 'VARCHAR')}"


def _slices(
    connection: duckdb.DuckDBPyConnection, header: Header, relation: str, constants: dict[str, str]
) -> tuple[Slice, ...]:
    start = constants.get("BillingPeriodStart", '"BillingPeriodStart"')
    currency = constants.get("BillingCurrency", '"BillingCurrency"')
    sums = ", ".join(f"sum({column(header, m)})" for m in COST_METRICS)
    found = connection.execute(
        f"""SELECT {IS_GOOD}, date_trunc('month', {start})::DATE, to_currency({currency}), count(*),
                   epoch_us(min("ChargePeriodStart")), epoch_us(max("ChargePeriodStart")),
                   sum(_rounded), sum(_rounding), {sums}
            FROM {relation} GROUP BY ALL ORDER BY ALL"""
    ).fetchall()
    return tuple(
        Slice(
            is_good=bool(good),
            month=month,
            currency=currency,
            rows=int(rows),
            sums=tuple(costs),
            start=None if start is None else day_start(_moment(start)),
            end=None if end is None else day_start(_moment(end)) + timedelta(days=1),
            rounded=int(rounded),
            rounding=int(rounding),
        )
        for good, month, currency, rows, start, end, rounded, rounding, *costs in found
    )


def _moment(microseconds: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)


def _names(
    connection: duckdb.DuckDBPyConnection, header: Header, relation: str, companies: Companies
) -> dict[Names, Names]:
    columns = ", ".join(f"{column(header, c)} AS n{i}" for i, c in enumerate(NAME_COLUMNS))
    found = connection.execute(f"SELECT DISTINCT {columns} FROM {relation} ORDER BY ALL").fetchall()
    present = [c for c in NAME_COLUMNS if c in header.focus]
    return {Names(*row): convert(Names(*row), present, companies) for row in found}


def _is_text(connection: duckdb.DuckDBPyConnection, header: Header, relation: str) -> bool:
    described = connection.execute(f"DESCRIBE SELECT {column(header, 'Tags')} FROM {relation}").fetchone()
    return described is not None and described[1] == "VARCHAR"


def _has_odd_tags(connection: duckdb.DuckDBPyConnection, relation: str) -> bool:
    """Whether some Tags are not a JSON object with each key once; looked up on distinct texts."""
    # any_value, or DuckDB would test every row before it looks for distinct ones.
    found = connection.execute(
        f"""SELECT 1 FROM {relation} GROUP BY "Tags" HAVING NOT has_plain_tags(any_value("Tags")) LIMIT 1"""
    )
    return found.fetchone() is not None
