"""People as roles: the same person is the same number throughout a document."""

import re
import unicodedata
from collections.abc import Collection, Iterable
from urllib.parse import unquote, urlsplit

from warikan.operate.actor import UNKNOWN

MOST_PEOPLE = 500
LEAST_PART = 3
"""Letters of a part of a name ("Hanako" of "Hanako Yamada") that is hidden on its own; 2 in Japanese."""
_JAPANESE = "\u3005-\u3007\u3041-\u30ff\u3400-\u9fff\uf900-\ufaff"
_IS_JAPANESE = re.compile(f"[{_JAPANESE}]")
_GAP = r"(?:\\?[\s._,\u3000-])*"
_SEPARATORS = re.compile(r"[\s._,\u3000-]+")
_ADDRESS = re.compile(r"https?://[^\s<>()\[\]\"|`]+", re.IGNORECASE)


class Roles:
    """
    Names of people and the roles that stand for them.

    A name is hidden whatever its case, with blanks, dots or hyphens between its parts, as a part of an e-mail
    address, and in Japanese within running text. A name of one letter is a word too: not hidden in text.
    """

    def __init__(self, pattern: str, people: Iterable[str], *, teams: Collection[str] = ()) -> None:
        self._pattern = pattern
        self._numbers: dict[str, int] = {}
        self._teams = {_fold(team) for team in teams if _fold(team)}
        parts: dict[str, int] = {}
        names: dict[str, int] = {}
        for name in people:
            folded = _fold(name)
            if not folded or folded in self._teams or folded == UNKNOWN or len(self._numbers) >= MOST_PEOPLE:
                continue
            number = self._numbers.setdefault(folded, len(self._numbers) + 1)
            for spelt in (name, unicodedata.normalize("NFKC", name)):
                names.setdefault(spelt, number)
            for part in _parts_of(name):
                parts.setdefault(part, number)
        self._spelt = [(_expression(name), number) for name, number in _longest_first(names)]
        self._spelt += [(_expression(name), number) for name, number in _longest_first(parts)]
        kept = [_expression(team) for team in sorted(teams, key=len, reverse=True) if _fold(team)]
        told = [
            *(f"(?P<kept>{'|'.join(kept)})" for _ in kept[:1]),
            *(f"({one})" for one, _ in self._spelt if one),
        ]
        self._offset = 1 if kept else 0
        self._by_group = [number for one, number in self._spelt if one]
        # A team whose name begins with somebody's stays whole.
        self._known = re.compile(
            rf"(?:mailto:)?(?:{'|'.join(told)})(?:@[\w.-]+)?" if self._by_group else r"(?!)", re.IGNORECASE
        )

    def of(self, name: str) -> str:
        """The role of *name*; a team, or nobody in particular, is as it is."""
        number = self._numbers.get(_fold(name))
        return name if number is None else self._role(number)

    def names(self, text: str) -> bool:
        """Whether somebody is named in *text*."""
        return any(found.lastgroup != "kept" for found in self._known.finditer(text))

    def hide(self, text: str) -> str:
        """*text* with roles for names; an address that has a name in it becomes that of its site."""
        if not self._by_group:
            return text
        return self._known.sub(self._replaced, _ADDRESS.sub(self._site, text))

    def _replaced(self, found: re.Match[str]) -> str:
        if found.lastindex is None or found.lastgroup == "kept":
            return found[0]
        return self._role(self._by_group[found.lastindex - 1 - self._offset])

    def _site(self, found: re.Match[str]) -> str:
        if not self.names(unquote(found[0])) and not self.names(found[0]):
            return found[0]
        try:
            parts = urlsplit(found[0])
        except ValueError:
            return "https://…"
        site = f"{parts.scheme}://{parts.hostname or ''}/"
        return "https://…" if self.names(site) else site

    def _role(self, number: int) -> str:
        return self._pattern.format(number=number)


def _fold(name: str) -> str:
    return _SEPARATORS.sub(" ", unicodedata.normalize("NFKC", name)).strip().casefold()


def _longest_first(names: dict[str, int]) -> list[tuple[str, int]]:
    return sorted(names.items(), key=lambda item: (-len(item[0]), item[0]))


def _parts_of(name: str) -> list[str]:
    local = name.split("@", maxsplit=1)[0] if "@" in name else ""
    parts = [part for part in _SEPARATORS.split(local or name) if part]
    found = [
        part
        for part in (parts if len(parts) > 1 else [])
        if len(part) >= (2 if _IS_JAPANESE.search(part) else LEAST_PART)
    ]
    return [*([local] if len(local) >= LEAST_PART else []), *found]


def _expression(name: str) -> str:
    """What finds *name* as a word; blank where nothing of it can be told from other words."""
    pieces = [piece for piece in re.split(r"[\s._,\u3000-]+", "".join(map(_visible, name))) if piece]
    letters = "".join(c for piece in pieces for c in piece if c.isalnum())
    is_japanese = bool(_IS_JAPANESE.search(letters))
    if not letters or (len(letters) == 1 and not is_japanese):
        return ""
    # A mark may stand after a backslash: texts of ours escape it.
    spelt = _GAP.join("".join(c if c.isalnum() else rf"\\?{re.escape(c)}" for c in piece) for piece in pieces)
    first, last = pieces[0][0], pieces[-1][-1]
    return f"{_edge(first, letters, '<')}{spelt}{_edge(last, letters, '')}"


def _edge(character: str, letters: str, side: str) -> str:
    if not character.isalnum():
        return ""
    if not _IS_JAPANESE.match(character):
        return rf"(?{side}![^\W_{_JAPANESE}])"
    # One character is a surname (林), but in front of others a word (林業).
    return rf"(?{side}![\u3400-\u9fff])" if len(letters) == 1 else ""


def _visible(character: str) -> str:
    return character if character.isprintable() else " "
