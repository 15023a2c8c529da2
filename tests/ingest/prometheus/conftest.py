"""Real metrics servers: Debian's Prometheus and VictoriaMetrics, fetched by tools/ensure_prometheus.sh."""

import socket
import subprocess
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import mkdtemp

import httpx
import pytest
from metrics_world import Series, Serve, exposition, openmetrics

REPOSITORY = Path(__file__).parents[3]
PROGRAMS = REPOSITORY / ".tools" / "prometheus" / "usr" / "bin"


def _program(name: str) -> str:
    if not (PROGRAMS / name).exists():
        subprocess.run(["sh", str(REPOSITORY / "tools" / "ensure_prometheus.sh")], check=False)
    if not (PROGRAMS / name).exists():
        pytest.skip(f"{name} cannot be fetched here (tools/ensure_prometheus.sh)")
    return str(PROGRAMS / name)


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@contextmanager
def _running(command: list[str], ready: bytes) -> Iterator[None]:
    """The program while it serves: it is ready when it says so."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        try:
            said = b""
            for line in process.stderr:
                said += line
                if ready in line:
                    break
            else:
                raise AssertionError(said.decode("utf-8", "replace"))
            yield
        finally:
            process.terminate()
            process.communicate()


@contextmanager
def run_prometheus(folder: Path, series: Sequence[Series], *options: str) -> Iterator[str]:
    """A Prometheus whose history is *series*."""
    text = folder / "history.om"
    text.write_text("\n".join(openmetrics(series)) + "\n", encoding="utf-8")
    with run_history(folder, text, *options) as url:
        yield url


@contextmanager
def run_history(folder: Path, text: Path, *options: str) -> Iterator[str]:
    """A Prometheus whose history is the file *text*, in OpenMetrics' form."""
    server, tool = _program("prometheus"), _program("promtool")
    data, config = folder / "data", folder / "prometheus.yml"
    made = subprocess.run(
        [tool, "tsdb", "create-blocks-from", "--max-block-duration=48h", "openmetrics", str(text), str(data)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    config.write_text("global: {}\n", encoding="utf-8")
    address = f"127.0.0.1:{_free_port()}"
    command = [
        server, f"--config.file={config}", f"--storage.tsdb.path={data}", f"--web.listen-address={address}",
        "--storage.tsdb.retention.time=100y", *options,
    ]  # fmt: skip
    with _running(command, b"Server is ready"):
        yield f"http://{address}"


@contextmanager
def run_victoria_metrics(folder: Path, series: Sequence[Series]) -> Iterator[str]:
    """A VictoriaMetrics into which *series* were imported."""
    with _importing(folder, exposition(series)) as url:
        yield url


@contextmanager
def run_victoria_history(folder: Path, text: Path) -> Iterator[str]:
    """A VictoriaMetrics into which the file *text*, in OpenMetrics' form, was imported."""
    samples = (line for line in text.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    with _importing(folder, (f"{line}000" for line in samples)) as url:
        yield url


@contextmanager
def _importing(folder: Path, lines: Iterable[str]) -> Iterator[str]:
    """A VictoriaMetrics with *lines* of Prometheus' text, in milliseconds."""
    address = f"127.0.0.1:{_free_port()}"
    command = [
        _program("victoria-metrics"), f"-storageDataPath={folder / 'vm'}", f"-httpListenAddr={address}",
        "-retentionPeriod=100y",
    ]  # fmt: skip
    with (
        _running(command, b"started VictoriaMetrics in"),
        httpx.Client(base_url=f"http://{address}", transport=httpx.HTTPTransport(retries=5)) as http,
    ):
        content = "".join(f"{line}\n" for line in lines).encode()
        http.post("/api/v1/import/prometheus", content=content, timeout=60).raise_for_status()
        http.get("/internal/force_flush").raise_for_status()
        yield f"http://{address}"


@pytest.fixture
def serve_prometheus(tmp_path: Path) -> Iterator[Serve]:
    """Start Prometheus with a history."""
    with ExitStack() as stack:
        yield lambda series: stack.enter_context(run_prometheus(Path(mkdtemp(dir=tmp_path)), series))


@pytest.fixture
def victoria_metrics(tmp_path: Path) -> Iterator[Serve]:
    """Start VictoriaMetrics with a history; it takes late samples."""
    with ExitStack() as stack:
        yield lambda series: stack.enter_context(run_victoria_metrics(tmp_path, series))


@pytest.fixture(params=["prometheus", "victoria-metrics"])
def serve_history(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[Path], str]]:
    """Start each of the servers with the history in a file."""
    run = run_history if request.param == "prometheus" else run_victoria_history
    with ExitStack() as stack:
        yield lambda text: stack.enter_context(run(tmp_path, text))


@pytest.fixture(params=["prometheus", "victoria-metrics"])
def serve(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Serve]:
    """Start each of the servers with a history."""
    run = run_prometheus if request.param == "prometheus" else run_victoria_metrics
    with ExitStack() as stack:
        yield lambda series: stack.enter_context(run(tmp_path, series))
