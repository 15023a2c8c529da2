"""Which column of a bill is which FOCUS column, and which FOCUS version that makes it."""

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from warikan.focus.columns import VERSIONS, Version, columns_by_id, other_datasets
from warikan.focus.errors import NotFocus, UnreadableFile

KEY_COLUMNS = ("BilledCost", "EffectiveCost", "BillingCurrency", "BillingPeriodStart", "ChargePeriodStart")
"""Without these a table is no Cost and Usage bill: what it costs, in what, and when."""
MAX_COLUMNS = 2000
_SAMPLE = 100
"""Rows looked at for whether they fit the header."""
DELIMITERS = (",", ";", "\t", "|")
_NATIVE = {
    "OCI cost report": r"^(cost/|usage/billedquantity|lineitem/(referenceno|tenantid))",
    "AWS Cost and Usage Report (CUR)": r"^(identity/|lineitem/|line_item_|bill/payeraccountid|bill_payer)",
    "Azure Cost Management (actual or amortised)": (
        r"^(metercategory|costinbillingcurrency|meterid|partnumber)$"
    ),
    "Google Cloud billing (BigQuery)": r"^(billing_account_id|service\.id|sku\.id|usage_start_time)$",
}


@dataclass(frozen=True)
class Header:
    """
    The columns of one file.

    Attributes:
        names: As the file has them, in order.
        focus: FOCUS column id → index in *names*. Of a native bill: column of its mapping → index.
        extra: Indices of the columns that are neither.
        version: The oldest FOCUS version that has all of them.
        delimiter: Of a CSV file.
        native: How a native bill's columns are typed; None for FOCUS.
    """

    names: tuple[str, ...]
    focus: dict[str, int]
    extra: tuple[int, ...]
    version: Version
    delimiter: str = ","
    native: "Native | None" = None

    def type_of(self, column: str) -> str:
        """string, decimal, datetime, json or map."""
        return self.native.types[column] if self.native else columns_by_id()[column].type


@dataclass(frozen=True)
class Native:
    """
    What typing a native bill needs beside the names.

    Attributes:
        types: Column → string, decimal, datetime, json or map.
        formats: Column → strptime form of times that are not ISO 8601.
        families: Column → (key, index) of the columns that together are this map.
        cost: Column that stands for BilledCost where a row is rejected.
        commas: Decimals that are written 1.234,56.
    """

    types: Mapping[str, str]
    formats: Mapping[str, str]
    families: Mapping[str, tuple[tuple[str, int], ...]]
    cost: str
    commas: frozenset[str] = frozenset()


class OtherDataset(NotFocus):
    """A FOCUS dataset that is not Cost and Usage: passed over in a folder."""


def csv_names(head: bytes, what: str, is_known: Callable[[Sequence[str]], int]) -> tuple[list[str], str]:
    """
    The names in the header of the CSV text that begins with *head*, and its delimiter.

    The delimiter is the one that yields the most columns that *is_known* counts; then the most columns.

    Raises:
        UnreadableFile: it cannot be read as a header; *what* names the file.
    """
    return max(
        ((_first_record(head, d, what), d) for d in DELIMITERS),
        key=lambda option: (is_known(option[0]), -DELIMITERS.index(option[1])),
    )


def count_focus(names: Sequence[str]) -> int:
    """How many of *names* are FOCUS columns."""
    return len(_match(names)[0])


def _first_record(head: bytes, delimiter: str, what: str) -> list[str]:
    # An incomplete character at the end of the head is not an error of the file.
    text = head.decode("utf-8-sig", "ignore" if len(head) >= 1 << 20 else "replace")
    try:
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
    except csv.Error as error:
        raise UnreadableFile(
            f"{what}: the header cannot be read: {error}", hint="is this a CSV file?"
        ) from error


def require_rows_that_fit(head: bytes, header: Header, what: str) -> None:
    """
    Refuse a file whose rows all have another number of columns than its header.

    A few such rows are rejected one by one; when all are, the file is not what it seems (and DuckDB keeps
    about 1 KB in memory for each).

    Raises:
        UnreadableFile: none of the first rows fits, and there are at least as many as _SAMPLE.
    """
    reader = csv.reader(
        io.StringIO(head.decode("utf-8-sig", "replace"), newline=""), delimiter=header.delimiter
    )
    try:
        widths = [len(row) for row in islice(reader, _SAMPLE + 2) if row][1:]
    except csv.Error:
        return
    if len(widths) > _SAMPLE and len(header.names) not in widths:
        raise UnreadableFile(
            f"{what}: its rows have {widths[0]} columns, but its header has {len(header.names)}",
            hint="fix the export: a delimiter too many at the end of each row?",
        )


def read_header(names: Sequence[str], what: str, *, delimiter: str = ",") -> Header:
    """
    Match *names* to FOCUS columns: exactly, else without regard to case, spaces, ``_`` and ``-``.

    Raises:
        UnreadableFile: too many columns, or one column twice.
        NotFocus: key columns are missing; says which, and what the table looks like instead.
    """
    if len(names) > MAX_COLUMNS:
        raise UnreadableFile(
            f"{what}: a header of {len(names):,} columns is refused (limit {MAX_COLUMNS:,})",
            hint="FOCUS has 67: is the line ending or the delimiter what it should be?",
        )
    focus, extra = _match(names)
    _check_twice(names, focus, what)
    missing = [column for column in KEY_COLUMNS if column not in focus]
    if missing:
        raise _not_focus(names, missing, what)
    return Header(tuple(names), focus, tuple(extra), infer_version(focus), delimiter)


def _match(names: Sequence[str]) -> tuple[dict[str, int], list[int]]:
    known = columns_by_id()
    plain = {_plain(column): column for column in known}
    focus = {}
    for index, name in enumerate(names):
        if name in known and name not in focus:
            focus[name] = index
    loose = [i for i, name in enumerate(names) if name not in known]
    for index in loose:
        column = plain.get(_plain(names[index]))
        if column is not None and column not in focus:
            focus[column] = index
    taken = set(focus.values())
    return focus, [i for i in range(len(names)) if i not in taken]


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]", "", name).lower()


def _check_twice(names: Sequence[str], focus: dict[str, int], what: str) -> None:
    taken = {_plain(column): names[index] for column, index in focus.items()}
    seen: set[str] = set()
    for index, name in enumerate(names):
        is_second = name in seen or (index not in focus.values() and _plain(name) in taken)
        if is_second and name.strip():
            other = taken.get(_plain(name), name)
            raise UnreadableFile(
                f"{what}: the header has the column {other!r} twice"
                + (f" (also as {name!r})" * (other != name)),
                hint="which one counts is not Warikan's to guess: remove one from the export",
            )
        seen.add(name)


def infer_version(focus: dict[str, int]) -> Version:
    """
    The oldest FOCUS version that has all of these columns.

    Where no version has them all (ProviderName beside 1.4 columns), the newest that one of them needs.
    """
    known = columns_by_id()
    needed: Version = max((known[c].since for c in focus), default=VERSIONS[0])
    # 1.3 took nothing away yet: without ProviderName, what names its ServiceProviderName is 1.4.
    if needed == "1.3" and "ProviderName" not in focus and "ServiceProviderName" in focus:
        return "1.4"
    return needed


def _not_focus(names: Sequence[str], missing: list[str], what: str) -> NotFocus:
    have = {_plain(name) for name in names}
    for dataset, columns in other_datasets().items():
        shared = sum(_plain(c) in have for c in columns)
        if "ChargePeriodStart" in missing and shared >= 4 and shared >= 0.6 * len(names):
            return OtherDataset(
                f"{what} is the FOCUS dataset {dataset}, not Cost and Usage",
                hint="load the Cost and Usage file",
            )
    for native, pattern in _NATIVE.items():
        if sum(bool(re.match(pattern, name.strip().lower())) for name in names) >= 2:
            return NotFocus(
                f"{what} looks like a native export ({native}), not FOCUS: it lacks {', '.join(missing)}",
                hint="does it have all columns of its form? Native forms: warikan sources",
            )
    found = ", ".join(repr(n[:40]) for n in names[:5]) or "nothing"
    return NotFocus(
        f"{what} is not a FOCUS Cost and Usage table: it lacks {', '.join(missing)} "
        f"(its header begins {found})",
        hint="is the first line the header?",
    )
