"""What is measured: each function runs in a process of its own and returns its seconds."""

import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

SORTED = '"SubAccountId", "ServiceName", "ResourceId", "ChargePeriodStart"'
MONEY = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost", "ListUnitPrice", "ContractedUnitPrice")
SETTINGS = """\
version: 1
sources: {}
tags: {promote: [service, env]}
ownership:
  rules:
    - {id: service-tag, service: {from: "Tags['service']"}, environment: {from: "Tags['env']"}}
    - {id: by-name, service: {from: ResourceName, match: "^([a-z]+)-"}}
shares:
  - {id: ledger-shared, source: "x_ServiceId = 'ledger' AND x_Environment = 'staging'", method: proportional}
"""
SERVICES = ("payments", "search", "checkout", "catalog", "media", "ledger", "login", "feed", "mail", "stats")
COMPONENT = """\
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {{name: {name}}}
spec: {{type: service, lifecycle: production, owner: team-{team}}}
---
"""


def make_workspace(folder: str) -> dict[str, Any]:
    """An empty workspace with ten services in three teams, two rules and one share."""
    root = Path(folder)
    (root / "catalog").mkdir(parents=True)
    (root / "warikan.yaml").write_text(SETTINGS)
    entities = "".join(COMPONENT.format(name=name, team=i % 3) for i, name in enumerate(SERVICES))
    (root / "catalog/services.yaml").write_text(entities)
    return {"seconds": 0.0}


def make_fleet(target: str, rows: int, months: int, *, has_doubles: bool = False) -> dict[str, Any]:
    """
    Write about *rows* FOCUS rows over *months* from 2025-01 to *target* (.csv.gz or .parquet).

    With *has_doubles*, money and quantities are doubles with some noise in the last digits, as many exporters
    write them.
    """
    import duckdb

    hours = {1: 744, 12: 8760}[months]
    resources = max(1, round(rows / hours))
    sql = (Path(__file__).parent / "fleet.sql").read_text()
    sql = (
        sql.replace("$resources", str(resources))
        .replace("$start", "'2025-01-01'")
        .replace("$hours", str(hours))
    )
    if has_doubles:
        noisy = ", ".join(f'"{name}"::DOUBLE * 1.1 / 1.1 AS "{name}"' for name in MONEY)
        sql = f"SELECT * REPLACE ({noisy}) FROM ({sql})"
    csv = "FORMAT csv, COMPRESSION gzip, TIMESTAMPFORMAT '%Y-%m-%dT%H:%M:%SZ'"
    form = csv if target.endswith(".gz") else "FORMAT parquet, COMPRESSION zstd"
    started = time.perf_counter()
    connection = duckdb.connect()
    connection.execute("SET memory_limit = '4GB'; SET enable_progress_bar = false")
    connection.execute(f"COPY ({sql}) TO '{target}' ({form})")
    return {"seconds": time.perf_counter() - started, "rows": resources * hours}


def bare_load(source: str, target: str) -> dict[str, Any]:
    """The yardstick of a load: bare DuckDB reads the file and writes it sorted, zstd."""
    import duckdb

    connection = duckdb.connect()
    connection.execute(
        f"SET temp_directory = '{Path(target).parent / 'spill'}'; SET enable_progress_bar = false"
    )
    reader = f"read_csv('{source}')" if source.endswith(".gz") else f"read_parquet('{source}')"
    started = time.perf_counter()
    connection.execute(
        f"COPY (SELECT * FROM {reader} ORDER BY {SORTED}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)"
    )
    return {"seconds": time.perf_counter() - started}


def make_cur(folder: str, form: str) -> dict[str, Any]:
    """Write the newest month of the simulated company's *form* of the cost and usage report."""
    from warikan.estate.generate import DEFAULT_UNTIL
    from warikan.estate.native.write import NATIVE_FORMS, write_native
    from warikan.estate.simulation import Estate

    estate = Estate.build("medium", 42, DEFAULT_UNTIL)
    month = [month.start for month in estate.timeline.months()][-1]
    started = time.perf_counter()
    (written,) = write_native(
        Path(folder), estate, months=[month], forms=[f for f in NATIVE_FORMS if f.id == form]
    )
    return {"seconds": time.perf_counter() - started, "path": str(Path(folder) / written.paths[0])}


def make_wide(source: str, target: str, rows: int) -> dict[str, Any]:
    """Repeat the rows of the CSV file *source* until there are at least *rows*."""
    started = time.perf_counter()
    head, _, body = Path(source).read_bytes().partition(b"\n")
    with Path(target).open("wb") as out:
        out.write(head + b"\n")
        for _ in range(-(-rows // body.count(b"\n"))):
            out.write(body)
    return {"seconds": time.perf_counter() - started}


def bare_copy(source: str, target: str) -> dict[str, Any]:
    """The yardstick of a conversion: bare DuckDB copies the file to Parquet, text as it is."""
    import duckdb

    reader = (
        f"read_parquet('{source}')"
        if source.endswith(".parquet")
        else f"read_csv('{source}', all_varchar = true)"
    )
    started = time.perf_counter()
    with duckdb.connect(config={"threads": 2}) as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.execute(
            f"COPY (FROM {reader}) TO '{target}' (FORMAT parquet, COMPRESSION lz4_raw, ROW_GROUP_SIZE 30720)"
        )
    return {"seconds": time.perf_counter() - started}


def convert_bill(source: str) -> dict[str, Any]:
    """Read, type and convert the native bill *source*, as a load does before it writes charges."""
    import tempfile

    from warikan.ingest.dialects import find_dialects
    from warikan.ingest.files import open_file
    from warikan.ingest.native import convert_native
    from warikan.ingest.progress import Meter
    from warikan.ingest.session import open_session
    from warikan.ingest.staging import stage

    with tempfile.TemporaryDirectory() as folder, open_session(Path(folder)) as connection:
        file = open_file(Path(source), Path(source).parent)
        started = time.perf_counter()
        staged, mapping = stage(connection, file, find_dialects("auto"), Path(folder), 0, Meter(None))
        typed = time.perf_counter()
        if mapping is None:
            raise ValueError(f"{source} is FOCUS")
        convert_native(connection, staged, mapping, file.name, 0)
        ended = time.perf_counter()
    return {
        "seconds": ended - started,
        "typed": typed - started,
        "converted": ended - typed,
        "rows": staged.rows,
    }


def warikan_load(source: str, workspace: str) -> dict[str, Any]:
    """Warikan loads the file: read, typed, sorted, committed, proven."""
    from warikan.bootstrap import open_workspace

    opened = open_workspace(Path(workspace))
    opened.lake.snapshot("charges")
    started = time.perf_counter()
    (report,) = opened.ingest(file=source)
    return {"seconds": time.perf_counter() - started, "rows": report.rows}


def warikan_allocate(workspace: str) -> dict[str, Any]:
    """Warikan allocates everything in the workspace, checks the sums and commits."""
    from warikan.bootstrap import open_workspace

    opened = open_workspace(Path(workspace))
    opened.engine.table("charges")
    started = time.perf_counter()
    opened.allocate(force=True)
    return {"seconds": time.perf_counter() - started}


def warikan_queries(workspace: str, repeats: int) -> dict[str, Any]:
    """Five typical questions, each asked *repeats* times in one warm process; median seconds."""
    from bench.questions import QUESTIONS
    from warikan.bootstrap import open_workspace

    opened = open_workspace(Path(workspace))
    answers = {}
    for name, question in QUESTIONS.items():
        opened.ask(question.query)
        answers[name] = _median(lambda q=question.query: opened.ask(q), repeats)
    return {"seconds": sum(answers.values()), "each": answers}


def bare_queries(workspace: str, repeats: int) -> dict[str, Any]:
    """The yardstick of the questions: hand-written DuckDB SQL over the same Parquet files."""
    import duckdb

    from bench.questions import QUESTIONS
    from warikan.bootstrap import open_workspace

    lake = open_workspace(Path(workspace)).lake
    connection = duckdb.connect()
    connection.execute("SET memory_limit = '4GB'; SET TimeZone = 'UTC'")
    answers = {}
    for name, question in QUESTIONS.items():
        files = [f.path for f in lake.data_files(question.table)]
        sql = question.sql.replace("$files", f"read_parquet({files!r}, hive_partitioning=false)")
        connection.execute(sql).fetch_arrow_table()
        answers[name] = _median(lambda s=sql: connection.execute(s).fetch_arrow_table(), repeats)
    return {"seconds": sum(answers.values()), "each": answers}


def default_page(workspace: str, repeats: int) -> dict[str, Any]:
    """The server's time for the page's default view, in process, warm; nothing is cached between."""
    from fastapi.testclient import TestClient

    from warikan.bootstrap import open_workspace
    from warikan.cli.serve import make_app

    client = TestClient(make_app(open_workspace(Path(workspace))))
    client.get("/").raise_for_status()
    return {"seconds": _median(lambda: client.get("/").raise_for_status(), repeats)}


def command(arguments: list[str], repeats: int) -> dict[str, Any]:
    """Median wall time of ``warikan *arguments*`` as a process."""
    program = [str(Path(sys.executable).parent / "warikan"), *arguments]

    def run() -> None:
        subprocess.run(program, check=True, capture_output=True)

    run()
    return {"seconds": _median(run, repeats)}


def _median(work: Any, repeats: int) -> float:
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return statistics.median(times)
