"""What levels of burning and periods of budgets are called."""

from collections.abc import Mapping

from warikan.operate.budgets.budget import BurnLevel, PeriodKind
from warikan.web.texts import N_

LEVELS: Mapping[BurnLevel, str] = {
    "ok": N_("On plan"),
    "slow": N_("A little too fast"),
    "forecast_over": N_("Likely to end over"),
    "fast": N_("Far too fast"),
    "exhausted": N_("All spent"),
}
LEVEL_NOTES: Mapping[BurnLevel, str] = {
    "ok": N_("It is spent about as fast as planned."),
    "slow": N_("For weeks it has been spent faster than planned."),
    "forecast_over": N_("More likely than not it ends over the budget."),
    "fast": N_("In the last days it has been spent much faster than planned."),
    "exhausted": N_("All of it is spent before the period is over."),
}
PERIODS: Mapping[PeriodKind, str] = {
    "month": N_("monthly"),
    "quarter": N_("fiscal quarter"),
    "year": N_("fiscal year"),
}
