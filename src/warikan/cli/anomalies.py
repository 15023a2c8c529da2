"""What ``warikan anomalies`` does: ask the workspace, print its answer; no arithmetic here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Literal

from warikan.api.answers import to_document
from warikan.bootstrap import open_workspace
from warikan.catalog.known import require_known
from warikan.cli.options import Output, chosen_actor
from warikan.cli.output import note, print_csv, print_json, print_table, shown_amount
from warikan.focus.errors import UsageError
from warikan.operate.anomalies.anomaly import Anomaly, Verdict
from warikan.operate.anomalies.notices import name_of
from warikan.operate.anomalies.planned import Planned

_HEADER = ("anomaly", "kind", "what", "team", "since", "until", "over expected", "per hour", "said")
_RIGHT = ("over expected", "per hour", "billed", "expected", "low", "high", "delta", "share")


def run_list(
    folder: Path | None,
    state: Literal["open", "ended", "withdrawn", "all"],
    team: str | None,
    service: str | None,
    limit: int,
    output: Output,
) -> None:
    """Print the list."""
    workspace = open_workspace(folder)
    require_known(workspace.catalog, service=service, team=team)
    found = workspace.operations.anomalies.list(state=state, team=team, service=service, limit=limit)
    note(f"{workspace.folder} · anomalies: {state} · EffectiveCost")
    if output == "json":
        print_json({"rows": to_document(found)})
        return
    rows = [_row(one, name_of(one, workspace.catalog)) for one in found]
    if output == "csv":
        print_csv(_HEADER, rows)
        return
    print_table("Anomalies", _HEADER, rows, right=_RIGHT)
    if not found:
        note("none; `warikan anomalies judge` looks at what has arrived")


def run_show(folder: Path | None, anomaly_id: str, output: Output) -> None:
    """Print one anomaly."""
    workspace = open_workspace(folder)
    anomaly = workspace.operations.anomalies.get(anomaly_id)
    note(f"{workspace.folder} · {anomaly.id} · EffectiveCost in {anomaly.currency}")
    if output == "json":
        print_json(to_document(anomaly))
        return
    print_table("Anomaly", _HEADER, [_row(anomaly, name_of(anomaly, workspace.catalog))], right=_RIGHT)
    days = [
        [
            one.day.isoformat(),
            *(shown_amount(n) for n in (one.actual, one.expected, one.expected_low, one.expected_high)),
        ]
        for one in anomaly.days
    ]
    print_table("Days", ("day", "billed", "expected", "low", "high"), days, right=_RIGHT)
    drivers = [
        [
            one.dimension,
            one.key.get(one.dimension) or "–",
            shown_amount(one.delta),
            f"{one.share:.0%}",
            "new" if one.is_new else "",
        ]
        for one in anomaly.drivers
    ]
    print_table("Drivers", ("by", "which", "delta", "share", ""), drivers, right=_RIGHT)
    period = f"{anomaly.onset}..{anomaly.end}" if anomaly.end else "last 30d"
    note(f'the charges: warikan explain --where "{anomaly.where}" --period "{period}"')


def run_judge(folder: Path | None, output: Output, *, force: bool) -> None:
    """Judge, and print what changed."""
    workspace = open_workspace(folder)
    report = workspace.operations.anomalies.judge(force=force)
    if output == "json":
        print_json(to_document(report))
        return
    if report.unchanged:
        note("nothing has changed since the last judgement")
        return
    counts = (
        ("new", report.opened),
        ("changed", report.updated),
        ("ended", report.ended),
        ("withdrawn", report.withdrawn),
    )
    note(", ".join(f"{len(ids)} {word}" for word, ids in counts) + f"; owners are told of {len(report.told)}")


def run_say(
    folder: Path | None, anomaly_id: str, verdict: Verdict | None, why: str | None, by: str | None
) -> None:
    """Keep what somebody said."""
    said = open_workspace(folder).operations.anomalies.say(
        anomaly_id, verdict, actor=chosen_actor(by), note=why
    )
    note(f"{said.id} is {said.verdict}" if said.verdict else f"{said.id} has no verdict any more")


def run_planned(folder: Path | None, output: Output) -> None:
    """Print what is known beforehand."""
    workspace = open_workspace(folder)
    found = workspace.operations.anomalies.planned()
    if output == "json":
        print_json({"rows": to_document(found)})
        return
    header = ("planned", "title", "scope", "from", "until", "kind", "value")
    rows: list[list[Any]] = [
        [
            one.id or "warikan.yaml",
            one.title,
            ", ".join(f"{c}={v}" for c, v in one.scope.items()) or "everything",
            one.start.isoformat(),
            one.end.isoformat() if one.end else "–",
            one.kind,
            f"{one.value:g}",
        ]
        for one in found
    ]
    if output == "csv":
        print_csv(header, rows)
    else:
        print_table("Known beforehand", header, rows, right=("value",))


def run_plan(
    folder: Path | None,
    title: str,
    first: date,
    until: date | None,
    *,
    service: str | None,
    team: str | None,
    values: Mapping[str, float | None],
    by: str | None,
) -> None:
    """
    Add a planned event.

    Raises:
        UsageError: not exactly one of amount, factor and level is given.
    """
    given = [(kind, value) for kind, value in values.items() if value is not None]
    if len(given) != 1:
        raise UsageError("say exactly one of --amount, --factor and --level")
    kind, value = given[0]
    scope = {c: v for c, v in (("x_ServiceId", service), ("x_TeamId", team)) if v is not None}
    event = Planned(None, title, scope, first, until, kind, value)  # type: ignore[arg-type]
    made = open_workspace(folder).operations.anomalies.plan(event, actor=chosen_actor(by))
    note(f"{made} counts from now on; `warikan anomalies judge` judges with it")


def run_unplan(folder: Path | None, planned_id: str, by: str | None) -> None:
    """Remove a planned event."""
    open_workspace(folder).operations.anomalies.unplan(planned_id, actor=chosen_actor(by))
    note(f"{planned_id} is removed")


def _row(one: Anomaly, name: str) -> list[str]:
    return [
        one.id,
        f"{one.kind} (so far)" if one.provisional else one.kind,
        name,
        one.team_id or "–",
        one.onset.isoformat(),
        _until(one),
        f"{shown_amount(one.excess.point)} {one.currency}",
        shown_amount(one.rate_per_hour) if one.rate_per_hour else "–",
        one.verdict or "–",
    ]


def _until(one: Anomaly) -> str:
    if one.end is None:
        return "open"
    level = "high" if one.excess.point >= 0 else "low"
    return f"still as {level}; expected since {one.end}" if one.absorbed else one.end.isoformat()
