"""What people are told of a budget that burns: one message for each budget and period."""

from collections.abc import Mapping

from warikan.catalog.notify import Severity
from warikan.focus.money import Money
from warikan.focus.period import as_utc
from warikan.operate.budgets.budget import Budget, Burn, BurnLevel
from warikan.operate.notify.notice import Fact, Notice
from warikan.operate.notify.text import Text

_SEVERITY: Mapping[BurnLevel, Severity] = {
    "ok": "info",
    "slow": "low",
    "forecast_over": "medium",
    "fast": "high",
    "exhausted": "high",
}
_SAID: Mapping[BurnLevel, Text] = {
    "ok": Text("Budget {name} is on plan again", "予算 {name} は計画どおりに戻りました"),
    "slow": Text("Budget {name} burns a little too fast", "予算 {name} の消化がやや速すぎます"),
    "forecast_over": Text("Budget {name} is forecast to end over", "予算 {name} は超過する見込みです"),
    "fast": Text("Budget {name} burns fast", "予算 {name} の消化が速すぎます"),
    "exhausted": Text("Budget {name} is spent", "予算 {name} を使い切りました"),
}


def notice_of(burn: Burn, budget: Budget | None) -> Notice:
    """The notice of *burn* as it is now; *budget* is None where it is no longer in the settings."""
    level: BurnLevel = burn.level if burn.ended_at is None else "ok"
    said = _SAID[level]
    return Notice(
        key=f"budget/{burn.budget_id}/{burn.period_start}",
        kind="budget",
        state="open" if burn.ended_at is None else "resolved",
        severity=_SEVERITY[burn.level],
        title=Text(said.en, said.ja, {"name": (budget.title if budget else "") or burn.budget_id}),
        occurred_at=as_utc(burn.onset),
        facts=(
            Fact(Text("Spent", "消化額"), Money(burn.spent, burn.currency)),
            Fact(Text("Budget", "予算"), Money(burn.amount, burn.currency)),
            Fact(Text("Period from", "期間の開始"), burn.period_start),
        ),
        team_id=budget.team_id if budget else None,
        service_id=budget.service_id if budget else None,
        path=f"/budgets/{burn.budget_id}",
        actions=("open",),
    )
