"""A real S3-speaking server (moto) on the loopback, and a bucket of it behind a proxy that can break."""

import itertools
import logging
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from faulty_proxy import faulty
from moto.server import ThreadedMotoServer
from place_world import KEYS, LATER, Bucket, open_bucket

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """The address of an S3 server that speaks what Amazon's does, made by other people."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """No variable and no file of the person who runs the tests decides anything; no proxy either."""
    import os

    for name in list(os.environ):
        if name.upper().startswith(("AWS_", "AZURE_", "GOOGLE_")) or name.upper().endswith("_PROXY"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return monkeypatch


@pytest.fixture
def bucket(s3_server: str, clean_environment: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Bucket]:
    """An empty bucket; keys in the environment, where Amazon's chain looks first."""
    for name, value in KEYS.items():
        clean_environment.setenv(name, value)
    name = f"bills{next(_NUMBERS):04d}"  # obstore escapes a hyphen for Google, which moto does not undo
    client = boto3.client("s3", endpoint_url=s3_server, region_name="us-east-1")
    client.create_bucket(Bucket=name)
    client.close()
    with faulty(s3_server) as proxy:
        made = Bucket(name, open_bucket(s3_server, name), proxy, tmp_path / "cache")
        import obstore

        obstore.put(made.store, "clock", b"x")
        made.now = obstore.head(made.store, "clock")["last_modified"] + LATER
        obstore.delete(made.store, "clock")
        proxy.seen.clear()
        yield made
