"""Japanese and English: catalogues, and which of them a visitor wants."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from gettext import NullTranslations
from importlib.resources import files
from io import BytesIO

from babel import Locale, negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

LANGUAGES: Mapping[str, str] = {"en": "English", "ja": "日本語"}
"""Language → its own name. English is the language of the message ids."""
LANGUAGE_COOKIE = "warikan_lang"


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for it
    """Mark *text* for the catalogues without translating it here."""
    return text


@dataclass(frozen=True)
class Texts:
    """One language: its translations and its locale for numbers and dates."""

    lang: str
    locale: Locale
    translations: NullTranslations

    def gettext(self, message: str, **values: object) -> str:
        """*message* in this language, with ``%(name)s`` filled in."""
        text = self.translations.gettext(message)
        return text % values if values else text

    def ngettext(self, one: str, many: str, number: int, **values: object) -> str:
        """The plural form for *number*, which is also ``%(num)s``."""
        return self.translations.ngettext(one, many, number) % {"num": number, **values}


@cache
def load_texts(lang: str) -> Texts:
    """
    The texts of *lang*, read from its ``.po`` file once.

    Raises:
        KeyError: *lang* is not one of LANGUAGES.
    """
    if lang not in LANGUAGES:
        raise KeyError(lang)
    return Texts(lang, Locale.parse(lang), _load_translations(lang))


def choose_language(asked: str | None, cookie: str | None, accept: str | None) -> str:
    """What ``?lang=`` says, else the cookie, else the browser's first known language, else English."""
    for wish in (asked, cookie):
        if wish in LANGUAGES:
            return str(wish)
    preferred = negotiate_locale(_ranked(accept or ""), list(LANGUAGES), sep="-")
    return preferred or "en"


def _load_translations(lang: str) -> NullTranslations:
    source = files("warikan.web").joinpath("locale", lang, "LC_MESSAGES", "messages.po")
    with source.open("rb") as file:
        catalog = read_po(file, locale=lang, domain="messages", abort_invalid=True)
    compiled = BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return Translations(fp=compiled, domain="messages")


def _ranked(accept: str) -> list[str]:
    wishes = []
    for place, part in enumerate(accept[:500].split(",")):
        tag, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            weight = 0.0
        if tag and tag != "*" and weight > 0:
            wishes.append((-weight, place, tag.strip()))
    return [tag for _, _, tag in sorted(wishes)]
