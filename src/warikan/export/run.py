"""The export: what is asked for, written source by source and month by month, proven, then named."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from warikan.catalog.entities import Catalog
from warikan.catalog.settings import Settings
from warikan.engine.engine import Engine
from warikan.engine.plan import SLICES, make_plan
from warikan.engine.query import Query
from warikan.export.columns import list_export_columns, list_filled, parse_version
from warikan.export.destination import (
    Destination,
    Format,
    Part,
    choose_destination,
    join_files,
    publish,
    require_free,
    require_outside,
    staging,
)
from warikan.export.pinned import CHARGES, Pinned
from warikan.export.proof import Sum, Sums, add_sums, sum_slices
from warikan.export.writing import PartWriter
from warikan.focus.columns import Version
from warikan.focus.errors import LakeError, UsageError
from warikan.focus.period import Period
from warikan.ingest.progress import Progress
from warikan.lake import Lake


@dataclass(frozen=True)
class ExportedPart:
    """The rows of one source, billing month and currency in the file at *path*, and their four costs."""

    path: Path
    source_id: str
    month: date
    currency: str
    rows: int
    costs: Mapping[str, Decimal]


@dataclass(frozen=True)
class ExportReport:
    """
    What was written.

    Attributes:
        period: Charges that began in it.
        files: Each with its size in bytes.
        parts: One per (source, billing month, currency), in that order.
        totals: Currency → rows and the four costs; what ``warikan cost`` says for the period and filter.
    """

    version: Version
    format: Format
    period: Period
    files: Mapping[Path, int]
    parts: tuple[ExportedPart, ...]
    totals: Mapping[str, Sum]


def export(
    engine: Engine,
    lake: Lake,
    settings: Settings,
    catalog: Catalog,
    *,
    query: Query,
    version: str,
    out: Path,
    form: str | None = None,
    force: bool = False,
    now: datetime,
    progress: Progress | None = None,
) -> ExportReport:
    """
    Write the slices that *query* (its period, filter and currency) asks for as FOCUS files.

    One row per slice (rows.py). The parts of a charge add up to it in every cost and quantity. Each file is
    read back and its sums compared before any gets its name; after an error there is none.

    Args:
        version: Of FOCUS: 1.3 or 1.4.
        out: A folder, which gets a file for each source and billing month, or one file.
        form: csv, csv.gz or parquet; None takes that of *out*, csv for a folder.
        force: Replace files that are there.

    Raises:
        UsageError: an unknown version, period or filter; a place that is taken, the lake's or a source's;
            nothing matches; or months changed since they were allocated.
        CheckFailed: a file does not add up to the slices.
        LakeError: someone wrote to the lake meanwhile, or the disk is full.
    """
    focus = parse_version(version)
    destination = choose_destination(out, form, private=lake.folder)
    pinned = Pinned.of(lake)
    plan = make_plan(query, columns=lake.schema(SLICES), data=engine.freshness(now=now).data, now=now)
    sums = sum_slices(engine, plan, pinned.table(engine))
    if not sums:
        raise UsageError(
            f"no charges match in {plan.period}; nothing was written",
            hint="widen --period or drop --where (see what there is: warikan cost --period all)",
        )
    pinned.require_current(settings, catalog, {month for _, month in sums})
    targets = destination.files(sums)
    require_free(set(targets.values()), force=force)
    sources = {n: lake.folder.parent / s.path for n, s in settings.sources.items()}
    require_outside(set(targets.values()), sources)
    with (
        _told_of_the_disk(),
        staging(destination.folder) as folder,
        TemporaryDirectory(prefix="export-", dir=lake.temp) as links,
        engine.connection.cursor() as cursor,
    ):
        writer = PartWriter(
            cursor, folder, Path(links), pinned=pinned, plan=plan, version=focus, form=destination.format
        )
        publish(_write(writer, pinned, focus, destination, sums, progress))
    return _report(focus, destination.format, plan.period, targets, sums)


@contextmanager
def _told_of_the_disk() -> Iterator[None]:
    """A full disk or memory as LakeError."""
    try:
        yield
    except (duckdb.IOException, duckdb.OutOfMemoryException) as error:
        raise LakeError(
            f"the export stopped: {str(error).splitlines()[0]}",
            hint="no file was written; is there enough space on the disk?",
        ) from error


def _write(
    writer: PartWriter,
    pinned: Pinned,
    version: Version,
    destination: Destination,
    sums: Mapping[Part, Sums],
    progress: Progress | None,
) -> Mapping[Path, Path]:
    """Staged file → the name that it should get."""
    filled = {part: list_filled([*pinned.files(CHARGES, part), *pinned.files(SLICES, part)]) for part in sums}
    everywhere = frozenset().union(*filled.values())
    targets = destination.files(sums)
    staged: dict[Path, Path] = {}
    if progress is not None:
        progress.start(sum(pinned.size(part) for part in sums), "exporting")
    for part, expected in sums.items():
        # Files that become one have the same columns, and one header.
        columns = list_export_columns(version, filled[part] if destination.file is None else everywhere)
        has_header = destination.file is None or not staged
        path = writer.write(part, columns, filled[part], expected, has_header=has_header)
        staged[path] = targets[part]
        if progress is not None:
            progress.advance(pinned.size(part), sum(s.rows for s in expected.values()))
    if destination.file is not None and len(staged) > 1:
        staged = {_join(writer, list(staged), destination.format): destination.file}
    if progress is not None:
        progress.stop()
    return staged


def _join(writer: PartWriter, paths: list[Path], form: Format) -> Path:
    if form == "parquet":
        return writer.join(paths)
    whole = paths[0].with_name(f"whole.{form}")
    join_files(paths, whole)
    return whole


def _report(
    version: Version, form: Format, period: Period, targets: Mapping[Part, Path], sums: Mapping[Part, Sums]
) -> ExportReport:
    parts = tuple(
        ExportedPart(targets[source, month], source, month, currency, one.rows, one.costs)
        for (source, month), by_currency in sums.items()
        for currency, one in by_currency.items()
    )
    files = {path: path.stat().st_size for path in dict.fromkeys(targets.values())}
    return ExportReport(version, form, period, files, parts, add_sums(sums.values()))
