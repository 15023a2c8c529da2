"""
Which rows of two contents are the same, which belong together, and which stand alone.

A provider numbers no rows, so a row is told by what it says. Rows that say the same in every column meet
first, as often as both sides have them; they are most of a restated month, and nothing is kept of them but a
fingerprint. What is left meets at four levels, each looser than the one before: the same line with the same
money, the same line, the same thing with the same money, the same thing. A correction meets a correction
there, never what it corrects; only rows that are then still alone meet, where nothing but the class differs.
At each level the i-th of one side, in the order of quantity and money, meets the i-th of the other, so
neither the order of rows nor the direction of the question matters.
"""

from collections.abc import Collection, Sequence

import duckdb

from warikan.engine.restatement.rest import comparable, rest_of
from warikan.focus.columns import list_columns
from warikan.lake.schema import quote

Views = tuple[str, str]
"""Names of two views of `charges` of one source and month: before and after."""

_PAIR_ORDER = "quantity, ListCost, ContractedCost, BilledCost, EffectiveCost, content"
_PRICED = "BilledCost, EffectiveCost, ListCost, ContractedCost, quantity"
_LEVELS = (
    (f"hash(line, {_PRICED})", "true"),
    ("line", "true"),
    (f"hash(thing, {_PRICED})", "thing IS NOT NULL"),
    ("thing", "thing IS NOT NULL"),
    (f"hash(any_line, {_PRICED})", "true"),
)


def mark_rows(cursor: duckdb.DuckDBPyConnection, views: Views, columns: Collection[str]) -> None:
    """
    Make the temporary tables ``rest`` and ``pairs`` of two *views* that have *columns*.

    ``rest``: the rows without an identical one on the other side, with ``side`` (0 before, 1 after), see
    rest.py. ``pairs``: ``before_key`` and ``after_key`` of those that belong together; each x_ChargeKey is
    there at most once.
    """
    names = [c.id for c in list_columns() if c.id in columns]
    one, other = (_filled(cursor, view, names) for view in views)
    compared = [n for n in names if n in one | other]
    _make_odd(cursor, views, compared)
    # A column that only one load has (another FOCUS version) must not keep all rows apart.
    stable = [n for n in names if n in one & other]
    parts = [rest_of(side, view, compared, stable, columns) for side, view in enumerate(views)]
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE rest AS {' UNION ALL '.join(parts)}")
    cursor.execute("CREATE OR REPLACE TEMP TABLE pairs (before_key BIGINT, after_key BIGINT)")
    for group, condition in _LEVELS:
        cursor.execute(_pair(group, condition))


def _filled(cursor: duckdb.DuckDBPyConnection, view: str, names: Sequence[str]) -> set[str]:
    counts = ", ".join(f"count({quote(name)})" for name in names)
    found = cursor.execute(f"SELECT {counts} FROM {view}").fetchone() or ()
    return {name for name, count in zip(names, found, strict=True) if count}


def _make_odd(cursor: duckdb.DuckDBPyConnection, views: Views, compared: Sequence[str]) -> None:
    """The table ``odd``: side, key and content of the rows that the other side has not, or not as often."""
    content = ", ".join(comparable(name) for name in compared) or "1"
    sides = " UNION ALL ".join(
        f"SELECT {side}::TINYINT AS side, x_ChargeKey AS key, hash({content}) AS content FROM {view}"
        for side, view in enumerate(views)
    )
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE prints AS {sides}")
    cursor.execute(
        """CREATE OR REPLACE TEMP TABLE odd AS
           WITH counts AS (
               SELECT content, least(count(*) FILTER (side = 0), count(*) FILTER (side = 1)) AS met
               FROM prints GROUP BY content HAVING count(*) FILTER (side = 0) <> count(*) FILTER (side = 1)
           )
           SELECT side, key, content FROM prints JOIN counts USING (content)
           QUALIFY row_number() OVER (PARTITION BY side, content ORDER BY key) > met"""
    )
    cursor.execute("DROP TABLE prints")


def _pair(group: str, condition: str) -> str:
    """What is left of both sides, paired within *group*."""

    def left(side: int, key: str) -> str:
        return f"""
            SELECT key, {group} AS g, row_number() OVER (PARTITION BY {group} ORDER BY {_PAIR_ORDER}) AS n
            FROM rest ANTI JOIN pairs ON {key} = key WHERE side = {side} AND {condition}"""

    return f"""
        INSERT INTO pairs SELECT b.key, a.key
        FROM ({left(0, "before_key")}) b JOIN ({left(1, "after_key")}) a ON b.g = a.g AND b.n = a.n"""
