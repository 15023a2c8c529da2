"""The reports of a source and their columns, as its ``columns.toml`` lists them."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Literal

Type = Literal["text", "labels", "number", "time"]
"""labels: long text that the views take apart; number: a double from 0 on; time: seconds since 1970, UTC."""
_IN_MAP = re.compile(r"([^\[\]]+)\[([^\[\]]+)\]")


@dataclass(frozen=True)
class Column:
    """
    One column.

    Attributes:
        name: What the views call it.
        names: What files call it; the first with a value counts. ``a[b]`` is the entry b of the map a; of
            labels, ``a*`` is every column that begins so.
        needed: ``file``: a file without it is another report. ``row``: a row without it is refused, too.
        most: A number beyond it is refused.
    """

    name: str
    type: Type
    names: tuple[str, ...]
    needed: Literal["", "file", "row"]
    most: float

    def find(self, places: Mapping[str, int]) -> list[tuple[int, str | None]]:
        """
        Where it is in a file with columns at *places*: each place, and the key where it is in a map.

        Of ``a*`` all columns that begin so, the key being what follows.
        """
        found: list[tuple[int, str | None]] = []
        for name in self.names:
            inside = _IN_MAP.fullmatch(name)
            if name.endswith("*"):
                start = name[:-1].lower()
                found += [
                    (place, key[len(start) :]) for key, place in places.items() if key.startswith(start)
                ]
            elif inside and inside[1].lower() in places:
                found.append((places[inside[1].lower()], inside[2]))
            elif name.lower() in places:
                found.append((places[name.lower()], None))
        return found


@dataclass(frozen=True)
class Report:
    """
    One kind of file.

    Attributes:
        start, stop: SQL over its columns: the window ``[start, stop)`` that a row is of, in seconds.
        relevant: SQL: whether a row is of the kind at all; the others are passed over.
        checks: SQL that must hold, and what is said of rows for which it does not.
    """

    name: str
    columns: tuple[Column, ...]
    start: str
    stop: str
    relevant: str
    checks: tuple[tuple[str, str], ...]

    def fits(self, names: Sequence[str]) -> bool:
        """Whether a file with columns *names* is of this kind."""
        places = places_of(names)
        return all(column.find(places) for column in self.columns if column.needed)


def places_of(names: Sequence[str]) -> dict[str, int]:
    """Column in lower case → its place; of two of one name the first."""
    return {name.strip().lower(): place for place, name in reversed(list(enumerate(names)))}


def list_reports(package: str) -> tuple[Report, ...]:
    """The reports of the source in *package*, in the order of its ``columns.toml``."""
    raw = tomllib.loads(files(package).joinpath("columns.toml").read_text(encoding="utf-8"))
    return tuple(_reports(raw["report"]))


def find_report(reports: Sequence[Report], names: Sequence[str]) -> Report | None:
    """The first of *reports* that a file with columns *names* is."""
    return next((report for report in reports if report.fits(names)), None)


def _reports(raw: Mapping[str, Any]) -> Iterator[Report]:
    for name, entry in raw.items():
        yield Report(
            name=name,
            columns=tuple(_column(key, column) for key, column in entry["columns"].items()),
            start=str(entry["start"]),
            stop=str(entry["stop"]),
            relevant=str(entry.get("relevant", "true")),
            checks=tuple((str(condition), str(words)) for condition, words in entry.get("checks", ())),
        )


def _column(name: str, raw: Mapping[str, Any]) -> Column:
    return Column(
        name=name,
        type=raw["type"],
        names=tuple(raw.get("names", [name])),
        needed=raw.get("needed", ""),
        most=float(raw.get("most", 1e18)),
    )
