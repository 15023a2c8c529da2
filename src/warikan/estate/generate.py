"""Write a whole estate into a workspace: bills, catalogue, settings and truth."""

import shutil
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq

from warikan.estate.asset_costs import AssetCosts
from warikan.estate.bills import Bill, open_bills
from warikan.estate.catalogue import write_catalogue, write_settings
from warikan.estate.change_files import FOLDER as CHANGES_FOLDER
from warikan.estate.clusters import CLUSTERS, Cluster
from warikan.estate.demo_changes import write_demo_changes
from warikan.estate.late import write_late_bills
from warikan.estate.native import FOLDER as NATIVE_FOLDER
from warikan.estate.native import write_native
from warikan.estate.pods import PODS, PodDays, tabulate_pods
from warikan.estate.rows import Lines, Rows
from warikan.estate.scheduling import Day
from warikan.estate.simulation import Estate
from warikan.estate.timeline import Month, Scale, hours_since_epoch
from warikan.estate.truth import ChargeTruth, EventCosts, write_events, write_nodes
from warikan.estate.usage import FOLDER, USAGE_MONTHS, UsageFiles, list_cluster_hours
from warikan.estate.workload_costs import WORKLOAD_COSTS, WorkloadCosts
from warikan.estate.writing import open_table_file

DEFAULT_UNTIL = date(2026, 11, 20)
_MADE = ("bills", "bills-late", "catalog", "truth", FOLDER, CHANGES_FOLDER, NATIVE_FOLDER)

Report = Callable[[str, int, int], None]
"""Called with what is being made, how many of its steps are done, and how many there are."""


@dataclass(frozen=True)
class BillFile:
    """One bill that was written; *path* is relative to the workspace."""

    source_id: str
    month: date
    path: str
    rows: int
    bytes: int


@dataclass(frozen=True)
class EstateReport:
    """What was written; *usage_rows* are those of the clusters' hour tables, by table."""

    folder: Path
    files: tuple[BillFile, ...]
    nodes: int
    pod_days: int
    usage_rows: Mapping[str, int]

    @property
    def rows(self) -> int:
        """Charges in all bills."""
        return sum(f.rows for f in self.files)

    @property
    def bytes(self) -> int:
        """Bytes of all bills."""
        return sum(f.bytes for f in self.files)

    @property
    def rows_by_source(self) -> dict[str, int]:
        """Charges of each source."""
        sums: dict[str, int] = {}
        for file in self.files:
            sums[file.source_id] = sums.get(file.source_id, 0) + file.rows
        return sums


def generate(
    folder: Path,
    *,
    scale: Scale = "small",
    seed: int = 42,
    until: date = DEFAULT_UNTIL,
    usage_months: int = USAGE_MONTHS,
    native: bool = False,
    progress: Report | None = None,
) -> EstateReport:
    """
    Write the simulated company into *folder*, replacing one that an earlier call left there.

    The same arguments write the same bytes. Memory is bounded by one month of daily bills or one day of
    hourly ones, whatever the scale.

    Args:
        folder: The workspace; made when missing.
        scale: small (13 months by day, about 190,000 charges), medium (by hour, about 10 million) or
            large (about 100 million).
        seed: Any number: another one is another company's luck, with the same services and events.
        until: First day without data.
        usage_months: The newest so many months have hours of what ran in the clusters; before, nobody
            measured it.
        native: Also write the bills in their providers' own forms, below ``bills-native``.
        progress: Told after every bill.
    """
    for name in _MADE:
        shutil.rmtree(folder / name, ignore_errors=True)
    (folder / "truth").mkdir(parents=True)
    estate = Estate.build(scale, seed, until)
    months = estate.timeline.months()
    measured = {m.start: AssetCosts(estate, m) for m in months[max(0, len(months) - usage_months) :]}
    write_settings(folder, estate)
    write_catalogue(folder, estate)
    files, by_day = _write_bills(folder, estate, measured, progress)
    write_demo_changes(folder, estate, by_day)
    write_nodes(folder / "truth/nodes.parquet", estate.nodes)
    pod_days, usage_rows = _write_clusters(folder, estate, measured)
    write_late_bills(folder, estate, write_bill)
    if native:
        write_native(folder / NATIVE_FOLDER, estate)
    return EstateReport(folder, tuple(files), len(estate.nodes), pod_days, usage_rows)


def _write_bills(
    folder: Path, estate: Estate, measured: Mapping[date, AssetCosts], progress: Report | None
) -> tuple[list[BillFile], EventCosts]:
    bills, months = open_bills(estate.timeline), estate.timeline.months()
    truth = ChargeTruth(folder / "truth/charges.parquet", estate.script)
    files: list[BillFile] = []
    for bill in bills:
        for month in months:
            files.append(write_bill(folder, estate, bill, month, truth, measured.get(month.start)))
            if progress is not None:
                progress("bills", len(files), len(bills) * len(months))
    truth.close()
    write_events(folder / "truth/events.parquet", estate.script, truth.event_costs)
    return files, truth.by_day


def write_bill(
    folder: Path,
    estate: Estate,
    bill: Bill,
    month: Month,
    truth: ChargeTruth,
    costs: AssetCosts | None = None,
) -> BillFile:
    """Write the file of one bill and one month, and its truth; add what clusters were charged to *costs*."""
    monthly = estate.bill(bill.provider, month)
    path = bill.form.path(month)
    lines = Lines.of([bill.form.line(m) for m in monthly.meters])
    written = 0
    with open_table_file(folder / path) as file:
        for charges in monthly.usage():
            file.write(bill.form.table(Rows(lines, charges), month))
            truth.write(bill.form.source_id, path, written + 1, charges, monthly.meters, ())
            if costs is not None:
                costs.add(monthly.meters, charges)
            written += len(charges)
        fees = monthly.fees()
        if fees:
            all_lines = [*(bill.form.line(m) for m in monthly.meters), *(bill.form.fee_line(f) for f in fees)]
            charges = monthly.charge_fees(fees)
            file.write(bill.form.table(Rows(Lines.of(all_lines), charges), month))
            truth.write(bill.form.source_id, path, written + 1, charges, monthly.meters, fees)
            written += len(charges)
    return BillFile(bill.form.source_id, month.start, path, written, (folder / path).stat().st_size)


def _write_clusters(
    folder: Path, estate: Estate, measured: Mapping[date, AssetCosts]
) -> tuple[int, dict[str, int]]:
    """Pods of all months; of the *measured* ones the usage of clusters, and what workloads truly cost."""
    pod_days, rows, schedule = 0, Counter[str](), estate.schedule()
    with (
        pq.ParquetWriter(folder / "truth/pods.parquet", PODS, compression="zstd") as pods,
        pq.ParquetWriter(
            folder / "truth/workload_costs.parquet", WORKLOAD_COSTS, compression="zstd"
        ) as costs,
    ):
        for month in estate.timeline.months():
            days = list(schedule.days(month.start, month.data_end))
            table = tabulate_pods(PodDays.of(days))
            pods.write_table(table)
            pod_days += table.num_rows
            if month.start in measured:
                truth = WorkloadCosts(month.start, measured[month.start])
                for cluster in CLUSTERS:
                    rows.update(_write_usage(folder, estate, cluster, month, days, truth))
                costs.write_table(truth.tabulate())
    return pod_days, dict(rows)


def _write_usage(
    folder: Path, estate: Estate, cluster: Cluster, month: Month, days: Sequence[Day], truth: WorkloadCosts
) -> dict[str, int]:
    first, last = estate.plan.life(cluster)
    if hours_since_epoch(month.data_end) <= first or last <= hours_since_epoch(month.start):
        return {}
    with UsageFiles(folder, cluster, month) as files:
        for there in list_cluster_hours(estate, cluster, days):
            files.write(there)
            truth.add(there)
    return files.rows
