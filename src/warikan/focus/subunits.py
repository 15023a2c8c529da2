"""How small money gets: decimals of the smallest unit of each currency (ISO 4217, minor units)."""

from decimal import Decimal

_DEFAULT = 2
_NONE = ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV",
         "XAF", "XOF", "XPF")  # fmt: skip
_THREE = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")
_DECIMALS = dict.fromkeys(_NONE, 0) | dict.fromkeys(_THREE, 3) | {"CLF": 4, "UYW": 4}


def subunit_of(currency: str) -> Decimal:
    """
    The smallest amount that is paid in *currency*; virtual currencies count like those with cents.

    >>> subunit_of("JPY"), subunit_of("USD")
    (Decimal('1'), Decimal('0.01'))
    """
    return Decimal(1).scaleb(-_DECIMALS.get(currency, _DEFAULT))


def odd_subunits() -> dict[str, Decimal]:
    """The currencies whose smallest amount is not 0.01."""
    return {currency: subunit_of(currency) for currency in _DECIMALS}
