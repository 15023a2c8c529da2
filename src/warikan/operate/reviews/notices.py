"""What people are told of reviews: actions whose day has passed, and that actions can be agreed on."""

from dataclasses import dataclass
from datetime import UTC, datetime

from warikan.operate.notify.notice import Fact, Notice
from warikan.operate.notify.text import Text
from warikan.operate.reviews.document import Action


@dataclass(frozen=True)
class Soaked:
    """A review in review whose soak time is over since *until*."""

    review_id: str
    title: str
    lead: str | None
    team_id: str | None
    service_id: str | None
    until: datetime


def notice_of(action: Action, review_id: str, team_id: str | None) -> Notice:
    """An action whose day has passed: one message, ``task/REV-3/ACT-2``; nothing in it changes daily."""
    due = action.due or datetime.min.replace(tzinfo=UTC).date()
    facts = [Fact(Text("Due", "期限"), due)]
    if action.owner:
        facts.append(Fact(Text("Owner", "担当"), action.owner))
    return Notice(
        key=f"task/{review_id}/{action.id}",
        kind="task",
        state="open",
        severity="low",
        title=Text("Overdue: {what}", "期限超過: {what}", {"what": action.text[:200]}),
        occurred_at=datetime(due.year, due.month, due.day, tzinfo=UTC),
        facts=tuple(facts),
        team_id=team_id,
        path=f"/reviews/{review_id}",
    )


def soaked_notice(review: Soaked) -> Notice:
    """A review that has rested long enough: one message, ``task/REV-3/soak``, updated after another rest."""
    facts = [Fact(Text("Rested since", "検討期間の終了"), review.until)]
    if review.lead:
        facts.append(Fact(Text("Lead", "リード"), review.lead))
    return Notice(
        key=f"task/{review.review_id}/soak",
        kind="task",
        state="open",
        severity="low",
        title=Text(
            "{id} has rested: its actions can be agreed on",
            "{id} の検討期間が終わりました。アクションを確定できます",
            {"id": review.review_id},
        ),
        summary=Text("{title}", "{title}", {"title": review.title}),
        occurred_at=review.until,
        facts=tuple(facts),
        team_id=review.team_id,
        service_id=review.service_id,
        path=f"/reviews/{review.review_id}",
    )
