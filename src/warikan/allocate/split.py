"""
The law of a split: parts of a cost that sum to it exactly.

Each part is the cost times the part's ratio, in double, cut toward zero to 12 decimals. What is missing to
the cost (exact, all 18 decimals) goes to one place, the *taker*: the largest weight, the first by id on a
tie. The same law stands here twice: over Python numbers (explain and tests) and as Ibis expressions.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import cast

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from warikan.focus.money import EXACT, PRECISION, SCALE, SPLIT_SCALE

CHARGE = ("x_SourceId", "x_ChargeKey")
"""What names a charge within a billing month."""
MONEY = dt.Decimal(PRECISION, SCALE)
_CUT = dt.Decimal(PRECISION, SPLIT_SCALE)
_SHIFT = 10.0**SPLIT_SCALE
_HALF = 0.5
_ZERO = Decimal(0)

_trunc = ibis.udf.scalar.builtin(
    lambda value: ...,  # noqa: ARG005 # only the signature counts
    name="trunc",
    signature=((dt.float64,), dt.float64),
)
"""Ibis has floor and ceil only, and both cast to a 64-bit integer, which large amounts overflow."""


@dataclass(frozen=True)
class Ratios:
    """
    How a cost is split.

    Attributes:
        ratios: target → its part of 1, in the order of their ids; targets of weight 0 are left out.
        taker: The target that also gets what the cutting leaves over.
        total: The sum of the weights.
    """

    ratios: Mapping[str, float]
    taker: str
    total: Decimal


class NoSplit(Exception):
    """The weights allow no split; the text is the reason, as a user reads it."""


def compute_ratios(weights: Mapping[str, Decimal]) -> Ratios:
    """
    The ratios that *weights* give; they do not depend on the order of *weights*.

    Raises:
        NoSplit: there are no weights, one is negative, or they sum to zero. The caller leaves such a cost
            where it is, with the reason; it never vanishes.
    """
    if not weights:
        raise NoSplit("there are no targets")
    negative = sorted(t for t, w in weights.items() if w < 0)
    if negative:
        raise NoSplit(f"{negative[0]} has a negative weight ({weights[negative[0]]:f})")
    total = add_exactly(weights.values())
    if total == 0:
        raise NoSplit("no target has any weight")
    targets = sorted(t for t, w in weights.items() if w > 0)
    ratios = {t: float(EXACT.divide(weights[t], total)) for t in targets}
    return Ratios(ratios, min(targets, key=lambda t: (-weights[t], t)), total)


def split(cost: Decimal, ratios: Ratios) -> dict[str, Decimal]:
    """
    *cost* over the targets of *ratios*; the parts sum to *cost* exactly, also when it is negative.

    >>> split(Decimal("1.00"), compute_ratios({"a": Decimal(1), "b": Decimal(1), "c": Decimal(1)}))["b"]
    Decimal('0.333333333333')
    """
    parts = {t: _part(cost, r) for t, r in ratios.ratios.items()}
    others = add_exactly(part for target, part in parts.items() if target != ratios.taker)
    parts[ratios.taker] = EXACT.subtract(cost, others)
    return parts


def add_exactly(amounts: Iterable[Decimal]) -> Decimal:
    """The sum of *amounts*; ``sum()`` would round to 28 digits, which DECIMAL(38, 18) exceeds."""
    total = _ZERO
    for amount in amounts:
        total = EXACT.add(total, amount)
    return total


def _part(cost: Decimal, ratio: float) -> Decimal:
    cut = math.trunc(float(cost) * ratio * _SHIFT) / _SHIFT
    # As DuckDB casts a double to DECIMAL(38, 12): times 10^12 in double, rounded half away from zero.
    rest, whole = math.modf(abs(cut * _SHIFT))
    return Decimal(int(whole) + (rest >= _HALF)).scaleb(-SPLIT_SCALE, EXACT).copy_sign(Decimal(cut))


def as_double(cost: ir.Value) -> ir.FloatingValue:
    """
    The double nearest to *cost*, as Python's ``float`` gives it.

    By way of text: DuckDB casts DECIMAL(38, 18) to DOUBLE in two roundings, other engines in one.
    """
    return cast("ir.FloatingValue", cost.cast("string").cast("float64"))


def split_expression(
    cost: ir.Value, *, double: ir.Value, ratio: ir.Value, others: ir.Value, takes_rest: ir.Value
) -> ir.DecimalValue:
    """
    One target's part of *cost*, on a table with one row per (cost, target).

    Args:
        cost: decimal(38, 18).
        double: ``as_double(cost)``, computed once per cost: the cast is slower than all the rest.
        ratio: double, the target's ratio.
        others: On the taker's row the ratios of all other targets (array of double); null elsewhere.
        takes_rest: Whether the row is the taker's.
    """
    rest = cost - ibis.coalesce(
        others.map(lambda one: part_expression(double, one)).sums(), ibis.literal(_ZERO, type=MONEY)
    )
    return ibis.ifelse(takes_rest, rest, part_expression(double, ratio)).cast(MONEY)


def part_expression(double: ir.Value, ratio: ir.Value) -> ir.DecimalValue:
    """The part that *ratio* (double) gives of a cost (``as_double``): cut toward zero to 12 decimals."""
    cut = _trunc(double * ratio * _SHIFT) / _SHIFT
    return cut.cast(_CUT).cast(MONEY)


def other_ratios(ratios: Ratios) -> Sequence[float]:
    """The ratios of all targets but the taker, in the order of their ids."""
    return [r for t, r in ratios.ratios.items() if t != ratios.taker]
