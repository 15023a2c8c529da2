"""What reviews say in English, in the visitor's language."""

import re

from warikan.operate.reviews.document import FACTOR_KINDS
from warikan.operate.reviews.sections import sections
from warikan.web.reviews.words import FACTOR_KINDS as FACTOR_WORDS
from warikan.web.reviews.words import language_of
from warikan.web.said import translate
from warikan.web.texts import N_, Texts

_SECTION = re.compile(r"section (\w+) \(.*\) has no words of people yet", re.DOTALL)
_FACTORS = re.compile(
    r"at least \d+ contributing factors of different kinds \(.*\): there is (none|only (.*))", re.DOTALL
)
_ACTION = re.compile(r"ACT-\d+ \((.*)\) lacks ([a-z, ]+)", re.DOTALL)
_TOO_EARLY = re.compile(r"REV-\d+ cannot be closed yet: (.*)", re.DOTALL)
_LACKS = {"an owner": N_("an owner"), "a due date": N_("a day"), "a kind": N_("an aim")}


def say(sentence: str, texts: Texts) -> str:
    """*sentence* in the language of *texts*; one that is not known here stays as it is."""
    if (found := _SECTION.fullmatch(sentence)) and found[1] in sections():
        title = sections()[found[1]].title[language_of(texts)]
        return texts.gettext("“%(section)s” has no words of people yet", section=title)
    if found := _FACTORS.fullmatch(sentence):
        kinds = [FACTOR_WORDS[k] for k in FACTOR_KINDS if found[2] and k in found[2].split(", ")]
        if not kinds:
            return texts.gettext("Two contributing factors of different kinds; there is none yet")
        return texts.gettext(
            "One more contributing factor, of another kind than %(kind)s",
            kind=", ".join(texts.gettext(kind) for kind in kinds),
        )
    if found := _ACTION.fullmatch(sentence):
        lacking = [texts.gettext(_LACKS[name]) for name in found[2].split(", ") if name in _LACKS]
        return texts.gettext(
            "The action “%(action)s” lacks: %(what)s", action=found[1], what=", ".join(lacking)
        )
    if found := _TOO_EARLY.fullmatch(sentence):
        return texts.gettext(
            "It cannot be closed yet: %(what)s",
            what="; ".join(say(one, texts) for one in found[1].split("; ")),
        )
    return translate(sentence, texts)
