"""How severe an incident is: by its money per day, and by what that is to its owner."""

from decimal import Decimal

from warikan.catalog.incidents import IncidentSettings
from warikan.focus.money import EXACT
from warikan.operate.incidents.incident import SEVERITIES, Severity

DAYS_OF_MONTH = 30


def share_of(per_day: Decimal, owner_month: Decimal | None) -> float | None:
    """Thirty days of *per_day* as a ratio of *owner_month*, the owner's cost of 30 days before the onset."""
    if owner_month is None or owner_month <= 0:
        return None
    return float(EXACT.multiply(abs(per_day), Decimal(DAYS_OF_MONTH))) / float(owner_month)


def judge_severity(
    per_day: Decimal, owner_month: Decimal | None, currency: str, settings: IncidentSettings
) -> Severity:
    """
    The severity of *per_day* over expectation; of money below it the lowest: a saving wakes nobody.

    By money; a large share of the owner's month lifts it by one, never by more, so that a small team's
    doubled pennies wake nobody. In a currency without amounts in the settings the share alone decides.
    """
    if per_day <= 0:
        return SEVERITIES[-1]
    share = share_of(per_day, owner_month)
    by_share = _by_share(share, settings)
    money = settings.money.get(currency)
    if money is None:
        return SEVERITIES[by_share]
    bounds = (money.SEV1, money.SEV2, money.SEV3)
    by_money = next((i for i, bound in enumerate(bounds) if per_day >= bound), len(bounds))
    return SEVERITIES[max(by_share, by_money - 1) if by_share < by_money else by_money]


def worse(one: Severity, other: Severity) -> Severity:
    """The more severe of the two."""
    return min(one, other, key=SEVERITIES.index)


def _by_share(share: float | None, settings: IncidentSettings) -> int:
    bounds = (settings.share.SEV1, settings.share.SEV2, settings.share.SEV3)
    if share is None:
        return len(bounds)
    return next((i for i, bound in enumerate(bounds) if share >= bound), len(bounds))
