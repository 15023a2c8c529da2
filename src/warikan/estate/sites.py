"""How an incident of each kind fits its place: what of the service it touches, and how hard."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np

from warikan.estate.company import load_company
from warikan.estate.events import Addition, Event, Expiry, PriceRise, Surge
from warikan.estate.incidents import IncidentKind
from warikan.estate.meter import MONEY_SCALE
from warikan.estate.plants import Plant
from warikan.estate.profile import Profile, Use
from warikan.estate.sku import Sku, load_skus
from warikan.estate.timeline import Floats

SMALLEST = 0.05
"""Of the service's daily cost, mean of the days that an incident lasts."""
_FACTORS: Mapping[IncidentKind, tuple[float, float]] = {
    "spike": (1.4, 30.0), "step": (1.15, 6.0), "drift": (1.2, 6.0),
}  # fmt: skip
_RAMP_DAYS = (25, 50)
_RAISE = (1.06, 1.6)
_DISCOUNTS = (0.55, 0.74)
"""What a unit costs that a commitment covers, against the list price."""
_COVERED = 0.4
"""Share of varying use that a commitment may cover and still always be used up."""
_FEWEST_DECIMALS_LEFT = 3
_COMMITTED = frozenset(
    {("pay", "aurorax"), ("prod", "m6i12x"), ("stg", "m6i12x"), ("prod", "m6i4x"), ("stg", "m6i4x"),
     ("prod", "r6i4x"), ("stg", "r6i4x"), ("gdata", "n2core"), ("gdata", "n2ram")}
)  # fmt: skip
"""Account and SKU of what the company's standing commitments cover."""
_MACHINES: Mapping[str, tuple[str, ...]] = {
    "aws": ("g5x", "c6i2x", "sagemaker", "os2x", "mskl", "redisl", "m6ix"),
    "gcp": ("spanner",),
    "azure": ("zd4s", "zpbi", "zapp", "zredis"),
}  # fmt: skip
_USES: Mapping[str, tuple[str, ...]] = {
    "aws": ("natgb", "azgb", "ec2out", "bedrock", "cfgb", "guardduty", "stepfn", "ddbw", "waf", "s3get"),
    "gcp": ("gegress", "genai", "pubsub", "bqscan", "dataflow"),
    "azure": ("zbw", "zopenai", "zlaw"),
}  # fmt: skip
_MOST_MACHINES = 40


@dataclass(frozen=True)
class Site:
    """
    Where and when an incident is to be, and how large.

    Attributes:
        until: First day after the year.
        share: Of the service's daily cost, mean of its days, that it should add.
        taken: Account and SKU of what other incidents touch.
    """

    id: str
    kind: IncidentKind
    service: str
    start: date
    end: date | None
    until: date
    hour: int
    share: float
    profile: Profile
    taken: frozenset[tuple[str, str]]
    random: np.random.Generator

    @property
    def event(self) -> Event:
        """The event that it makes."""
        return Event(self.id, self.kind, self.service, self.start, self.end, "")

    @property
    def span(self) -> slice:
        """Its days among those of the profile."""
        first = self.profile.start
        return slice((self.start - first).days, ((self.end or self.until) - first).days)

    def free_uses(self) -> list[Use]:
        """What the service uses, outside of clusters, that nothing else touches."""
        uses = self.profile.of_service(self.service)
        return [u for u in uses if not u.of_cluster and self.is_free(u.account.key, u.sku.id)]

    def is_free(self, account: str, sku: str) -> bool:
        """Whether no commitment and no other incident touches it."""
        return (account, sku) not in _COMMITTED and (account, sku) not in self.taken

    def weight(self, uses: Sequence[Use]) -> float:
        """Share of *uses* in what the service costs in these days."""
        whole = float(self.profile.total(uses[0])[self.span].sum())
        part = float(sum(int(u.cost[self.span].sum()) for u in uses))
        if whole == 0.0:
            return 0.0
        return part / whole

    def daily(self, use: Use) -> float:
        """What the service costs on a day of these, in the currency of *use*."""
        return float(self.profile.total(use)[self.span].mean()) / 10.0**MONEY_SCALE

    def lost(self, ramp: int = 0) -> float:
        """How much larger the full effect is than its mean over the days."""
        effect: Floats = np.ones(self.span.stop - self.span.start)
        effect[0] = (24 - self.hour) / 24
        if ramp:
            effect *= np.clip(np.arange(1, len(effect) + 1) / ramp, 0, 1)
        mean = float(effect.mean())
        return 1 / mean

    def pick(self, things: Sequence[object]) -> int:
        """A place in *things* at random."""
        return int(self.random.integers(len(things)))


def _surge(site: Site) -> Plant | None:
    """More use of a SKU; a release (step) may raise two more of the same account."""
    uses = [u for u in site.free_uses() if u.sku.driver in ("traffic", "batch", "gbmonth")]
    if site.kind == "spike":
        uses = [u for u in uses if u.sku.driver != "gbmonth"]
    if not uses:
        return None
    first = uses[site.pick(uses)]
    chosen = [first]
    if site.kind == "step":
        others = [u for u in uses if u.account == first.account and u is not first]
        chosen += others[: int(site.random.integers(3))]
    ramp = int(site.random.integers(*_RAMP_DAYS)) if site.kind == "drift" else 0
    weight = site.weight(chosen)
    low, high = _FACTORS[site.kind]
    factor = round(1 + site.share / weight * site.lost(ramp), 4) if weight else 0.0
    if not low <= factor <= high:
        return None
    skus = tuple(sorted({u.sku.id for u in chosen}))
    account = first.account.key
    surge = Surge(site.id, site.service, frozenset(skus), factor, account, site.hour, ramp)
    return Plant(site.kind, account, skus, site.event, site.hour, factor, surge=surge)


def _vanish(site: Site) -> Plant | None:
    """All metered use of one provider service stops."""
    groups: dict[tuple[str, str], list[Use]] = {}
    for use in site.free_uses():
        groups.setdefault((use.account.key, use.sku.service), []).append(use)
    fitting = [
        (key, uses)
        for key, uses in groups.items()
        if all(u.sku.driver != "hours" for u in uses) and SMALLEST * 1.2 < site.weight(uses) < 0.8
    ]
    if not fitting:
        return None
    (account, _), uses = fitting[site.pick(fitting)]
    skus = tuple(sorted({u.sku.id for u in uses}))
    surge = Surge(site.id, site.service, frozenset(skus), 0.0, account, site.hour)
    return Plant(site.kind, account, skus, site.event, site.hour, 0.0, surge=surge)


def _machine(site: Site) -> Plant | None:
    """Instances that run and run, of a type of which there may be others."""
    return _addition(site, _MACHINES)


def _new_use(site: Site) -> Plant | None:
    """A SKU that the service never used in this account."""
    return _addition(site, _USES)


def _addition(site: Site, offered: Mapping[str, tuple[str, ...]]) -> Plant | None:
    present = site.profile.of_service(site.service)
    accounts = sorted({u.account.key for u in present if u.account.provider != "saas"})
    if not accounts:
        return None
    account = load_company().account(accounts[site.pick(accounts)])
    used = {u.sku.id for u in present}
    choices = [
        s
        for s in offered[account.provider]
        if site.is_free(account.key, s) and (site.kind == "new_resource" or s not in used)
    ]
    if not choices:
        return None
    sku = load_skus()[choices[site.pick(choices)]]
    beside = next(u for u in present if u.account.key == account.key)
    aim = site.daily(beside) * site.share * site.lost()
    size, count = _amount(site, sku, aim)
    if not 0 < count <= _MOST_MACHINES:
        return None
    anonymous = bool(site.random.random() < 0.4)
    added = Addition(site.id, site.service, account.key, sku.id, size, count, anonymous, site.hour)
    return Plant(site.kind, account.key, (sku.id,), site.event, site.hour, 0.0, addition=added)


def _amount(site: Site, sku: Sku, aim: float) -> tuple[float, int]:
    """Size and number of resources that cost *aim* a day."""
    if site.kind == "new_resource":
        return 1.0, round(aim / (float(sku.contracted) * 24))
    return float(f"{aim / float(sku.contracted):.4g}"), 1


def _price(site: Site) -> Plant | None:
    """The price of a SKU that only this service uses rises."""
    users: dict[str, set[str]] = {}
    for use in site.profile.uses:
        users.setdefault(use.sku.id, set()).add(use.service)
    groups: dict[str, list[Use]] = {}
    for use in site.free_uses():
        groups.setdefault(use.sku.id, []).append(use)
    fitting = []
    for sku, uses in groups.items():
        weight = site.weight(uses)
        every = [u for u in site.profile.of_service(site.service) if u.sku.id == sku]
        is_ours = users[sku] == {site.service} and len(every) == len(uses)
        if is_ours and weight and _decimals_left(uses[0].sku) >= _FEWEST_DECIMALS_LEFT:
            factor = round(1 + site.share / weight, 2)
            if _RAISE[0] <= factor <= _RAISE[1]:
                fitting.append((sku, uses[0].account.key, factor))
    if not fitting:
        return None
    sku, account, factor = fitting[site.pick(fitting)]
    rise = PriceRise(site.id, sku, Decimal(str(factor)))
    return Plant(site.kind, account, (sku,), site.event, 0, factor, rise=rise)


def _decimals_left(sku: Sku) -> int:
    """Decimals that quantities keep beside a price with two more decimals than now."""
    exponent = int(sku.contracted.normalize().as_tuple().exponent)
    return MONEY_SCALE - max(0, -exponent) - 2


def _expire(site: Site) -> Plant | None:
    """A commitment ends that covered what the service runs; the first service of a SKU is covered."""
    fitting = []
    for use in site.free_uses():
        first = min(u.first for u in site.profile.uses if (u.account, u.sku.id) == (use.account, use.sku.id))
        if use.first != first or use.sku.driver not in ("hours", "batch") or use.sku.price < Decimal("0.01"):
            continue
        paid = round(site.random.uniform(*_DISCOUNTS), 2)
        covered = 1.0 if use.sku.driver == "hours" else _COVERED
        saved = site.weight([use]) * covered * (1 - paid / float(use.sku.contracted / use.sku.price))
        amount = int(use.size if use.sku.driver == "hours" else use.size / 24 * covered)
        share = saved / (1 - saved)
        if share >= SMALLEST * 1.2 and amount >= 1:
            fitting.append((use, Decimal(str(paid)), Decimal(amount), 1 + share))
    if not fitting:
        return None
    use, paid_share, units, factor = fitting[site.pick(fitting)]
    account = use.account.key
    expiry = Expiry(site.id, account, use.sku.id, units, paid_share)
    return Plant(site.kind, account, (use.sku.id,), site.event, 0, round(factor, 4), expiry=expiry)


MAKERS: Mapping[IncidentKind, Callable[[Site], Plant | None]] = {
    "spike": _surge, "step": _surge, "drift": _surge, "new_resource": _machine, "new_sku": _new_use,
    "vanished": _vanish, "price": _price, "commitment": _expire,
}  # fmt: skip
"""How an incident of each kind is made on a site; None where the site does not suit it."""
