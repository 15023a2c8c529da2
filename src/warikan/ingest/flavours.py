"""
Flavours of a native bill: exports of the same account and month that tell different sides of it.

Azure exports actual and amortised cost apart. Which one a file is stands nowhere in it, so it is told, for
each account and billing month, by its content, else by its path, else by what else the file or its folder is.

What one flavour has and the other tells better is left out row by row: only where the other really has a row
of the same thing (the same meter of the same resource on the same day). The two may be of different reach.
"""

import re
from collections.abc import Mapping as Dictionary
from pathlib import PurePosixPath

import duckdb

from warikan.focus.errors import DuplicateContent
from warikan.ingest.mapping import Flavours, Mapping
from warikan.ingest.relation import literal, quote

_CALL = re.compile(r"(has_flavour|tells)\('(\w+)'\)")
_PLACE = "_account IS NOT DISTINCT FROM {0}.account AND _month IS NOT DISTINCT FROM {0}.month"


def create_flavours(connection: duckdb.DuckDBPyConnection) -> None:
    """
    The tables of the flavours of a load.

    ``flavours``: one row per file, account and month; *flavour* is NULL where nothing tells. ``scopes``: one
    row per file, account, month and scope, and whether it has rows that more than one flavour tells.
    """
    connection.execute(
        """CREATE OR REPLACE TEMP TABLE flavours
           (ordinal BIGINT, folder VARCHAR, hint VARCHAR, account VARCHAR, month DATE, flavour VARCHAR)"""
    )
    connection.execute(
        """CREATE OR REPLACE TEMP TABLE scopes
           (ordinal BIGINT, account VARCHAR, month DATE, scope VARCHAR, has_shared BOOLEAN)"""
    )


def add_file(
    connection: duckdb.DuckDBPyConnection, base: str, mapping: Mapping, name: str, ordinal: int
) -> None:
    """Tell the flavours of one file by its content; *base* has its native columns and terms."""
    told = _flavours_of(mapping)
    cases = " ".join(f"WHEN {sql} THEN {literal(flavour)}" for flavour, sql in told.content.items())
    hint = next((f for f, form in told.hints.items() if re.search(form, name.lower())), None)
    placed = _placed(base, mapping)
    connection.execute(
        f"""INSERT INTO flavours
            SELECT {ordinal}, $folder, $hint, _account, _month, CASE {cases} END
            FROM {placed} GROUP BY _account, _month""",
        {"folder": str(PurePosixPath(name).parent), "hint": hint},
    )
    connection.execute(
        f"""INSERT INTO scopes
            SELECT {ordinal}, _account, _month, {told.scope} AS scope, bool_or(NOT {told.alone})
            FROM {placed} GROUP BY _account, _month, scope"""
    )


def settle_flavours(connection: duckdb.DuckDBPyConnection, names: Dictionary[int, str]) -> bool:
    """
    Fill what the content does not tell: by the path, the rest of the file, the rest of its folder.

    Returns:
        Whether some account and month has more than one flavour.

    Raises:
        DuplicateContent: nothing tells of which one a file is, so that its rows might count twice or not at
            all; *names* has the files' names by their ordinals.
    """
    connection.execute("UPDATE flavours SET flavour = hint WHERE flavour IS NULL")
    for others in ("ordinal", "folder"):
        connection.execute(
            f"""UPDATE flavours SET flavour = told.flavour FROM
                (SELECT {others} AS place, min(flavour) AS flavour FROM flavours GROUP BY place
                 HAVING count(DISTINCT flavour) = 1) told
                WHERE flavours.flavour IS NULL AND flavours.{others} = told.place"""
        )
    mixed = "SELECT account, month FROM flavours GROUP BY ALL HAVING count(DISTINCT flavour) > 1"
    _refuse_untold(connection, mixed, names)
    return connection.execute(f"{mixed} LIMIT 1").fetchone() is not None


def _refuse_untold(connection: duckdb.DuckDBPyConnection, mixed: str, names: Dictionary[int, str]) -> None:
    untold = connection.execute(
        f"""SELECT ordinal, f.account, f.month FROM flavours f JOIN ({mixed}) m
            ON f.account IS NOT DISTINCT FROM m.account AND f.month IS NOT DISTINCT FROM m.month
            WHERE flavour IS NULL ORDER BY 1, 3 LIMIT 1"""
    ).fetchone()
    if untold is None:
        return
    ordinal, account, month = untold
    told = connection.execute("SELECT DISTINCT flavour FROM flavours WHERE flavour IS NOT NULL ORDER BY 1")
    forms = " or ".join(flavour for (flavour,) in told.fetchall())
    raise DuplicateContent(
        f"nothing tells whether {names[ordinal]} is of the {forms} export, and both are there for account "
        f"{account} in {month:%Y-%m}: its rows would count twice, or not at all; nothing was loaded",
        hint=f"put each export into a folder of its own, with {forms} in its name",
    )


def create_things(connection: duckdb.DuckDBPyConnection, mapping: Mapping) -> None:
    """The table ``things``: one row per thing of an account and month, and which flavours tell of it."""
    tells = "".join(f", {quote(f'_tells_{flavour}')} BOOLEAN" for flavour in _flavours_of(mapping).content)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE things (_thing UHUGEINT{tells})")


def add_things(connection: duckdb.DuckDBPyConnection, bases: Dictionary[int, str], mapping: Mapping) -> None:
    """Fill ``things`` from all files; *bases* has their native columns and terms by ordinal."""
    told = _flavours_of(mapping)
    each = " UNION ALL ".join(
        f"""SELECT DISTINCT {_thing(told)} AS _thing, flavour FROM {_placed(base, mapping)}
            JOIN flavours f ON f.ordinal = {ordinal} AND {_PLACE.format("f")}
            WHERE flavour IS NOT NULL"""
        for ordinal, base in bases.items()
    )
    flags = ", ".join(f"bool_or(flavour = {literal(flavour)})" for flavour in told.content)
    connection.execute(f"INSERT INTO things SELECT _thing, {flags} FROM ({each}) GROUP BY _thing")


def month_of(mapping: Mapping) -> str:
    """SQL of the billing month of a native row."""
    return f"date_trunc('month', {mapping.focus_columns['BillingPeriodStart']})::DATE"


def with_flavours(sql: str, mapping: Mapping, ordinal: int) -> str:
    """
    *sql* with ``own_flavour``, ``_has_<flavour>`` and ``_tells_<flavour>`` (see docs/sources.md).

    A scope in which a flavour has none of what the others have there is not of its reach.
    """
    told = _flavours_of(mapping)
    flags = {flavour: quote(f"_has_{flavour}") for flavour in told.content}
    has = ", ".join(f"bool_or(flavour = {literal(n)}) AS {flag}" for n, flag in flags.items())
    reaches = ", ".join(
        f"bool_or(has_shared AND flavour = {literal(n)}) AS {flag}" for n, flag in flags.items()
    )
    chosen = ", ".join(
        f"CASE WHEN s.has_shared THEN s.{flag} ELSE f.{flag} END AS {flag}" for flag in flags.values()
    )
    own = f"any_value(flavour) FILTER (WHERE ordinal = {ordinal}) AS own_flavour"
    return (
        f"SELECT n.* EXCLUDE (_account, _month, _scope, _thing), own_flavour, {chosen}, "
        f"t.* EXCLUDE (_thing) FROM (SELECT *, {told.scope} AS _scope, {_thing(told)} AS _thing "
        f"FROM {_placed(f'({sql})', mapping)}) n "
        f"LEFT JOIN (SELECT account, month, {own}, {has} FROM flavours GROUP BY account, month) f "
        f"ON {_PLACE.format('f')} "
        f"LEFT JOIN (SELECT c.account, c.month, scope, bool_or(has_shared) AS has_shared, {reaches} "
        "FROM scopes c JOIN flavours f ON c.ordinal = f.ordinal AND c.account IS NOT DISTINCT FROM f.account "
        "AND c.month IS NOT DISTINCT FROM f.month GROUP BY ALL) s "
        f"ON {_PLACE.format('s')} AND _scope IS NOT DISTINCT FROM s.scope "
        "LEFT JOIN things t ON t._thing = n._thing"
    )


def flavoured(sql: str) -> str:
    """*sql* of a mapping with ``has_flavour('x')`` and ``tells('x')`` as the columns of with_flavours."""
    columns = {"has_flavour": "_has_", "tells": "_tells_"}
    return _CALL.sub(lambda found: f"coalesce({quote(columns[found[1]] + found[2])}, false)", sql)


def _flavours_of(mapping: Mapping) -> Flavours:
    if mapping.flavours is None:
        raise ValueError(f"{mapping.source_type} has no flavours")
    return mapping.flavours


def _placed(base: str, mapping: Mapping) -> str:
    return f"(SELECT *, ({mapping.account})::VARCHAR AS _account, {month_of(mapping)} AS _month FROM {base})"


def _thing(told: Flavours) -> str:
    parts = ", ".join(f"coalesce(({sql})::VARCHAR, chr(0))" for sql in ("_account", "_month", *told.thing))
    # 128 bits: two things never share one.
    return f"md5_number(concat_ws(chr(31), {parts}))"
