"""The state of a view is its URL: read, checked, and written in one short normal form."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import get_args
from urllib.parse import quote, urlencode

from starlette.datastructures import QueryParams

from warikan.engine.query import Order, Query
from warikan.focus.columns import COST_METRICS, DEFAULT_METRIC, PART_METRICS
from warikan.focus.errors import PeriodError, UsageError
from warikan.focus.period import GRANULARITIES, Granularity

DEFAULT_BY = ("x_TeamId", "x_ServiceId")
DEFAULT_PERIOD = "30d"
NULL_KEY = "~"
"""How a URL names the group of charges that have no value."""
MAX_OPEN = 20
_LIMITS = {"by": 200, "where": 4000, "period": 80, "open": 500, "currency": 64, "in": 64}
BILLED = "billed"
"""How a URL says that every amount stays in its billing currency."""


@dataclass(frozen=True)
class ViewState:
    """
    What a view shows. Equal states have equal URLs; what is at its default is not in the URL.

    Attributes:
        by: One or two columns: the rows, and what a row opens into.
        where: The filter, the same string as in CLI and API.
        period: As people write it; see focus/period.py.
        currency: The billing currency that is shown; None picks the workspace's, else the largest.
        display: The currency that all are shown in, or ``BILLED``; None is the workspace's choice.
        usual_display: The workspace's choice; not in the URL.
        granularity: None picks by the period's length.
        opened: Keys of the rows that are open.
        marks: Whether changes are marked on the chart.
    """

    by: tuple[str, ...] = DEFAULT_BY
    where: str | None = None
    period: str = DEFAULT_PERIOD
    metric: str = DEFAULT_METRIC
    currency: str | None = None
    compare: bool = True
    order: Order = "cost"
    granularity: Granularity | None = None
    opened: tuple[str, ...] = ()
    marks: bool = True
    display: str | None = None
    usual_display: str | None = None

    @property
    def shown_in(self) -> str | None:
        """The currency that amounts are converted into; None for none."""
        return None if self.display == BILLED else self.display or self.usual_display

    def query(self, by: Sequence[str] = (), **changes: object) -> Query:
        """The question this state asks, grouped by *by*."""
        asked = Query(
            metrics=(self.metric,),
            by=tuple(by),
            where=self.where,
            period=self.period,
            currency=self.currency,
            display=self.shown_in,
        )
        return replace(asked, **changes)  # type: ignore[arg-type]

    def change(self, **changes: object) -> "ViewState":
        """This state with some parts changed; open rows close when the rows change."""
        if (
            changes.keys() & {"by", "where", "period", "currency", "metric", "display"}
            and "opened" not in changes
        ):
            changes["opened"] = ()
        return replace(self, **changes)  # type: ignore[arg-type]

    def toggle(self, key: str) -> "ViewState":
        """With the row *key* opened or closed."""
        rest = tuple(k for k in self.opened if k != key)
        return replace(self, opened=rest if key in self.opened else (*self.opened, key)[-MAX_OPEN:])

    def parameters(self) -> list[tuple[str, str]]:
        """The URL's parameters in their one order; defaults are left out."""
        by = self.by if self.by != DEFAULT_BY else ()
        said = (
            *(("by", column) for column in by),
            ("where", self.where),
            ("period", self.period if self.period != DEFAULT_PERIOD else None),
            ("metric", self.metric if self.metric != DEFAULT_METRIC else None),
            ("currency", self.currency),
            ("in", self.display),
            ("compare", None if self.compare else "off"),
            ("order", self.order if self.order != "cost" else None),
            ("granularity", self.granularity),
            ("marks", None if self.marks else "off"),
            *(("open", key) for key in self.opened),
        )
        return [(name, value) for name, value in said if value or (value is not None and name == "open")]

    def url(self, path: str = "/", **extra: object) -> str:
        """The address of this state at *path*."""
        pairs = self.parameters() + [(k, str(v)) for k, v in extra.items() if v is not None]
        return f"{path}?{encode(pairs)}" if pairs else path


def encode(pairs: Sequence[tuple[str, str]]) -> str:
    """Query text that people can read: only what must be escaped is."""
    return urlencode(pairs, quote_via=quote, safe="()',:/.*!~[]")


def parse_state(params: QueryParams) -> ViewState:
    """
    Read a URL. Empty values count as absent, so that a plain form can send them.

    Raises:
        UsageError: a parameter has a value that no view has.
        PeriodError: a custom period is not two days in order.
    """
    by = tuple(dict.fromkeys(v for v in _all(params, "by") if v))[:2] or DEFAULT_BY
    metric = params.get("metric") or DEFAULT_METRIC
    order = params.get("order") or "cost"
    granularity = params.get("granularity") or None
    compare, marks = params.get("compare") or "on", params.get("marks") or "on"
    _require("metric", metric, (*COST_METRICS, *PART_METRICS))
    _require("order", order, get_args(Order))
    _require("compare", compare, ("on", "off"))
    _require("marks", marks, ("on", "off"))
    if granularity is not None:
        _require("granularity", granularity, GRANULARITIES)
    if compare == "off" and order == "change":
        order = "cost"
    return ViewState(
        by=by,
        where=(_one(params, "where") or "").strip() or None,
        period=_period(params),
        metric=metric,
        currency=_one(params, "currency") or None,
        compare=compare == "on",
        order=order,  # type: ignore[arg-type]
        granularity=granularity,  # type: ignore[arg-type]
        opened=tuple(dict.fromkeys(_all(params, "open")))[:MAX_OPEN],
        marks=marks == "on",
        display=_one(params, "in") or None,
    )


def _period(params: QueryParams) -> str:
    first, last = params.get("first"), params.get("last")
    if first and last:
        try:
            start, end = date.fromisoformat(first), date.fromisoformat(last)
        except ValueError as error:
            raise PeriodError(f"{first} and {last} are not two days like 2026-10-01") from error
        if end < start:
            start, end = end, start
        return f"{start}..{end + timedelta(days=1)}"
    words = " ".join((_one(params, "period") or DEFAULT_PERIOD).lower().split())
    return words.removeprefix("last ").strip() or DEFAULT_PERIOD


def _require(name: str, value: str, allowed: Sequence[str]) -> None:
    if value not in allowed:
        raise UsageError(f"{name}={value[:80]} is not known", hint=f"one of: {', '.join(allowed)}")


def _one(params: QueryParams, name: str) -> str | None:
    value = params.get(name)
    if value is not None and len(value) > _LIMITS[name]:
        raise UsageError(f"{name} has {len(value)} characters; at most {_LIMITS[name]} are read")
    return value


def _all(params: QueryParams, name: str) -> list[str]:
    values = params.getlist(name)
    for value in values:
        if len(value) > _LIMITS[name]:
            raise UsageError(f"{name} has {len(value)} characters; at most {_LIMITS[name]} are read")
    return values
