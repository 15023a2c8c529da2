"""What a load of a dataset took in and rejected."""

from dataclasses import dataclass


@dataclass(frozen=True)
class DatasetReport:
    """
    One file of a FOCUS dataset that is not Cost and Usage.

    Attributes:
        dataset: As the specification calls it, e.g. ``Invoice Detail``.
        table: Table of the lake that has its rows.
        path: As ``x_SourceFile`` has it.
        content_hash: SHA-256 of its bytes, hex.
        version: FOCUS version it was read as.
        rows: Rows written = rows of the file − *rejected_rows*.
        rejected_rows: Rows without a key, or with a value that cannot be typed; they are in `rejects`.
        unchanged: The lake already had exactly this; nothing was written.
    """

    dataset: str
    table: str
    path: str
    content_hash: str
    version: str
    rows: int
    rejected_rows: int
    unchanged: bool
