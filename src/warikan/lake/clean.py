"""Removes what no snapshot refers to: leftovers of killed writers and snapshots no longer kept."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from warikan.lake.home import Home
from warikan.lake.plan import Plan, plan_path
from warikan.lake.state import TableState


@dataclass(frozen=True)
class CleanReport:
    """What was removed: how many files, of how many bytes."""

    files: int
    bytes: int


def clean_table(
    home: Home, table: str, state: TableState, plan_of: Callable[[int], Plan], keep: Collection[Path]
) -> CleanReport:
    """
    Remove the files in the folder of *table* that neither *state* nor *keep* names.

    The writer's lock must be held: files of a writer at work look the same as those of a dead one.
    *plan_of* gives the plan of a snapshot that *state* keeps.
    """
    folder = home.folder / table
    named = {home.resolve(location) for location in _locations(state, plan_of)}
    named.update(Path(file.path) for snapshot in state.snapshots for file in plan_of(snapshot).files)
    named.update(plan_path(folder, snapshot) for snapshot in state.snapshots)
    named.update(keep)
    files = size = 0
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and p not in named):
        size += path.stat().st_size
        files += 1
        path.unlink()
    return CleanReport(files, size)


def _locations(state: TableState, plan_of: Callable[[int], Plan]) -> Iterable[str]:
    yield from state.metadata_files
    for snapshot in state.snapshots:
        yield state.manifest_lists[snapshot]
        yield from plan_of(snapshot).manifests
