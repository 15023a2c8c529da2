"""
The catalogue of the lake and its tables, made and evolved through PyIceberg.

Only this file, commit.py and fileio.py import PyIceberg, which takes one to two seconds; so they are
imported where something is written or the plan of a snapshot is missing, never to answer a question.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.transforms import DayTransform, IdentityTransform, MonthTransform, Transform
from pyiceberg.types import (
    DateType,
    DecimalType,
    DoubleType,
    IcebergType,
    ListType,
    LongType,
    MapType,
    NestedField,
    StringType,
    TimestamptzType,
)
from sqlalchemy import URL

from warikan.focus.money import PRECISION, SCALE
from warikan.lake.fileio import FOLDER, HOME
from warikan.lake.home import Home
from warikan.lake.spec import TableColumn, TableSpec, Type
from warikan.lake.state import CATALOG, CATALOG_FILE, HOME_PROPERTY, NAMESPACE

_PROPERTIES = {
    "format-version": "2",
    "write.parquet.compression-codec": "zstd",
    # Old metadata files go at commit: the history is the snapshots that the newest one names.
    "write.metadata.delete-after-commit.enabled": "true",
    "write.metadata.previous-versions-max": "10",
    # The lock keeps other writers out, so a commit that fails has a cause that a retry would hide.
    "commit.retry.num-retries": "0",
}

_SIMPLE: dict[Type, IcebergType] = {
    "string": StringType(),
    "decimal": DecimalType(PRECISION, SCALE),
    "datetime": TimestamptzType(),
    "long": LongType(),
    "double": DoubleType(),
    "date": DateType(),
}


def connect(home: Home) -> SqlCatalog:
    """The catalogue in ``catalog.db`` of the lake, made when missing; its namespace remembers the home."""
    home.folder.mkdir(parents=True, exist_ok=True)
    path = home.folder / CATALOG_FILE
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    catalog = SqlCatalog(
        CATALOG,
        **{
            # Not a plain f-string: a folder may hold ?, # or %.
            "uri": URL.create("sqlite", database=str(path), query={"timeout": "30"}).render_as_string(),
            "py-io-impl": "warikan.lake.fileio.LakeFileIO",
            HOME: home.location,
            FOLDER: str(home.folder),
        },
    )
    catalog.create_namespace_if_not_exists(NAMESPACE, {HOME_PROPERTY: home.location})
    return catalog


def load(catalog: SqlCatalog, table: str) -> Table:
    """The newest state of *table* as PyIceberg has it."""
    return catalog.load_table((NAMESPACE, table))


def create(catalog: SqlCatalog, home: Home, spec: TableSpec) -> None:
    """Make the table of *spec*, empty."""
    ids = iter(range(1, 10_000))
    fields = [
        NestedField(next(ids), c.name, _type(c.type, ids), required=False, doc=c.doc) for c in spec.columns
    ]
    schema = Schema(*fields)
    partitions = []
    if spec.source:
        source = schema.find_field(spec.source).field_id
        partitions.append(PartitionField(source, 1000, IdentityTransform(), spec.source))
    if spec.time:
        transform: Transform[Any, Any] = MonthTransform() if spec.time.length == "month" else DayTransform()
        moment = schema.find_field(spec.time.column).field_id
        name = f"{spec.time.column}_{spec.time.length}"
        partitions.append(PartitionField(moment, 1001, transform, name))
    catalog.create_table(
        (NAMESPACE, spec.name),
        schema=schema,
        location=f"{home.location}/{spec.name}",
        partition_spec=PartitionSpec(*partitions),
        properties=dict(_PROPERTIES),
    )


def add_columns(catalog: SqlCatalog, table: str, columns: Sequence[TableColumn]) -> None:
    """Add *columns* to *table*; files written before read as null in them."""
    with load(catalog, table).update_schema() as update:
        for column in columns:
            update.add_column(column.name, _type(column.type, iter(range(1, 10))), doc=column.doc)


def _type(kind: Type, ids: Iterator[int]) -> IcebergType:
    if kind == "map":
        return MapType(next(ids), StringType(), next(ids), StringType(), value_required=False)
    if kind == "list":
        return ListType(next(ids), StringType(), element_required=False)
    return _SIMPLE[kind]
