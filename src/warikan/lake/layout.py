"""The tables a lake must have, compared with those it has."""

from collections.abc import Mapping, Sequence

from warikan.focus.errors import ConfigError, LakeError
from warikan.lake.schema import type_of
from warikan.lake.snapshots import Snapshots
from warikan.lake.spec import TableColumn
from warikan.lake.tables import TAG_PREFIX, table_spec, tables, tag_columns

Layout = Mapping[str, Sequence[TableColumn]]
"""Table → the columns it must have at least."""


def layout(promoted_tags: Sequence[str]) -> Layout:
    """
    What this version of Warikan needs, with a column for each of *promoted_tags*.

    Raises:
        ConfigError: two keys would share a column.
    """
    tags = tag_columns(promoted_tags)
    return {s.name: (*s.columns, *(tags if s.has_tags else ())) for s in tables().values()}


def is_complete(snapshots: Snapshots, wanted: Layout) -> bool:
    """
    Whether the lake has all of *wanted*.

    Raises:
        ConfigError, LakeError: as :func:`complete`.
    """
    if snapshots.home is None or not snapshots.tables() >= set(wanted):
        return False
    return not any(_missing(snapshots, table, columns) for table, columns in wanted.items())


def complete(snapshots: Snapshots, wanted: Layout) -> None:
    """
    Make the tables and columns of *wanted* that the lake lacks; the writer's lock must be held.

    Raises:
        ConfigError: a tag column already holds another key, or differs from an existing one only by case.
        LakeError: a column has another type than this version of Warikan gives it.
    """
    from warikan.lake import iceberg  # slow import, see iceberg.py

    catalog = snapshots.catalog
    for table, columns in wanted.items():
        if table not in snapshots.tables():
            iceberg.create(catalog, snapshots.require_home(), table_spec(table))
        missing = _missing(snapshots, table, columns)
        if missing:
            iceberg.add_columns(catalog, table, missing)


def _missing(snapshots: Snapshots, table: str, wanted: Sequence[TableColumn]) -> list[TableColumn]:
    fields = {f["name"]: f for f in snapshots.state(table).fields}
    folded = {name.casefold(): name for name in fields}
    for column in wanted:
        field = fields.get(column.name)
        other = folded.get(column.name.casefold())
        if field is None and other is not None:
            raise ConfigError(
                f"the tag column {column.name} would differ only by case from {other}, promoted before",
                hint="use the earlier spelling in tags.promote of warikan.yaml",
            )
        if field is not None and column.name.startswith(TAG_PREFIX) and field.get("doc") != column.doc:
            raise ConfigError(
                f"the tag column {column.name} already holds {field.get('doc')}, not {column.doc}",
                hint="take one of the two keys out of tags.promote of warikan.yaml",
            )
        if field is not None and type_of(field) != column.type:
            raise LakeError(
                f"column {column.name} of table {table} is {field['type']}, not {column.type}: "
                "the lake was made by another version of Warikan",
                hint="use that version, or remove the folder .warikan and load the bills again",
            )
    return [c for c in wanted if c.name not in fields]
