"""What the detector reads: daily cost of the leaves, with the quantities that tell price from usage."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import pyarrow as pa

from warikan.focus.errors import DataError
from warikan.insights.panel import DAY, Matrix, Panel, lay_beside, make_panel

LEAF = ("x_ServiceId", "SubAccountId", "ServiceName", "SkuId")
"""The columns of a leaf; a cube may have fewer."""
OWNER = "x_TeamId"
"""Told of a leaf as it is on its last day, no part of its name: a service that moves is no new cost."""


@dataclass(frozen=True, eq=False)
class CostCube:
    """
    Daily cost of leaves, and beside it what was used.

    Attributes:
        cost: EffectiveCost of each leaf.
        quantity: PricingQuantity of each leaf in its own unit, the shape of ``cost.values``; None where
            it is not known: then price and commitment cannot be told from usage.
        committed: The part of *quantity* whose PricingCategory is Committed (or whose
            CommitmentDiscountStatus is Used); None where it is not known.
        detail: EffectiveCost of finer series (leaf columns and e.g. ``ResourceId``) over at least the
            last weeks, in the same currency: who drove an episode. None: drivers stop at the leaves.
    """

    cost: Panel
    quantity: Matrix | None = None
    committed: Matrix | None = None
    detail: Panel | None = None

    def __post_init__(self) -> None:
        for name in ("quantity", "committed"):
            beside: Matrix | None = getattr(self, name)
            if beside is not None and beside.shape != self.cost.values.shape:
                raise DataError(f"{name} has the shape {beside.shape}, the cost has {self.cost.values.shape}")

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of a leaf."""
        return tuple(self.cost.keys[0]) if self.cost.keys else ()


def make_cube(
    table: pa.Table,
    *,
    currency: str,
    complete: date | Mapping[str, date],
    complete_by: str | None = None,
    columns: Sequence[str] = LEAF,
    start: date | None = None,
    end: date | None = None,
    detail: pa.Table | None = None,
    detail_columns: Sequence[str] = (*LEAF, "ResourceId"),
    detail_start: date | None = None,
) -> CostCube:
    """
    Lay *table* out as a cube.

    Its rows: ``day`` (date32), *columns* (string), ``EffectiveCost``, and, where known,
    ``PricingQuantity`` and ``x_CommittedQuantity`` (the part of it under a commitment).
    *columns* that the table lacks are left out. With ``x_TeamId`` each leaf's key has the team of its last
    row. *detail* has rows of ``day``, *detail_columns* and ``EffectiveCost`` of the days from *detail_start*
    on (None: of all): nothing is said of the resources of earlier ones. The other arguments, and what is
    raised, are ``make_panel``'s.
    """
    present = [c for c in columns if c in table.column_names and c != OWNER]
    cost = make_panel(
        table, present, currency=currency, complete=complete, complete_by=complete_by, start=start, end=end
    )
    beside = {
        name: lay_beside(cost, table, present, name)
        for name in ("PricingQuantity", "x_CommittedQuantity")
        if name in table.column_names
    }
    finer: Panel | None = None
    if detail is not None:
        finest = [c for c in detail_columns if c in detail.column_names]
        finer = make_panel(
            detail,
            finest,
            currency=currency,
            complete=complete,
            complete_by=complete_by,
            start=max(cost.start, detail_start or cost.start),
            end=cost.end,
        )
    if OWNER in table.column_names:
        cost = _with_owner(cost, table, present)
    return CostCube(cost, beside.get("PricingQuantity"), beside.get("x_CommittedQuantity"), finer)


def _with_owner(cost: Panel, table: pa.Table, columns: Sequence[str]) -> Panel:
    """*cost* with the last team of each leaf in its key."""
    named = [table.column(c).cast(pa.string()) for c in columns]
    rows = pa.table(
        [*named, table.column(OWNER).cast(pa.string()), table.column(DAY)], [*columns, OWNER, DAY]
    )
    last = (
        rows.group_by([*columns, OWNER])
        .aggregate([(DAY, "max")])
        .sort_by([(f"{DAY}_max", "ascending"), (OWNER, "ascending")])
        .to_pylist()
    )
    owner = {tuple(row[c] for c in columns): row[OWNER] for row in last}
    keys = tuple({OWNER: owner[tuple(k[c] for c in columns)], **k} for k in cost.keys)
    return replace(cost, keys=keys)
