"""Answers kept while nothing changes: going back, or opening a row, asks only what is new."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from warikan.bootstrap import Workspace
from warikan.engine.query import CostAnswer, Query

MAX_ANSWERS = 128
_TABLES = (
    "charges",
    "loads",
    "allocations",
    "daily_costs",
    "kubernetes_node_hours",
    "kubernetes_container_hours",
    "kubernetes_coverage",
)
Answer = TypeVar("Answer")


@dataclass
class Memory:
    """
    Asks *workspace*, or remembers what it said to the same question of the same snapshots on the same day.

    An answer depends on nothing else: tables are immutable per snapshot, periods are in whole days.
    Safe to share between threads.

    Attributes:
        asked: How many questions the workspace had to answer.
    """

    workspace: Workspace
    asked: int = 0
    _answers: OrderedDict[Hashable, Any] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def present(self) -> Hashable:
        """What an answer depends on besides its question: taken once for a page."""
        lake = self.workspace.lake
        return (self.workspace.clock().date(), *(lake.snapshot(table) for table in _TABLES))

    def ask(self, query: Query, present: Hashable) -> CostAnswer:
        """As ``workspace.ask``, which raises the same; *present* is of this request."""
        return self.remember(query, present, lambda: self.workspace.ask(query))

    def remember(self, question: Hashable, present: Hashable, ask: Callable[[], Answer]) -> Answer:
        """What *ask* says, or said before to the same *question* (of whatever kind) at the same *present*."""
        key = (question, present)
        with self._lock:
            if key in self._answers:
                self._answers.move_to_end(key)
                known: Answer = self._answers[key]
                return known
        answer = ask()
        with self._lock:
            self.asked += 1
            self._answers[key] = answer
            while len(self._answers) > MAX_ANSWERS:
                self._answers.popitem(last=False)
        return answer
