"""One look at the lake for a reconciliation: views, the newest rows of datasets, and the months asked for."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from warikan.engine.engine import Engine
from warikan.focus.datasets import Dataset, find_dataset
from warikan.focus.period import Period, add_months, month_start, parse_period
from warikan.lake.datasets import TABLE_NAMES
from warikan.lake.schema import quote

ALL = "all"
"""The period that stands for everything there is."""
Row = dict[str, Any]


@dataclass(frozen=True)
class Months:
    """Calendar months ``[first, end)`` in UTC; both None: all."""

    first: date | None = None
    end: date | None = None

    def sql(self, month: str) -> str:
        """A condition on *month*, an expression of type DATE."""
        if self.first is None or self.end is None:
            return "true"
        return f"({month} >= DATE '{self.first}' AND {month} < DATE '{self.end}')"


def read_months(text: str, *, data: Period | None, now: datetime) -> Months:
    """
    The months that the period *text* touches.

    Raises:
        PeriodError: it cannot be read.
    """
    if text.strip().lower() == ALL:
        return Months()
    period = parse_period(text, data=data, now=now)
    first, last = month_start(period.start.astimezone(UTC)), month_start(period.end.astimezone(UTC))
    end = last if last == period.end and last > first else add_months(last, 1)
    return Months(first.date(), end.date())


def ask(engine: Engine, sql: str) -> list[Row]:
    """The rows of *sql*, over names from :func:`view` and :func:`newest`."""
    with engine.connection.cursor() as cursor:
        rows: list[Row] = cursor.execute(sql).to_arrow_table().to_pylist()
    return rows


def view(engine: Engine, table: str) -> str:
    """How SQL names *table* as it is now."""
    name: str = engine.table(table).get_name()
    return name


def newest(engine: Engine, name: str) -> str:
    """
    A query: the rows of the dataset called *name*, of several deliveries of a row the newest alone.

    Rows that one file has twice stay two: a file is not corrected.
    """
    dataset = find_dataset(name)
    order = f'{quote(dataset.updated)} DESC NULLS LAST, "x_LoadedAt" DESC, "x_SourceId", "x_SourceFile"'
    return (
        f"(SELECT * FROM {view(engine, TABLE_NAMES[name])} "
        f"QUALIFY rank() OVER (PARTITION BY {_identity(dataset)} ORDER BY {order}) = 1)"
    )


def _identity(dataset: Dataset) -> str:
    return ", ".join(map(quote, dataset.identity))


def month_of(moment: str) -> str:
    """The first day of the UTC month of *moment*, an expression of type TIMESTAMP WITH TIME ZONE."""
    return f"date_trunc('month', make_timestamp(epoch_us({moment})))::DATE"


def closed_periods(engine: Engine) -> str:
    """A query: (issuer, month) of the billing periods that their issuer closed; issuers in lower case."""
    return (
        f'(SELECT DISTINCT lower(trim("InvoiceIssuerName")) AS issuer, '
        f"{month_of(quote('BillingPeriodStart'))} AS month "
        f"FROM {newest(engine, 'Billing Period')} WHERE lower(trim(\"BillingPeriodStatus\")) = 'closed')"
    )
