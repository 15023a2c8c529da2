"""Which files hold hours, told by their names; what each must have, told by its footer."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from warikan.focus.errors import UnreadableFile, UsageError
from warikan.ingest.files import find_files, name_of
from warikan.ingest.hours import SCHEMAS
from warikan.ingest.integrity import content_hash

_NAME = re.compile(rf".*\.({'|'.join(SCHEMAS)})\.parquet", re.IGNORECASE)
_MOST_FOOTER = 16 << 20
"""Bytes, and entries, of what a footer may make us allocate."""
_MOST_NAMED = 3
_TEXTS: list[Callable[[pa.DataType], bool]] = [
    pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view,
]  # fmt: skip


@dataclass(frozen=True)
class HourFile:
    """
    A file of hours.

    Attributes:
        table: Field of HourTables that its rows are of.
        digest: SHA-256 of its bytes, hex.
    """

    path: Path
    table: str
    digest: str


def find_hour_files(path: str, root: Path) -> tuple[list[HourFile], list[str]]:
    """
    The files of hours at *path* (a file, a folder, a glob; relative to *root*), each content once.

    Returns: the files, by table and name; and a sentence about those that were passed over.

    Raises:
        UsageError: there are none.
        UnreadableFile: one of them is damaged, or has not the columns of its table.
    """
    found, _ = find_files(path, root)
    named = [(one, _NAME.fullmatch(one.name)) for one in found]
    others = [name_of(one, root) for one, match in named if match is None]
    files: dict[tuple[str, str], HourFile] = {}
    for one, match in named:
        if match is None:
            continue
        table = match[1].lower()
        _check_footer(one, table, name_of(one, root))
        digest = content_hash(one)
        files.setdefault((table, digest), HourFile(one, table, digest))
    if not files:
        raise UsageError(
            f"{path} has no files of hours",
            hint=f"they are named ANYTHING.TABLE.parquet, TABLE one of {', '.join(SCHEMAS)}",
        )
    return sorted(files.values(), key=lambda f: (f.table, f.path)), _passed_over(others)


def _passed_over(names: list[str]) -> list[str]:
    if not names:
        return []
    more = f" and {len(names) - _MOST_NAMED:,} more" if len(names) > _MOST_NAMED else ""
    return [f"passed over, not named as hours: {', '.join(names[:_MOST_NAMED])}{more}"]


def _check_footer(path: Path, table: str, name: str) -> None:
    try:
        with pq.ParquetFile(
            path, thrift_string_size_limit=_MOST_FOOTER, thrift_container_size_limit=_MOST_FOOTER
        ) as file:
            found = file.schema_arrow
    except (OSError, pa.ArrowException) as error:
        raise UnreadableFile(
            f"{name} is not a Parquet file, or damaged: {str(error).splitlines()[0]}", hint="get it again"
        ) from error
    wrong = [f"it has no {n}" for n in SCHEMAS[table].names if n not in found.names]
    wrong += [f"{n} is not known" for n in found.names if n not in SCHEMAS[table].names]
    wrong += [f"{n} is there twice" for n in {n for n in found.names if found.names.count(n) > 1}]
    if not wrong:
        wrong += [
            f"{field.name} is {found.field(field.name).type}, not {field.type}"
            for field in SCHEMAS[table]
            if not _fits(found.field(field.name).type, field.type)
        ]
    if wrong:
        raise UnreadableFile(
            f"{name} is not a file of {table}: {'; '.join(wrong[:_MOST_NAMED])}",
            hint="make it with warikan collect --out of the same version; docs/clusters.md has the columns",
        )


def _fits(found: pa.DataType, wanted: pa.DataType) -> bool:
    """Whether *found* becomes *wanted* without a guess."""
    if pa.types.is_dictionary(found):
        found = found.value_type
    if pa.types.is_map(wanted):
        return pa.types.is_map(found) and all(
            _fits(kind, pa.string()) for kind in (found.key_type, found.item_type)
        )
    if pa.types.is_timestamp(wanted):
        return pa.types.is_timestamp(found) and found.tz is not None
    kinds = [pa.types.is_integer] if pa.types.is_integer(wanted) else _TEXTS
    return any(is_kind(found) for is_kind in kinds)
