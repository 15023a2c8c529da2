"""Answers of a server into DuckDB: ``samples`` (a row for each series and step) and ``series`` (labels)."""

from pathlib import Path

import duckdb

from warikan.ingest.relation import literal
from warikan.ingest.sources.prometheus.client import PrometheusError
from warikan.ingest.sources.prometheus.families import Metric

_MATRIX = (
    'STRUCT("resultType" VARCHAR, "result" STRUCT("metric" MAP(VARCHAR, VARCHAR), "values" VARCHAR[][])[])'
)
_VECTOR = 'STRUCT("resultType" VARCHAR, "result" STRUCT("metric" MAP(VARCHAR, VARCHAR), "value" VARCHAR[])[])'
_LONGEST_LABEL = 4096
"""Characters of a label's value that are kept."""


def create_staging(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the two tables anew; ``minute`` is the end of its step in seconds since 1970."""
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE series (
            family VARCHAR, series BIGINT, resource VARCHAR, labels MAP(VARCHAR, VARCHAR));
        CREATE OR REPLACE TEMP TABLE samples (family VARCHAR, series BIGINT, minute BIGINT, value DOUBLE);
        CREATE OR REPLACE TEMP SEQUENCE series_number;
        """
    )


def stage(connection: duckdb.DuckDBPyConnection, answer: Path, metric: Metric, url: str) -> None:
    """
    Add the matrix in the file *answer*, an answer of the server at *url*, to the two tables.

    Values that are no finite number from 0 to 10¹⁵ are left out: none of the series has such.

    Raises:
        PrometheusError: the file is no answer to a range query.
    """
    _read(connection, answer, _MATRIX, "matrix", url)
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE numbered AS
            SELECT nextval('series_number') AS series, r.metric AS metric, r.values AS points
            FROM (SELECT unnest(data.result) AS r FROM answer);
        """
    )
    connection.execute(
        f"""
        INSERT INTO series SELECT $family, series, $resource, map_from_entries(list_transform(
            map_entries(metric), e -> {{'k': left(e.key, 512), 'v': left(e.value, {_LONGEST_LABEL})}}))
        FROM numbered
        """,
        {"family": metric.family, "resource": metric.resource},
    )
    connection.execute(
        """
        INSERT INTO samples
        SELECT $family, series, minute, value * $factor FROM (
            SELECT series, CAST(try_cast(p[1] AS DOUBLE) AS BIGINT) AS minute,
                try_cast(p[2] AS DOUBLE) AS value
            FROM (SELECT series, unnest(points) AS p FROM numbered))
        WHERE minute IS NOT NULL AND value >= 0 AND value <= 1e15
        """,
        {"family": metric.family, "factor": metric.factor},
    )
    connection.execute("DROP TABLE answer; DROP TABLE numbered")


def read_counts(connection: duckdb.DuckDBPyConnection, answer: Path, url: str) -> dict[tuple[str, str], int]:
    """
    The numbers of series by name and namespace in the file *answer*.

    Raises:
        PrometheusError: the file is no answer to an instant query.
    """
    _read(connection, answer, _VECTOR, "vector", url)
    rows = connection.execute(
        """
        SELECT coalesce(r.metric['__name__'], ''), coalesce(r.metric['namespace'], ''),
            sum(CAST(try_cast(r.value[2] AS DOUBLE) AS BIGINT))
        FROM (SELECT unnest(data.result) AS r FROM answer) GROUP BY ALL
        """
    ).fetchall()
    connection.execute("DROP TABLE answer")
    return {(str(name), str(space)): int(count or 0) for name, space, count in rows}


def read_moments(connection: duckdb.DuckDBPyConnection, answer: Path, url: str) -> list[int]:
    """
    The moments (seconds since 1970, ascending) of which the matrix in the file *answer* has values.

    Raises:
        PrometheusError: the file is no answer to a range query.
    """
    _read(connection, answer, _MATRIX, "matrix", url)
    rows = connection.execute(
        """
        SELECT DISTINCT CAST(try_cast(p[1] AS DOUBLE) AS BIGINT) AS moment
        FROM (SELECT unnest(r.values) AS p FROM (SELECT unnest(data.result) AS r FROM answer))
        WHERE moment BETWEEN 0 AND 7258118400 ORDER BY moment
        """
    ).fetchall()
    connection.execute("DROP TABLE answer")
    return [int(row[0]) for row in rows]


def _read(connection: duckdb.DuckDBPyConnection, answer: Path, shape: str, kind: str, url: str) -> None:
    size = max(answer.stat().st_size, 1 << 20)
    try:
        connection.execute(
            f"""
            CREATE OR REPLACE TEMP TABLE answer AS SELECT status, data FROM read_json(
                {literal(str(answer))}, format = 'unstructured', maximum_object_size = {size},
                columns = {{'status': 'VARCHAR', 'data': '{shape}'}})
            """
        )
        found = connection.execute('SELECT status, data."resultType" FROM answer').fetchall()
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error as error:
        raise PrometheusError(
            f"{url} answered something that is not Prometheus' JSON ({type(error).__name__})",
            hint="is there a login page or another service at this address?",
        ) from None
    if found != [("success", kind)]:
        raise PrometheusError(
            f"{url} answered without a {kind}", hint="is this address that of a Prometheus-compatible API?"
        )
