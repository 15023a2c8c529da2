"""``place:`` of a source and ``places:`` of the workspace: how object stores are reached; no keys."""

from ipaddress import ip_address
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from warikan.catalog.strict import Strict

Word = Annotated[str, Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9._@+=-]{0,126}[A-Za-z0-9])?$")]
"""Names of regions, accounts and profiles."""


class PlaceSettings(Strict):
    """How the object store of a source is reached; credentials come from the cloud's own chain only."""

    endpoint: str | None = Field(
        None,
        max_length=300,
        description="Address of an S3-compatible store, or of Azure's or Google's where it is another one.",
        examples=["https://minio.example.com:9000"],
    )
    region: Word | None = Field(None, description="Of the bucket; absent: AWS_REGION or the profile's.")
    account: Word | None = Field(None, description="Azure storage account, for az://container/….")
    profile: Word | None = Field(None, description="Name of an AWS profile of ~/.aws/config.")
    anonymous: bool = Field(default=False, description="Send no credentials: public buckets.")
    allow_http: bool = Field(default=False, description="Without TLS; loopback addresses only.")
    timeout_seconds: float = Field(
        60, ge=0.1, le=600, description="Silence of the store after which a request is tried anew."
    )
    requester_pays: bool = Field(default=False, description="AWS: the reader of the bucket pays.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.endpoint is not None:
            _check_endpoint(self.endpoint, allow_http=self.allow_http)
        elif self.allow_http:
            raise ValueError("allow_http goes with an endpoint on this machine (127.0.0.1, ::1, localhost)")
        if self.anonymous and self.profile:
            raise ValueError("anonymous and profile exclude each other")
        return self


class PlaceLimits(Strict):
    """What copies of remote bills may take of this machine; a file in use is never removed."""

    cache_gib: float = Field(50, gt=0, le=100_000, description="Most that .warikan/cache/places holds.")
    keep_free_gib: float = Field(2, ge=0, le=100_000, description="Left free on the disk, always.")
    connections: int = Field(4, ge=1, le=32, description="Objects fetched at the same time.")

    @property
    def cache_bytes(self) -> int:
        """The size limit of the cache."""
        return int(self.cache_gib * (1 << 30))

    @property
    def keep_free_bytes(self) -> int:
        """What stays free on the disk."""
        return int(self.keep_free_gib * (1 << 30))


def _check_endpoint(endpoint: str, *, allow_http: bool) -> None:
    try:
        parts = urlsplit(endpoint)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise ValueError(f"endpoint {endpoint!r} is no address: {error}") from error
    if parts.scheme not in ("http", "https") or not host:
        raise ValueError(f"endpoint {endpoint!r} must be https://host[:port]")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("endpoint carries no user, password or query: credentials never stand here")
    if parts.scheme == "http" and not (allow_http and is_loopback(host)):
        raise ValueError("endpoint without TLS: only on this machine, and with allow_http: true")


def is_loopback(host: str) -> bool:
    """Whether *host* is this machine, by its name or number alone."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
