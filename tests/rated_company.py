"""The tiny company with rates in the ECB's form: dollars and yen in one currency, added up by hand."""

from pathlib import Path

from tiny_company import SETTINGS, make_company
from warikan.bootstrap import Workspace, open_workspace

RATES = """\
Date,USD,JPY,GBP,
2026-11-20,1.05,160.65,0.87,
2026-11-02,1.05,160.65,0.87,
2026-10-30,1.10,165.08,0.87,
2026-10-01,1.06,161.08,N/A,
2026-09-30,1.10,165.00,0.87,
"""
"""1 USD is 150 JPY in September, 151 in October (163.08 / 1.08), 153 in November."""
SHOWN = {"last 30d": "120685", "before": "110638.5"}
"""
In yen, with 900 JPY each day: 10 days of 20.50 USD at 151 and 20 at 153; before: 9 of 18.50 USD at 150 and 21
at 151.
"""


def make_rated(folder: Path, *, told: str = "display: JPY", rates: str = RATES) -> Workspace:
    """The tiny company in *folder* with *rates*, loaded and allocated."""
    workspace = make_company(folder)
    return with_rates(workspace, told=told, rates=rates)


def with_rates(workspace: Workspace, *, told: str = "display: JPY", rates: str = RATES) -> Workspace:
    """*workspace* again, with *rates* in its settings."""
    folder = workspace.folder
    (folder / "rates.csv").write_text(rates, encoding="utf-8")
    own = f"currencies: {{{', '.join(filter(None, [told, 'rates: {path: rates.csv}']))}}}\n"
    (folder / "warikan.yaml").write_text(SETTINGS + own, encoding="utf-8")
    return open_workspace(folder, clock=workspace.clock)
