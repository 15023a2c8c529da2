"""How a bill in an object store is reached: as the workspace reaches the source that lies there."""

from datetime import datetime
from os.path import commonpath

from warikan.catalog.places import PlaceSettings
from warikan.catalog.settings import Settings
from warikan.focus.errors import UsageError
from warikan.ingest.places import Reach, is_place
from warikan.ingest.places.address import parse
from warikan.ingest.progress import Progress


def reach_of(settings: Settings, path: str, *, now: datetime, progress: Progress | None = None) -> Reach:
    """
    The reach of the address *path*: with the ``place:`` of the source in its bucket that is nearest to it.

    Raises:
        UsageError: *path* is no address that can be reached.
    """
    wanted = parse(path)
    nearest, place = -1, PlaceSettings()
    for source in settings.sources.values():
        if not is_place(source.path):
            continue
        try:
            known = parse(source.path)
        except UsageError:  # of another source: who loads that one is told
            continue
        if known.root == wanted.root and (alike := len(commonpath([known.path, wanted.path]))) > nearest:
            nearest, place = alike, source.place
    return Reach(now, place, settings.places, progress)
