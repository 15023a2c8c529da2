"""Staged series to hours, by the SQL beside this file; no loop sees a sample."""

from importlib.resources import files

import duckdb
import pyarrow as pa

from warikan.ingest.hours import SCHEMAS, HourTables

_STEPS = ("pods", "minutes", "counters", "nodes_seen", "labels", "nodes", "containers", "volumes")
_TABLES = {
    "nodes": "node_hours",
    "containers": "container_hours",
    "volumes": "volume_hours",
    "load_balancers": "load_balancer_hours",
    "labels": "label_rows",
    "namespaces": "namespace_hours",
    "coverage": "coverage",
}


def reduce_hours(
    connection: duckdb.DuckDBPyConnection, cluster_id: str, start: int, end: int, step: int
) -> HourTables:
    """
    The hours in ``[start, end)`` (seconds since 1970) of what staging.py has put into *connection*.

    Laws: neither the order of series nor a copy of one changes a result; a value that is missing never raises
    a total; what does not fit the schema is null, never a guess.
    """
    for name, value in {"cluster": cluster_id, "first": start, "last": end, "step": step}.items():
        connection.execute(f"SET VARIABLE {name} = $value", {"value": value})
    for name in _STEPS:
        connection.execute(files(__package__).joinpath(f"{name}.sql").read_text(encoding="utf-8"))
    return HourTables(**{field: _fetch(connection, field, table) for field, table in _TABLES.items()})


def _fetch(connection: duckdb.DuckDBPyConnection, field: str, table: str) -> pa.Table:
    schema = SCHEMAS[field]
    found: pa.Table = connection.execute(f"SELECT * FROM {table}").to_arrow_table()
    columns = [found[name].cast(schema.field(name).type) for name in schema.names]
    return pa.table(columns, schema=schema)
