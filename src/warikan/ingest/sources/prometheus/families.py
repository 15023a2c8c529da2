"""The series that are read, as metrics.toml lists them."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache
from importlib.resources import files

from warikan.focus.errors import UsageError

_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")


@dataclass(frozen=True)
class Metric:
    """
    One name of a series in one version of its exporter.

    Attributes:
        name: As the server knows it.
        family: As the reduction knows it; the names of one family are the same fact.
        only: PromQL matchers that always go with it.
        resource: What it measures where its series have no label ``resource``.
        factor: Its values times this are in the unit of its family.
        is_slow: A fact that seldom changes, read every ten minutes.
    """

    name: str
    family: str
    only: str
    resource: str
    factor: int
    is_slow: bool


@cache
def list_metrics() -> tuple[Metric, ...]:
    """Every series that is read, in the order of the file."""
    return tuple(_read())


def named_metrics(names: Mapping[str, str]) -> tuple[Metric, ...]:
    """
    Every series that is read, under the name that the server has it: *names* is ours → the server's.

    Raises:
        UsageError: a name in *names* is none of ours, or could not be one of a series.
    """
    known = {m.name for m in list_metrics()}
    for ours, theirs in names.items():
        if ours not in known:
            near = ", ".join(get_close_matches(ours, sorted(known), 3)) or "the names in docs/clusters.md"
            raise UsageError(f"{ours!r} is no series that is read", hint=f"did you mean {near}?")
        if not _NAME.fullmatch(theirs):
            raise UsageError(f"{theirs!r} is no name of a series", hint="letters, digits, _ and :")
    return tuple(replace(m, name=names.get(m.name, m.name)) for m in list_metrics())


def _read() -> Iterator[Metric]:
    raw = tomllib.loads(files(__package__).joinpath("metrics.toml").read_text(encoding="utf-8"))
    for entry in raw["metric"]:
        yield Metric(
            name=str(entry["name"]),
            family=str(entry["family"]),
            only=str(entry.get("only", "")),
            resource=str(entry.get("resource", "")),
            factor=int(entry.get("factor", 1)),
            is_slow=entry.get("every") == "slow",
        )
