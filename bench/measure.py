"""Run a piece of work in a process of its own and tell its seconds and its peak memory."""

import json
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

    The function returns a dict with ``seconds``; peak memory is the process's own (peak.py).

    Raises:
        RuntimeError: the process failed; its stderr is in the message.
    """
    with tempfile.TemporaryFile() as errors, tempfile.NamedTemporaryFile(suffix=".json") as answer:
        code = (
            "import json,sys;from bench import peak,work;"
            "r=getattr(work,sys.argv[1])(**json.loads(sys.argv[2]));r['peak']=peak.peak_megabytes();"
            f"open({answer.name!r},'w').write(json.dumps(r))"
        )
        process = subprocess.Popen(
            [sys.executable, "-c", code, work, json.dumps(arguments, default=str)],
            cwd=Path(__file__).parent.parent,
            stderr=errors,
        )
        if process.wait() != 0:
            errors.seek(0)
            raise RuntimeError(f"{work} failed: {errors.read().decode(errors='replace')[-2000:]}")
        result: dict[str, Any] = json.loads(Path(answer.name).read_text())
    return Figure(float(result["seconds"]), float(result.pop("peak")), result)
