"""Money: an exact amount that never leaves its currency, and how it is written and shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Context, Decimal, localcontext

from warikan.focus.errors import CurrencyMismatch

SCALE = 18
"""Decimals stored. Real files carry up to 18 (OCI); architecture.md, Tables."""
SPLIT_SCALE = 12
"""Decimals of a part of a split; the residual keeps all 18 (allocation.md, Exact splitting)."""
PRECISION = 38
EXACT = Context(prec=60)
"""Enough digits that adding any number of DECIMAL(38,18) amounts never rounds."""


@dataclass(frozen=True)
class Money:
    """
    An exact amount in one currency.

    Raises:
        CurrencyMismatch: when two currencies meet in an addition or a comparison.
    """

    amount: Decimal
    currency: str

    def __add__(self, other: "Money") -> "Money":
        self._require_same(other)
        return Money(EXACT.add(self.amount, other.amount), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._require_same(other)
        return Money(EXACT.subtract(self.amount, other.amount), self.currency)

    def __neg__(self) -> "Money":
        return Money(self.amount.copy_negate(), self.currency)

    def __lt__(self, other: "Money") -> bool:
        self._require_same(other)
        return self.amount < other.amount

    def __str__(self) -> str:
        return f"{format_exact(self.amount)} {self.currency}"

    def _require_same(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(
                f"{self} and {other} are in different currencies; Warikan never adds them. "
                "Group by BillingCurrency, or ask for one currency."
            )


def format_exact(amount: Decimal) -> str:
    """
    *amount* in plain digits, every digit that is not a trailing zero kept.

    >>> format_exact(Decimal("1E-7"))
    '0.0000001'
    >>> format_exact(Decimal("12.500000000000000000"))
    '12.5'
    >>> format_exact(Decimal("-0E-18"))
    '0'
    """
    if amount == 0:
        return "0"
    text = format(amount, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def round_to_total(amounts: Sequence[Decimal], total: Decimal, *, places: int) -> list[Decimal]:
    """
    Round *amounts* for display so that they add up to the displayed *total*.

    Largest remainder: every amount is cut to *places* decimals, and what is missing to the rounded
    total is handed out one unit of the last place at a time, largest remainder first, earliest on a
    tie. When the missing amount is more than one unit each (*amounts* are not parts of *total*),
    amounts are rounded half-even and do not add up, which a caller must then say.

    >>> round_to_total([Decimal("0.333"), Decimal("0.333"), Decimal("0.334")], Decimal(1), places=2)
    [Decimal('0.33'), Decimal('0.33'), Decimal('0.34')]
    """
    unit = Decimal(1).scaleb(-places)
    with localcontext(EXACT):
        shown_total = total.quantize(unit, rounding=ROUND_HALF_EVEN)
        cut = [a.quantize(unit, rounding=ROUND_DOWN) for a in amounts]
        missing = int((shown_total - sum(cut, Decimal(0))) / unit)
        if abs(missing) > len(amounts):
            return [a.quantize(unit, rounding=ROUND_HALF_EVEN) for a in amounts]
        step = unit if missing > 0 else -unit
        sign = 1 if missing > 0 else -1
        order = sorted(range(len(amounts)), key=lambda i: (-sign * (amounts[i] - cut[i]), i))
        for i in order[: abs(missing)]:
            cut[i] += step
    return cut
