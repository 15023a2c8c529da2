"""
Up-conversion of the names of who sold, made and hosts a service: 1.0–1.2, 1.3 and 1.4 side by side.

FOCUS 1.3 split ProviderName and PublisherName into ServiceProviderName and HostProviderName, 1.4 removed the
former (FOCUS_Spec supporting_content/appendix/version_migration_guidance.md, table of acquisition methods).
A value that the bill gives is never changed.
"""

import re
from collections.abc import Collection, Mapping
from typing import NamedTuple


class Names(NamedTuple):
    """The four columns of one charge; None where the bill has no value."""

    provider: str | None
    publisher: str | None
    service_provider: str | None
    host_provider: str | None


COLUMNS = ("ProviderName", "PublisherName", "ServiceProviderName", "HostProviderName")


class Companies:
    """Which spellings name the same company: patterns over the lower-case name."""

    def __init__(self, patterns: Mapping[str, str]) -> None:
        self.patterns = dict(patterns)
        self._patterns = {company: re.compile(pattern) for company, pattern in patterns.items()}

    def company_of(self, name: str) -> str:
        """The company's key, or the name itself without case and legal form."""
        plain = " ".join(name.lower().split())
        for company, pattern in self._patterns.items():
            if pattern.fullmatch(plain):
                return company
        return re.sub(r"[ ,.]*\b(inc|llc|ltd|limited|corp|corporation|gmbh|sarl|k\.?k|co)\b\.?$", "", plain)

    def is_same(self, one: str, other: str) -> bool:
        """Whether both spellings name one company."""
        return self.company_of(one) == self.company_of(other)


def convert(names: Names, present: Collection[str], companies: Companies) -> Names:
    """
    Fill what *names* lacks from what it has.

    Bought directly (no publisher, or the provider itself under another spelling): the provider is both
    service provider and host. Bought on a marketplace (the publisher is another company): the publisher is
    the service provider, the provider is the host. From 1.4 back: the host, or else the service provider,
    is the provider; the service provider is the publisher.

    Args:
        names: As the bill has them.
        present: The columns that the bill has at all: HostProviderName and PublisherName may be null in
            their own right, so they are filled only where their column is missing.
        companies: Spellings.

    >>> companies = Companies({"aws": "(aws|amazon web services)([ ,.].*)?"})
    >>> convert(Names("AWS", "Amazon Web Services, Inc.", None, None), COLUMNS[:2], companies)[2:]
    ('AWS', 'AWS')
    >>> convert(Names("AWS", "Red Hat, Inc.", None, None), COLUMNS[:2], companies)[2:]
    ('Red Hat, Inc.', 'AWS')
    >>> convert(Names(None, None, "Red Hat, Inc.", "AWS"), COLUMNS[2:], companies)[:2]
    ('AWS', 'Red Hat, Inc.')
    """
    provider, publisher, service, host = names
    if provider is None:
        provider = host or service
    elif service is None:
        is_direct = publisher is None or companies.is_same(provider, publisher)
        service = provider if is_direct else publisher
    if host is None and "HostProviderName" not in present:
        host = provider
    if publisher is None and "PublisherName" not in present:
        publisher = service
    if service is None:
        service = publisher
    return Names(provider, publisher, service, host)
