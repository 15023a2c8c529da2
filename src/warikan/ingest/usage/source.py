"""The door for sources of cluster hours: what collect.py calls, and which folder implements which type."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from importlib import import_module
from pathlib import Path
from typing import Protocol

from warikan.catalog.clusters import Usage
from warikan.focus.errors import ConfigError
from warikan.ingest.hours import Part


class UsageSource(Protocol):
    """One cluster's hours, wherever they are."""

    def days(self, start: date | None, end: date | None) -> Mapping[date, str]:
        """
        The days (UTC) in ``[start, end)`` that can be read → their origin; None is as far as there is any.

        The origin of a day of files is a digest of their content (origin.py): a day whose origin changed is
        read again. A server's is its type: its days are read again until they have all their hours.

        Raises:
            WarikanError: the source cannot be read, or holds nothing that it could give.
        """
        ...

    def notes(self) -> Sequence[str]:
        """What the person should hear after :meth:`days`: files passed over, days left out; sentences."""
        ...

    def parts(self, start: datetime, end: datetime) -> Iterator[Part]:
        """
        The hours in ``[start, end)`` (whole UTC hours) in order, without overlap, some at a time.

        Each part has a row of coverage for each of its hours that the source can tell of; hours without one
        are not taken in as seen. How hours are cut into parts changes no row.

        Raises:
            WarikanError: the source cannot be read.
        """
        ...


@dataclass(frozen=True)
class Request:
    """
    What a source is opened with.

    Attributes:
        cluster_id: ``x_ClusterId`` of all rows that it gives.
        usage: The cluster's ``usage`` in warikan.yaml; its type is the one that the source is registered for.
        root: Folder of the workspace, from which relative paths start.
        folder: For its temporary files; the caller removes it.
        environment: Variables that hold secrets.
        now: The present moment, UTC.
        names: What the cluster is called elsewhere (``clusters.<id>.names``), for reports of many clusters.
        known_days: Days that are kept with all their hours; a server need not be asked whether it has them.
    """

    cluster_id: str
    usage: Usage
    root: Path
    folder: Path
    environment: Mapping[str, str]
    now: datetime
    known_days: frozenset[date] = frozenset()
    names: tuple[str, ...] = ()


_SOURCES = {
    "prometheus": "warikan.ingest.sources.prometheus.source",
    "hours": "warikan.ingest.sources.hours.source",
    "koku": "warikan.ingest.sources.koku.source",
    "opencost": "warikan.ingest.sources.opencost.source",
    "opencost_api": "warikan.ingest.sources.opencost.source",
    "aws_split": "warikan.ingest.sources.aws_split.source",
}
"""Type of ``usage`` → the module whose ``open_usage(request)`` is the context manager of a UsageSource."""


def open_source(request: Request) -> AbstractContextManager[UsageSource]:
    """
    The source of *request*, imported only now: each brings libraries of its own.

    Raises:
        ConfigError: its settings cannot be used.
    """
    try:
        module = import_module(_SOURCES[request.usage.type])
    except ModuleNotFoundError as error:
        if error.name is None or not error.name.startswith("warikan.ingest.sources."):
            raise
        raise ConfigError(
            f"cluster {request.cluster_id}: usage of type {request.usage.type} is not read by this version"
        ) from error
    opened: AbstractContextManager[UsageSource] = module.open_usage(request)
    return opened
