"""Samples of metrics as lines of OpenMetrics: what was true when, at the moments of the scrapes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warikan.estate.numbers import repeat_rows, to_text
from warikan.estate.timeline import Ints

Labels = Mapping[str, str]


@dataclass(frozen=True)
class Scrapes:
    """
    Scrapes at every multiple of *step* in ``[start, end]``, seconds since 1970.

    What lives in ``(first, last]`` is seen: a scrape tells of the seconds before it, so that a whole number
    of them covers each hour.
    """

    start: int
    end: int
    step: int

    def seen(self, first: Ints, last: Ints) -> tuple[Ints, Ints]:
        """One row per scrape of each life ``(first, last]``: which life, and when."""
        earliest = (np.maximum(first, self.start - 1) // self.step + 1) * self.step
        latest = np.minimum(last, self.end) // self.step * self.step
        life, nth = repeat_rows(np.clip((latest - earliest) // self.step + 1, 0, None))
        return life, earliest[life] + nth * self.step


@dataclass(frozen=True)
class Samples:
    """Values of one metric: *series* is a position in *labels*; values are ``10 ** -scale``."""

    name: str
    labels: Sequence[Labels]
    series: Ints
    time: Ints
    value: Ints
    scale: int = 0

    def lines(self) -> list[str]:
        """The lines of the metric family, each series together and in order of time; none without values."""
        if not len(self.time):
            return []
        heads: dict[str, int] = {}
        number = np.array([heads.setdefault(self._head(one), len(heads)) for one in self.labels])[self.series]
        order = np.lexsort((self.time, number))
        text = pc.binary_join_element_wise(
            pc.take(pa.array(list(heads)), pa.array(number[order])),
            to_text(self.value[order], self.scale, np.ones(len(order), dtype=bool), strip=True),
            pc.cast(pa.array(self.time[order]), pa.string()),
            " ",
        )
        family = self.name.removesuffix("_total")
        kind = "gauge" if family == self.name else "counter"
        return [f"# TYPE {family} {kind}", *text.to_pylist()]

    def _head(self, labels: Labels) -> str:
        texts = (f'{key}="{_escape(value)}"' for key, value in labels.items())
        return f"{self.name}{{{','.join(texts)}}}"


class Facts:
    """Collects what one metric says of objects, each for the time that it is true."""

    def __init__(self, name: str, scale: int = 0) -> None:
        self._name = name
        self._scale = scale
        self._labels: list[Labels] = []
        self._rows: list[tuple[int, int, int]] = []

    def add(self, labels: Labels, first: int, last: int, value: int = 1) -> None:
        """*value* in ``(first, last]``, in ``10 ** -scale``."""
        self._labels.append(labels)
        self._rows.append((first, last, value))

    def samples(self, scrapes: Scrapes) -> Samples:
        """What *scrapes* see of it."""
        first, last, value = np.array(self._rows, dtype=np.int64).reshape(-1, 3).T
        life, time = scrapes.seen(first, last)
        return Samples(self._name, self._labels, life, time, value[life], self._scale)


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
