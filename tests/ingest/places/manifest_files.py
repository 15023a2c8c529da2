"""Manifests as AWS and Azure write them, and listings of what lies beside them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from warikan.ingest.places.listing import Listing, RemoteObject, Version

WRITTEN = datetime(2026, 11, 1, tzinfo=UTC)


def remote(key: str, *, hours: float = 0, size: int = 10, etag: str | None = "e") -> RemoteObject:
    """An object written so many hours after the first of November."""
    return RemoteObject(key, Version(etag, size, WRITTEN + timedelta(hours=hours)))


def listing(*objects: Any) -> Listing:
    """As a store would list them; keys, or whole objects."""
    found = [remote(o) if isinstance(o, str) else o for o in objects]
    return {one.key: one for one in sorted(found, key=lambda o: o.key)}


def data_export(*keys: str, bucket: str = "b", **more: Any) -> dict[str, Any]:
    """``metadata/BILLING_PERIOD=…/export-Manifest.json``."""
    return {
        "manifestVersion": "1.0",
        "exportArn": "arn:aws:bcm-data-exports:us-east-1:111122223333:export/focus-1",
        "columns": [{"name": "BilledCost", "type": "double"}],
        "dataFiles": [f"s3://{bucket}/{key}" for key in keys],
        **more,
    }


def cur(*keys: str, bucket: str = "b", month: int = 10, assembly: str = "a1", **more: Any) -> dict[str, Any]:
    """``report-Manifest.json`` of a legacy Cost and Usage Report."""
    return {
        "assemblyId": assembly,
        "account": "111122223333",
        "columns": [{"category": "identity", "name": "LineItemId"}],
        "charset": "UTF-8",
        "compression": "GZIP",
        "contentType": "text/csv",
        "reportId": "r1",
        "reportName": "report",
        "billingPeriod": {
            "start": f"2026{month:02d}01T000000.000Z",
            "end": f"2026{month + 1:02d}01T000000.000Z",
        },
        "bucket": bucket,
        "reportKeys": list(keys),
        "additionalArtifactKeys": [],
        **more,
    }


def azure(
    *blobs: str,
    start: str = "2026-10-01",
    end: str = "2026-10-31",
    submitted: str = "2026-11-01T04:00:00Z",
    **more: Any,
) -> dict[str, Any]:
    """``manifest.json`` of an Azure Cost Management export."""
    return {
        "manifestVersion": "2024-04-01",
        "byteCount": 100,
        "blobCount": len(blobs),
        "dataRowCount": 5,
        "exportConfig": {
            "exportName": "daily",
            "resourceId": "/subscriptions/00000000-0000-0000-0000-000000000000/exports/daily",
            "dataVersion": "1.2",
            "apiVersion": "2025-03-01",
            "type": "FocusCost",
            "timeFrame": "MonthToDate",
            "granularity": "Daily",
        },
        "deliveryConfig": {
            "partitionData": True,
            "dataOverwriteBehavior": "CreateNewReport",
            "fileFormat": "Csv",
            "compressionMode": "gzip",
            "rootFolderPath": "costs",
        },
        "runInfo": {
            "executionType": "Scheduled",
            "submittedTime": submitted,
            "runId": "11111111-2222-3333-4444-555555555555",
            "startDate": f"{start}T00:00:00",
            "endDate": f"{end}T00:00:00",
        },
        "blobs": [{"blobName": blob, "byteCount": 10, "dataRowCount": 5} for blob in blobs],
        **more,
    }
