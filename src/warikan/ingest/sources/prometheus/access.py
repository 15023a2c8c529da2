"""From the settings of a cluster to what the client needs: secrets from the environment, files of keys."""

import ssl
from collections.abc import Mapping
from pathlib import Path

from warikan.catalog.clusters import PrometheusUsage
from warikan.focus.errors import ConfigError
from warikan.ingest.sources.prometheus.client import Access
from warikan.ingest.usage.secrets import secret


def read_access(
    cluster_id: str, usage: PrometheusUsage, root: Path, environment: Mapping[str, str]
) -> Access:
    """
    What *usage* says of who we are.

    Args:
        root: Where relative paths of certificates start.
        environment: Variables; their values are never in a message.

    Raises:
        ConfigError: a variable is not set, or a file of a certificate or key cannot be used.
    """

    def read(setting: str, variable: str) -> str:
        return secret(environment, variable, f"clusters.{cluster_id}.usage.{setting}")

    basic = None
    if usage.user is not None and usage.password_from is not None:
        basic = (usage.user, read("password_from", usage.password_from))
    return Access(
        bearer=None if usage.bearer_from is None else read("bearer_from", usage.bearer_from),
        basic=basic,
        headers={
            **usage.headers,
            **{name: read("headers_from", variable) for name, variable in usage.headers_from.items()},
        },
        tls=_read_tls(cluster_id, usage, root),
    )


def _read_tls(cluster_id: str, usage: PrometheusUsage, root: Path) -> ssl.SSLContext | None:
    if usage.ca is None and usage.certificate is None:
        return None
    named = {"ca": usage.ca, "certificate": usage.certificate, "key": usage.key}
    paths = {name: root / path for name, path in named.items() if path is not None}
    for name, path in paths.items():
        if not path.is_file():
            raise ConfigError(
                f"clusters.{cluster_id}.usage.{name}: there is no file {path}",
                hint="a relative path starts at the workspace",
            )
    try:
        context = ssl.create_default_context(cafile=paths.get("ca"))
        if "certificate" in paths:
            context.load_cert_chain(paths["certificate"], paths["key"], password=_no_password)
    except (ssl.SSLError, OSError, ValueError) as error:
        listed = ", ".join(str(path) for path in paths.values())
        raise ConfigError(
            f"clusters.{cluster_id}.usage: {listed} cannot be used: {getattr(error, 'reason', error)}",
            hint="PEM files; the key is that of the certificate and has no passphrase",
        ) from None
    return context


def _no_password() -> str:
    """Instead of a question on the terminal."""
    raise ValueError("the key has a passphrase")
