"""``warikan explain``: a cell opened, or one charge; what to read next is printed with it."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warikan.cli.explain_repairs import print_charge_repairs
from warikan.cli.options import Output
from warikan.cli.output import note, print_csv, print_json, print_table
from warikan.focus.columns import COST_METRICS
from warikan.focus.errors import UsageError
from warikan.focus.money import format_exact

if TYPE_CHECKING:
    # Types only; these rooms bring Ibis.
    from warikan.allocate.explain import CellExplanation, ChargeExplanation, Slice
    from warikan.allocate.explain_charge import RuleMatch
    from warikan.allocate.explain_cluster import ClusterPart
    from warikan.allocate.suggest import Suggestion

_CHARGE = re.compile(r"^(?P<source>.+)@(?P<year>\d{4})-(?P<month>\d{2})/(?P<key>\d{1,19})$")


def run_explain(
    charge: str | None,
    *,
    where: str | None,
    period: str,
    metric: str,
    currency: str | None,
    limit: int,
    folder: Path | None,
    output: Output,
) -> None:
    """
    Open the cell that *where* and *period* name, or the *charge* ``SOURCE@YYYY-MM/KEY``.

    Raises:
        UsageError: *charge* has not this form, or there is none such.
    """
    # Ibis and DuckDB, and the JSON form of the API: see app.py.
    from warikan.api.answers import to_document
    from warikan.bootstrap import open_workspace

    workspace = open_workspace(folder)
    if charge is not None:
        source_id, month, key = _parse_charge(charge)
        opened = workspace.explain_charge(source_id=source_id, month=month, charge_key=key)
        note(f"{workspace.folder} · {charge}")
        if output == "json":
            print_json(to_document(opened))
        elif output == "csv":
            print_csv(["column", "value"], [[k, _text(v)] for k, v in opened.charge.items()])
        else:
            _print_charge(opened)
        return
    cell = workspace.explain(where=where, period=period, metric=metric, currency=currency, limit=limit)
    suggestions = workspace.suggestions(limit=5) if _has_unallocated(cell) else ()
    note(f"{workspace.folder} · {cell.period} · {metric}{f' · {where}' if where else ''}")
    if output == "json":
        document = to_document(cell)
        for slice_document, one in zip(document["slices"], cell.slices, strict=True):
            slice_document["charge"] = _name(one)
        print_json(document | {"suggestions": to_document(suggestions)})
    elif output == "csv":
        _print_slices_csv(cell)
    else:
        _print_cell(cell, suggestions)


def _parse_charge(text: str) -> tuple[str, date, int]:
    match = _CHARGE.match(text)
    if match is None or not 1 <= int(match["month"]) <= 12 or int(match["year"]) == 0:
        raise UsageError(
            f"{text!r} does not name a charge; it looks like aws@2026-09/1099511627777",
            hint="warikan explain --where FILTER --period PERIOD lists charges",
        )
    return match["source"], date(int(match["year"]), int(match["month"]), 1), int(match["key"])


def _name(one: Slice) -> str:
    return f"{one.source_id}@{one.month:%Y-%m}/{one.charge_key}"


def _has_unallocated(cell: CellExplanation) -> bool:
    return any("unallocated" in one.classes for one in cell.cells)


def _print_cell(cell: CellExplanation, suggestions: tuple[Suggestion, ...]) -> None:
    if not cell.cells:
        note("no charges match; widen --period or change --where")
    for one in cell.cells:
        currency = one.currency or "no currency"
        rows = [["class", name, format_exact(amount)] for name, amount in one.classes.items()]
        rows += [["rule", name or "(none)", format_exact(amount)] for name, amount in one.rules.items()]
        rows += [
            ["shared from", f"{o.service_id or '(unallocated)'} by {o.share_id}", format_exact(o.amount)]
            for o in one.origins
        ]
        print_table(
            f"{cell.metric} {format_exact(one.amount)} {currency} = {one.slices:,} slices",
            ["", "of", currency],
            rows,
            right=[currency],
        )
    if cell.slices:
        header = ["charge", "day", "amount", "", "what", "service", "class", "rule"]
        rows = [
            [
                _name(one),
                f"{one.values['ChargePeriodStart']:%Y-%m-%d}",
                format_exact(one.amount),
                one.currency or "",
                _short(one.values["ResourceName"] or one.values["ResourceId"] or one.values["ServiceName"]),
                one.values["x_ServiceId"] or "–",
                one.values["x_AllocationClass"] or "–",
                one.values["x_RuleId"] or "–",
            ]
            for one in cell.slices
        ]
        title = f"Largest slices ({len(cell.slices)} of {cell.total_slices:,})"
        print_table(title, header, rows, right=["amount"])
        note(f"next: warikan explain '{_name(cell.slices[0])}'")
    _print_suggestions(suggestions)


def _print_suggestions(suggestions: tuple[Suggestion, ...]) -> None:
    if suggestions:
        # The shape of a suggestion is the allocation room's; every field is shown under its own name.
        from warikan.api.answers import to_document

        documents = [to_document(s) for s in suggestions]
        header = list(documents[0])
        rows = [[_short(_text(d[name]), 60) for name in header] for d in documents]
        print_table("What would claim most of the unallocated cost", header, rows)


def _print_slices_csv(cell: CellExplanation) -> None:
    names = list(cell.slices[0].values) if cell.slices else []
    rows = [[_name(s), format_exact(s.amount), *(_text(s.values[n]) for n in names)] for s in cell.slices]
    print_csv(["charge", cell.metric, *names], rows)


def _print_charge(opened: ChargeExplanation) -> None:
    currency = opened.currency or ""
    print_table(
        f"{opened.file}, row {opened.row:,} (source {opened.source_id})",
        ["column", "value"],
        [[name, _text(value)] for name, value in opened.charge.items()]
        + [[name, _text(value)] for name, value in opened.extra.items()],
    )
    if opened.rule is None:
        note("no rule claimed this charge: it is unallocated")
    else:
        rule = opened.rule
        rows = [["matched", f"{name} = {_text(value)}"] for name, value in rule.values.items()]
        rows = [["when", rule.when or "(always)"], ["service from", rule.service or "–"], *rows]
        if rule.note:
            rows.append(["why", rule.note])
        print_table(f"Claimed by rule {rule.id} ({_place(rule)})", ["", ""], rows)
    header = ["service", "team", "class", *COST_METRICS]
    rows = [
        [
            s.service_id or "–",
            s.team_id or "–",
            s.allocation_class,
            *(_money(s.costs.get(m)) for m in COST_METRICS),
        ]
        for s in opened.slices
    ]
    footer = ["Charge", "", "", *(_money(opened.costs.get(m)) for m in COST_METRICS)]
    state = "they add up to the charge" if opened.adds_up else "they do NOT add up: warikan check"
    print_table(f"Its slices, in {currency}; {state}", header, rows, right=list(COST_METRICS), footer=footer)
    steps = [
        [s.service_id or "–", str(t.stage), t.share_id, t.formula] for s in opened.slices for t in s.steps
    ]
    owners = dict.fromkeys((s.service_id, s.team_id, s.owner_where, s.owner_since) for s in opened.slices)
    told = [
        [service or "–", team or "–", where, f"{since:%Y-%m-%d}" if since else "–"]
        for service, team, where, since in owners
        if where is not None
    ]
    if told:
        print_table("Who owns them", ["service", "team", "said by", "since"], told)
    print_charge_repairs(opened.repairs)
    _print_clusters(opened)
    if steps:
        print_table("How it was shared", ["service", "stage", "share", "formula"], steps)


def _print_clusters(opened: ChargeExplanation) -> None:
    """What of a cluster the charge paid for: who ran there, by how much of what, known by which rule."""
    parts = [(s, s.cluster) for s in opened.slices if s.cluster is not None]
    if not parts:
        return
    rows = [
        [_name_of(part), part.cost_class, one.rule.id if one.rule else "–", part.formula]
        for one, part in parts
    ]
    where = f"{parts[0][1].cluster_id} {parts[0][1].node or ''}".strip()
    print_table(f"What it paid for in {where}", ["what", "class", "known by", "EffectiveCost"], rows)
    ideas = [f"{_name_of(part)}: {part.what_if}" for _, part in parts if part.what_if]
    for idea in ideas[:3]:
        note(f"what if – {idea}")


def _name_of(part: ClusterPart) -> str:
    names = (part.namespace, part.workload, part.pod, part.container)
    return "/".join(name for name in names if name) or part.asset


def _place(rule: RuleMatch) -> str:
    if rule.position is None:
        return "no longer in warikan.yaml"
    return f"number {rule.position} in warikan.yaml"


def _money(amount: Decimal | None) -> str:
    return "–" if amount is None else format_exact(amount)


def _text(value: Any) -> str:
    if isinstance(value, Decimal):
        return format_exact(value)
    if isinstance(value, dict):
        return ", ".join(f"{k}={v}" for k, v in value.items())
    return "–" if value is None else str(value)


def _short(text: str | None, most: int = 44) -> str:
    if text is None:
        return "–"
    return text if len(text) <= most else f"…{text[1 - most :]}"
