"""Run a piece of work in a process of its own and tell its seconds and its peak memory."""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Figure:
    """Wall seconds as the work measured itself, peak resident MB of its process, and what it returned."""

    seconds: float
    peak_mb: float
    result: dict[str, Any]


def measure(work: str, **arguments: object) -> Figure:
    """
    Run ``bench.work.<work>(**arguments)`` in a fresh Python process.

    The function returns a dict with ``seconds``; peak memory is the process's ru_maxrss (Linux: KiB).

    Raises:
        RuntimeError: the process failed; its stderr is in the message.
    """
    with tempfile.TemporaryFile() as errors, tempfile.NamedTemporaryFile(suffix=".json") as answer:
        code = (
            "import json,sys;from bench import work;"
            f"r=getattr(work,sys.argv[1])(**json.loads(sys.argv[2]));open({answer.name!r},'w').write(json.dumps(r))"
        )
        process = subprocess.Popen(
            [sys.executable, "-c", code, work, json.dumps(arguments, default=str)],
            cwd=Path(__file__).parent.parent,
            stderr=errors,
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            errors.seek(0)
            raise RuntimeError(f"{work} failed: {errors.read().decode(errors='replace')[-2000:]}")
        result: dict[str, Any] = json.loads(Path(answer.name).read_text())
    return Figure(float(result["seconds"]), usage.ru_maxrss / 1024, result)
