"""What a load took in, left out and rejected."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from warikan.focus.money import format_exact
from warikan.ingest.conversion_sums import Proof, merge
from warikan.ingest.datasets.report import DatasetReport

RejectedCost = Mapping[str | None, Decimal | None]
"""BillingCurrency (None: unreadable) → sum of the readable BilledCost; None where none could be read."""

Totals = Mapping[str, Mapping[str, Decimal]]
"""BillingCurrency → cost metric → exact sum; nothing is added across currencies."""


@dataclass(frozen=True)
class FileReport:
    """
    One bill file of a load.

    Attributes:
        path: As ``x_SourceFile`` has it.
        content_hash: SHA-256 of its bytes, hex.
        format: ``csv``, ``csv.gz`` or ``parquet``.
        version: FOCUS version it was read as.
        rows: Rows in the file = typed + *rejected_rows*.
    """

    path: str
    content_hash: str
    format: str
    version: str
    bytes: int
    rows: int
    rejected_rows: int


@dataclass(frozen=True)
class LoadReport:
    """
    One load of one source.

    Attributes:
        load_id: Follows from the source's name, its files' contents and the form they are stored in.
        files: Those that were read; with *unchanged*, those that the lake already has.
        months: Billing months that were replaced (with *unchanged*: that are there), ascending.
        rows: Charges written for *months*.
        rejected_rows: Rows of *files* that are not charges but in `rejects`.
        rejected_cost: What those cost, as far as it could be read.
        totals: Exact sums of the written charges.
        rounded_values: Values with more than 18 decimals, rounded half-even; the sum of what that
            changed is in `loads`.
        unchanged: The lake already had exactly this; nothing was written.
        skipped: (file, reason) of what is in the source but was not loaded, or is no longer in it.
        notes: (file or source, what a person should hear of it); see notes.py.
        conversions: (file, month, currency, cost metric, proof) of native bills; see conversion_proof.py.
    """

    source_id: str
    load_id: str
    files: tuple[FileReport, ...]
    months: tuple[date, ...]
    rows: int
    rejected_rows: int
    rejected_cost: RejectedCost
    totals: Totals
    rounded_values: int
    unchanged: bool
    skipped: tuple[tuple[str, str], ...] = field(default=())
    notes: tuple[tuple[str, str], ...] = field(default=())
    conversions: tuple[tuple[str, str, str, str, Proof], ...] = field(default=())
    datasets: tuple[DatasetReport, ...] = field(default=())

    @property
    def proofs(self) -> Mapping[tuple[str, str, str], Proof]:
        """(month, currency, cost metric) → the proof of all files: one may tell what another left out."""
        found: dict[tuple[str, str, str], list[Proof]] = {}
        for _, month, currency, metric, proof in self.conversions:
            found.setdefault((month, currency, metric), []).append(proof)
        return {place: merge(proofs) for place, proofs in sorted(found.items())}


def describe_rejected(costs: RejectedCost) -> str:
    """*costs* as a sentence has them: what could not be read is never stated as 0."""
    words = [
        f"{'unreadable' if cost is None else format_exact(cost)} {currency or 'of unknown currency'}"
        for currency, cost in costs.items()
    ]
    return f"BilledCost {', '.join(words) or 'unreadable'}"
