"""Who we are, shown to a real server on the loopback; secrets are of the environment and never told."""

import shutil
import ssl
import subprocess
from base64 import b64encode
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from guarded_server import guarded
from metrics_world import Serve, busy_world, owners
from server_settings import take_server

from warikan.focus.errors import ConfigError
from warikan.lake import Lake

LATER = timedelta(hours=5)
SECRET = "s3cret-t0ken"  # noqa: S105 - of no real server
BASIC = b64encode(f"reader:{SECRET}".encode()).decode()


@pytest.mark.parametrize(
    ("header", "value", "usage"),
    [
        ("Authorization", f"Bearer {SECRET}", {"bearer_from": "TOKEN"}),
        ("Authorization", f"Basic {BASIC}", {"user": "reader", "password_from": "TOKEN"}),
        ("X-Api-Key", SECRET, {"headers_from": {"X-Api-Key": "TOKEN"}}),
        ("X-Scope-OrgID", "tenant-1", {"headers": {"X-Scope-OrgID": "tenant-1"}}),
    ],
)
def test_who_we_are(
    header: str, value: str, usage: dict[str, Any], serve_prometheus: Serve, lake: Lake
) -> None:
    """The right secret opens; a wrong one is told without being repeated, and nothing is kept."""
    world = busy_world()
    url = serve_prometheus([*world.series(), *owners(world)])

    def guard(request: BaseHTTPRequestHandler, _: str) -> int:
        return 0 if request.headers.get(header) == value else 401

    with guarded(url, guard) as door:
        wrong = take_server(lake, door, LATER, environment={"TOKEN": "other-s3cret"}, **usage | _other(usage))
        right = take_server(lake, door, LATER, environment={"TOKEN": f"{SECRET}\n"}, **usage)

    assert wrong.error is not None
    assert "answered 401" in wrong.error.message
    assert "s3cret" not in wrong.error.message + str(wrong.error.hint)
    assert "token, the password or the tenant header" in str(wrong.error.hint)
    assert right.error is None
    assert right.container_hours > 0


def _other(usage: dict[str, Any]) -> dict[str, Any]:
    return {"headers": {"X-Scope-OrgID": "tenant-2"}} if "headers" in usage else {}


@pytest.mark.parametrize(
    "usage",
    [
        {"bearer_from": "TOKEN"},
        {"user": "u", "password_from": "TOKEN"},
        {"headers_from": {"X-Api-Key": "TOKEN"}},
    ],
)
@pytest.mark.parametrize(("environment", "said"), [({}, "is not set"), ({"TOKEN": "a\nb"}, "no header can")])
def test_variables_that_are_missing(
    usage: dict[str, Any], environment: dict[str, str], said: str, lake: Lake
) -> None:
    """The setting and the variable are named, the value is not."""
    report = take_server(lake, "http://127.0.0.1:9", LATER, environment=environment, **usage)

    assert isinstance(report.error, ConfigError)
    assert "clusters.c1.usage." in report.error.message
    assert "TOKEN" in report.error.message
    assert said in report.error.message


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An authority, a server's and our own certificate of it, each with a key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("there is no openssl to make certificates with")
    folder = tmp_path_factory.mktemp("keys")

    def run(*arguments: str) -> None:
        subprocess.run([openssl, *arguments], cwd=folder, check=True, capture_output=True)

    new = ("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-days", "2")
    run(*new, "-x509", "-subj", "/CN=authority", "-keyout", "ca.key", "-out", "ca.pem")
    for name in ("server", "client"):
        run(
            *new, "-x509", "-CA", "ca.pem", "-CAkey", "ca.key", "-subj", "/CN=localhost",
            "-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=critical,CA:FALSE",
            "-keyout", f"{name}.key", "-out", f"{name}.pem",
        )  # fmt: skip
    run("ec", "-in", "client.key", "-aes128", "-passout", "pass:word", "-out", "locked.key")
    (folder / "garbage.pem").write_text("nothing")
    return folder


def test_certificates(keys: Path, serve_prometheus: Serve, lake: Lake) -> None:
    """mTLS: who trusts the authority and shows a certificate of it is let in; paths are relative."""
    world = busy_world()
    url = serve_prometheus([*world.series(), *owners(world)])
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=keys / "ca.pem")
    tls.load_cert_chain(keys / "server.pem", keys / "server.key")
    tls.verify_mode = ssl.CERT_REQUIRED
    shown = {"ca": "ca.pem", "certificate": "client.pem", "key": "client.key"}

    with guarded(url, lambda _, __: 0, tls) as door:
        right = take_server(lake, door, LATER, root=keys, **shown)

    assert right.error is None
    assert right.container_hours > 0


@pytest.mark.parametrize(
    ("usage", "said"),
    [
        ({"ca": "absent.pem"}, "clusters.c1.usage.ca: there is no file"),
        ({"ca": "garbage.pem"}, "garbage.pem cannot be used"),
        ({"certificate": "client.pem", "key": "server.key"}, "server.key cannot be used"),
        ({"certificate": "client.pem", "key": "locked.key"}, "locked.key cannot be used"),
    ],
)
def test_certificates_that_cannot_be_used(usage: dict[str, Any], said: str, keys: Path, lake: Lake) -> None:
    """The file is named; nothing is asked on the terminal."""
    report = take_server(lake, "https://127.0.0.1:9", LATER, root=keys, **usage)

    assert isinstance(report.error, ConfigError)
    assert said in report.error.message
