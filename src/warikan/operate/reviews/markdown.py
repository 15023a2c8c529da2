"""Values as Markdown: what comes from outside is text, never markup."""

import re
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from urllib.parse import urlsplit

from warikan.focus.money import EXACT
from warikan.operate.reviews.document import Language

_MARKUP = re.compile(r"([\\`*\[\]<>|~&]|^[#+-]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9]))")
_SPACES = re.compile(r"\s+")
_NO_MINOR_UNIT = frozenset({"JPY", "KRW", "VND", "CLP"})
LONGEST = 300


def plain(text: str, *, longest: int = LONGEST) -> str:
    """*text* on one line, its markup escaped; cut at *longest* characters, which is shown."""
    flat = _SPACES.sub(" ", "".join(c if c.isprintable() else " " for c in text)).strip()
    if len(flat) > longest:
        flat = f"{flat[: longest - 1]}…"
    return _MARKUP.sub(r"\\\1", flat)


def link(text: str, address: str | None) -> str:
    """*text* as a link where *address* is one of the web; else only the text."""
    if not is_web_address(address):
        return plain(text)
    safe = str(address).replace("(", "%28").replace(")", "%29").replace("<", "%3C").replace(">", "%3E")
    return f"[{plain(text)}]({safe})"


def is_web_address(address: str | None) -> bool:
    """Whether it is http or https, has a host, and neither a password nor white space in it."""
    if not address or len(address) > 1000 or re.search(r"[\s\x00-\x1f\\]", address):
        return False
    try:
        parts = urlsplit(address)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return False


def money(amount: Decimal, currency: str) -> str:
    """
    *amount* rounded for reading, beside its currency; what is not zero never reads as zero.

    >>> money(Decimal("1234.5"), "USD")
    '1,234.50 USD'
    >>> money(Decimal("0.001"), "USD")
    '< 0.01 USD'
    """
    unit = Decimal(1) if currency in _NO_MINOR_UNIT else Decimal("0.01")
    rounded = amount.quantize(unit, rounding=ROUND_HALF_EVEN, context=EXACT)
    if not rounded and amount:
        return f"{'< ' if amount > 0 else '> -'}{unit} {plain(currency)}"
    return f"{rounded + 0:,} {plain(currency)}"


def moment(at: datetime) -> str:
    """``2026-11-20 09:30 UTC``."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def duration(length: timedelta, language: Language) -> str:
    """Days and hours, or minutes where it is short."""
    minutes = max(0, round(length.total_seconds() / 60))
    days, hours = divmod(minutes // 60, 24)
    day, hour, minute = ("日", "時間", "分") if language == "ja" else (" d", " h", " min")
    if days:
        return f"{days}{day} {hours}{hour}" if hours else f"{days}{day}"
    return f"{hours}{hour} {minutes % 60}{minute}" if hours else f"{minutes}{minute}"
