"""One visit: the workspace, the visitor's language, and what their names for things are."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import pyarrow as pa

from warikan.bootstrap import Workspace
from warikan.catalog.rates import RateBook
from warikan.engine.dimension import Dimension
from warikan.engine.filter import parse_group
from warikan.engine.query import CostAnswer, Freshness, Query
from warikan.focus.errors import ConfigError
from warikan.web.bounds import shorten
from warikan.web.cluster_memory import ClusterMemory
from warikan.web.display import Display
from warikan.web.labels import column_label, value_label
from warikan.web.memory import Answer, Memory
from warikan.web.state import ViewState
from warikan.web.texts import Texts


@dataclass(frozen=True)
class Visit:
    """
    What every part of a page needs to name and show things.

    *rates_note*: at which rates amounts are shown, for the hover of each.
    """

    memory: Memory
    texts: Texts
    rates_note: str = ""

    @property
    def workspace(self) -> Workspace:
        """What is asked."""
        return self.memory.workspace

    def ask(self, query: Query) -> CostAnswer:
        """Answer *query*, from memory when nothing has changed."""
        # in a currency of display an answer also depends on the rates
        present = (self._present, self.rate_book.mark) if query.display else self._present
        return self.memory.ask(query, present)

    def remember(self, question: Hashable, ask: Callable[[], Answer]) -> Answer:
        """What *ask* says to *question*, or said before, when nothing has changed."""
        return self.memory.remember(question, self._present, ask)

    @cached_property
    def clusters(self) -> ClusterMemory:
        """Questions about clusters, answered from memory when nothing has changed."""
        return ClusterMemory(self.memory, self._present)

    @property
    def freshness(self) -> Freshness:
        """How far the numbers reach; looked at again when something has changed."""
        return self.memory.remember("freshness", self._present, self.workspace.freshness)

    @cached_property
    def dimensions(self) -> tuple[Dimension, ...]:
        """What can be grouped and filtered by."""
        return self.workspace.dimensions()

    def resolve(self, state: ViewState) -> ViewState:
        """
        *state* with the exact names of its columns and currency, and what the workspace shows amounts in.

        Raises:
            UnknownColumn: there is no such column.
        """
        by = tuple(parse_group(column, self.schema).id for column in state.by)
        usual = self.workspace.settings.currencies.display
        return replace(
            state,
            by=by,
            # one that has no rates stays as it is: asking says so
            display=state.display and (self.rate_book.spelt(state.display) or state.display),
            usual_display=usual and self.rate_book.spelt(usual),
        )

    @cached_property
    def lacks(self) -> Literal["bills", "allocation"] | None:
        """What must be done before there is anything to show: load bills, or allocate them."""
        lake = self.workspace.lake
        if lake.snapshot("charges") is None:
            return "bills"
        return "allocation" if lake.snapshot("allocations") is None else None

    @cached_property
    def display(self) -> Display:
        """Numbers and dates in the visitor's language."""
        return Display(self.texts, self.rates_note)

    @cached_property
    def schema(self) -> pa.Schema:
        """The columns that a filter and a group-by may name."""
        return self.workspace.lake.schema("allocations")

    @cached_property
    def rate_book(self) -> RateBook:
        """The rates of every month; empty where there are none, or `rates_problem` says why."""
        return self._rates if isinstance(self._rates, RateBook) else RateBook()

    @property
    def rates_problem(self) -> str | None:
        """Why the rates that the settings name cannot be read; None where they can."""
        return self._rates.message if isinstance(self._rates, ConfigError) else None

    @cached_property
    def _rates(self) -> RateBook | ConfigError:
        if not self.workspace.settings.currencies.has_rates:
            return RateBook()
        try:
            return self.workspace.operations.currencies.book()
        except ConfigError as error:  # what is billed can be shown without them
            return error

    def known_ids(self, column: str) -> tuple[str, ...]:
        """The catalogue's ids of *column*, in their fixed order; empty for other columns."""
        return tuple(self._titles(column))

    def column(self, column: str) -> str:
        """The name of *column* for people, of bounded length."""
        return shorten(column_label(column, self.texts))

    def value(self, column: str, value: str | None) -> str:
        """The name of one of its values for people, of bounded length."""
        return shorten(value_label(column, value, self.texts, self._titles(column)))

    @cached_property
    def _present(self) -> Hashable:
        return self.memory.present()

    def _titles(self, column: str) -> Mapping[str, str]:
        catalog = self.workspace.catalog
        match column:
            case "x_TeamId":
                return {team.id: team.title or team.id for team in catalog.teams.values()}
            case "x_ServiceId" | "x_OriginServiceId":
                return {service.id: service.title or service.id for service in catalog.services.values()}
            case "x_SystemId":
                return {system.id: system.title or system.id for system in catalog.systems.values()}
            case "x_ClusterId":
                clusters = self.workspace.settings.clusters
                return {name: cluster.title or name for name, cluster in clusters.items()}
            case _:
                return {}
