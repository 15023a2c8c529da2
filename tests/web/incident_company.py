"""The tiny company with a bug: since a week, the shop's logs cost as much again as the shop did."""

import csv
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from tiny_company import LAST_DAY, make_company
from warikan.bootstrap import Workspace
from warikan.operate.changes.change import ChangeDraft, Subject

ONSET = LAST_DAY - timedelta(days=7)
PER_DAY = "30"
DEPLOYS = 3


def make_incidents(folder: Path, lasts: int = 8) -> Workspace:
    """The workspace, judged: *lasts* days, three deploys of the shop on the evening before the first."""
    workspace = make_company(folder, load=False)
    bill = folder / "bills" / "cloud.csv"
    with bill.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    like = next(row for row in rows if '"shop"' in row["Tags"])
    rows += [_of_logs(like, ONSET + timedelta(days=i)) for i in range(lasts)]
    with bill.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    workspace.ingest()
    workspace.allocate()
    before = datetime(ONSET.year, ONSET.month, ONSET.day, tzinfo=UTC) - timedelta(hours=6)
    for i in range(DEPLOYS):
        draft = ChangeDraft(
            "deploy",
            f"shop v{i + 1}",
            at=before + timedelta(minutes=i),
            subject=Subject(service="shop"),
            url=f"https://ci.example.com/{i}",
        )
        workspace.operations.changes.add(draft, "ci")
    workspace.operations.anomalies.judge()
    return workspace


def _of_logs(like: dict[str, str], day: date) -> dict[str, str]:
    costs = dict.fromkeys(("BilledCost", "EffectiveCost", "ListCost", "ContractedCost"), PER_DAY)
    moments = {
        "ChargePeriodStart": f"{day}T00:00:00Z",
        "ChargePeriodEnd": f"{day + timedelta(days=1)}T00:00:00Z",
        "BillingPeriodStart": f"{day.replace(day=1)}T00:00:00Z",
        "BillingPeriodEnd": f"{(day.replace(day=1) + timedelta(days=32)).replace(day=1)}T00:00:00Z",
    }
    return (
        like
        | costs
        | moments
        | {"ServiceName": "Logging", "ResourceId": "logs-1", "ChargeDescription": "Ingestion"}
    )
