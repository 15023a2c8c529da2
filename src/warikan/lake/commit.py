"""One commit: files go, files come, properties change, all visible at once or not at all."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.exceptions import CommitFailedException, ValidationException
from pyiceberg.io import FileIO
from pyiceberg.io.pyarrow import (
    compute_statistics_plan,
    data_file_statistics_from_parquet_metadata,
    parquet_path_to_id_mapping,
)
from pyiceberg.manifest import DataFile as IcebergFile
from pyiceberg.manifest import DataFileContent, FileFormat, ManifestFile
from pyiceberg.table import Transaction
from pyiceberg.table.metadata import TableMetadata
from pyiceberg.table.snapshots import Operation
from pyiceberg.table.update.snapshot import ExpireSnapshots, _ManifestMergeManager, _OverwriteFiles
from pyiceberg.transforms import IdentityTransform, MonthTransform, Transform
from pyiceberg.typedef import Record
from sqlalchemy.exc import SQLAlchemyError

from warikan.focus.errors import LakeError
from warikan.lake.home import Home
from warikan.lake.iceberg import load
from warikan.lake.plan import DataFile, Plan, write_plan
from warikan.lake.state import PREFIX

_DAY_ZERO = date(1970, 1, 1)

_MERGE_FROM = 16
"""Manifests of a snapshot are merged from this many on, so that planning stays fast over the years."""


def commit(
    catalog: SqlCatalog,
    home: Home,
    table: str,
    *,
    gone: Collection[DataFile] = (),
    come: Mapping[DataFile, pq.FileMetaData],
    properties: Mapping[str, str],
    forget: Collection[int] = (),
) -> None:
    """
    Commit one change to *table*: files *gone* go, files *come* (with footers) come, *properties* are set.

    An empty property value removes the key. Snapshots in *forget* are no longer kept, but for those that a
    tag or branch names.

    Raises:
        LakeError: nothing was committed: the disk is full or not writable, or someone else changed the
            table meanwhile, without the lock.
    """
    try:
        _commit(_Transaction(load(catalog, table)), home, table, gone, come, properties, forget)
    except (CommitFailedException, ValidationException) as error:
        raise LakeError(
            f"the table {table} was changed by another program during the commit; this commit did nothing",
            hint="write the lake only through warikan, then try again",
        ) from error
    except (OSError, SQLAlchemyError) as error:
        raise LakeError(f"the table {table} in {home.folder} cannot be written: {error}") from error


def _commit(
    transaction: Transaction,
    home: Home,
    table: str,
    gone: Collection[DataFile],
    come: Mapping[DataFile, pq.FileMetaData],
    properties: Mapping[str, str],
    forget: Collection[int],
) -> None:
    if gone or come:
        write_plan(home.folder / table, _stage_files(transaction, home, gone, come))
    _stage_properties(transaction, properties)
    if forget:
        protected = {ref.snapshot_id for ref in transaction.table_metadata.refs.values()}
        ExpireSnapshots(transaction).by_ids([s for s in forget if s not in protected]).commit()
    transaction.commit_transaction()


def _stage_properties(transaction: Transaction, properties: Mapping[str, str]) -> None:
    present = transaction.table_metadata.properties
    kept = {PREFIX + k: v for k, v in properties.items() if v}
    dropped = [PREFIX + k for k, v in properties.items() if not v and PREFIX + k in present]
    if kept:
        transaction.set_properties(kept)
    if dropped:
        transaction.remove_properties(*dropped)


class _Transaction(Transaction):
    """
    A transaction that makes its metadata once for all looks between two changes.

    PyIceberg's own copies the whole metadata for each look, some twenty times in a commit.
    """

    _seen: tuple[TableMetadata, object, TableMetadata] | None = None

    @property
    def table_metadata(self) -> TableMetadata:
        before, updates = self._table.metadata, self._updates
        if self._seen is None or self._seen[0] is not before or self._seen[1] is not updates:
            self._seen = before, updates, super().table_metadata
        return self._seen[2]


class _Replace(_OverwriteFiles):
    """
    An overwrite that forgets manifests without live files and merges small ones.

    PyIceberg's own carries the manifest of deleted entries of every earlier overwrite into every later
    snapshot, so that planning would read one more file for each commit ever made.
    """

    def _existing_manifests(self) -> list[ManifestFile]:
        return [m for m in super()._existing_manifests() if m.has_added_files() or m.has_existing_files()]

    def _process_manifests(self, manifests: list[ManifestFile]) -> list[ManifestFile]:
        merge = _ManifestMergeManager(
            target_size_bytes=8 << 20,
            min_count_to_merge=_MERGE_FROM,
            merge_enabled=True,
            snapshot_producer=self,
        )
        return merge.merge_manifests(manifests)


def _stage_files(
    transaction: Transaction, home: Home, gone: Iterable[DataFile], come: Mapping[DataFile, pq.FileMetaData]
) -> Plan:
    """Write the manifests of the next snapshot; nothing refers to them before the commit."""
    metadata = transaction.table_metadata
    io = transaction._table.io
    with _Replace(operation=Operation.OVERWRITE, transaction=transaction, io=io) as producer:
        for file in gone:
            producer.delete_data_file(_to_iceberg(metadata, home, file, {}))
        statistics = _statistics(metadata)
        for file, footer in come.items():
            producer.append_data_file(_to_iceberg(metadata, home, file, statistics(footer)))
    return _plan(transaction.table_metadata, io, home, producer.snapshot_id)


def _to_iceberg(
    metadata: TableMetadata, home: Home, file: DataFile, statistics: Mapping[str, Any]
) -> IcebergFile:
    # add_files would take the partition from the Parquet statistics, in which writers cut long strings.
    partition = Record(*(_value(file, field.transform) for field in metadata.spec().fields))
    data_file = IcebergFile.from_args(
        content=DataFileContent.DATA,
        file_path=home.location_of(Path(file.path)),
        file_format=FileFormat.PARQUET,
        partition=partition,
        record_count=file.rows,
        file_size_in_bytes=file.bytes,
        sort_order_id=None,
        equality_ids=None,
        key_metadata=None,
        **{k: v for k, v in statistics.items() if k != "record_count"},
    )
    data_file.spec_id = metadata.default_spec_id
    return data_file


def _statistics(metadata: TableMetadata) -> Callable[[pq.FileMetaData], dict[str, Any]]:
    """Counts, sizes and bounds of each column of a file, with which other engines skip files."""
    columns = compute_statistics_plan(metadata.schema(), metadata.properties)
    ids = parquet_path_to_id_mapping(metadata.schema())
    return lambda footer: data_file_statistics_from_parquet_metadata(
        parquet_metadata=footer, stats_columns=columns, parquet_column_mapping=ids
    ).to_serialized_dict()


def read_manifests(catalog: SqlCatalog, home: Home, table: str, snapshot: int) -> Plan:
    """
    The plan of *snapshot* of *table* by its manifests.

    Raises:
        LakeError: the table does not have that snapshot (any more).
    """
    loaded = load(catalog, table)
    return _plan(loaded.metadata, loaded.io, home, snapshot)


def _plan(metadata: TableMetadata, io: FileIO, home: Home, snapshot_id: int) -> Plan:
    snapshot = metadata.snapshot_by_id(snapshot_id)
    if snapshot is None:
        raise LakeError(f"the snapshot {snapshot_id} of {metadata.location} is gone")
    manifests = snapshot.manifests(io)
    transforms = {i: [f.transform for f in spec.fields] for i, spec in metadata.specs().items()}
    files = [
        _from_iceberg(home, entry.data_file, transforms[manifest.partition_spec_id])
        for manifest in manifests
        for entry in manifest.fetch_manifest_entry(io, discard_deleted=True)
    ]
    files.sort(key=lambda f: (f.start or date.min, f.source_id or "", f.path))
    return Plan(snapshot_id, tuple(files), tuple(m.manifest_path for m in manifests))


def _from_iceberg(home: Home, file: IcebergFile, transforms: Sequence[Transform[Any, Any]]) -> DataFile:
    source_id: str | None = None
    start: date | None = None
    for position, transform in enumerate(transforms):
        value = file.partition[position]
        if isinstance(transform, IdentityTransform):
            source_id = None if value is None else str(value)
        elif isinstance(transform, MonthTransform):
            start = date(1970 + value // 12, value % 12 + 1, 1)
        else:
            start = _DAY_ZERO + timedelta(days=value)
    return DataFile(
        str(home.resolve(file.file_path)), source_id, start, file.record_count, file.file_size_in_bytes
    )


def _value(file: DataFile, transform: Transform[Any, Any]) -> str | int | None:
    """What *transform* makes of the rows of *file*: Iceberg counts months and days from 1970."""
    if isinstance(transform, IdentityTransform):
        return file.source_id
    if file.start is None:
        return None
    if isinstance(transform, MonthTransform):
        return (file.start.year - 1970) * 12 + file.start.month - 1
    return (file.start - _DAY_ZERO).days
