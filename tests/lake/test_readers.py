"""Readers beside a writer at work: whole snapshots, always."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from warikan.lake import Lake

WRITER = Path(__file__).with_name("writing_process.py")
VERSIONS = 7
"""Two commits of charges each: more than metadata files are kept, so a reader also meets one that is gone."""


def test_readers_see_whole_snapshots_while_another_process_writes(
    lake: Lake, read: Callable[..., list[tuple[Any, ...]]]
) -> None:
    """Every look finds all rows of exactly one version, and versions never go back."""
    reader = Lake.open(lake.folder)
    seen = [0]
    with subprocess.Popen(
        [sys.executable, str(WRITER), str(lake.folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        process.stdin.write("1 0\n")
        process.stdin.flush()
        assert process.stdout is not None
        child = int(process.stdout.readline().partition(" ")[2])
        while seen[-1] < VERSIONS:
            rows = read(reader, "charges", "x_LoadId, BillingPeriodStart::TIMESTAMP::DATE::VARCHAR")
            version = int(rows[0][0]) if rows else 0
            expected = [("2026-05-01", 3 * version + 1), ("2026-06-01", version + 1)] if version else []
            assert sorted(rows) == sorted((str(version), month) for month, n in expected for _ in range(n))
            loads = reader.loads().to_pylist()
            assert len({r["x_LoadId"] for r in loads}) == len(loads) / 2 <= 1
            seen.append(version)
        os.kill(child, signal.SIGKILL)
        process.stdin.close()

    assert seen == sorted(seen)
    assert len(set(seen)) > 2
