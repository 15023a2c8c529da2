"""What is charged once a month: tax, support, reservation fees, credits and a refund."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from warikan.estate.charges import Fee
from warikan.estate.commitments import OWNER
from warikan.estate.company import Account, Company, Provider
from warikan.estate.events import REFUND, Script
from warikan.estate.meter import MONEY_SCALE, QUANTITY_SCALE, Commitment, Meter
from warikan.estate.sku import load_skus
from warikan.estate.timeline import Ints, Month, Timeline, hours_since_epoch, shift_month

_UNIT = 10**MONEY_SCALE
_CENT = 10 ** (MONEY_SCALE - 2)
_MICRO = 10 ** (MONEY_SCALE - 6)
_TAX_PERCENT = 10
"""Japanese consumption tax."""
# AWS Business Support: share in percent of the month's charges up to this many dollars.
_SUPPORT_TIERS = ((10_000, 10), (80_000, 7), (250_000, 5), (10**9, 3))
_CREDIT_MONTHS = 6
_CREDIT = 1_150 * _UNIT
_SMS_TWICE = 14_200
_AZURE_SUPPORT = 100 * _UNIT
_MIHARI_PLATFORM = 180_000 * _UNIT
_MANAGEMENT = ("Management and Governance", "Support")


@dataclass(frozen=True)
class Ledger:
    """
    What the meters of one provider cost in one month, in ``10 ** -MONEY_SCALE``.

    Attributes:
        billed: BilledCost of each meter.
        by_day: Account key → BilledCost of each day.
    """

    company: Company
    timeline: Timeline
    script: Script
    commitments: Sequence[Commitment]
    month: Month
    meters: Sequence[Meter]
    billed: Ints
    by_day: dict[str, Ints]

    @property
    def first(self) -> int:
        """First hour of the month."""
        return hours_since_epoch(self.month.start)

    @property
    def last(self) -> int:
        """First hour after the month."""
        return hours_since_epoch(self.month.end)


def list_fees(provider: Provider, ledger: Ledger) -> list[Fee]:
    """Everything that *provider* charges for the month beside its meters, in a fixed order."""
    list_of = {"aws": _aws, "gcp": _gcp, "azure": _azure, "saas": _saas}
    return list(list_of[provider](ledger))


def _aws(ledger: Ledger) -> Iterator[Fee]:
    fees = [*_reservations(ledger), *_refund(ledger), *_credit(ledger), _aws_support(ledger)]
    yield from fees
    for key, days in ledger.by_day.items():
        taxed = days.copy()
        taxed[0] += sum(f.amount for f in fees if f.meter.account.key == key)
        for day, amount in enumerate(taxed.tolist()):
            start = ledger.first + day * 24
            tax = _round(amount * _TAX_PERCENT // 100, _MICRO)
            yield _tax(ledger.company.account(key), tax, "Tax", start, start + 24)


def _reservations(ledger: Ledger) -> Iterator[Fee]:
    """The month's fee of reservations: billed now, shown as EffectiveCost where it is used."""
    for bought in ledger.commitments:
        hours = min(ledger.last, bought.last) - max(ledger.first, bought.first)
        if bought.provider != "aws" or not bought.is_monthly or hours <= 0:
            continue
        sku = load_skus()[min(bought.skus)]
        rate = int(bought.rate(sku) * 10**4)
        units = hours * int(bought.amount)
        meter = Meter(
            provider="aws", account=ledger.company.account(bought.buyer), sku=sku, service=OWNER, size=0,
            driver="steady", first=0, last=0, commitment=bought, pricing="purchase",
            resource_id=bought.id, resource_name=bought.name,
        )  # fmt: skip
        yield Fee(
            meter=meter, kind="Purchase", cause="commitment-purchase", description=f"{bought.name}: fee",
            start=ledger.first, end=min(ledger.last, bought.last),
            amount=rate * units * 10 ** (MONEY_SCALE - 4), quantity=units * 10**QUANTITY_SCALE,
            unit_price=rate * 10 ** (MONEY_SCALE - 4), is_amortised=True, has_resource=True,
            service_name=sku.service, service_category=sku.category, service_subcategory=sku.subcategory,
        )  # fmt: skip


def _refund(ledger: Ledger) -> Iterator[Fee]:
    if ledger.month.start != ledger.script.event(REFUND).start:
        return
    meter = next(m for m in ledger.meters if m.sku.id == "sns-sms")
    price = int(meter.sku.contracted * 10**MONEY_SCALE)
    sku = meter.sku
    yield Fee(
        meter=meter, kind="Usage", cause=REFUND, description=f"Refund: {sku.description}",
        start=hours_since_epoch(shift_month(ledger.month.start, -1)), end=ledger.first,
        amount=-_SMS_TWICE * price, is_correction=True, has_resource=True,
        service_name=sku.service, service_category=sku.category, service_subcategory=sku.subcategory,
    )  # fmt: skip


def _credit(ledger: Ledger) -> Iterator[Fee]:
    if ledger.month.start >= shift_month(ledger.timeline.start, _CREDIT_MONTHS):
        return
    sku = load_skus()["aurora2x"]
    yield Fee(
        meter=_overhead(ledger.company.account("prod")), kind="Credit", cause="credit",
        description="AWS Migration Acceleration Program credit", start=ledger.first, end=ledger.last,
        amount=-_CREDIT * ledger.timeline.copies, service_name=sku.service, service_category=sku.category,
        service_subcategory=sku.subcategory,
    )  # fmt: skip


def _aws_support(ledger: Ledger) -> Fee:
    left = int(ledger.billed.sum())
    fee = below = 0
    for limit, percent in _SUPPORT_TIERS:
        part = min(left, (limit - below) * _UNIT)
        fee, left, below = fee + part * percent // 100, left - part, limit
    return Fee(
        meter=_overhead(ledger.company.account("mgmt")), kind="Usage", cause="support",
        description="AWS Business Support: share of the month's charges", start=ledger.first, end=ledger.last,
        amount=_round(fee, _CENT), service_name="AWS Support (Business)",
        service_category=_MANAGEMENT[0], service_subcategory=_MANAGEMENT[1],
    )  # fmt: skip


def _gcp(ledger: Ledger) -> Iterator[Fee]:
    # Google taxes the billing account: the row belongs to no project.
    tax = _round(int(ledger.billed.sum()) * _TAX_PERCENT // 100, _CENT)
    yield _tax(ledger.company.account("gdata"), tax, "Invoice", ledger.first, ledger.last, sub=False)


def _azure(ledger: Ledger) -> Iterator[Fee]:
    yield Fee(
        meter=_overhead(ledger.company.account("zcorp")), kind="Purchase", cause="support",
        description="Azure Standard Support", start=ledger.first, end=ledger.last, amount=_AZURE_SUPPORT,
        service_name=None, service_category=_MANAGEMENT[0], service_subcategory=_MANAGEMENT[1],
    )  # fmt: skip


def _saas(ledger: Ledger) -> Iterator[Fee]:
    meter = _overhead(ledger.company.account("mihari"), service="observability")
    yield Fee(
        meter=meter, kind="Purchase", cause="platform-fee", description="Mihari Enterprise platform fee",
        start=ledger.first, end=ledger.last, amount=_MIHARI_PLATFORM, service_name="Mihari Platform",
        service_category=_MANAGEMENT[0], service_subcategory="Observability",
    )  # fmt: skip
    # Consumption tax in yen is rounded down to the yen.
    tax = (int(ledger.billed.sum()) + _MIHARI_PLATFORM) * _TAX_PERCENT // 100 // _UNIT * _UNIT
    yield Fee(
        meter=meter, kind="Tax", cause="tax", description="消費税 10%", start=ledger.first, end=ledger.last,
        amount=tax, service_name="Mihari Platform", service_category=_MANAGEMENT[0],
        service_subcategory="Observability",
    )  # fmt: skip


def _tax(account: Account, amount: int, service: str, start: int, end: int, *, sub: bool = True) -> Fee:
    return Fee(
        meter=_overhead(account), kind="Tax", cause="tax", description="Japan Consumption Tax 10%",
        start=start, end=end, amount=amount, service_name=service, service_category="Other",
        service_subcategory="Other (Other)", sub_account=sub,
    )  # fmt: skip


def _overhead(account: Account, service: str = OWNER) -> Meter:
    """What a fee without a resource hangs on."""
    sku = next(s for s in load_skus().values() if s.provider == account.provider)
    return Meter(
        provider=account.provider, account=account, sku=sku, service=service, size=0, driver="steady",
        first=0, last=0,
    )  # fmt: skip


def _round(amount: int, to: int) -> int:
    return (amount + to // 2) // to * to
