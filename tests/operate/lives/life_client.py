"""A client of the workspace of a small company whose state is its own, and what it can do there: a step."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rising_company import CATALOGUE, rows
from slice_lake import make_workspace
from warikan.bootstrap import open_workspace
from warikan.operate.incidents.incident import Asked, Incident
from warikan.operate.operations import Operations
from warikan.operate.reviews.document import Review

BEGUN = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
ADDRESS = "WARIKAN_TEST_STATE"
"""The variable with the address of a PostgreSQL database."""
SETTINGS = """
version: 1
currency: USD
anomalies: {settle_days: 0}
notify:
  channels:
    hook: {type: webhook, url: "http://127.0.0.1:1/none", secret_from: HOOK_SECRET}
    second: {type: webhook, url: "http://127.0.0.1:2/none", secret_from: HOOK_SECRET}
  routes: [{channels: [hook, second]}]
budgets:
  storage: {amount: "4500", service: shop, where: "ServiceName = 'Storage'"}
  everything: {amount: "20000"}
changes:
  sources: {anyone: {type: csv, insecure: true}}
reviews: {soak_days: 0}
"""


class Life:
    """The workspace in *folder*, as a client sees it."""

    def __init__(self, folder: Path) -> None:
        self.now = BEGUN
        self.all: Operations = open_workspace(folder, clock=lambda: self.now).operations

    def incident(self, service: str) -> Incident:
        """The incident of *service*."""
        return next(i for i in self.all.incidents.list(Asked(limit=100)) if i.service_id == service)

    def has_incident(self, service: str) -> bool:
        """Whether there is one."""
        return any(i.service_id == service for i in self.all.incidents.list(Asked(limit=100)))

    def review(self) -> Review:
        """The review of shop's incident."""
        found = self.all.reviews.of_incident(self.incident("shop").id)
        assert found is not None
        return self.all.reviews.get(found.id)

    def anomaly(self) -> str:
        """The one anomaly."""
        (found,) = self.all.anomalies.list(state="all")
        return found.id

    def lines(self, service: str, words: str) -> list[Any]:
        """The lines of the timeline that say *words*."""
        return [e for e in self.all.incidents.detail(self.incident(service).id).timeline if words in e.title]


Act = Callable[[Life], object]


@dataclass(frozen=True)
class Step:
    """
    Something that is done once.

    Attributes:
        seen: Whether a client sees that it is done.
        looks_first: Nothing refuses it a second time, and it would be done twice.
        is_job: It may take several transactions, between which nothing is half; all else takes one.
    """

    name: str
    act: Act
    seen: Callable[[Life], bool] = lambda _: False
    looks_first: bool = False
    is_job: bool = False


def make_company(folder: Path, *, is_on_postgresql: bool = False) -> Path:
    """The company on a real lake, its state empty; its workspace's folder."""
    made: Path = make_workspace(folder / "w", rows()).folder
    (made / "catalog" / "all.yaml").write_text(CATALOGUE, encoding="utf-8")
    where = f"state: {{url_from: {ADDRESS}}}\n" if is_on_postgresql else ""
    (made / "warikan.yaml").write_text(SETTINGS + where, encoding="utf-8")
    return made
