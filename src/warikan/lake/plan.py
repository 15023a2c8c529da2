"""
The plan of a snapshot: its data files and manifests, as JSON beside the Avro manifests.

A snapshot never changes, so neither does its plan. It is written before the commit that makes the snapshot
visible; when it is missing or not readable, PyIceberg reads the manifests and it is written again
(iceberg.py).
"""

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

_VERSION = 1


@dataclass(frozen=True)
class DataFile:
    """
    A Parquet file of a table.

    Attributes:
        path: Absolute path, now.
        source_id: x_SourceId (or x_ClusterId) of every row; None where the table is not partitioned by it.
        start: First day of the month, or the day, that every row lies in; None likewise.
        rows: Number of rows, at least one.
        bytes: Size on disk.
    """

    path: str
    source_id: str | None
    start: date | None
    rows: int
    bytes: int


@dataclass(frozen=True)
class Plan:
    """The files of one snapshot; *manifests* are locations as the metadata has them."""

    snapshot: int
    files: tuple[DataFile, ...]
    manifests: tuple[str, ...]


def plan_path(table_folder: Path, snapshot: int) -> Path:
    """Where the plan of *snapshot* is kept."""
    return table_folder / "metadata" / f"plan-{snapshot}.json"


def read_plan(table_folder: Path, snapshot: int) -> Plan | None:
    """The plan of *snapshot*, or None when it is missing or not readable."""
    try:
        content = json.loads(plan_path(table_folder, snapshot).read_text(encoding="utf-8"))
        if content["version"] != _VERSION or content["snapshot"] != snapshot:
            return None
        files = tuple(_file(table_folder, entry) for entry in content["files"])
        return Plan(snapshot, files, tuple(content["manifests"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_plan(table_folder: Path, plan: Plan) -> None:
    """Write *plan* so that a reader sees all of it or nothing."""
    content = {
        "version": _VERSION,
        "snapshot": plan.snapshot,
        "manifests": list(plan.manifests),
        "files": [_entry(table_folder, file) for file in plan.files],
    }
    path = plan_path(table_folder, plan.snapshot)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{uuid4().hex}.part")
    part.write_text(json.dumps(content, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
    part.replace(path)


def _entry(table_folder: Path, file: DataFile) -> list[Any]:
    start = None if file.start is None else file.start.isoformat()
    return [
        Path(file.path).relative_to(table_folder).as_posix(),
        file.source_id,
        start,
        file.rows,
        file.bytes,
    ]


def _file(table_folder: Path, entry: list[Any]) -> DataFile:
    path, source_id, start, rows, size = entry
    return DataFile(
        str(table_folder / path), source_id, None if start is None else date.fromisoformat(start), rows, size
    )
