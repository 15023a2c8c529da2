"""Immutable facts: Iceberg tables in a folder, written by one process at a time, read by any number."""

from warikan.lake.clean import CleanReport
from warikan.lake.lake import Lake
from warikan.lake.plan import DataFile
from warikan.lake.spec import TableColumn, TableSpec, Unit
from warikan.lake.tables import may_be_absent, table_spec, tables, tag_column

__all__ = [
    "CleanReport",
    "DataFile",
    "Lake",
    "TableColumn",
    "TableSpec",
    "Unit",
    "may_be_absent",
    "table_spec",
    "tables",
    "tag_column",
]
