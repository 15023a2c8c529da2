"""A notice as a mail: subject, plain text and HTML that every mail program shows."""

from dataclasses import dataclass
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from warikan.operate.notify import phrases
from warikan.operate.notify.delivery import Delivery
from warikan.operate.notify.digest.view import ARROWS, view_of
from warikan.operate.notify.notice import Notice
from warikan.operate.notify.showing import Language


@dataclass(frozen=True)
class MailPages:
    """One mail's content."""

    subject: str
    text: str
    html: str


def mail_pages(delivery: Delivery, language: Language) -> MailPages:
    """The content of *delivery*'s mail in *language*."""
    if delivery.notice.digest is not None:
        view = view_of(delivery.notice.digest, language, delivery.link)
        values: dict[str, object] = {"view": view, "lang": language.locale, "arrows": ARROWS}
        return MailPages(view.subject, _render("digest.txt", values), _render("digest.html", values))
    values = {"lang": language.locale} | _notice_values(delivery.notice, language, delivery.url)
    return MailPages(
        language.text(delivery.notice.title), _render("notice.txt", values), _render("notice.html", values)
    )


def _notice_values(notice: Notice, language: Language, url: str) -> dict[str, object]:
    return {
        "title": language.text(notice.title),
        "state": language.text(phrases.STATES[notice.state]),
        "is_over": notice.state == "resolved",
        "severity": language.text(phrases.SEVERITIES[notice.severity]),
        "is_severe": notice.severity in {"high", "critical"},
        "owner": " / ".join(name for name in (notice.team_id, notice.service_id) if name),
        "since": language.text(phrases.SINCE).replace("{at}", language.moment(notice.occurred_at)),
        "summary": "" if notice.summary is None else language.text(notice.summary),
        "facts": [(language.text(fact.label), language.value(fact.value)) for fact in notice.facts],
        "url": url,
        "button": language.text(phrases.ACTIONS["open"]),
        "footer": language.text(phrases.MAIL_FOOTER),
    }


def _render(name: str, values: dict[str, object]) -> str:
    return _environment().get_template(f"{name}.j2").render(values)


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("warikan.operate.notify"),
        autoescape=select_autoescape(("html.j2",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
