"""The company's bills in native forms cost what its FOCUS bills cost, to the last digit."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from shutil import copytree
from typing import Any

import duckdb
import pytest

from warikan.bootstrap import Workspace, open_workspace
from warikan.engine.views import files_query
from warikan.estate import EstateReport
from warikan.estate.bills import open_bills
from warikan.estate.events import Event, Expiry, write_script
from warikan.estate.generate import DEFAULT_UNTIL, write_bill
from warikan.estate.native import NATIVE_FORMS, write_native
from warikan.estate.native.__main__ import main
from warikan.estate.simulation import Estate
from warikan.estate.timeline import Timeline
from warikan.estate.truth import ChargeTruth
from warikan.ingest.load import LoadReport, load
from warikan.lake import Lake

CREDIT, REFUND, IDLE, OPEN = date(2026, 4, 1), date(2026, 5, 1), date(2026, 8, 1), date(2026, 11, 1)
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
MONTHS = (CREDIT, REFUND, IDLE, OPEN)
FORMS = {form.id: form for form in NATIVE_FORMS}
SOURCES = {"aws": "aws", "gcp": "google-cloud", "azure": "azure", "saas": "mihari"}
# Microsoft's names of services (its open data) where the company's FOCUS export has others.
AZURE_NAMES = {
    None: "Azure Support",
    "App Service": "Azure App Service",
    "Azure OpenAI": "Azure AI Services",
    "Braze for Azure Marketplace": "Azure Marketplace",
    "Log Analytics": "Azure Monitor",
    "Microsoft Entra External ID": "Microsoft Entra External Identities",
    "SQL Database": "Azure SQL Database",
}
Costs = dict[tuple[str | None, str | None, date], tuple[Decimal, Decimal]]
"""(account, provider service, day) → BilledCost, EffectiveCost."""


@dataclass(frozen=True)
class Loaded:
    """A lake with one source, and how it got there."""

    lake: Lake
    report: LoadReport

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of *sql* over ``charges``."""
        paths = [f.path for f in self.lake.data_files("charges")]
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            charges = files_query(self.lake.schema("charges"), paths)
            return connection.execute(f"WITH charges AS ({charges}) {sql}").fetchall()

    def costs(self, day: str = "ChargePeriodStart", service: str = "ServiceName") -> Costs:
        """What the source costs; *day* and *service* are SQL."""
        rows = self.ask(
            f"""SELECT replace("SubAccountId", '/subscriptions/', ''), {service}, ({day})::DATE AS day,
                       sum("BilledCost"), sum("EffectiveCost") FROM charges GROUP BY ALL
                HAVING sum("BilledCost") <> 0 OR sum("EffectiveCost") <> 0"""
        )
        return {
            (account, service, at): (billed, effective) for account, service, at, billed, effective in rows
        }


def take(folder: Path, path: Path, source_type: str) -> Loaded:
    """A new lake with what is at *path*."""
    lake = Lake.open(folder / ".warikan")
    report = load(
        lake, "bill", path, root=path.parent, source_type=source_type, now=NOW, allow_duplicate=True
    )
    return Loaded(lake, report)


def expected_costs(provider: str, focus: Loaded) -> Costs:
    """What a native bill of *provider* must cost where its form tells the service or the day otherwise."""
    if provider == "aws":
        return focus.costs(day=BY_MONTH)
    if provider == "azure":
        costs = focus.costs(service=RESERVATIONS_APART)
        return {(a, AZURE_NAMES.get(s, s), d): cost for (a, s, d), cost in costs.items()}
    return focus.costs()


# What is bought in advance is a service of its own in cost details.
RESERVATIONS_APART = """CASE WHEN "CommitmentDiscountId" IS NOT NULL AND
    ("ChargeCategory" = 'Purchase' OR "CommitmentDiscountStatus" = 'Unused')
    THEN 'Azure Reservations' ELSE "ServiceName" END"""
# What a reservation did not use: the report of AWS tells it in the fee of the month, of no day.
BY_MONTH = """CASE WHEN "CommitmentDiscountStatus" = 'Unused' AND "CommitmentDiscountCategory" = 'Usage'
    THEN "BillingPeriodStart" ELSE "ChargePeriodStart" END"""


def assert_proven(loaded: Loaded) -> None:
    """Nothing was rejected or rounded, and the provider's own columns add up to the FOCUS columns."""
    report = loaded.report
    assert (report.rejected_rows, report.rounded_values) == (0, 0)
    assert report.conversions
    assert [c[:4] for c in report.conversions if not c[4].is_equal] == []


@pytest.fixture(scope="module")
def simulated() -> Estate:
    """The company whose FOCUS bills the fixture ``estate`` wrote."""
    return Estate.build("small", 42, DEFAULT_UNTIL)


@pytest.fixture(scope="module")
def native(simulated: Estate, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the native bills of MONTHS."""
    folder = tmp_path_factory.mktemp("native")
    write_native(folder, simulated, months=MONTHS)
    return folder


@pytest.fixture(scope="module")
def focus(estate: EstateReport, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Loaded]:
    """Provider → its FOCUS bills of MONTHS, loaded."""
    loaded = {}
    for provider, source_id in SOURCES.items():
        folder = tmp_path_factory.mktemp(f"focus-{provider}")
        for file in estate.files:
            if file.source_id == source_id and file.month in MONTHS:
                (folder / Path(file.path).name).symlink_to(estate.folder / file.path)
        loaded[provider] = take(tmp_path_factory.mktemp("lake"), folder, "focus")
    return loaded


@pytest.mark.parametrize("form", FORMS)
def test_both_ways_cost_the_same(form: str, native: Path, focus: dict[str, Loaded], tmp_path: Path) -> None:
    """BilledCost and EffectiveCost of each account, provider service and day are those of the FOCUS bill."""
    told = FORMS[form]

    found = take(tmp_path, native / form, told.source_type)

    assert_proven(found)
    expected = expected_costs(told.provider, focus[told.provider])
    assert len(expected) > 400
    assert found.costs() == expected


def test_only_idle_reservations_have_no_day(native: Path, focus: dict[str, Loaded], tmp_path: Path) -> None:
    """Day by day the report of AWS differs in nothing but what reservations did not use."""
    found, expected = take(tmp_path, native / "cur-2.0-parquet", "aws_cur").costs(), focus["aws"].costs()

    differ = {key for key in found.keys() | expected.keys() if found.get(key) != expected.get(key)}

    assert {(account, service) for account, service, _ in differ} == {
        ("730264815593", "Amazon Relational Database Service")
    }
    assert {day.replace(day=1) for _, _, day in differ} == {IDLE}
    assert sum(found[key][1] - expected[key][1] for key in differ) == 0
    assert all(found[key][0] == expected[key][0] for key in differ)


def test_line_items_are_those_that_aws_writes(native: Path) -> None:
    """Negations take back what plans cover, discounts are rows, and fees know what was used."""
    path = native / "cur-2.0-parquet"
    with duckdb.connect() as connection:
        kinds = dict(
            connection.execute(
                """SELECT line_item_line_item_type, sum(line_item_unblended_cost::DECIMAL(30, 12))
                   FROM read_parquet($path) GROUP BY ALL""",
                {"path": f"{path}/**/*.parquet"},
            ).fetchall()
        )
        (over,) = connection.execute(
            """SELECT count(*) FROM read_parquet($path) WHERE savings_plan_used_commitment >
               savings_plan_total_commitment_to_date + 1e-9""",
            {"path": f"{path}/**/*.parquet"},
        ).fetchall()

    assert set(kinds) == {
        "Usage", "SavingsPlanCoveredUsage", "SavingsPlanNegation", "SavingsPlanRecurringFee",
        "DiscountedUsage", "RIFee", "EdpDiscount", "Tax", "Credit", "Refund", "Fee",
    }  # fmt: skip
    assert kinds["SavingsPlanNegation"] == -kinds["SavingsPlanCoveredUsage"] < 0
    assert kinds["EdpDiscount"] < 0 == kinds["DiscountedUsage"]
    assert over == (0,)


def with_reservations() -> Estate:
    """Two days of an hourly company that has also bought hours of resources at Google and Azure."""
    until = date(2026, 11, 3)
    script = write_script(Timeline.ending(until, "small"))
    ends = Event("plans-end", "commitment", "data-platform", date(2026, 11, 2), None, "Two commitments end")
    script = replace(
        script,
        events=(*script.events, ends),
        expiries=(
            Expiry(ends.id, "zcorp", "zd4s", Decimal("3.5"), Decimal("0.62")),
            Expiry(ends.id, "gdata", "g2gpu", Decimal(2), Decimal("0.63")),
            Expiry(ends.id, "gdata", "spanner", Decimal(90), Decimal("0.8")),
        ),
    )
    estate = Estate.build("small", 7, until, script)
    return replace(estate, timeline=replace(estate.timeline, slot_hours=1))


@pytest.fixture(scope="module")
def hourly(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Path]]:
    """The folder of that company's native bills, and its FOCUS bills by provider."""
    folder, estate = tmp_path_factory.mktemp("hourly"), with_reservations()
    month = estate.timeline.months()[-1]
    write_native(folder, estate, months=[month.start])
    (folder / "truth").mkdir()
    truth = ChargeTruth(folder / "truth" / "charges.parquet", estate.script)
    files = {
        bill.provider: write_bill(folder, estate, bill, month, truth) for bill in open_bills(estate.timeline)
    }
    truth.close()
    return folder, {provider: folder / file.path for provider, file in files.items()}


@pytest.mark.parametrize("provider", ["aws", "gcp", "azure"])
def test_commitments_of_all_kinds_by_the_hour(
    provider: str, hourly: tuple[Path, dict[str, Path]], tmp_path: Path
) -> None:
    """By the hour, with reservations at Azure and commitments of resources at Google, both ways agree too."""
    folder, files = hourly
    expected = take(tmp_path / "focus", files[provider], "focus")
    kinds = expected.ask(
        """SELECT DISTINCT "CommitmentDiscountCategory", "CommitmentDiscountStatus" FROM charges
           WHERE "CommitmentDiscountId" IS NOT NULL"""
    )
    assert {("Usage", "Used"), ("Usage", "Unused")} <= set(kinds) or provider == "aws"

    for form in (f for f in NATIVE_FORMS if f.provider == provider):
        found = take(tmp_path / form.id, folder / form.id, form.source_type)
        assert_proven(found)
        assert found.costs() == expected_costs(provider, expected), form.id


def test_the_same_bytes_each_time(simulated: Estate, native: Path, tmp_path: Path) -> None:
    """Written again, every file is the same to the byte."""
    written = write_native(tmp_path, simulated, months=[OPEN])

    assert len({file.form for file in written}) == len(NATIVE_FORMS)
    paths = [path for file in written for path in file.paths]
    assert all((tmp_path / path).read_bytes() == (native / path).read_bytes() for path in paths)
    assert all(file.rows > 100 for file in written)


def test_the_command_writes_what_ingest_recognises(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """``python -m warikan.estate.native`` writes files that say themselves what they are."""
    forms = ["azure-ea", "gcp-detailed-json", "oci-cost-report"]
    main([str(tmp_path), "--months", "1", *(word for form in forms for word in ("--form", form))])

    told = capsys.readouterr().out.splitlines()

    for form, line in zip(forms, told, strict=True):
        command = f"warikan ingest --source-type {FORMS[form].source_type} --file {tmp_path / form}"
        assert line.endswith(command)
        found = take(tmp_path / f"lake-{form}", tmp_path / form, "auto")
        assert_proven(found)
        assert found.report.months == (OPEN,)


@pytest.fixture(scope="module")
def workspaces(
    estate: EstateReport, simulated: Estate, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Workspace, Workspace]:
    """The company's rules over one month of its FOCUS bills, and of the same bills in native forms."""
    forms = {"aws": "cur-legacy-csv", "google-cloud": "gcp-detailed-parquet", "azure": "azure-ea"}
    natives = tmp_path_factory.mktemp("month")
    write_native(natives, simulated, months=[IDLE], forms=[FORMS[form] for form in forms.values()])
    pair = []
    for name in ("focus", "native"):
        folder = tmp_path_factory.mktemp(name)
        copytree(estate.folder / "catalog", folder / "catalog")
        (folder / "warikan.yaml").write_bytes((estate.folder / "warikan.yaml").read_bytes())
        workspace = open_workspace(folder, clock=lambda: NOW)
        for source_id, form in forms.items():
            files = [f.path for f in estate.files if f.source_id == source_id and f.month == IDLE]
            if name == "focus":
                workspace.ingest(file=str(estate.folder / files[0]), source_id=source_id)
            else:
                workspace.ingest(file=str(natives / form), source_id=source_id)
        workspace.allocate()
        pair.append(workspace)
    return pair[0], pair[1]


def test_owners_are_the_same(workspaces: tuple[Workspace, Workspace]) -> None:
    """Tags and names in native bills lead to the owners that those in FOCUS bills lead to, cent by cent."""
    owners = []
    for workspace in workspaces:
        answer = workspace.cost(by=["SubAccountId", "x_ServiceId"], period=f"{IDLE:%Y-%m}").to_pylist()
        owners.append(
            {
                ((row["SubAccountId"] or "").removeprefix("/subscriptions/"), row["x_ServiceId"]): cost
                for row in answer
                if (cost := row["EffectiveCost"])
            }
        )

    assert len(owners[0]) > 60
    assert owners[1] == owners[0]
