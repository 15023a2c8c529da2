"""The series that are read, as metrics.toml lists them."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


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
