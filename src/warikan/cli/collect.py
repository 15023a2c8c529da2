"""``warikan collect``: take cluster hours in, and say what was seen and where gaps are."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warikan.cli.options import Output
from warikan.cli.output import note, print_csv, print_json, print_table
from warikan.focus.errors import ConfigError, DataError, UsageError

if TYPE_CHECKING:
    # A type only; the room brings DuckDB.
    from warikan.ingest.usage.report import ClusterReport, Gap

_MOST_GAPS = 3
"""Shown of each cluster in a table; JSON has them all."""


def run_collect(
    clusters: list[str],
    *,
    start: str | None,
    until: str | None,
    again: bool,
    out: Path | None,
    folder: Path | None,
    output: Output,
    is_needed: bool = True,
) -> list[ClusterReport]:
    """
    Collect and print a line for each cluster; unless *is_needed*, no cluster at all is fine too.

    Raises:
        UsageError: no such cluster, or a day that is none. A cluster that could not be read is in its report:
            :func:`require_read`.
    """
    # DuckDB, and Rich for the bar: see app.py.
    from warikan.bootstrap import open_workspace

    first, end = _day("--from", start), _day("--until", until)
    workspace = open_workspace(folder)
    if not is_needed and all(c.usage is None for c in workspace.settings.clusters.values()):
        return []
    if output != "quiet":
        note(f"{workspace.folder} · collect {', '.join(clusters) or 'all clusters'}")
    if sys.stderr.isatty():
        from warikan.cli.progress import Bar

        shown: Any = Bar(counted="hours")
    else:
        shown = nullcontext()
    with shown as bar:
        reports = workspace.collect(clusters, start=first, end=end, again=again, out=out, progress=bar)
    for report in reports:
        _note_report(report)
    if output == "json":
        print_json({"clusters": [_document(report) for report in reports]})
    elif output == "csv":
        print_csv(_HEADER, [_row(report, exact=True) for report in reports])
    elif output == "table":
        right = ["days", "hours", "container-hours", "sampled"]
        print_table("Hours taken in", _HEADER, [_row(report, exact=False) for report in reports], right=right)
    return reports


def require_read(reports: list[ClusterReport]) -> None:
    """
    Raises:
        ConfigError: the settings of a cluster cannot be used; cron must hear of it.
        DataError: a cluster could not be read, or a day of it not be used.
    """  # noqa: D205 - the promise is the error
    errors = {report.cluster_id: report.error for report in reports if report.error is not None}
    if not errors:
        return
    said = [f"cluster {name}: {error.message}" for name, error in errors.items()]
    others = len(reports) - len(errors)
    if others:
        said.append(f"the other {others:,} were taken in" if others > 1 else "the other one was taken in")
    kind = ConfigError if all(isinstance(e, UsageError) for e in errors.values()) else DataError
    raise kind("\n".join(said), hint=next(iter(errors.values())).hint)


def _day(option: str, text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option} {text!r} is no day", hint=f"{option} 2026-09-01") from None


def _note_report(report: ClusterReport) -> None:
    for sentence in report.notes:
        note(f"{report.cluster_id}: {sentence}")
    if report.left:
        note(
            f"{report.cluster_id}: {len(report.left):,} days stay as they were, as the server has less now: "
            f"{report.left[0]} … {report.left[-1]}"
        )


def _document(report: ClusterReport) -> dict[str, Any]:
    return {
        "cluster": report.cluster_id,
        "days": len(report.days),
        "first": report.days[0] if report.days else None,
        "last": report.days[-1] if report.days else None,
        "unchanged": report.unchanged,
        "left": list(report.left),
        "hours": report.hours,
        "nodeHours": report.node_hours,
        "containerHours": report.container_hours,
        "sampledMinutes": report.sampled_minutes,
        "gaps": [{"start": _moment(gap.start), "end": _moment(gap.end)} for gap in report.gaps],
        "notes": list(report.notes),
        "error": None if report.error is None else report.error.message,
    }


_HEADER = ["cluster", "state", "days", "from", "to", "hours", "container-hours", "sampled", "gaps"]


def _row(report: ClusterReport, *, exact: bool) -> list[str]:
    state = "failed" if report.error is not None else "taken in" if report.days else "unchanged"
    return [
        report.cluster_id,
        state,
        str(len(report.days)),
        str(report.days[0]) if report.days else "",
        str(report.days[-1]) if report.days else "",
        str(report.hours) if exact else f"{report.hours:,}",
        str(report.container_hours) if exact else f"{report.container_hours:,}",
        f"{report.sampled_share:.1%}" if report.hours else "",
        _gaps(report.gaps, len(report.gaps) if exact else _MOST_GAPS),
    ]


def _gaps(gaps: tuple[Gap, ...], most: int) -> str:
    shown = [f"{_moment(gap.start)}/{_moment(gap.end)}" for gap in gaps[:most]]
    more = [f"and {len(gaps) - most:,} more"] if len(gaps) > most else []
    return ", ".join([*shown, *more])


def _moment(moment: Any) -> str:
    return f"{moment:%Y-%m-%dT%HZ}"
