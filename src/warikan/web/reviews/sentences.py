"""Why a form of a review was not taken, as operate says it; `web/said.py` translates them."""

from warikan.web.texts import N_

SENTENCES = (
    N_("%(id)s is closed"),
    N_("reopen it first"),
    N_("a review cannot go from %(state)s to %(target)s"),
    N_("actions are fixed some days after calibration and meeting, and there was neither"),
    N_("make the calibration document, or say why not to wait"),
    N_("actions can be fixed from %(moment)s UTC: let the meeting settle"),
    N_("wait, or say why not to wait"),
    N_("money at risk is an amount, not negative"),
    N_("line %(number)s of the section still has a mark between two edits"),
    N_("keep what is right of both, and remove the lines of <<<<<<<, ======= and >>>>>>>"),
    N_("the reason is blank"),
    N_("the action is blank"),
    N_("the factor is blank"),
    N_("the sentence is blank"),
    N_("%(text)s is no address of a ticket (https://...)"),
    N_("%(text)s is no day and time; write '2026-11-23T09:30'"),
)
