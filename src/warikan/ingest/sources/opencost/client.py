"""Questions to a server with OpenCost's API: as bounded as those to a metrics server, but by GET."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import datetime

import httpx

from warikan.ingest.sources.opencost.answers import MOST_BYTES
from warikan.ingest.sources.prometheus.client import Limits, PrometheusClient

LIMITS = Limits(response_bytes=MOST_BYTES, timeout_seconds=300.0)
"""An hour of 3,000 pods is about 6 MB; OpenCost computes an answer anew, which takes it minutes for a day."""


class OpenCostClient(PrometheusClient):
    """One server; see :class:`PrometheusClient` for what it promises."""

    address_hint = "give the address below which /allocation lies (Kubecost: .../model)"

    def _stream(self, url: str, parameters: Mapping[str, str]) -> AbstractContextManager[httpx.Response]:
        """OpenCost routes GET alone."""
        return self._http.stream("GET", url, params=dict(parameters))


def allocation_question(start: datetime, end: datetime) -> dict[str, str]:
    """
    Parameters for the containers in ``[start, end)``, hour by hour.

    Without ``aggregate`` an allocation is one container with its labels. ``idle`` is Kubecost's word for
    ``includeIdle``.
    """
    return {
        "window": _window(start, end),
        "step": "1h",
        "accumulate": "false",
        "includeIdle": "false",
        "idle": "false",
        "shareIdle": "false",
    }


def asset_question(start: datetime, end: datetime) -> dict[str, str]:
    """Parameters for the machines and disks in ``[start, end)``; each says when it was there."""
    return {"window": _window(start, end)}


def _window(start: datetime, end: datetime) -> str:
    return f"{start:%Y-%m-%dT%H:%M:%SZ},{end:%Y-%m-%dT%H:%M:%SZ}"
