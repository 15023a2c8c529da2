"""``warikan export``: write FOCUS files, and say what is in them."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warikan.cli.options import Output, chosen_period
from warikan.cli.output import note, print_csv, print_json, print_table
from warikan.focus.columns import COST_METRICS
from warikan.focus.errors import UsageError
from warikan.focus.money import format_exact

if TYPE_CHECKING:
    # Types only; the rooms bring DuckDB.
    from warikan.bootstrap import Workspace
    from warikan.export.run import ExportReport


@dataclass(frozen=True)
class Asked:
    """Which charges, as typed."""

    since: str | None
    until: str | None
    period: str | None
    last: str | None
    where: str | None

    def period_in(self, workspace: Workspace) -> str:
        """
        The period as one text; an open end reaches as far as the data.

        Raises:
            UsageError: said in two ways.
        """
        if self.since is None and self.until is None:
            return chosen_period(self.period, self.last)
        if self.period or self.last:
            raise UsageError("--from and --until exclude --period and --last")
        data = workspace.freshness().data
        if data is None:
            return "all"
        return f"{self.since or data.start.isoformat()}..{self.until or data.end.isoformat()}"


def run_export(
    asked: Asked,
    *,
    out: Path,
    version: str,
    form: str | None,
    force: bool,
    folder: Path | None,
    output: Output,
) -> None:
    """
    Export what is *asked* and print a line for each source, month and currency.

    Raises:
        UsageError: it cannot be, or a file is there. CheckFailed: a file does not add up; none was kept.
    """
    # DuckDB and Ibis: see app.py.
    from warikan.bootstrap import open_workspace
    from warikan.engine.query import Query

    workspace = open_workspace(folder)
    query = Query(metrics=COST_METRICS, where=asked.where, period=asked.period_in(workspace))
    if sys.stderr.isatty():
        from warikan.cli.progress import Bar

        shown: Any = Bar()
    else:
        shown = nullcontext()
    with shown as bar:
        report = workspace.export(query, out=out, version=version, form=form, force=force, progress=bar)
    note(f"{workspace.folder} · {report.period} · FOCUS {report.version} · {report.format} · {out}")
    if output == "json":
        print_json(_document(report))
    elif output == "csv":
        print_csv(_HEADER, _rows(report))
    elif output == "table":
        _print_table(report)


_HEADER = ["file", "source", "month", "currency", "rows", *COST_METRICS]


def _document(report: ExportReport) -> dict[str, Any]:
    return {
        "focus": report.version,
        "format": report.format,
        "period": {"start": report.period.start.isoformat(), "end": report.period.end.isoformat()},
        "files": [{"path": str(path), "bytes": size} for path, size in report.files.items()],
        "parts": [
            {
                "path": str(p.path),
                "source": p.source_id,
                "month": f"{p.month:%Y-%m}",
                "currency": p.currency,
                "rows": p.rows,
                "costs": {metric: format_exact(cost) for metric, cost in p.costs.items()},
            }
            for p in report.parts
        ],
        "totals": {
            currency: {"rows": one.rows} | {metric: format_exact(cost) for metric, cost in one.costs.items()}
            for currency, one in report.totals.items()
        },
    }


def _rows(report: ExportReport) -> list[list[str]]:
    return [
        [
            p.path.name,
            p.source_id,
            f"{p.month:%Y-%m}",
            p.currency,
            str(p.rows),
            *(format_exact(p.costs[metric]) for metric in COST_METRICS),
        ]
        for p in report.parts
    ]


def _print_table(report: ExportReport) -> None:
    rows = _rows(report)
    for currency, one in report.totals.items():
        of = [row for row in rows if row[3] == currency]
        total = ["Total", "", "", currency, str(one.rows), *(format_exact(c) for c in one.costs.values())]
        numbers = ["rows", *COST_METRICS]
        print_table(f"Written · {currency} · {report.period}", _HEADER, of, right=numbers, footer=total)
