"""What lies over the bars of a chart: the band that was expected, moments, and marks of changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from warikan.web.display import Display

MomentKind = Literal["onset", "detected", "contained", "verified", "end"]
LineKind = Literal["planned", "limit"]


@dataclass(frozen=True)
class Band:
    """
    What was expected of each bar: the middle of it and about p10 to p90; None where nothing is known.

    Attributes:
        low, middle, high: As many as there are bars.
    """

    low: tuple[Decimal | None, ...]
    middle: tuple[Decimal | None, ...]
    high: tuple[Decimal | None, ...]


@dataclass(frozen=True)
class Line:
    """A line over the bars, one amount for each: a plan, or a limit that should not be crossed."""

    kind: LineKind
    label: str
    amounts: tuple[Decimal, ...]


@dataclass(frozen=True)
class Moment:
    """A line across the chart at the bar *place*, with its name."""

    place: int
    kind: MomentKind
    label: str


@dataclass(frozen=True)
class ChangeMark:
    """
    What happened on a bar: one change, or several.

    Attributes:
        title: The change's, or how many there are.
        first, last: Days of what *href* lists, as addresses write them; marks that would touch become one.
    """

    place: int
    count: int
    title: str
    href: str
    first: date
    last: date


@dataclass(frozen=True)
class Overlay:
    """
    Everything over the bars.

    Attributes:
        off: Bars that are off their expectation: drawn in the colour of a rise.
        changes: Also said, and linked, in a strip below the chart.
    """

    band: Band | None = None
    moments: tuple[Moment, ...] = ()
    off: frozenset[int] = frozenset()
    changes: tuple[ChangeMark, ...] = ()
    lines: tuple[Line, ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)

    def document(self, display: Display) -> dict[str, Any]:
        """As the element reads it; empty where nothing lies over the bars."""
        found: dict[str, Any] = {}
        if self.band:
            found["band"] = {
                "low": _numbers(self.band.low),
                "middle": _numbers(self.band.middle),
                "high": _numbers(self.band.high),
                "name": display.texts.gettext("Expected"),
            }
        if self.moments:
            found["moments"] = [{"place": m.place, "kind": m.kind, "label": m.label} for m in self.moments]
        if self.lines:
            found["lines"] = [
                {"kind": line.kind, "label": line.label, "values": [float(a) for a in line.amounts]}
                for line in self.lines
            ]
        if self.off:
            found["off"] = sorted(self.off)
        if self.changes:
            found["changes"] = [{"place": c.place, "title": c.title, "count": c.count} for c in self.changes]
        return found


def place_of(moment: datetime | date, buckets: Sequence[datetime]) -> int | None:
    """The bar of *buckets* (in order) that *moment* lies in; None where it lies before the first one."""
    day = moment.date() if isinstance(moment, datetime) else moment
    found = [
        i
        for i, start in enumerate(buckets)
        if (start <= moment if isinstance(moment, datetime) else start.date() <= day)
    ]
    return found[-1] if found else None


def _numbers(amounts: Sequence[Decimal | None]) -> list[float | None]:
    return [None if a is None else float(a) for a in amounts]
