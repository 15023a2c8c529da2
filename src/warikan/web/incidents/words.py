"""What kinds, states and severities are called, and the sentences that say what is off."""

from collections.abc import Mapping
from decimal import Decimal

from warikan.insights.anomaly import Evidence
from warikan.operate.anomalies.anomaly import Anomaly
from warikan.operate.anomalies.notices import name_of
from warikan.web.bounds import shorten
from warikan.web.texts import N_
from warikan.web.visit import Visit

KINDS: Mapping[str, str] = {
    "spike": N_("Spike"),
    "step": N_("Step"),
    "drift": N_("Drift"),
    "new": N_("New cost"),
    "vanished": N_("Vanished cost"),
    "price": N_("Price change"),
    "commitment": N_("Commitment lost"),
}
KIND_NOTES: Mapping[str, str] = {
    "spike": N_("up for a short time, then back"),
    "step": N_("to another level, and it stays there"),
    "drift": N_("a little more every day"),
    "new": N_("a resource or product that was never billed before"),
    "vanished": N_("what used to be billed is billed no longer"),
    "price": N_("the same usage at another price per unit"),
    "commitment": N_("usage that a commitment covered is paid at full price"),
}
STATES: Mapping[str, str] = {
    "open": N_("Open"),
    "acknowledged": N_("Acknowledged"),
    "contained": N_("Contained"),
    "verified": N_("Verified"),
    "closed": N_("Closed"),
    "dismissed": N_("Dismissed"),
    "ended": N_("Ended"),
    "absorbed": N_("New level"),
    "withdrawn": N_("Withdrawn"),
}
STATE_NOTES: Mapping[str, str] = {
    "open": N_("nobody has taken it yet"),
    "acknowledged": N_("somebody works on it"),
    "contained": N_("it is stopped; the bill has not shown it yet"),
    "verified": N_("the bill is as expected again"),
    "closed": N_("nothing is left to do"),
    "dismissed": N_("it was planned, or it was none"),
    "ended": N_("cost is as expected again"),
    "absorbed": N_("cost has not gone back; the new level is the expected one"),
    "withdrawn": N_("restated data no longer show it"),
}
VERDICTS: Mapping[str, str] = {
    "planned": N_("Planned"),
    "false": N_("False alarm"),
    "real": N_("Real"),
}
CHANGE_KINDS: Mapping[str, str] = {
    "deploy": N_("Deploy"),
    "sync": N_("Sync"),
    "apply": N_("Apply"),
    "drift": N_("Drift of settings"),
    "scale": N_("Scaling"),
    "node": N_("Nodes"),
    "price": N_("Price"),
    "commitment": N_("Commitment"),
    "config": N_("Settings"),
    "planned": N_("Planned event"),
    "manual": N_("By hand"),
    "other": N_("Other change"),
}
OUTCOMES: Mapping[str, str] = {
    "started": N_("running"),
    "failed": N_("failed"),
    "succeeded": N_("succeeded"),
}
ENTRIES: Mapping[str, str] = {
    "change": N_("Changed"),
    "scaling": N_("Scaling"),
    "price": N_("Price"),
    "commitment": N_("Commitment"),
    "tag": N_("Tag"),
    "anomaly": N_("Anomaly"),
    "budget": N_("Budget"),
    "state": N_("State"),
    "task": N_("Task"),
    "ticket": N_("Ticket"),
    "note": N_("Note"),
}
DECLARED: Mapping[str, str] = {
    "anomaly": N_("declared from an anomaly"),
    "budget": N_("declared from a budget"),
    "person": N_("declared by hand"),
}
DETECTED: Mapping[str, str] = {
    "bill": N_("seen on the bill"),
    "usage": N_("seen in cluster usage, before the bill"),
    "budget": N_("seen by a budget"),
    "person": N_("seen by a person"),
}
SENDERS: Mapping[str, str] = {
    "bill": N_("the bill"),
    "manual": N_("by hand"),
}
TASKS: Mapping[str, str] = {
    "open": N_("To do"),
    "in_progress": N_("In progress"),
    "done": N_("Done"),
    "dropped": N_("Dropped"),
}
ROLES: Mapping[str, str] = {
    "lead": N_("Lead"),
    "communications": N_("Communications"),
    "fixer": N_("Fixer"),
    "scribe": N_("Scribe"),
}
_UP: Mapping[str, str] = {
    "spike": N_("Cost left its expected range on %(day)s."),
    "step": N_("Cost rose to another level on %(day)s."),
    "drift": N_("Cost has grown a little every day since %(day)s."),
    "new": N_("Since %(day)s something is billed that never was before."),
    "vanished": N_("Since %(day)s nothing is billed of what used to be."),
    "price": N_("Since %(day)s a unit costs more than before."),
    "commitment": N_("Since %(day)s usage is not covered by its commitment any more."),
}
_DOWN: Mapping[str, str] = {
    "spike": N_("Cost fell below its expected range on %(day)s."),
    "step": N_("Cost fell to another level on %(day)s."),
    "drift": N_("Cost has shrunk a little every day since %(day)s."),
    "price": N_("Since %(day)s a unit costs less than before."),
}


SAME = 0.01
"""A ratio that is nearer to 1 than this says that nothing changed."""


def state_of(anomaly: Anomaly) -> str:
    """The key of its state in ``STATES``: where the new level was learned, it has not ended."""
    return "absorbed" if anomaly.state == "ended" and anomaly.absorbed else anomaly.state


def say(words: Mapping[str, str], key: str | None, visit: Visit) -> str:
    """The name of *key* in the visitor's language; a key that is in no list as it is, bounded."""
    if key is None:
        return "–"
    return visit.texts.gettext(words[key]) if key in words else shorten(key)


def title_of(anomaly: Anomaly, visit: Visit) -> str:
    """What *anomaly* is of, for people."""
    if not anomaly.scope:
        return visit.texts.gettext("All costs in %(currency)s", currency=anomaly.currency)
    return shorten(name_of(anomaly, visit.workspace.catalog), 160)


def sentence_of(anomaly: Anomaly, visit: Visit) -> str:
    """What is off, in one sentence."""
    falls = anomaly.excess.point < 0 and anomaly.kind in _DOWN
    words = (_DOWN if falls else _UP)[anomaly.kind]
    return visit.texts.gettext(words, day=_day(anomaly, visit))


def evidence_of(anomaly: Anomaly, visit: Visit) -> list[str]:
    """Why it is held to be so: one sentence for each measure."""
    said = (_measure(one, anomaly.currency, visit) for one in anomaly.evidence)
    return [sentence for sentence in said if sentence]


def _measure(one: Evidence, currency: str, visit: Visit) -> str | None:
    texts, display = visit.texts, visit.display
    match one.measure:
        case "cost_per_day":
            return texts.gettext(
                "A day costs about %(after)s; %(before)s was usual.",
                after=display.money(_statistic(one.after), currency).text,
                before=display.money(_statistic(one.before), currency).text,
            )
        case "quantity_per_day" if one.after > 0:
            return texts.gettext(
                "Usage is %(ratio)s times what was expected.", ratio=display.quantity(_statistic(one.after))
            )
        case "unit_cost" if abs(one.after - 1) < SAME:
            return texts.gettext("The price of a unit is unchanged.")
        case "unit_cost":
            return texts.gettext(
                "A unit costs %(ratio)s times what it did.", ratio=display.quantity(_statistic(one.after))
            )
        case "covered_share":
            return texts.gettext(
                "Commitments cover %(after)s of it; it was %(before)s.",
                after=display.percent(one.after),
                before=display.percent(one.before),
            )
        case "deviation":
            return texts.gettext(
                "That is %(times)s times as far from the expected cost as its days usually are.",
                times=display.quantity(_statistic(one.after)),
            )
        case "series" if one.before > 1:
            return texts.gettext(
                "%(moved)s of its %(all)s parts moved.",
                moved=display.quantity(_statistic(one.after)),
                all=display.quantity(_statistic(one.before)),
            )
        case _:
            return None


def _statistic(number: float) -> Decimal:
    return Decimal(repr(float(number)))


def _day(anomaly: Anomaly, visit: Visit) -> str:
    return visit.display.date(anomaly.onset)
