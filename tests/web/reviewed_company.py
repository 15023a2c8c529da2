"""The tiny company with budgets, an incident, and a review of it."""

from datetime import date
from pathlib import Path

from tiny_company import NOW, make_company
from warikan.bootstrap import Workspace, open_workspace
from warikan.operate.reviews.document import Review

BUDGETS = """
budgets:
  company: {title: Whole company, amount: 900}
  sales-team: {title: Sales in cloud, team: sales, amount: 300, parent: company}
  finding-team: {team: finding, amount: 900, parent: company}
"""
HOSTILE = "<img src=x onerror=alert(1)> <script>alert('x')</script> [click](javascript:alert(1)) ![p](https://e.com/p.png)"
BLAMING = "The engineer forgot to remove the pool. We should have checked the quota first."


def make_reviewed(folder: Path) -> Workspace:
    """The company with its budgets, and one incident, ``INC-1``, whose review nobody has begun."""
    make_company(folder)
    with (folder / "warikan.yaml").open("a", encoding="utf-8") as settings:
        settings.write(BUDGETS)
    workspace = open_workspace(folder, clock=lambda: NOW)
    workspace.operations.incidents.declare(
        actor="Aoki",
        onset=date(2026, 11, 10),
        scope={"x_ServiceId": "shop"},
        title="shop: more logs than usual",
    )
    return workspace


def begin_review(workspace: Workspace, language: str = "en") -> Review:
    """Begin the review of ``INC-1``, with some words and a factor in it."""
    reviews = workspace.operations.reviews
    made = reviews.begin("INC-1", actor="Aoki", language="ja" if language == "ja" else "en")
    reviews.edit(made.id, "expected", f"About $10 a day.\n\n{HOSTILE}", version=1, actor="Aoki")
    reviews.edit(made.id, "sense", BLAMING, version=1, actor="Aoki")
    reviews.add_factor(made.id, kind="tech", text="Logs had no limit", label="no-limit", actor="Aoki")
    reviews.add_action(
        made.id, text="Limit logs", kind="prevent", owner="sales", due=date(2026, 12, 1), actor="Aoki"
    )
    return reviews.get(made.id)
