"""One column type in four languages: Iceberg metadata, Arrow, DuckDB, and DuckDB's FIELD_IDS."""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from warikan.focus.errors import LakeError
from warikan.focus.money import PRECISION, SCALE
from warikan.lake.spec import Type

FIELD_ID = b"PARQUET:field_id"
_DECIMAL = f"decimal({PRECISION}, {SCALE})"
_ICEBERG: dict[Type, str] = {
    "string": "string",
    "decimal": _DECIMAL,
    "datetime": "timestamptz",
    "long": "long",
    "double": "double",
    "date": "date",
    "map": "map",
    "list": "list",
}
_FROM_ICEBERG: dict[str, Type] = {iceberg: ours for ours, iceberg in _ICEBERG.items()}
_DUCKDB: dict[Type, str] = {
    "string": "VARCHAR",
    "decimal": f"DECIMAL({PRECISION},{SCALE})",
    "datetime": "TIMESTAMP WITH TIME ZONE",
    "long": "BIGINT",
    "double": "DOUBLE",
    "date": "DATE",
    "map": "MAP(VARCHAR, VARCHAR)",
    "list": "VARCHAR[]",
}

IcebergField = Mapping[str, Any]
"""A field as the JSON of Iceberg's table metadata has it (Iceberg spec, Appendix C)."""


def type_of(field: IcebergField) -> Type | None:
    """Our name of the type of *field*; None when no table of ours has such a type."""
    kind = field["type"]
    return _FROM_ICEBERG.get(kind if isinstance(kind, str) else kind["type"])


def duckdb_type(field: IcebergField) -> str:
    """The type as DuckDB's DESCRIBE prints it."""
    return _DUCKDB[_known(field)]


def field_ids(fields: Sequence[IcebergField]) -> str:
    """The FIELD_IDS option of DuckDB's COPY for *fields*; maps and lists carry the ids of their parts."""
    return "{" + ", ".join(f"{quote(f['name'])}: {_field_id(f)}" for f in fields) + "}"


def _field_id(field: IcebergField) -> str:
    kind = field["type"]
    match _known(field):
        case "map":
            return f"{{__duckdb_field_id: {field['id']}, key: {kind['key-id']}, value: {kind['value-id']}}}"
        case "list":
            return f"{{__duckdb_field_id: {field['id']}, element: {kind['element-id']}}}"
        case _:
            return str(field["id"])


def arrow_schema(fields: Sequence[IcebergField]) -> pa.Schema:
    """The Arrow schema of *fields*, each with its id in the field's metadata, so that Parquet keeps it."""
    return pa.schema([_arrow_field(f) for f in fields])


def _arrow_field(field: IcebergField) -> pa.Field:
    kind = field["type"]
    arrow: pa.DataType
    match _known(field):
        case "string":
            arrow = pa.string()
        case "decimal":
            arrow = pa.decimal128(PRECISION, SCALE)
        case "datetime":
            arrow = pa.timestamp("us", tz="UTC")
        case "long":
            arrow = pa.int64()
        case "double":
            arrow = pa.float64()
        case "date":
            arrow = pa.date32()
        case "map":
            key = pa.field("key", pa.string(), nullable=False, metadata=_id(kind["key-id"]))
            arrow = pa.map_(key, pa.field("value", pa.string(), metadata=_id(kind["value-id"])))
        case "list":
            arrow = pa.list_(pa.field("element", pa.string(), metadata=_id(kind["element-id"])))
    # The doc of an x_Tag_ column says which tag key it holds, which its name cannot always tell.
    doc = {b"doc": field["doc"].encode()} if field.get("doc") else {}
    return pa.field(field["name"], arrow, metadata=_id(field["id"]) | doc)


def _id(number: int) -> dict[bytes, bytes]:
    return {FIELD_ID: str(number).encode()}


def _known(field: IcebergField) -> Type:
    kind = type_of(field)
    if kind is None:
        raise LakeError(f"column {field['name']} has a type that this version does not know: {field['type']}")
    return kind


def quote(name: str) -> str:
    """*name* as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """*text* as a quoted SQL string."""
    return "'" + text.replace("'", "''") + "'"
