"""The resources that services run besides pods, as meters, from workloads.yaml and the script."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from warikan.estate.company import Account, Company, Service, read_yaml
from warikan.estate.events import HANDOVER, PRICE_CHANGE, RESERVATION_IDLE, PriceRise, Script
from warikan.estate.meter import Meter
from warikan.estate.random_streams import hex_id, open_stream
from warikan.estate.sku import Sku, load_skus
from warikan.estate.tags import Tagger, Tags, random_sizes
from warikan.estate.timeline import Timeline, hours_since_epoch

_INSTANCES_GIVEN_UP = 2
_NAMELESS = frozenset({"m6ix", "c6i2x", "g5x", "gp3", "snap", "nat", "natgb", "tgw", "tgwgb", "ipv4", "dx",
                       "r53", "cfgb", "cfreq", "guardduty"})  # fmt: skip
"""SKUs whose ResourceId holds an id only: their owner is told by tags or by the provider's service."""
_OWNED_BY_KIND = frozenset({"nat", "natgb", "tgw", "tgwgb", "ipv4", "dx", "r53", "cfgb", "cfreq",
                            "guardduty"})  # fmt: skip
"""... of these, by the provider's service alone: people seldom tag them."""
# Experiments that carry no hint of an owner: account, SKU, owner, size, count.
_EXPERIMENTS = (
    ("stg", "m6ix", "catalog", 1.0, 4), ("stg", "c6i2x", "recommendations", 1.0, 3),
    ("stg", "gp3", "search", 420.0, 5), ("stg", "snap", "order-management", 900.0, 2),
    ("prod", "gp3", "mobile-bff", 260.0, 3), ("gml", "gegress", "recommendations", 130.0, 1),
    ("zcorp", "zbw", "reporting", 95.0, 1), ("zcust", "zbw", "customer-care", 60.0, 1),
)  # fmt: skip


@dataclass(frozen=True)
class _Site:
    """Where meters are made."""

    seed: int
    timeline: Timeline
    tagger: Tagger

    @property
    def first(self) -> int:
        return hours_since_epoch(self.timeline.start)

    @property
    def last(self) -> int:
        return hours_since_epoch(self.timeline.until)


def make_workloads(seed: int, timeline: Timeline, company: Company, script: Script) -> list[Meter]:
    """Every meter of every service but clusters' nodes, in a fixed order."""
    site = _Site(seed, timeline, Tagger(seed, company))
    meters: list[Meter] = []
    for service_id, accounts in read_yaml("workloads.yaml").items():
        for key, sizes in accounts.items():
            for sku_id, size in sizes.items():
                service, account = company.service(service_id), company.account(key)
                meters += _resources(site, service, account, load_skus()[sku_id], size)
    meters += [m for e in _EXPERIMENTS for m in _experiment(site, company, *e)]
    meters += _monolith(site, company, script)
    meters += _additions(site, company, script)
    return list(_changed_by_events(meters, script))


def _resources(
    site: _Site, service: Service, account: Account, sku: Sku, size: float | list[float]
) -> Iterator[Meter]:
    """The resources of one SKU of one service, tagged as its team would."""
    if sku.driver in ("hours", "month") and not isinstance(size, list):
        is_one_thing = sku.driver == "month" or sku.unit == "Hosts-Hours"
        count = 1 if is_one_thing else int(size)
        sizes = [float(size)] if is_one_thing else [1.0] * count
    else:
        sizes = [float(s) for s in size] if isinstance(size, list) else [float(size)]
    random = open_stream(site.seed, "sizes", service.id, account.key, sku.id)
    for number, one in enumerate(sizes * site.timeline.copies, start=1):
        if one == 0:
            continue
        factor = 1.0 if sku.driver == "hours" else random_sizes(random, 1)[0]
        yield _resource(site, service, account, sku, one * factor, number)


def _resource(site: _Site, service: Service, account: Account, sku: Sku, size: float, number: int) -> Meter:
    is_named = sku.id not in _NAMELESS and bool(sku.resource)
    name = f"{account.env}-{service.id}-{sku.suffix}-{number}" if sku.suffix else None
    if sku.provider == "saas" or not sku.resource or sku.id in _OWNED_BY_KIND:
        tags: Tags = ()
    else:
        tags = site.tagger.tag(service, account, is_named=is_named)
    return Meter(
        provider=account.provider, account=account, sku=sku, service=service.id, size=size,
        driver=sku.driver, first=site.first, last=site.last, growth=service.growth,
        resource_id=_resource_id(site.seed, sku, account, service.id, name or sku.id),
        resource_name=name if is_named else None, tags=tags, zone=_zone(account, sku, number),
    )  # fmt: skip


def _resource_id(seed: int, sku: Sku, account: Account, service: str, name: str) -> str | None:
    if not sku.resource:
        return None
    digest = hex_id(seed, account.key, name)
    return sku.resource.format(
        account=account.id, name=name, service=service, hex=digest, HEX=digest[:13].upper(), zone=_ZONES[0]
    )


_ZONES = ("asia-northeast1-a", "asia-northeast1-b", "asia-northeast1-c")


def _zone(account: Account, sku: Sku, number: int) -> str | None:
    if sku.driver != "hours" or account.provider not in ("aws", "gcp"):
        return None
    return f"ap-northeast-1{'acd'[number % 3]}" if account.provider == "aws" else _ZONES[number % 3]


def _experiment(
    site: _Site, company: Company, key: str, sku_id: str, owner: str, size: float, count: int
) -> Iterator[Meter]:
    """Things without tags whose name tells nothing: nobody can know whose they are."""
    sku, account = load_skus()[sku_id], company.account(key)
    for number in range(1, count * site.timeline.copies + 1):
        name = f"test-{hex_id(site.seed, 'experiment', key, sku_id, number, length=6)}"
        yield Meter(
            provider=account.provider, account=account, sku=sku, service=owner, size=size,
            driver=sku.driver, first=site.first, last=site.last,
            resource_id=_resource_id(site.seed, sku, account, "test", name),
            zone=_zone(account, sku, number),
        )  # fmt: skip


def _monolith(site: _Site, company: Company, script: Script) -> Iterator[Meter]:
    """What is left of the monolith: one owner before the handover, another one after."""
    day = hours_since_epoch(script.event(HANDOVER).start)
    account = company.account("prod")
    for sku_id, size, count in (("c6i2x", 1.0, 4), ("mysqll", 1.0, 2), ("gp3", 600.0, 3)):
        for number in range(1, count * site.timeline.copies + 1):
            sku, name = load_skus()[sku_id], f"hinode-monolith-{sku_id}-{number}"
            before = Meter(
                provider="aws", account=account, sku=sku, service="order-management", size=size,
                driver=sku.driver, first=site.first, last=day, zone=_zone(account, sku, number),
                resource_id=_resource_id(site.seed, sku, account, "monolith", name),
                tags=(("app", "monolith"), ("env", "prod")),
            )  # fmt: skip
            yield before
            yield replace(before, service="delivery", first=day, last=site.last)


def _additions(site: _Site, company: Company, script: Script) -> Iterator[Meter]:
    """Resources that an event brings, and that go with it."""
    for added in script.additions:
        event = script.event(added.event)
        service, account = company.service(added.service), company.account(added.account)
        for number in range(1, added.count * site.timeline.copies + 1):
            meter = _resource(site, service, account, load_skus()[added.sku], added.size, 100 + number)
            yield replace(
                meter,
                event=event.id,
                growth=1.0,
                size=0.0 if event.id in script.muted else meter.size,
                first=hours_since_epoch(event.start) + added.hour,
                last=site.last if event.end is None else hours_since_epoch(event.end),
                tags=() if added.anonymous else meter.tags,
            )


def _changed_by_events(meters: list[Meter], script: Script) -> Iterator[Meter]:
    """The meters with their ends and price changes: a changed meter becomes two, before and after."""
    price_day = hours_since_epoch(script.event(PRICE_CHANGE).start)
    shrink_day = hours_since_epoch(script.event(RESERVATION_IDLE).start)
    rises = {rise.sku: rise for rise in script.prices}
    shrunk = 0
    for meter in meters:
        if meter.sku.id == "mh-logs":
            yield replace(meter, last=price_day)
            yield replace(meter, first=price_day, raise_by=Decimal("1.12"), event=PRICE_CHANGE)
        elif (meter.service, meter.sku.id) == ("ledger", "aurorax") and shrunk < _INSTANCES_GIVEN_UP:
            shrunk += 1
            yield replace(meter, last=shrink_day)
        elif meter.sku.id in rises and meter.event is None:
            yield from _raised(meter, rises[meter.sku.id], script)
        else:
            yield meter


def _raised(meter: Meter, rise: PriceRise, script: Script) -> Iterator[Meter]:
    """*meter* before and after its price rises."""
    day = hours_since_epoch(script.event(rise.event).start)
    factor = Decimal(1) if rise.event in script.muted else rise.factor
    yield replace(meter, last=day)
    yield replace(meter, first=day, raise_by=factor, event=rise.event)
