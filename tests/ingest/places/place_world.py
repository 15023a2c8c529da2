"""A bucket of a real S3-speaking server on the loopback, and all that a fetch takes, without waiting."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import obstore
from faulty_proxy import FaultyProxy
from obstore.store import ObjectStore, S3Store

from warikan.catalog.places import PlaceLimits, PlaceSettings
from warikan.ingest.places import Fetched, Retrying, fetch

KEYS = {
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI-hidden",
    "AWS_REGION": "us-east-1",
}
LATER = timedelta(days=2)
"""Servers stamp objects with their own clock; tests look at them from some days on."""


@dataclass
class Waits:
    """A sleeper that only remembers."""

    seconds: list[float] = field(default_factory=list)

    def __call__(self, seconds: float) -> None:
        """Be asked to wait."""
        self.seconds.append(seconds)


@dataclass
class Told:
    """A progress that remembers."""

    totals: list[int] = field(default_factory=list)
    done: int = 0
    stopped: int = 0

    def start(self, total_bytes: int, label: str) -> None:
        """A fetch begins."""
        assert label
        self.totals.append(total_bytes)

    def advance(self, byte_count: int, rows: int) -> None:
        """Some bytes came."""
        assert byte_count > 0
        assert rows == 0
        self.done += byte_count

    def stop(self) -> None:
        """It ended."""
        self.stopped += 1


@dataclass
class Bucket:
    """A bucket, the proxy before its server, and the cache that bills are fetched into."""

    name: str
    store: ObjectStore
    proxy: FaultyProxy
    cache: Path
    waits: Waits = field(default_factory=Waits)
    now: datetime = field(default_factory=lambda: datetime(2026, 11, 22, tzinfo=UTC))

    def put(self, key: str, content: bytes) -> str:
        """Write an object; its hash."""
        obstore.put(self.store, key, content)
        return hashlib.sha256(content).hexdigest()

    def put_json(self, key: str, content: Any) -> None:
        """Write a manifest."""
        self.put(key, json.dumps(content).encode())

    def settings(self, **more: Any) -> PlaceSettings:
        """Through the proxy."""
        return PlaceSettings(endpoint=self.proxy.address, allow_http=True, **more)

    def fetch(self, path: str = "", **more: Any) -> Fetched:
        """Fetch ``s3://bucket/path`` without waiting."""
        return fetch(
            f"s3://{self.name}/{path}",
            **{
                "cache": self.cache,
                "settings": self.settings(),
                "limits": PlaceLimits(keep_free_gib=0),
                "now": self.now,
                "retrying": Retrying(attempts=4, sleep=self.waits, random=Random(1)),  # noqa: S311 - a test
                **more,
            },
        )

    def keys(self, fetched: Fetched) -> list[str]:
        """The keys of what was fetched."""
        return [file.name.removeprefix(f"s3://{self.name}/") for file in fetched.files]

    def partials(self) -> list[Path]:
        """What was cut off."""
        return sorted((self.cache / "partial").iterdir())

    def copies(self) -> list[Path]:
        """What lies under a final name."""
        return sorted(p for p in (self.cache / "objects").rglob("*") if p.is_file() and p.suffix != ".note")


def open_bucket(address: str, name: str) -> ObjectStore:
    """Direct, for the tests' own writing."""
    return S3Store(
        name,
        config={
            "endpoint": address,
            "region": "us-east-1",
            "access_key_id": KEYS["AWS_ACCESS_KEY_ID"],
            "secret_access_key": KEYS["AWS_SECRET_ACCESS_KEY"],
        },
        client_options={"allow_http": True},
    )


def bodies(fetched: Fetched) -> Mapping[str, bytes]:
    """Name → content of the copies; their hashes are what was promised."""
    out = {}
    for file in fetched.files:
        assert file.path is not None
        out[file.name] = file.path.read_bytes()
        assert hashlib.sha256(out[file.name]).hexdigest() == file.sha256
        assert len(out[file.name]) == file.version.size
    return out


def noise(size: int, seed: int = 1) -> bytes:
    """Bytes that do not repeat."""
    return Random(seed).randbytes(size)  # noqa: S311 - a test
