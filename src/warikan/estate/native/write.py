"""The company's bills in its providers' native forms, made from the same charges as its FOCUS bills."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

from warikan.estate.charges import Charges, Fee
from warikan.estate.company import Provider
from warikan.estate.meter import Meter
from warikan.estate.native.azure import AzureForm
from warikan.estate.native.cur import CurForm
from warikan.estate.native.gcp import GcpForm
from warikan.estate.native.oci import OciForm
from warikan.estate.simulation import PROVIDERS, Estate
from warikan.estate.timeline import Month, Timeline

FOLDER = "bills-native"


class NativeBill(Protocol):
    """A bill of one month under way; *paths* are its files, *rows* what they have so far."""

    paths: tuple[str, ...]
    rows: int

    def add_usage(self, charges: Charges) -> None:
        """Append what *charges* of meters are."""

    def add_fees(self, fees: Sequence[Fee], charges: Charges) -> None:
        """Append what *fees* are; only after all usage."""

    def close(self) -> None:
        """Finish its files."""


class NativeForm(Protocol):
    """One form of one provider's bill."""

    @property
    def provider(self) -> Provider:
        """Whose charges it holds."""

    @property
    def source_type(self) -> str:
        """As ``warikan ingest --source-type`` has it."""

    @property
    def id(self) -> str:
        """Also the name of its folder."""

    def open(self, folder: Path, timeline: Timeline, month: Month, meters: Sequence[Meter]) -> NativeBill:
        """The bill of *month* and *meters*, to be written below *folder*."""


@dataclass(frozen=True)
class NativeFile:
    """What was written of one form and month; *paths* are relative to the folder."""

    form: str
    source_type: str
    provider: Provider
    month: date
    paths: tuple[str, ...]
    rows: int


NATIVE_FORMS: tuple[NativeForm, ...] = (
    CurForm("parquet"),
    CurForm("csv.gz", has_net=False),
    CurForm("csv.gz", is_legacy=True),
    AzureForm(),
    GcpForm("parquet"),
    GcpForm("json"),
    OciForm(),
)


def write_native(
    folder: Path,
    estate: Estate,
    *,
    months: Collection[date] | None = None,
    forms: Sequence[NativeForm] = NATIVE_FORMS,
) -> tuple[NativeFile, ...]:
    """
    Write the bills of *estate* below *folder* in native *forms*, each in a folder of its own.

    They hold the charges of the FOCUS bills: loaded with ``source_type``, they cost the same for each
    account, service and day. The same arguments write the same bytes.

    Args:
        months: First days of the months to write; None: all.
    """
    written: list[NativeFile] = []
    for provider in PROVIDERS:
        there = [form for form in forms if form.provider == provider]
        for month in estate.timeline.months():
            if there and (months is None or month.start in months):
                written += _write_month(folder, estate, month, provider, there)
    return tuple(written)


def _write_month(
    folder: Path, estate: Estate, month: Month, provider: Provider, forms: Sequence[NativeForm]
) -> list[NativeFile]:
    monthly = estate.bill(provider, month)
    bills = [form.open(folder, estate.timeline, month, monthly.meters) for form in forms]
    try:
        for charges in monthly.usage():
            for bill in bills:
                bill.add_usage(charges)
        fees = monthly.fees()
        if fees:
            charged = monthly.charge_fees(fees)
            for bill in bills:
                bill.add_fees(fees, charged)
    finally:
        for bill in bills:
            bill.close()
    return [
        NativeFile(form.id, form.source_type, provider, month.start, bill.paths, bill.rows)
        for form, bill in zip(forms, bills, strict=True)
    ]
