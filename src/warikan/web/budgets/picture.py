"""The picture of a budget's period: spent by each day, the plan, the budget, and where it may end."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from warikan.focus.period import as_utc
from warikan.operate.budgets.budget import BudgetStatus
from warikan.operate.budgets.course import CourseDay
from warikan.web.chart import Chart, Series, draw
from warikan.web.incidents.marks import load_marks
from warikan.web.overlay import Band, Line, Overlay
from warikan.web.visit import Visit


def draw_course(
    status: BudgetStatus, course: Sequence[CourseDay], visit: Visit, *, with_marks: bool
) -> Chart:
    """
    Bars of what was spent so far, the plan and the budget as lines, the forecast as a band.

    *with_marks*: also what happened to its owner; of a budget without one too much would have.
    """
    texts, currency = visit.texts, status.budget.currency
    buckets = [as_utc(day.day) for day in course]
    spent = tuple(day.actual if day.actual is not None else Decimal(0) for day in course)
    ahead = [day.expected for day in course]
    overlay = Overlay(
        band=Band(
            low=tuple(one.p10 if one else None for one in ahead),
            middle=tuple(one.p50 if one else None for one in ahead),
            high=tuple(one.p90 if one else None for one in ahead),
        )
        if any(ahead)
        else None,
        lines=(
            Line("planned", texts.gettext("As planned"), tuple(day.planned for day in course)),
            Line("limit", texts.gettext("Budget"), (status.amount,) * len(course)),
        ),
    )
    budget = status.budget
    scope: dict[str, str | None] = {}
    if budget.service_id or budget.team_id:
        column = "x_ServiceId" if budget.service_id else "x_TeamId"
        scope[column] = budget.service_id or budget.team_id
    if with_marks and scope:
        overlay = replace(overlay, changes=load_marks(visit, scope, buckets, "day"))
    series = Series("actual", texts.gettext("Spent so far"), 0, is_other=False, amounts=spent)
    made = draw((series,), buckets, "day", currency, None, visit.display, overlay=overlay)
    return replace(made, summary=_summarise(status, visit))


def _summarise(status: BudgetStatus, visit: Visit) -> str:
    display, currency = visit.display, status.budget.currency
    said = [
        visit.texts.gettext(
            "Spent so far: %(actual)s; planned by now: %(planned)s; budget: %(amount)s.",
            actual=display.money(status.actual, currency).text,
            planned=display.money(status.planned, currency).text,
            amount=display.money(status.amount, currency).text,
        )
    ]
    if status.outlook:
        said.append(
            visit.texts.gettext(
                "80 %% chance of ending between %(low)s and %(high)s.",
                low=display.money(status.outlook.p10, currency).text,
                high=display.money(status.outlook.p90, currency).text,
            )
        )
    return " ".join(said)
