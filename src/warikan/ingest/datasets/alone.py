"""A source whose path has datasets and no bill: an invoice, or the contracts, and no charges."""

from collections.abc import Sequence

from warikan.ingest.report import LoadReport


def report_without_bill(source_id: str, skipped: Sequence[tuple[str, str]], *, unchanged: bool) -> LoadReport:
    """The report of a load that has no charges to speak of."""
    return LoadReport(
        source_id=source_id,
        load_id="",
        files=(),
        months=(),
        rows=0,
        rejected_rows=0,
        rejected_cost={},
        totals={},
        rounded_values=0,
        unchanged=unchanged,
        skipped=tuple(skipped),
    )
