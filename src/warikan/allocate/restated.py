"""Restatements of a workspace: the loads of a billing month, and what changed between two of them."""

from collections.abc import Sequence
from datetime import date

import ibis.expr.types as ir

from warikan.allocate.run import load_plan
from warikan.catalog.entities import Catalog
from warikan.catalog.settings import Settings
from warikan.engine.engine import Engine
from warikan.engine.restatement import Difference, Load, compare, kept_loads
from warikan.focus.columns import COST_METRICS
from warikan.focus.errors import ConfigError, NotFound, UsageError
from warikan.focus.period import as_utc, parse_period

_OWNED = ("x_ChargeKey", "BillingCurrency", "x_ServiceId", "x_TeamId", *COST_METRICS)


class Restatements:
    """Answers from the snapshots of one lake; what services own is as *settings* and *catalog* say."""

    def __init__(self, engine: Engine, settings: Settings, catalog: Catalog) -> None:
        self._engine, self._settings, self._catalog = engine, settings, catalog

    def loads(self, source_id: str, period: str, *, limit: int = 100) -> tuple[Load, ...]:
        """
        The contents that the billing month *period* (``2026-09``) of *source_id* had, newest first.

        The lake keeps the last 100 commits of charges, of all sources together.

        Raises:
            UsageError: *period* is no month.
            NotFound: no kept load of the source has charges in it.
        """
        month = read_month(period)
        loads = kept_loads(self._engine, source_id, month, limit=limit)
        if not loads:
            raise NotFound(
                f"no load of {source_id} has charges of {month:%Y-%m}", hint=self._known(source_id)
            )
        return loads

    def diff(
        self,
        source_id: str,
        period: str,
        *,
        before: int | None = None,
        after: int | None = None,
        limit: int = 100,
    ) -> Difference:
        """
        What changed in *period* of *source_id* from the snapshot *before* to the snapshot *after*.

        Default: the present load against the one before it. A snapshot between two loads stands for the
        load that was in force then.

        Raises:
            UsageError: *period* is no month, there is only one load, or both snapshots have the same one.
            NotFound: there is no such load, or it is not kept any more.
        """
        loads = self.loads(source_id, period)
        newer = loads[0] if after is None else self._load_at(loads, after)
        if before is not None:
            older = self._load_at(loads, before)
        else:
            place = loads.index(newer) + 1
            if place >= len(loads):
                since = f"{newer.committed_at:%Y-%m-%d %H:%M} UTC"
                raise UsageError(
                    f"{source_id} {period} has no load before that of {since} that the lake keeps: "
                    "there is nothing to compare it with",
                    hint=f"warikan diff {source_id} {period} --list",
                )
            older = loads[place]
        return compare(
            self._engine,
            source_id,
            read_month(period),
            older,
            newer,
            find_owners=self._find_owners,
            limit=limit,
        )

    def _load_at(self, loads: Sequence[Load], snapshot: int) -> Load:
        moment = self._engine.lake.history("charges").get(snapshot)
        found = [load for load in loads if moment is not None and load.committed_at <= moment]
        in_force = [load for load in found if load.until is None or moment is None or moment < load.until]
        if not in_force:
            known = ", ".join(str(load.snapshot) for load in loads)
            raise NotFound(f"no load is kept under the snapshot {snapshot}", hint=f"there are: {known}")
        return in_force[0]

    @property
    def _find_owners(self) -> "_Owners | None":
        try:
            return _Owners(self._engine, self._settings, self._catalog)
        except ConfigError:
            return None

    def _known(self, source_id: str) -> str:
        months = {
            (f.source_id, f.start) for f in self._engine.lake.data_files("charges") if f.start is not None
        }
        of_source = sorted(f"{month:%Y-%m}" for source, month in months if source == source_id)
        if of_source:
            return f"{source_id} has {', '.join(of_source)}"
        sources = sorted({source for source, _ in months if source is not None})
        return f"there are charges of: {', '.join(sources) or 'nothing yet'}"


class _Owners:
    """The owner of each charge by the rules as they are today, before anything is shared."""

    def __init__(self, engine: Engine, settings: Settings, catalog: Catalog) -> None:
        self._ownership = load_plan(engine.lake, settings, catalog).ownership
        self._services = engine.from_arrow(self._ownership.service_table())

    def __call__(self, charges: ir.Table) -> ir.Table:
        owners = self._ownership.owners(self._ownership.distinct_keys(charges), self._services)
        return self._ownership.join(charges, owners).select(*_OWNED)


def read_month(text: str) -> date:
    """
    The first day of the billing month *text*.

    Raises:
        UsageError: it is no month.
    """
    words = text.strip()
    month = as_utc(date(1970, 1, 1))
    period = parse_period(words, data=None, now=month) if words[:1].isdigit() and ".." not in words else None
    if period is None or f"{period.start:%Y-%m}" != words:
        raise UsageError(f"{text!r} is no billing month", hint="write it like 2026-09")
    return period.start.date()
