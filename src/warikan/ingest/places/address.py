"""What a source's path names in an object store: the store, the bucket, and what is meant inside it."""

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote, urlsplit

from warikan.focus.errors import UsageError

Kind = Literal["s3", "gs", "az"]
_SCHEMES: dict[str, Kind] = {
    "s3": "s3",
    "s3a": "s3",
    "gs": "gs",
    "gcs": "gs",
    "az": "az",
    "azure": "az",
    "adl": "az",
    "abfs": "az",
    "abfss": "az",
}
_BUCKET = re.compile(r"[A-Za-z0-9$][A-Za-z0-9._-]{0,221}")
_ACCOUNT = re.compile(r"[a-z0-9]{3,24}")
_QUERY = re.compile(r"\?[A-Za-z0-9_.-]+=")
_AZURE_HOST = re.compile(r"([a-z0-9]{3,24})\.(?:blob|dfs)\.core\.windows\.net")
_S3_PATH_HOST = re.compile(r"s3[.-]([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?|s3\.amazonaws\.com")
_S3_HOST = re.compile(r"([a-z0-9.-]+?)\.s3(?:[.-]([a-z0-9-]+))?\.amazonaws\.com(?:\.cn)?")
_R2_HOST = re.compile(r"[0-9a-f]{32}(?:\.[a-z]+)?\.r2\.cloudflarestorage\.com")
_MOST_CHARACTERS = 1_024
FORMS = "s3://bucket/prefix, gs://bucket/prefix, az://container/prefix or abfss://container@account.dfs…"


@dataclass(frozen=True)
class Address:
    """
    A place in an object store.

    Attributes:
        bucket: Or the container.
        path: Below the bucket, without slashes at its ends: an object, a folder or a glob; may be empty.
        account: The Azure storage account that the address names.
        region: The AWS region that the address names.
        endpoint: The store that the address names, where the scheme alone does not tell.
    """

    kind: Kind
    bucket: str
    path: str
    account: str | None = None
    region: str | None = None
    endpoint: str | None = None

    @property
    def root(self) -> str:
        """What stands before a key in the name of an object; the same for all spellings of one place."""
        if self.account is not None:
            return f"abfss://{self.bucket}@{self.account}.dfs.core.windows.net/"
        return f"{self.kind}://{self.bucket}/"

    @property
    def url(self) -> str:
        """The place as text."""
        return self.root + self.path

    @property
    def is_glob(self) -> bool:
        """Whether it says by wildcards what is meant."""
        return any(c in self.path for c in "*?[")

    @property
    def folder(self) -> str:
        """The folder that everything meant lies in: of a glob, what stands before its first wildcard."""
        if not self.is_glob:
            return self.path
        parts = self.path.split("/")
        first = next(i for i, part in enumerate(parts) if any(c in part for c in "*?["))
        return "/".join(parts[:first])

    def matches(self, key: str) -> bool:
        """Whether the glob means *key*: ``*`` stays in a folder, ``**`` does not."""
        return re.fullmatch(_regex(self.path), key, re.DOTALL) is not None


def is_place(path: object) -> bool:
    """Whether *path* names an object store; all else is a path of this machine."""
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", str(path)) is not None


def parse(url: str) -> Address:
    """
    The place that *url* names.

    Raises:
        UsageError: it is none that Warikan reaches, or it carries a secret.
    """
    scheme, _, rest = url.partition("://")
    if len(url) > _MOST_CHARACTERS or not url.isprintable():
        raise _wrong(url[:80], "is longer than any key, or has characters that cannot be printed")
    if _QUERY.search(url):
        before = url.partition("?")[0]
        raise UsageError(
            f"{before} carries a query: a signed address is a secret, and never stands in warikan.yaml",
            hint="give the address alone; docs/places.md says where credentials come from",
        )
    if scheme.lower() == "https":
        return _parse_https(url)
    kind = _SCHEMES.get(scheme.lower())
    if kind is None:
        raise _wrong(url, f"is of a kind that Warikan does not reach ({scheme}://)")
    host, _, path = rest.partition("/")
    account = None
    if kind == "az" and "@" in host:
        host, _, server = host.partition("@")
        found = _AZURE_HOST.fullmatch(server.lower())
        if found is None:
            raise _wrong(
                url.replace(f"{host}@", "…@"), "is not of the form container@account.dfs.core.windows.net"
            )
        account = found[1]
    if "@" in host:
        raise UsageError(
            f"{scheme}://…@{host.rpartition('@')[2]} carries a user or password; none stands in warikan.yaml",
            hint="docs/places.md says where credentials come from",
        )
    return _address(url, kind, host, path, account=account)


def _parse_https(url: str) -> Address:
    try:
        parts = urlsplit(url)
    except ValueError as error:
        # Brackets without an IPv6 address, a host that is another one after NFKC. What it says may be secret.
        raise _wrong("https://…", "is no address: its host cannot be read") from error
    host = (parts.hostname or "").lower()
    path = unquote(parts.path).lstrip("/")
    if parts.username or parts.password or parts.fragment:
        raise UsageError(
            f"https://{host} carries a user, a password or a fragment; give the address alone",
            hint="docs/places.md says where credentials come from",
        )
    bucket, _, rest = path.partition("/")
    if found := _AZURE_HOST.fullmatch(host):
        return _address(url, "az", bucket, rest, account=found[1])
    if host == "storage.googleapis.com":
        return _address(url, "gs", bucket, rest)
    if found := _S3_PATH_HOST.fullmatch(host):
        return _address(url, "s3", bucket, rest, region=found[1], endpoint=_china(host, found[1]))
    if found := _S3_HOST.fullmatch(host):
        return _address(url, "s3", found[1], path, region=found[2], endpoint=_china(host, found[2]))
    if _R2_HOST.fullmatch(host):
        return _address(url, "s3", bucket, rest, region="auto", endpoint=f"https://{host}")
    raise _wrong(f"https://{host}", "is no object store that Warikan knows by its address")


def _china(host: str, region: str | None) -> str | None:
    """Amazon's stores in China have addresses of their own."""
    return f"https://s3.{region}.amazonaws.com.cn" if host.endswith(".cn") and region else None


def _address(url: str, kind: Kind, bucket: str, path: str, **more: str | None) -> Address:
    if not _BUCKET.fullmatch(bucket) or ".." in bucket:
        raise _wrong(url, f"names no bucket or container ({bucket!r})")
    path = path.strip("/")
    if any(part in ("", ".", "..") for part in path.split("/")) and path:
        raise _wrong(url, "has an empty, '.' or '..' part in its path")
    return Address(kind, bucket, path, **more)


def _wrong(url: str, reason: str) -> UsageError:
    return UsageError(
        f"{url} {reason}",
        hint=f"Warikan reads {FORMS}; others by place.endpoint (docs/places.md)",
    )


def _regex(glob: str) -> str:
    """A glob as a regular expression."""
    out, at = "", 0
    while at < len(glob):
        if glob.startswith("**/", at):
            out, at = out + "(?:.*/)?", at + 3
        elif glob.startswith("**", at):
            out, at = out + ".*", at + 2
        elif glob[at] == "[" and (end := glob.find("]", at + 2)) > 0:
            inside = glob[at + 1 : end].replace("\\", "\\\\").replace("[", "\\[")
            out += f"[^/{inside[1:]}]" if inside[0] == "!" else f"[{inside}]"
            at = end + 1
        else:
            out += {"*": "[^/]*", "?": "[^/]"}.get(glob[at]) or re.escape(glob[at])
            at += 1
    return out
