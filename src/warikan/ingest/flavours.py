"""
Flavours of a native bill: exports of the same account and month that tell different sides of it.

Azure exports actual and amortised cost apart. Which one a file is stands nowhere in it, so it is told, for
each account and billing month, by its content, else by its path, else by what else the file or its folder is.
"""

import re
from pathlib import PurePosixPath

import duckdb

from warikan.ingest.mapping import Mapping
from warikan.ingest.relation import literal, quote

_HAS_FLAVOUR = re.compile(r"has_flavour\('(\w+)'\)")


def create_flavours(connection: duckdb.DuckDBPyConnection) -> None:
    """The table ``flavours``: one row per file, account and month; *flavour* is NULL where nothing tells."""
    connection.execute(
        """CREATE OR REPLACE TEMP TABLE flavours
           (ordinal BIGINT, folder VARCHAR, hint VARCHAR, account VARCHAR, month DATE, flavour VARCHAR)"""
    )


def add_file(
    connection: duckdb.DuckDBPyConnection, base: str, mapping: Mapping, name: str, ordinal: int
) -> None:
    """Tell the flavours of one file by its content; *base* has its native columns and terms."""
    cases = " ".join(f"WHEN {sql} THEN {literal(flavour)}" for flavour, sql in mapping.flavours.items())
    hint = next((f for f, form in mapping.hints.items() if re.search(form, name.lower())), None)
    month = month_of(mapping)
    connection.execute(
        f"""INSERT INTO flavours
            SELECT {ordinal}, $folder, $hint, _account, _month, CASE {cases} END
            FROM (SELECT *, ({mapping.account})::VARCHAR AS _account, {month} AS _month FROM {base})
            GROUP BY _account, _month""",
        {"folder": str(PurePosixPath(name).parent), "hint": hint},
    )


def settle_flavours(connection: duckdb.DuckDBPyConnection) -> None:
    """Fill what the content does not tell: by the path, the rest of the file, the rest of its folder."""
    connection.execute("UPDATE flavours SET flavour = hint WHERE flavour IS NULL")
    for others in ("ordinal", "folder"):
        connection.execute(
            f"""UPDATE flavours SET flavour = told.flavour FROM
                (SELECT {others} AS place, min(flavour) AS flavour FROM flavours GROUP BY place
                 HAVING count(DISTINCT flavour) = 1) told
                WHERE flavours.flavour IS NULL AND flavours.{others} = told.place"""
        )


def month_of(mapping: Mapping) -> str:
    """SQL of the billing month of a native row."""
    return f"date_trunc('month', {mapping.focus_columns['BillingPeriodStart']})::DATE"


def with_flavours(sql: str, mapping: Mapping, ordinal: int) -> str:
    """*sql* with ``own_flavour`` and ``_has_<flavour>``: what the load has of the row's account and month."""
    has = ", ".join(f"bool_or(flavour = {literal(n)}) AS {quote(f'_has_{n}')}" for n in mapping.flavours)
    own = f"any_value(flavour) FILTER (WHERE ordinal = {ordinal}) AS own_flavour"
    return (
        f"SELECT n.* EXCLUDE (_account, _month), f.* EXCLUDE (account, month) FROM "
        f"(SELECT *, ({mapping.account})::VARCHAR AS _account, {month_of(mapping)} AS _month FROM ({sql})) n "
        f"LEFT JOIN (SELECT account, month, {own}, {has} FROM flavours GROUP BY account, month) f "
        "ON f.account IS NOT DISTINCT FROM n._account AND f.month IS NOT DISTINCT FROM n._month"
    )


def flavoured(sql: str) -> str:
    """*sql* of a mapping with ``has_flavour('x')`` as the column that with_flavours makes."""
    return _HAS_FLAVOUR.sub(lambda found: f"coalesce({quote('_has_' + found[1])}, false)", sql)
