"""The two tables that an export joins, held at one moment: slices stand beside their very charges."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import ibis.expr.types as ir

from warikan.allocate.run import list_stale_months, load_plan
from warikan.catalog.entities import Catalog
from warikan.catalog.settings import Settings
from warikan.engine.engine import Engine
from warikan.engine.plan import SLICES
from warikan.export.destination import Part
from warikan.focus.errors import LakeError, UsageError
from warikan.focus.period import add_months, as_utc
from warikan.lake import Lake

CHARGES = "charges"
_SHOWN = 6


@dataclass(frozen=True)
class Pinned:
    """One snapshot of ``charges`` and one of ``allocations``."""

    lake: Lake
    charges: int | None
    slices: int

    @classmethod
    def of(cls, lake: Lake) -> "Pinned":
        """
        The newest ones.

        Raises:
            UsageError: nothing is allocated.
        """
        slices = lake.snapshot(SLICES)
        if slices is None:
            hint = "warikan allocate" if lake.snapshot(CHARGES) is not None else "warikan ingest --file BILL"
            raise UsageError("there are no allocated charges yet", hint=hint)
        return cls(lake, lake.snapshot(CHARGES), slices)

    def table(self, engine: Engine) -> ir.Table:
        """All slices."""
        return engine.table(SLICES, snapshot=self.slices)

    def files(self, table: str, part: Part) -> list[str]:
        """The data files of *part* in ``charges`` or ``allocations``."""
        source, month = part
        between = (month, add_months(as_utc(month), 1).date())
        snapshot = self.slices if table == SLICES else self.charges
        found = self.lake.data_files(table, between=between, source_ids=[source], snapshot=snapshot)
        return [f.path for f in found]

    def size(self, part: Part) -> int:
        """Bytes that are read for *part*."""
        source, month = part
        return sum(
            f.bytes
            for table, snapshot in ((CHARGES, self.charges), (SLICES, self.slices))
            for f in self.lake.data_files(table, source_ids=[source], snapshot=snapshot)
            if f.start == month
        )

    def require_current(self, settings: Settings, catalog: Catalog, months: Collection[date]) -> None:
        """
        See that the slices are of the charges, rules and catalogue as they are.

        Raises:
            ConfigError: the rules cannot run.
            UsageError: some of *months* changed since they were allocated.
            LakeError: someone has written since these were pinned.
        """
        stale = sorted({*list_stale_months(self.lake, load_plan(self.lake, settings, catalog))} & {*months})
        if stale:
            named = ", ".join(f"{m:%Y-%m}" for m in stale[:_SHOWN])
            more = f" and {len(stale) - _SHOWN:,} more" if len(stale) > _SHOWN else ""
            raise UsageError(
                f"{named}{more} changed since it was allocated; nothing was written", hint="warikan allocate"
            )
        if (self.lake.snapshot(CHARGES), self.lake.snapshot(SLICES)) != (self.charges, self.slices):
            raise LakeError(
                "the lake was written to while the export began; nothing was written", hint="run it again"
            )
