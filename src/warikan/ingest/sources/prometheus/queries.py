"""
The questions that are put to a server, none with more values in its answer than allowed.

Each is a range query of ``last_over_time(series[step])``: at each step the last value that was really scraped
in it, and nothing where nothing was. A plain selector would repeat the last value for five minutes, ``rate``
and ``increase`` would extrapolate; both invent what this project has to count as missing.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from warikan.focus.errors import UsageError
from warikan.ingest.sources.prometheus.families import Metric

SLOW_SECONDS = 600
"""The step of facts that seldom change."""
_HOUR = 3600
_PLAIN = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
"""What Kubernetes allows as the name of a namespace; nothing else from a server goes into a question."""
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_LAST_CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
_MOST_NAMESPACES = 200
"""In one question, so that its text stays short."""


ENDS = {"query": "count_over_time(vector(1)[1m:1m])", "time": "60", "nocache": "1"}
"""
What ``api/v1/query`` is sent to learn which ends of a range the server counts.

Prometheus up to 2 counts both, from 3 on the later one, as VictoriaMetrics does. The answer is 2 where both
count: there a value scraped on the minute would also be the next minute's, where nothing was.
"""


@dataclass(frozen=True)
class Query:
    """
    The values of one metric in ``(start, end]``, one for each *step* (seconds since 1970, multiples of it).

    Attributes:
        matchers: PromQL matchers, without braces.
        expected: How many values the answer has at most, as far as the survey knows.
        has_both_ends: Whether the server counts both ends of a range, as ``ENDS`` tells.
    """

    metric: Metric
    matchers: tuple[str, ...]
    start: int
    end: int
    step: int
    expected: int
    has_both_ends: bool = False

    @property
    def text(self) -> str:
        """The PromQL of it. A millisecond is the finest that servers know: with it a range has one end."""
        width = f"{self.step * 1000 - 1}ms" if self.has_both_ends else f"{self.step}s"
        return f"last_over_time({self.metric.name}{{{','.join(self.matchers)}}}[{width}])"

    @property
    def parameters(self) -> dict[str, str]:
        """What ``api/v1/query_range`` is sent. VictoriaMetrics moves the ends unless told not to cache."""
        first = self.start + self.step
        return {
            "query": self.text, "start": str(first), "end": str(self.end), "step": str(self.step),
            "nocache": "1",
        }  # fmt: skip

    def halves(self) -> "tuple[Query, Query] | None":
        """The same in two, by time; None when it has a single step."""
        steps = (self.end - self.start) // self.step
        if steps < 2:
            return None
        middle = self.start + steps // 2 * self.step
        half = (self.expected + 1) // 2
        return replace(self, end=middle, expected=half), replace(self, start=middle, expected=half)


def cluster_matchers(labels: Mapping[str, str]) -> tuple[str, ...]:
    """
    Matchers for the series of one cluster where a server holds many (``{"cluster": "prod"}``).

    Raises:
        UsageError: a label name that Prometheus does not allow.
    """
    for name in labels:
        if not _LABEL.fullmatch(name):
            raise UsageError(f"{name!r} is no name of a label", hint="letters, digits and _")
    return tuple(f"{name}={_quoted(value)}" for name, value in sorted(labels.items()))


def survey_parameters(
    metrics: Sequence[Metric], matchers: Sequence[str], start: int, end: int
) -> dict[str, str]:
    """What ``api/v1/query`` is sent to count series in ``(start, end]`` by name and namespace."""
    names = "|".join(dict.fromkeys(m.name for m in metrics))
    selector = ",".join([f'__name__=~"{names}"', *matchers])
    query = f"count by (__name__, namespace) (last_over_time({{{selector}}}[{end - start}s]))"
    return {"query": query, "time": str(end), "nocache": "1"}


def plan(
    metrics: Sequence[Metric],
    counts: Mapping[tuple[str, str], int],
    matchers: Sequence[str],
    start: int,
    end: int,
    step: int,
    most: int,
) -> Iterator[Query]:
    """
    The questions for what *counts* (by name and namespace) says there is of *metrics* in ``(start, end]``.

    Each expects at most *most* values: time is cut first, down to an hour, then namespaces, then the last
    character of the pods' names, and where that is not known to be enough, time again.
    """
    for metric in metrics:
        spaces = {space: n for (name, space), n in counts.items() if name == metric.name and n > 0}
        if not spaces:
            continue
        every = SLOW_SECONDS if metric.is_slow else step
        always = (*filter(None, [metric.only]), *matchers)
        whole = Query(metric, always, *_aligned(start, end, every), every, 0)
        for piece in _cut_time(whole, sum(spaces.values()), most, _HOUR):
            yield from _cut_names(piece, spaces, most)


def _aligned(start: int, end: int, step: int) -> tuple[int, int]:
    return start // step * step, -(-end // step) * step


def _cut_time(query: Query, series: int, most: int, shortest: int) -> Iterator[Query]:
    """Equal pieces of as many whole steps as *most* allows, but not below *shortest* seconds."""
    steps = max(most // max(series, 1), shortest // query.step, 1)
    bounds = [*range(query.start, query.end, steps * query.step), query.end]
    for start, end in pairwise(bounds):
        yield replace(query, start=start, end=end, expected=series * ((end - start) // query.step))


def _cut_names(query: Query, spaces: Mapping[str, int], most: int) -> Iterator[Query]:
    steps = (query.end - query.start) // query.step
    if query.expected <= most:
        yield query
        return
    plain = sorted(space for space in spaces if _PLAIN.fullmatch(space))
    other = sum(n for space, n in spaces.items() if space not in set(plain))
    bins: list[list[str]] = [[]]
    for space in plain:
        is_full = sum(spaces[s] for s in bins[-1]) + spaces[space] > most // steps
        if bins[-1] and (is_full or len(bins[-1]) == _MOST_NAMESPACES):
            bins.append([])
        bins[-1].append(space)
    for names in filter(None, bins):
        series = sum(spaces[s] for s in names)
        one = replace(query, matchers=(*query.matchers, f'namespace=~"{"|".join(names)}"'))
        yield from _cut_pods(one, series, most)
    if other:
        rest = (f'namespace!~"{"|".join(names)}"' for names in filter(None, bins))
        yield from _cut_pods(replace(query, matchers=(*query.matchers, *rest)), other, most)


def _cut_pods(query: Query, series: int, most: int) -> Iterator[Query]:
    """By the last character of the pod's name, which Kubernetes draws at random; else by time."""
    expected = series * ((query.end - query.start) // query.step)
    if expected <= most:
        yield replace(query, expected=expected)
        return
    parts = min(len(_LAST_CHARACTERS), -(-expected // most))
    share = series // parts + 1
    classes = [_LAST_CHARACTERS[i::parts] for i in range(parts)]
    for characters in classes:
        piece = replace(query, matchers=(*query.matchers, f'pod=~".*[{characters}]"'))
        yield from _cut_time(piece, share, most, query.step)
    rest = replace(query, matchers=(*query.matchers, f'pod!~".*[{_LAST_CHARACTERS}]"'))
    yield from _cut_time(rest, share, most, query.step)


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
