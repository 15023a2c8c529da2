"""Which of the clusters in reports is meant."""

from collections.abc import Sequence

import duckdb

from warikan.focus.errors import DataError

_MOST_SHOWN = 5


def choose_cluster(
    connection: duckdb.DuckDBPyConnection,
    told: str,
    cluster_id: str,
    names: Sequence[str],
    *,
    by_chance: bool,
) -> None:
    """
    Have the views show one cluster: the variable ``cluster_names`` becomes what it is called, in lower case.

    That is *cluster_id* or one of *names*, in any case.

    Args:
        told: SQL of a relation with the column ``cluster``.
        by_chance: Without *names*, the only cluster that there is will do: a tool may call every cluster the
            same until it is told otherwise.

    Raises:
        DataError: there are only others.
    """
    rows = connection.execute(
        f"SELECT DISTINCT lower(coalesce(cluster, '')) AS name FROM {told} ORDER BY name"
    ).fetchall()
    found = [str(row[0]) for row in rows]
    wanted = {name.lower() for name in (cluster_id, *names)}
    chosen = [name for name in found if name in wanted]
    if not chosen and not names and by_chance and len(found) == 1:
        chosen = found
    if found and not chosen:
        listed = ", ".join(repr(name[:64]) for name in found[:_MOST_SHOWN])
        raise DataError(
            f"cluster {cluster_id} is not in the reports: they are of {listed}"
            f"{' and others' if len(found) > _MOST_SHOWN else ''}",
            hint=f"say what it is called there: clusters.{cluster_id}.names",
        )
    connection.execute("SET VARIABLE cluster_names = $names::VARCHAR[]", {"names": chosen})
