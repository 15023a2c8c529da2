"""Take bills and hours in and allocate them, as ``warikan sync`` does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from warikan.allocate.run import allocate
from warikan.focus.errors import CheckFailed
from warikan.ingest.configured import load_configured
from warikan.ingest.usage.collect import Asked
from warikan.ingest.usage.run import collect_all

if TYPE_CHECKING:
    # See registry.py.
    from warikan.operate.operations import Operations


def sync(operations: Operations) -> str:
    """
    Load every source, collect every cluster, allocate what changed; what was done, in a few words.

    Raises:
        DataError: a bill cannot be used; the lake has what came before it.
        CheckFailed: a cluster could not be read (all else is done), or a sum is not conserved.
    """
    settings, engine, now = operations.settings, operations.engine, operations.clock()
    loaded = (
        load_configured(engine.lake, settings, root=operations.folder, now=now) if settings.sources else []
    )
    asked = Asked(None, None, again=False, now=now)
    clusters = (
        collect_all(settings, (), asked, lake=engine.lake, out=None, root=operations.folder)
        if any(cluster.usage is not None for cluster in settings.clusters.values())
        else []
    )
    allocate(engine, engine.lake, settings, operations.catalog, now=now)
    failed = [f"{one.cluster_id}: {one.error}" for one in clusters if one.error is not None]
    if failed:
        raise CheckFailed("; ".join(failed))
    return f"{len(loaded)} sources and {len(clusters)} clusters taken in"
