"""
Windows to hours.

A row of a report is of a window: an hour, ten minutes, a day. What it tells is spread evenly over the seconds
in which its subject ran, in whole units that add up to it. Of an hour that windows of several lengths cover
(a day's export beside the hours' own), the shortest count, and of those that overlap the first. Rows that say
the same of the same window are one, the larger in each amount; parts of one thing (its CPU, its memory, its
devices) are added.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

import duckdb
import pyarrow as pa

from warikan.ingest.hours import SCHEMAS, HourTables

HOUR = 3600
_RESOURCES = ("cpu", "memory", "gpu")


@dataclass(frozen=True)
class _Subject:
    """
    What windows are of: the view ``<name>_windows`` becomes the table ``<name>_hours``.

    Each view has ``start``, ``stop`` (the window, in seconds), ``first``, ``last`` (when the subject ran in
    it), ``part``, and these columns. ``minutes`` is null where a minute of the hour itself is not known.

    Attributes:
        facts: Of several values the largest counts.
        amounts: Over the whole window; whole numbers or null.
    """

    name: str
    keys: tuple[str, ...]
    facts: tuple[str, ...]
    amounts: tuple[str, ...]


_SUBJECTS = (
    _Subject(
        "node",
        ("node_uid",),
        ("node", "provider_id", "instance_type", "region", "zone", "pool", "capacity_type", "os", "labels"),
        ("up", *_RESOURCES, *(f"{r}_free" for r in _RESOURCES), "minutes"),
    ),
    _Subject(
        "pod",
        ("node_uid", "pod_uid", "container"),
        ("namespace", "pod", "workload_kind", "workload", "labels"),
        (
            *(f"{r}_{kind}" for r in _RESOURCES for kind in ("asked", "used", "demand")),
            "sent",
            "received",
            "run",
            "minutes",
        ),
    ),
    _Subject(
        "volume",
        ("volume", "pod_uid"),
        ("handle", "claim", "namespace", "class", "capacity"),
        ("seconds",),
    ),
    _Subject("balancer", ("namespace", "service", "pod_uid"), ("address",), ("seconds",)),
    _Subject("space", ("namespace",), ("labels",), ()),
)
_TABLES = {
    "nodes": "node_rows",
    "containers": "container_rows",
    "volumes": "volume_rows",
    "load_balancers": "balancer_rows",
    "labels": "label_rows",
    "namespaces": "space_rows",
    "coverage": "coverage_rows",
}
_AT_MOST = ("run", "minutes", "up")
"""Amounts that are told with each part of a thing and not added over parts."""


def reduce_windows(
    connection: duckdb.DuckDBPyConnection, cluster_id: str, first: int, last: int, *, every_hour: bool = False
) -> HourTables:
    """
    The hours in ``[first, last)`` (seconds since 1970, whole hours) of the windows that *connection* shows.

    Laws: the order of rows changes nothing; a row that is there twice counts once; of each amount, the hours
    of a window add up to the window.

    Args:
        every_hour: Coverage has a row for each hour, also where there is nothing: it was looked for.
    """
    variables = {"cluster": cluster_id, "first": first, "last": last, "every_hour": every_hour}
    for name, value in variables.items():
        connection.execute(f"SET VARIABLE {name} = $value", {"value": value})
    for subject in _SUBJECTS:
        connection.execute(_hours_of(subject))
    connection.execute(files(__package__).joinpath("tables.sql").read_text(encoding="utf-8"))
    return HourTables(**{field: _fetch(connection, field, table) for field, table in _TABLES.items()})


def _fetch(connection: duckdb.DuckDBPyConnection, field: str, table: str) -> pa.Table:
    schema = SCHEMAS[field]
    found: pa.Table = connection.execute(f"SELECT * FROM {table}").to_arrow_table()
    columns = [found[name].cast(schema.field(name).type) for name in schema.names]
    return pa.table(columns, schema=schema)


def _hours_of(subject: _Subject) -> str:
    keys = ", ".join(subject.keys)
    largest = _each({name: f"max({name})" for name in (*subject.facts, *subject.amounts)})
    whole = {name: f"max({name})" for name in (*subject.facts, *_among(subject, _AT_MOST))}
    whole |= {name: f"CAST(sum({name}) AS BIGINT)" for name in subject.amounts if name not in _AT_MOST}
    cut = {
        name: f"part_of({name}, greatest(hour - first, 0), least(hour + {HOUR}, last) - first, last - first)"
        for name in subject.amounts
    }
    facts = {name: f"max({name})" for name in subject.facts}
    sums = {name: f"CAST(sum({name}) AS BIGINT)" for name in subject.amounts}
    return f"""
        CREATE OR REPLACE TEMP TABLE {subject.name}_hours AS
        WITH told AS (
            SELECT {keys}, part, start, stop, min(first) AS first,
                max(greatest(last, first + 1)) AS last{largest}
            FROM {subject.name}_windows
            WHERE first < getvariable('last') AND greatest(last, first + 1) > getvariable('first')
            GROUP BY {keys}, part, start, stop
        ), whole AS (
            SELECT {keys}, start, stop, min(first) AS first, max(last) AS last{_each(whole)}
            FROM told GROUP BY {keys}, start, stop
        ), placed AS (
            SELECT *, unnest(generate_series(greatest(first // {HOUR} * {HOUR}, getvariable('first')),
                least(last, getvariable('last')) - 1, {HOUR})) AS hour
            FROM whole
        ), best AS (
            SELECT hour, min(row(stop - start, start)) AS best FROM placed GROUP BY hour
        ), cut AS (
            SELECT {keys}, hour{"".join(f", {name}" for name in subject.facts)}{_each(cut)}
            FROM placed JOIN best USING (hour)
            WHERE stop - start = best[1] AND (start = best[2] OR start >= best[2] + best[1])
        )
        SELECT {keys}, hour{_each(facts)}{_each(sums)} FROM cut GROUP BY {keys}, hour
        """


def _among(subject: _Subject, names: tuple[str, ...]) -> list[str]:
    return [name for name in subject.amounts if name in names]


def _each(columns: Mapping[str, str]) -> str:
    return "".join(f", {sql} AS {name}" for name, sql in columns.items())
