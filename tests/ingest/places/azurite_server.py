"""Azurite, Microsoft's own emulator of Azure Blob Storage, on the loopback."""

import base64
import hashlib
import hmac
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from email.utils import format_datetime
from http.client import HTTPConnection
from pathlib import Path

AZURITE = Path(__file__).parents[3] / ".tools" / "azurite" / "node_modules" / ".bin" / "azurite-blob"
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""Azurite's documented key, the same everywhere: it opens nothing but the emulator."""


@contextmanager
def azurite(folder: Path) -> Iterator[str]:
    """The address of a running server."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ("--skipApiVersionCheck", "--inMemoryPersistence", "--disableTelemetry")
    server = subprocess.Popen(
        [str(AZURITE), "--blobHost", "127.0.0.1", "--blobPort", str(port), *options],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert server.stdout is not None
    try:
        said = ""
        for line in server.stdout:
            said += line
            if "successfully listens" in line:
                break
        assert "successfully listens" in said, said
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.stdout.close()
        server.wait(30)


def make_container(address: str, container: str, now: datetime) -> None:
    """Create *container*; signed as Azure's shared key wants it."""
    date = format_datetime(now, usegmt=True)
    headers = f"x-ms-date:{date}\nx-ms-version:2021-08-06"
    text = f"PUT{chr(10) * 12}{headers}\n/{ACCOUNT}/{ACCOUNT}/{container}\nrestype:container"
    digest = hmac.new(base64.b64decode(KEY), text.encode(), hashlib.sha256).digest()
    connection = HTTPConnection(address.removeprefix("http://"), timeout=30)
    connection.request(
        "PUT",
        f"/{ACCOUNT}/{container}?restype=container",
        headers={
            "x-ms-date": date,
            "x-ms-version": "2021-08-06",
            "Authorization": f"SharedKey {ACCOUNT}:{base64.b64encode(digest).decode()}",
            "Content-Length": "0",
        },
    )
    answer = connection.getresponse()
    said = answer.read()
    connection.close()
    assert answer.status == 201, said
