"""One cause, however many series it moves: spans of the same service and time belong together."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from warikan.insights.anomaly.walk import Found, Walk
from warikan.insights.panel import Codes

TOGETHER_DAYS = 10
"""Spans of a service whose onsets lie within so many days, one of them still open, are one cause."""
GAP_DAYS = 4
"""A span that begins so soon after the last one of its cause goes on with it."""
BROAD_SHARE, BROAD_LEAST = 0.15, 4
"""When so many services rise on one day, the cause is none of theirs."""


@dataclass(eq=False)
class Cause:
    """Spans of one sign that are told as one; the first is the founder, which names it."""

    spans: list[Found] = field(default_factory=list)
    services: set[int] = field(default_factory=set)

    @property
    def founder(self) -> Found:
        """The span that was opened first."""
        return self.spans[0]

    @property
    def sign(self) -> int:
        """1 above, -1 below expectation."""
        return self.founder.span.sign

    @property
    def onset(self) -> int:
        """The column of its first day: the founder's, which later spans do not move."""
        return self.founder.span.onset

    @property
    def end(self) -> int | None:
        """The column after its last day; None while a span is open."""
        ends = [f.span.end for f in self.spans]
        return None if None in ends else max(e for e in ends if e is not None)

    @property
    def is_price(self) -> bool:
        """Whether the unit cost told it."""
        return self.founder.level == -2

    @property
    def absorbed(self) -> bool:
        """Whether it ended by becoming the level."""
        last = max(self.spans, key=lambda f: f.span.end or 0)
        return self.end is not None and last.span.absorbed


def find_causes(walk: Walk) -> list[Cause]:
    """The causes of the spans that *walk* found worth telling, in the order they were opened."""
    told = [f for f in walk.found if f.span.told]
    told.sort(key=lambda f: (f.span.opened, _fineness(f.level), f.span.onset, f.leaves.tolist()))
    causes: list[Cause] = []
    for found in told:
        services = {int(walk.services[i]) for i in found.leaves}
        cause = _one_of(causes, walk, found, services)
        if cause is None:
            cause = Cause()
            causes.append(cause)
        cause.spans.append(found)
        cause.services |= services
    return _broad(causes, walk)


def _fineness(level: int) -> int:
    return -level - 3 if level < 0 else level


def _one_of(causes: Sequence[Cause], walk: Walk, found: Found, services: set[int]) -> Cause | None:
    for cause in reversed(causes):
        # What rose above all services tells nothing of one of them, nor they of it.
        if _is_above(walk, cause.founder) != _is_above(walk, found):
            continue
        if cause.sign != found.span.sign or not _same_place(cause, walk, found, services):
            continue
        end = cause.end
        goes_on = end is None or found.span.onset <= end + GAP_DAYS
        together = found.span.onset - cause.onset <= TOGETHER_DAYS
        same = any(set(f.leaves.tolist()) & set(found.leaves.tolist()) for f in cause.spans)
        if goes_on and (together or same) and not _was_settled(cause, found):
            return cause
    return None


def _is_above(walk: Walk, found: Found) -> bool:
    return found.level >= 0 and not walk.levels[found.level].is_within_service


def _was_settled(cause: Cause, found: Found) -> bool:
    """What rises after its level was accepted is news."""
    return cause.absorbed and cause.end is not None and found.span.onset >= cause.end


def _same_place(cause: Cause, walk: Walk, found: Found, services: set[int]) -> bool:
    if cause.is_price and found.level == -2:
        # A price list is one cause for all who buy from it.
        return services <= cause.services or _sku(walk, cause.founder.leaves) == _sku(walk, found.leaves)
    return services <= cause.services or cause.services <= services


def _sku(walk: Walk, leaves: Codes) -> tuple[str | None, str | None]:
    key = walk.cube.cost.keys[int(leaves[0])]
    return key.get("ServiceName"), key.get("SkuId") or str(leaves[0])


def _broad(causes: list[Cause], walk: Walk) -> list[Cause]:
    """Join the causes founded on one day where they are of so many services that it is one thing."""
    count = len(set(walk.services.tolist()))
    by_day: dict[tuple[int, int], list[Cause]] = {}
    for cause in causes:
        by_day.setdefault((cause.founder.span.opened, cause.sign), []).append(cause)
    joined: list[Cause] = []
    for group in by_day.values():
        services = set().union(*(c.services for c in group))
        if len(group) > 1 and len(services) >= max(BROAD_LEAST, BROAD_SHARE * count):
            whole = Cause()
            for cause in group:
                whole.spans += cause.spans
                whole.services |= cause.services
            joined.append(whole)
        else:
            joined += group
    return joined
