"""DuckDB in this process: one database in memory, read-only views over files, no network."""

from pathlib import Path

import duckdb

MEMORY_LIMIT = "4GB"
"""What DuckDB may use before it spills to the lake's temporary folder."""


def connect(
    temp: Path, *, memory_limit: str = MEMORY_LIMIT, threads: int | None = None
) -> duckdb.DuckDBPyConnection:
    """
    A new database in memory.

    Nothing is downloaded (no extension is installed or loaded by itself), no name in a query finds a
    Python variable, times are shown in UTC, and no statement can change the configuration later.

    Args:
        temp: Folder for what does not fit in *memory_limit*.
        memory_limit: As DuckDB writes it, e.g. ``4GB``.
        threads: None takes all processors.
    """
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "allow_community_extensions": "false",
        "python_enable_replacements": "false",
        "memory_limit": memory_limit,
        "temp_directory": str(temp),
    }
    if threads is not None:
        config["threads"] = str(threads)
    connection = duckdb.connect(":memory:", config=config)
    connection.execute("SET GLOBAL TimeZone = 'UTC'")
    # data files never change, so what their footers say can be kept
    connection.execute("SET GLOBAL parquet_metadata_cache = true")
    connection.execute("SET lock_configuration = true")
    return connection
