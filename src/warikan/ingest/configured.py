"""The sources that ``warikan.yaml`` names, taken in one after the other."""

from datetime import datetime
from pathlib import Path

from warikan.catalog.settings import FILE_NAME, Settings
from warikan.focus.errors import ConfigError, DuplicateContent, UsageError
from warikan.ingest.load import LoadReport, load, source_id_of
from warikan.ingest.mapping import Mapping
from warikan.ingest.overlap import ONE_BILL, Overlapping
from warikan.ingest.places import Reach, is_place, place_id_of
from warikan.ingest.progress import Progress
from warikan.ingest.repair import active_rules
from warikan.ingest.sources.table.source import table_mapping
from warikan.lake import Lake


def load_configured(
    lake: Lake,
    settings: Settings,
    source: str | None = None,
    *,
    root: Path,
    strict: bool = False,
    now: datetime,
    progress: Progress | None = None,
) -> list[LoadReport]:
    """
    Take in *source*, or all sources in the order of the file; one report each (see `load`).

    Raises:
        UsageError: there is no such source, or none at all.
        ConfigError: ``allow_overlap`` names a source that there is not; nothing is taken in.
        DataError: a file cannot be used; the sources before it are taken in.
    """
    if not settings.sources and source is None:
        raise UsageError(
            f"{root / FILE_NAME} names no sources",
            hint="warikan ingest --file PATH, or add a source to warikan.yaml",
        )
    if source is not None and source not in settings.sources:
        known = ", ".join(settings.sources) or "none"
        raise UsageError(f"there is no source {source!r}; warikan.yaml has: {known}")
    if wrong := unknown_overlaps(lake, settings, source):
        raise ConfigError(
            "; ".join(wrong), hint="allow_overlap names sources as warikan.yaml or --source does"
        )
    return [
        load(
            lake,
            name,
            settings.sources[name].path,
            root=root,
            source_type=settings.sources[name].type,
            mapping=_own_mapping(settings, name),
            rules=active_rules(settings.repairs, settings.sources[name].repairs),
            promoted_tags=settings.tags.promote,
            strict=strict,
            allow_duplicate=True,  # named on purpose
            allow_overlap=settings.sources[name].allow_overlap,
            reach=Reach(now, settings.sources[name].place, settings.places, progress),
            now=now,
            progress=progress,
        )
        for name in ([source] if source is not None else settings.sources)
    ]


def unknown_overlaps(lake: Lake, settings: Settings, source: str | None = None) -> list[str]:
    """What ``allow_overlap`` of *source* (None: of all) names and is neither in *settings* nor in *lake*."""
    known = {*settings.sources, *lake.loads().column("x_SourceId").to_pylist()}
    return [
        f"sources.{name}.allow_overlap of warikan.yaml: there is no source {other!r}; "
        f"there are: {', '.join(sorted(known))}"
        for name, told in settings.sources.items()
        for other in told.allow_overlap
        if other not in known and source in (None, name)
    ]


def load_path(
    lake: Lake,
    settings: Settings,
    file: str,
    source_id: str | None,
    *,
    root: Path,
    source_type: str,
    strict: bool = False,
    now: datetime,
    progress: Progress | None = None,
) -> LoadReport:
    """Take in *file* (or a folder, or a glob), as the source *source_id*, else as one of its own name."""
    # As typed: relative to where the person stands, not to the workspace. Path would eat a slash of a place.
    path = file if is_place(file) else str(Path(file).absolute())
    own = place_id_of(path) if is_place(path) else source_id_of(path, root=root)
    try:
        return load(
            lake,
            source_id or own,
            path,
            root=root,
            source_type=source_type,
            rules=active_rules(settings.repairs),
            promoted_tags=settings.tags.promote,
            strict=strict,
            allow_duplicate=source_id is not None,
            # A name of its own says that it is meant to stand beside what other sources have.
            allow_overlap=() if source_id is None else _others(lake, source_id),
            reach=Reach(now, limits=settings.places, progress=progress),
            now=now,
            progress=progress,
        )
    except Overlapping as error:
        # sources.NAME of warikan.yaml is of no use to who loads a --file.
        hint = (
            "load the newer file alone (Azure's actual and amortised exports: into folders of these names); "
            "if both are right, one by one, each with a --source NAME of its own"
        )
        if error.other is not None:
            hint = (
                f"{ONE_BILL}: --source {error.other} replaces it; if both are right: --source NAME; Azure's "
                "actual and amortised exports are loaded together, as one folder"
            )
        raise DuplicateContent(error.message, hint=hint) from error


def _others(lake: Lake, source_id: str) -> frozenset[str]:
    """The other sources of *lake*."""
    return frozenset(lake.loads().column("x_SourceId").to_pylist()) - {source_id}


def _own_mapping(settings: Settings, name: str) -> Mapping | None:
    told = settings.sources[name].table
    return None if told is None else table_mapping(told, name)
