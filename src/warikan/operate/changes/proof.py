"""Who sent a delivery: signatures and tokens, compared in constant time."""

import hashlib
import hmac
from collections.abc import Mapping

from warikan.catalog.changes import ChangeSource
from warikan.focus.errors import WarikanError
from warikan.ingest.usage.secrets import secret

TOKEN_HEADER = "X-Warikan-Token"  # noqa: S105 - the name of a header
SIGNATURE_HEADER = "X-Warikan-Signature-256"


class Forged(WarikanError):
    """A delivery that does not prove who sent it."""


def verify(
    name: str, source: ChangeSource, body: bytes, headers: Mapping[str, str], environment: Mapping[str, str]
) -> None:
    """
    Nothing where the sender of *body* knows the secret of *source*.

    ``github`` signs with HMAC-SHA-256 (``X-Hub-Signature-256``), ``terraform`` with HMAC-SHA-512
    (``X-TFE-Notification-Signature``); ``gitlab`` sends its secret token (``X-Gitlab-Token``). All others
    send it as ``Authorization: Bearer``, in ``X-Warikan-Token``, or sign with it in
    ``X-Warikan-Signature-256``.

    Args:
        headers: With names in lower case.

    Raises:
        Forged: it does not, or *source* takes no deliveries. The message does not say how near it was.
        ConfigError: the variable with the secret is not set.
    """
    if source.insecure:
        return
    if source.secret_from is None:
        raise Forged(
            f"changes.sources.{name} takes no deliveries",
            hint="give it secret_from, the variable with the secret of its webhook",
        )
    key = secret(environment, source.secret_from, f"changes.sources.{name}.secret_from").encode()
    if not _is_proven(source.type, key, body, headers):
        raise Forged(f"this delivery to {name} is not signed with its secret, or its token is wrong")


def _is_proven(kind: str, key: bytes, body: bytes, headers: Mapping[str, str]) -> bool:
    match kind:
        case "github":
            return _is_signed("sha256", key, body, headers.get("x-hub-signature-256"), prefix="sha256=")
        case "terraform":
            return _is_signed("sha512", key, body, headers.get("x-tfe-notification-signature"))
        case "gitlab":
            return _is_same(key, headers.get("x-gitlab-token"))
    if (signature := headers.get(SIGNATURE_HEADER.lower())) is not None:
        return _is_signed("sha256", key, body, signature, prefix="sha256=")
    if (token := headers.get(TOKEN_HEADER.lower())) is not None:
        return _is_same(key, token)
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    return scheme.lower() == "bearer" and _is_same(key, bearer.strip())


def _is_signed(digest: str, key: bytes, body: bytes, told: str | None, *, prefix: str = "") -> bool:
    expected = prefix + hmac.new(key, body, getattr(hashlib, digest)).hexdigest()
    return _is_same(expected.encode(), told)


def _is_same(expected: bytes, told: str | None) -> bool:
    # Bytes: compare_digest refuses texts that are not ASCII, and a header may be anything.
    return hmac.compare_digest(expected, (told or "").encode("utf-8", "surrogateescape"))
