"""What people are told of a review's actions."""

from datetime import UTC, datetime

from warikan.operate.notify.notice import Fact, Notice
from warikan.operate.notify.text import Text
from warikan.operate.reviews.document import Action


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
