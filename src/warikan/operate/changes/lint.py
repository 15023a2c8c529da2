"""What is wrong, or unwise, in ``changes`` of the settings: every problem at once."""

import ipaddress
from collections.abc import Iterator
from urllib.parse import urlsplit

from warikan.catalog.entities import Catalog
from warikan.catalog.settings import Settings


def lint_changes(settings: Settings, catalog: Catalog) -> tuple[str, ...]:
    """One sentence for each problem; none when all is well. Nothing is sent anywhere."""
    return tuple(_problems(settings, catalog))


def _problems(settings: Settings, catalog: Catalog) -> Iterator[str]:
    for name, source in settings.changes.sources.items():
        where = f"changes.sources.{name}"
        for key, service in source.services.items():
            if service.lower() not in catalog.services:
                yield f"{where}.services: {key!r} is of {service!r}, which is no service of the catalogue"
        if source.cluster is not None and source.cluster not in settings.clusters:
            yield f"{where}.cluster: {source.cluster!r} is no cluster of warikan.yaml"
        if source.token_from is not None and source.url is not None and not _is_private(source.url):
            yield f"{where}.url: the token would go over the network unencrypted; use https"


def _is_private(url: str) -> bool:
    """Whether nobody between here and *url* can read along."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        return True
    host = parts.hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
