"""The sources that ``warikan.yaml`` names, taken in one after the other."""

from datetime import datetime
from pathlib import Path

from warikan.catalog.settings import FILE_NAME, Settings
from warikan.focus.errors import UsageError
from warikan.ingest.load import LoadReport, load
from warikan.ingest.progress import Progress
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
    return [
        load(
            lake,
            name,
            settings.sources[name].path,
            root=root,
            source_type=settings.sources[name].type,
            promoted_tags=settings.tags.promote,
            strict=strict,
            allow_duplicate=True,  # named on purpose
            now=now,
            progress=progress,
        )
        for name in ([source] if source is not None else settings.sources)
    ]
