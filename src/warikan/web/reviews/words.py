"""What states, kinds and figures of reviews are called."""

from collections.abc import Mapping

from warikan.operate.reviews.document import ActionKind, FactorKind, Language, State
from warikan.web.texts import N_, Texts

STATES: Mapping[State, str] = {
    "draft": N_("Draft"),
    "in_review": N_("In review"),
    "reviewed": N_("Reviewed"),
    "closed": N_("Closed"),
}
STATE_NOTES: Mapping[State, str] = {
    "draft": N_("Collect what is known. Nobody has to be sure yet."),
    "in_review": N_("Those who took part read it, and meet."),
    "reviewed": N_("Its actions are agreed on and being done."),
    "closed": N_("Others learn from it."),
}
TO_STATE: Mapping[State, str] = {
    "draft": N_("Back to draft"),
    "in_review": N_("Ask for review"),
    "reviewed": N_("Mark as reviewed"),
    "closed": N_("Close the review"),
}
FACTOR_KINDS: Mapping[FactorKind, str] = {
    "tech": N_("Technology"),
    "signals": N_("Signals"),
    "process": N_("Ways of working"),
    "incentives": N_("Incentives"),
}
FACTOR_NOTES: Mapping[FactorKind, str] = {
    "tech": N_("how systems behave, limits that were not there"),
    "signals": N_("what could be seen, and by whom"),
    "process": N_("how work is planned, checked and handed over"),
    "incentives": N_("what is rewarded, pressed for or left out"),
}
ACTION_KINDS: Mapping[ActionKind, str] = {
    "prevent": N_("Prevent"),
    "detect": N_("Detect earlier"),
    "contain": N_("Contain faster"),
}
"""In the order in which they are offered."""
LANGUAGES: Mapping[Language, str] = {"ja": "日本語", "en": "English"}


def language_of(texts: Texts) -> Language:
    """The language of *texts*, as what comes with reviews (guidance, questions) is kept."""
    return "ja" if texts.lang == "ja" else "en"
