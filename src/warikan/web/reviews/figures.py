"""What incidents and reviews of a year show together, as figures that can be read."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from warikan.operate.learning.metrics import Hours, LearningMetrics, Share
from warikan.operate.reviews.document import FACTOR_KINDS
from warikan.web.bounds import shorten
from warikan.web.reviews.words import FACTOR_KINDS as KIND_WORDS
from warikan.web.state import encode
from warikan.web.visit import Visit

YEAR = timedelta(days=365)
MOST_REPEATS = 8


@dataclass(frozen=True)
class Figure:
    """One figure; *note* says how it is counted, *exact* is the amount in full."""

    label: str
    value: str
    note: str = ""
    exact: str = ""


@dataclass(frozen=True)
class Repeat:
    """A factor that came back, and how often."""

    label: str
    times: str
    href: str


def year_before(today: date) -> tuple[date, date]:
    """The 365 days up to and with *today*, half-open."""
    end = today + timedelta(days=1)
    return end - YEAR, end


def list_figures(metrics: LearningMetrics, visit: Visit) -> tuple[Figure, ...]:
    """The figures of *metrics*, those of time before those of money."""
    _ = visit.texts.gettext
    early = metrics.to_detect_by_usage
    found = [
        Figure(_("Time to detect"), _span(metrics.to_detect, visit), _counted(metrics.to_detect, visit)),
        Figure(
            _("Time to contain"),
            _span(metrics.to_contain, visit),
            _("from detection; half of them took less"),
        ),
    ]
    if early.count:
        found.insert(
            1, Figure(_("… where cluster usage told first"), _span(early, visit), _counted(early, visit))
        )
    note = _("what it cost above what was expected, before anybody knew")
    found += _money(_("Spent before detection"), metrics.before_detection, note, visit)
    note = _("what containing it saved, as measured on later bills")
    found += _money(_("Avoided by containing"), metrics.avoided, note, visit)
    found += [
        Figure(
            _("Found before the invoice"),
            _share(metrics.before_invoice, visit),
            _("before the third day of the next month"),
        ),
        Figure(
            _("Actions done on time"),
            _share(metrics.actions_on_time, visit),
            _("of those that were due"),
        ),
        Figure(
            _("Incidents with a review"),
            _share(metrics.reviewed, visit),
            _("of those that are verified or closed"),
        ),
    ]
    return tuple(found)


def list_repeats(metrics: LearningMetrics, visit: Visit) -> tuple[Repeat, ...]:
    """Factors that an earlier incident had already, the most repeated first: by word, else by kind."""
    labelled = [one for one in metrics.by_label if one.repeated]
    if labelled:
        return tuple(
            Repeat(
                shorten(one.factor),
                visit.display.number(one.repeated),
                f"/reviews?{encode([('text', one.factor)])}",
            )
            for one in labelled[:MOST_REPEATS]
        )
    names = {kind: visit.texts.gettext(KIND_WORDS[kind]) for kind in FACTOR_KINDS}
    return tuple(
        Repeat(names.get(one.factor, one.factor), visit.display.number(one.repeated), "/reviews")  # type: ignore[call-overload]
        for one in metrics.by_kind
        if one.repeated
    )


def _span(hours: Hours, visit: Visit) -> str:
    return "–" if hours.median is None else visit.display.span(timedelta(hours=hours.median))


def _counted(hours: Hours, visit: Visit) -> str:
    return visit.texts.ngettext(
        "from the onset of %(num)d incident; half of them took less",
        "from the onset of %(num)d incidents; half of them took less",
        hours.count,
    )


def _money(label: str, amounts: object, note: str, visit: Visit) -> list[Figure]:
    known: dict[str, Decimal] = dict(amounts)  # type: ignore[call-overload]
    if not known:
        return [Figure(label, "–", note)]
    shown = [(visit.display.money(amount, currency), currency) for currency, amount in known.items()]
    return [Figure(label, amount.text, note, amount.exact) for amount, _ in shown]


def _share(share: Share, visit: Visit) -> str:
    if share.ratio is None:
        return "–"
    return visit.texts.gettext(
        "%(percent)s (%(count)s of %(all)s)",
        percent=visit.display.percent(share.ratio),
        count=visit.display.number(share.count),
        all=visit.display.number(share.of),
    )
