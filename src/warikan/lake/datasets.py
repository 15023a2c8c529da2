"""
The tables of the FOCUS datasets beside Cost and Usage, partitioned by source.

The unit of writing is (source, file): loading.py of ingest/datasets writes the rows of the other files of a
source again with those of the file that changed, in one commit.
"""

from warikan.focus.datasets import Dataset, list_datasets
from warikan.lake.spec import TableColumn, TableSpec, Type

TABLE_NAMES = {
    "Billing Period": "billing_periods",
    "Contract Commitment": "contract_commitments",
    "Invoice Detail": "invoice_details",
}
"""Dataset → its table."""
_TYPES: dict[str, Type] = {
    "decimal": "decimal",
    "datetime": "datetime",
    "string": "string",
    "json": "string",
}
_OURS = (
    TableColumn("x_SourceId", "string", "Source: what is replaced together"),
    TableColumn("x_LoadId", "string", "The load that wrote the row: follows from the file's content"),
    TableColumn("x_SourceFile", "string", "File, as given or relative to the workspace"),
    TableColumn("x_SourceRow", "long", "Data row in the file, from 1"),
    TableColumn("x_LoadedAt", "datetime", "When the file was first loaded with this content"),
    TableColumn("x_Extra", "map", "Columns of the file that are not FOCUS"),
    TableColumn("x_FocusVersion", "string", "FOCUS version the file was read as"),
)


def _table(dataset: Dataset) -> TableSpec:
    columns = tuple(TableColumn(c.id, _TYPES[c.type]) for c in dataset.columns)
    return TableSpec(TABLE_NAMES[dataset.name], columns + _OURS, source="x_SourceId", history=20)


DATASET_TABLES = tuple(_table(dataset) for dataset in list_datasets())
