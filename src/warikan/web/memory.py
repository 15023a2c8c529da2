"""Answers kept while nothing changes: going back, or opening a row, asks only what is new."""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field

from warikan.bootstrap import Workspace
from warikan.engine.query import CostAnswer, Query

MAX_ANSWERS = 128
_TABLES = ("charges", "loads", "allocations", "daily_costs")


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
    _answers: OrderedDict[Hashable, CostAnswer] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def present(self) -> Hashable:
        """What an answer depends on besides its question: taken once for a page."""
        lake = self.workspace.lake
        return (self.workspace.clock().date(), *(lake.snapshot(table) for table in _TABLES))

    def ask(self, query: Query, present: Hashable) -> CostAnswer:
        """As ``workspace.ask``, which raises the same; *present* is of this request."""
        key = (query, present)
        with self._lock:
            if key in self._answers:
                self._answers.move_to_end(key)
                return self._answers[key]
        answer = self.workspace.ask(query)
        with self._lock:
            self.asked += 1
            self._answers[key] = answer
            while len(self._answers) > MAX_ANSWERS:
                self._answers.popitem(last=False)
        return answer
