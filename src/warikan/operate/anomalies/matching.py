"""Which stored anomaly an episode is: data that arrive late move an onset, not the cause."""

from collections.abc import Iterable, Sequence
from datetime import date

from warikan.insights.anomaly import Episode
from warikan.operate.anomalies.anomaly import Anomaly


def match(episodes: Sequence[Episode], known: Iterable[Anomaly]) -> dict[str, Anomaly]:
    """
    Episode key → the anomaly that it is; an episode without one is new.

    The same key first; then the same scope at an overlapping time, those first that begin closest. No anomaly
    is two episodes.
    """
    left = {anomaly.key: anomaly for anomaly in known}
    found = {e.key: left.pop(e.key) for e in episodes if e.key in left}
    by_scope: dict[frozenset[tuple[str, str | None]], list[Anomaly]] = {}
    for anomaly in left.values():
        by_scope.setdefault(frozenset(anomaly.scope.items()), []).append(anomaly)
    for episode in episodes:
        same = by_scope.get(frozenset(episode.scope.items()), [])
        near = [a for a in same if episode.key not in found and _overlap(episode, a)]
        if near:
            chosen = min(near, key=lambda a: (abs((a.onset - episode.onset).days), a.id))
            found[episode.key] = chosen
            same.remove(chosen)
    return found


def _overlap(episode: Episode, anomaly: Anomaly) -> bool:
    return episode.onset < (anomaly.end or date.max) and anomaly.onset < (episode.end or date.max)
