"""The four bills of the company, each in its provider's form."""

from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from warikan.estate.aws import AwsBill
from warikan.estate.azure import AzureBill
from warikan.estate.charges import Fee
from warikan.estate.company import Provider
from warikan.estate.gcp import GcpBill
from warikan.estate.meter import Meter
from warikan.estate.rows import Line, Rows
from warikan.estate.saas import SaasBill
from warikan.estate.timeline import Month, Timeline


class Form(Protocol):
    """How one provider writes its bill."""

    source_id: str

    def path(self, month: Month) -> str:
        """File of *month*, relative to the workspace."""

    def line(self, meter: Meter) -> Line:
        """The unchanging texts of *meter*."""

    def fee_line(self, fee: Fee) -> Line:
        """The unchanging texts of *fee*."""

    def table(self, rows: Rows, month: Month) -> pa.Table:
        """*rows* with the provider's columns, types and quirks of *month*."""


@dataclass(frozen=True)
class Bill:
    """A provider and its form."""

    provider: Provider
    form: Form


def open_bills(timeline: Timeline) -> tuple[Bill, ...]:
    """The bills of the company, in a fixed order."""
    return (
        Bill("aws", AwsBill(timeline)),
        Bill("gcp", GcpBill()),
        Bill("azure", AzureBill(timeline)),
        Bill("saas", SaasBill(timeline)),
    )
