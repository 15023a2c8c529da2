"""The workspace: the one place that knows the concrete classes and hands their work to the surfaces."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from warikan.catalog.settings import FILE_NAME, Settings, find_workspace, load_settings
from warikan.engine.query import CostAnswer, Freshness, Query
from warikan.focus.columns import DEFAULT_METRIC
from warikan.focus.errors import ConfigError, NoWorkspace

if TYPE_CHECKING:
    # Types only: each of these rooms costs 0.1 to 1.5 s to import, and `warikan --help` needs none.
    import pyarrow as pa

    from warikan.allocate.check import CheckResult
    from warikan.allocate.estimates import Estimate
    from warikan.allocate.explain import CellExplanation, ChargeExplanation
    from warikan.allocate.plan import AllocationPlan
    from warikan.allocate.run import AllocationReport
    from warikan.allocate.suggest import Suggestion
    from warikan.catalog.entities import Catalog
    from warikan.engine.cluster_questions import ClusterQuestions
    from warikan.engine.engine import Dimension, Engine, Value
    from warikan.export.run import ExportReport
    from warikan.ingest.load import LoadReport
    from warikan.ingest.progress import Progress
    from warikan.ingest.repair import RepairState
    from warikan.ingest.usage.report import ClusterReport
    from warikan.lake import Lake
    from warikan.operate.operations import Operations

log = logging.getLogger(__name__)
LAKE_FOLDER = ".warikan"


def system_clock() -> datetime:
    """The present moment in UTC: the only place that reads the machine's clock."""
    return datetime.now(UTC)  # noqa: TID251 - injected from here into everything else


@dataclass
class Workspace:
    """
    One organisation's settings, catalogue, lake and engine.

    Methods take and return plain data; errors are those of ``focus.errors``. Safe to share between
    the threads of one server; one process at a time writes (the lake's lock).
    """

    folder: Path
    settings: Settings
    clock: Callable[[], datetime] = system_clock

    @cached_property
    def catalog(self) -> Catalog:
        """The Backstage entities of ``settings.catalog``."""
        from warikan.catalog.entities import load_catalog

        return load_catalog(self.folder / self.settings.catalog)

    @cached_property
    def lake(self) -> Lake:
        """The tables of this workspace, created on first use."""
        from warikan.lake import Lake

        return Lake.open(self.folder / LAKE_FOLDER, promoted_tags=self.settings.tags.promote)

    @cached_property
    def engine(self) -> Engine:
        """DuckDB behind Ibis over the lake."""
        from warikan.engine.engine import Engine

        return Engine(self.lake, grace_days={k: s.final_after for k, s in self.settings.sources.items()})

    def ingest(
        self,
        source: str | None = None,
        *,
        file: str | None = None,
        source_id: str | None = None,
        source_type: str = "auto",
        strict: bool = False,
        progress: Progress | None = None,
    ) -> list[LoadReport]:
        """
        Take bills in: one configured *source*, one *file* (or folder, or glob), or all sources.

        Each (source, billing month) is replaced whole; loading twice is loading once.

        Raises:
            UsageError: no such source, or neither a source nor a file is there.
            DataError: a file cannot be used; the lake is as it was.
        """
        from warikan.ingest.configured import load_configured, load_path

        if file is None:
            return load_configured(
                self.lake,
                self.settings,
                source,
                root=self.folder,
                strict=strict,
                now=self.clock(),
                progress=progress,
            )
        report = load_path(
            self.lake,
            self.settings,
            file,
            source_id,
            root=self.folder,
            source_type=source_type,
            strict=strict,
            now=self.clock(),
            progress=progress,
        )
        return [report]

    def collect(
        self,
        clusters: Sequence[str] = (),
        *,
        start: date | None = None,
        end: date | None = None,
        again: bool = False,
        out: Path | None = None,
        progress: Progress | None = None,
    ) -> list[ClusterReport]:
        """
        Take hours in of *clusters*, or of all that say where their hours come from; a day is replaced whole.

        Days in ``[start, end)``, by default all that the source has; *again* also those that are there.
        Into the lake, or as files into the folder *out*. A cluster that cannot be read says so in its report;
        the others are taken in.

        Raises:
            UsageError: no such cluster, or one that does not say where its hours come from.
        """
        from warikan.ingest.usage.collect import Asked
        from warikan.ingest.usage.run import collect_all

        asked = Asked(start, end, again=again, now=self.clock())
        lake = self.lake if out is None else None
        return collect_all(
            self.settings, clusters, asked, lake=lake, out=out, root=self.folder, progress=progress
        )

    def allocate(
        self,
        *,
        force: bool = False,
        months: Collection[date] | None = None,
        progress: Progress | None = None,
    ) -> AllocationReport:
        """
        Give every charge to its owners; only months whose bill, rules or catalogue changed, unless *force*.

        Raises:
            CheckFailed: a sum is not conserved; nothing was written.
        """
        from warikan.allocate.run import allocate

        return allocate(
            self.engine,
            self.lake,
            self.settings,
            self.catalog,
            now=self.clock(),
            months=months,
            force=force,
            progress=progress,
        )

    def cost(
        self,
        query: Query | None = None,
        *,
        by: Sequence[str] = (),
        where: str | None = None,
        last: str | None = None,
        period: str | None = None,
        metric: str = DEFAULT_METRIC,
        currency: str | None = None,
    ) -> pa.Table:
        """
        The Python surface: cost as one Arrow table.

        Returns: one row per (BillingCurrency, *by*), largest first; ``BillingCurrency`` string,
        each *by* column, the metric as decimal128(38, 18). Currencies are never added together.
        """
        from warikan.engine.answer import to_table

        asked = query or Query(
            metrics=(metric,),
            by=tuple(by),
            where=where,
            period=f"last {last}" if last else (period or "last 30d"),
            currency=currency,
        )
        return to_table(self.ask(asked))

    def ask(self, query: Query) -> CostAnswer:
        """Answer *query*; see engine/query.py for its shape."""
        rates = None
        if query.display is not None:
            display, rates = self.operations.currencies.require_display(query.display)
            query = replace(query, display=display)
        answer = self.engine.run(query, now=self.clock(), rates=rates)
        return replace(answer, freshness=replace(answer.freshness, stale_months=self.stale_months()))

    @cached_property
    def clusters(self) -> ClusterQuestions:
        """Questions about clusters: cost beside what ran, peaks, one cluster after another."""
        from warikan.engine.cluster_questions import ClusterQuestions

        return ClusterQuestions(self.engine, self.settings.clusters, self.clock)

    @cached_property
    def operations(self) -> Operations:
        """What people and jobs do about cost: changes, anomalies, budgets, incidents, reviews, messages."""
        from warikan.operate.operations import Operations
        from warikan.state.opening import open_state

        state = open_state(self.settings.state, self.folder / LAKE_FOLDER)
        return Operations(self.folder, self.settings, self.catalog, self.engine, state, self.clock)

    def dimensions(self) -> tuple[Dimension, ...]:
        """What can be grouped and filtered by."""
        return self.engine.dimensions()

    def values(
        self, column: str, *, where: str | None, period: str, limit: int, search: str | None = None
    ) -> tuple[Value, ...]:
        """The values of *column* in the period, largest EffectiveCost first: for completion."""
        return self.engine.values(
            column, where=where, period=period, limit=limit, search=search, now=self.clock()
        )

    def explain(
        self,
        *,
        where: str | None,
        period: str,
        metric: str = DEFAULT_METRIC,
        currency: str | None = None,
        limit: int = 20,
        offset: int = 0,
    ) -> CellExplanation:
        """Open one number: its classes and its largest slices."""
        from warikan.allocate.explain import explain

        return explain(
            self.engine,
            self.lake,
            self.settings,
            self.catalog,
            where=where,
            period=period,
            metric=metric,
            currency=currency,
            limit=limit,
            offset=offset,
            now=self.clock(),
        )

    def explain_charge(self, *, source_id: str, month: date, charge_key: int) -> ChargeExplanation:
        """Open one charge: file, row, values, rule, shares, and the slices that re-add to it."""
        from warikan.allocate.explain import explain_slice

        return explain_slice(
            self.engine,
            self.lake,
            self.settings,
            self.catalog,
            source_id=source_id,
            month=month,
            charge_key=charge_key,
        )

    def export(
        self,
        query: Query,
        *,
        out: Path,
        version: str = "1.3",
        form: str | None = None,
        force: bool = False,
        progress: Progress | None = None,
    ) -> ExportReport:
        """
        Write the allocated charges of *query*'s period, filter and currency as FOCUS files.

        Raises:
            UsageError: what is asked cannot be, a file is there, or months are not allocated as they are now.
            CheckFailed: a file does not add up; after any error none was kept.
        """
        from warikan.export.run import export

        return export(
            self.engine,
            self.lake,
            self.settings,
            self.catalog,
            query=query,
            version=version,
            out=out,
            form=form,
            force=force,
            now=self.clock(),
            progress=progress,
        )

    def estimates(self) -> tuple[Estimate, ...]:
        """What clusters cost on days that the bill did not have yet, beside what it says now."""
        from warikan.allocate.estimates import list_estimates

        return list_estimates(self.engine, self.lake)

    def suggestions(self, *, limit: int = 10) -> tuple[Suggestion, ...]:
        """Tag values, accounts and services that would claim most of what is unallocated."""
        from warikan.allocate.suggest import suggest_unallocated

        return suggest_unallocated(self.engine, self.settings, self.catalog, limit=limit)

    def check(self) -> tuple[CheckResult, ...]:
        """Every law that can be tested on the lake as it is."""
        from warikan.allocate.check import check

        return check(self.engine, self.lake, self.settings, self.catalog)

    def lint(self) -> tuple[str, ...]:
        """What is wrong with rules, shares and what people act on, one sentence each; empty: nothing."""
        from warikan.allocate.lint import lint
        from warikan.operate.lint import lint_operations

        found = lint(self.lake, self.settings, self.catalog)
        return (*found, *lint_operations(self.settings, self.catalog))

    def repairs(self) -> tuple[RepairState, ...]:
        """Every repair: whether it is on, and what it did to what is loaded."""
        from warikan.ingest.repair import active_rules, repair_states

        overall = self.settings.repairs
        own = {k: active_rules(overall, s.repairs) for k, s in self.settings.sources.items()}
        return repair_states(active_rules(overall), own, self.loads().to_pylist())

    def loads(self) -> pa.Table:
        """One row per (file, billing month, currency) taken in; see lake/tables.py."""
        return self.lake.loads()

    def rejects(self) -> pa.Table:
        """One row per value that could not be typed, of the loads in force."""
        return self.engine.to_arrow(self.engine.table("rejects"))

    def freshness(self) -> Freshness:
        """How far the data reaches, per source, and which months are not allocated as they are now."""
        return replace(self.engine.freshness(None, now=self.clock()), stale_months=self.stale_months())

    def stale_months(self) -> tuple[date, ...]:
        """
        Billing months whose bill or rules changed since they were last allocated, ascending.

        Empty too where the rules cannot run: ``check`` and ``lint`` say why.
        """
        from warikan.allocate.run import list_stale_months

        plan = self._plan
        return () if plan is None else tuple(list_stale_months(self.lake, plan))

    @cached_property
    def _plan(self) -> AllocationPlan | None:
        from warikan.allocate.run import load_plan

        try:
            return load_plan(self.lake, self.settings, self.catalog)
        except ConfigError:
            return None


def open_workspace(folder: Path | None = None, *, clock: Callable[[], datetime] = system_clock) -> Workspace:
    """
    Open the workspace in *folder*, or the one around the current folder.

    Raises:
        NoWorkspace: there is none.
        ConfigError: ``warikan.yaml`` cannot be used.
    """
    found = find_workspace(Path.cwd()) if folder is None else Path(folder).resolve()
    if folder is not None and not (found / FILE_NAME).is_file():
        raise NoWorkspace(f"{found} has no {FILE_NAME}", hint=f"warikan init {folder}")
    return Workspace(folder=found, settings=load_settings(found), clock=clock)
