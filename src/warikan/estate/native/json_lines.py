"""Newline-delimited JSON out of Arrow tables, column by column, as BigQuery unloads it."""

import json
from pathlib import Path
from typing import Self

import pyarrow as pa
import pyarrow.compute as pc

_TIME = "%Y-%m-%d %H:%M:%S UTC"


class JsonFile:
    """One object a line; numbers of type NUMERIC are text, no value is null."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")

    def write(self, table: pa.Table) -> None:
        """Append the rows of *table*."""
        (rows,) = table.combine_chunks().to_struct_array().chunks
        lines = pc.binary_join_element_wise(to_json(rows), "", "\n")
        self._file.write(lines.buffers()[2][: pc.sum(pc.binary_length(lines)).as_py()])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()


def to_json(array: pa.Array) -> pa.Array:
    """
    *array* as JSON texts.

    >>> to_json(pa.array([{"a": 1.5, "b": ["x", None]}, None])).to_pylist()
    ['{"a":1.5,"b":["x",null]}', 'null']
    """
    kind = array.type
    if pa.types.is_struct(kind):
        # The fields as the rows see them: flatten applies offset and nulls.
        members = [
            pc.binary_join_element_wise(json.dumps(kind[i].name), to_json(member), ":")
            for i, member in enumerate(array.flatten())
        ]
        found = _around("{", pc.binary_join_element_wise(*members, ","), "}")
    elif pa.types.is_list(kind):
        lengths = pc.fill_null(pc.list_value_length(array), 0)
        ends = pc.cumulative_sum(lengths).cast(pa.int32())
        offsets = pa.concat_arrays([pa.array([0], pa.int32()), ends])
        lists = pa.ListArray.from_arrays(offsets, to_json(array.flatten()))
        found = _around("[", pc.binary_join(lists, ","), "]")
    elif pa.types.is_floating(kind):
        found = array.cast(pa.string())
    elif pa.types.is_timestamp(kind):
        found = _words(pc.strftime(array.cast(pa.timestamp("s", tz="UTC")), _TIME))
    else:
        found = _words(array.cast(pa.string()))
    return pc.if_else(array.is_valid(), found, "null")


def _words(texts: pa.Array) -> pa.Array:
    """Each different text is escaped once."""
    coded = texts.dictionary_encode()
    return pa.array([json.dumps(t) for t in coded.dictionary.to_pylist()], pa.string()).take(coded.indices)


def _around(left: str, texts: pa.Array, right: str) -> pa.Array:
    return pc.binary_join_element_wise(left, texts, right, "")
