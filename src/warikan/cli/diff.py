"""``warikan diff``: what changed between two loads of a billing month; no arithmetic here."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warikan.cli.options import Output
from warikan.cli.output import note, print_csv, print_json, print_table
from warikan.focus.money import format_exact

if TYPE_CHECKING:
    # Types only; the rooms bring DuckDB and Ibis.
    from warikan.allocate.restated import Restatements
    from warikan.engine.restatement import Difference, Load

_PARTS = ("before", "added", "removed", "changed", "moved", "after")
_TITLES = {
    "account": "By account",
    "provider_service": "By provider service",
    "day": "By day",
    "service": "By service",
    "team": "By team",
}


def run_loads(source: str, period: str, *, folder: Path | None, output: Output) -> None:
    """
    Print the loads of *period* of *source* that the lake keeps, newest first.

    Raises:
        WarikanError: no workspace, no such source or month.
    """
    from warikan.api.restated import loads_document

    loads = _restatements(folder).loads(source, period)
    if output == "json":
        print_json(loads_document(source, period, loads))
        return
    header = ["snapshot", "committed", "rows", "currency", "BilledCost", "EffectiveCost", "load"]
    rows = [
        [
            f"{load.snapshot}",
            f"{load.committed_at:%Y-%m-%d %H:%M:%S}Z",
            str(load.rows),
            currency,
            format_exact(totals["BilledCost"]),
            format_exact(totals["EffectiveCost"]),
            ", ".join(load.load_ids),
        ]
        for load in loads
        for currency, totals in load.totals.items()
    ]
    if output == "csv":
        print_csv(header, rows)
    else:
        right = ["rows", "BilledCost", "EffectiveCost"]
        print_table(f"Loads of {source} {period}, newest first", header, rows, right=right)


def run_diff(
    source: str,
    period: str,
    *,
    before: int | None,
    after: int | None,
    metric: str,
    by: str | None,
    limit: int,
    folder: Path | None,
    output: Output,
) -> None:
    """
    Print what changed in *period* of *source* from the load *before* to the load *after*.

    Raises:
        WarikanError: no workspace, no such load, or nothing to compare with.
    """
    from warikan.api.restated import difference_document

    found = _restatements(folder).diff(source, period, before=before, after=after, limit=limit)
    note(f"{source} {period} · {_words(found.before)} → {_words(found.after)}")
    if output == "json":
        print_json(difference_document(found))
        return
    if output == "csv":
        table = found.causes if by is None else found.groups.get(by, found.causes)
        print_csv(table.column_names, [[_plain(v) for v in row.values()] for row in table.to_pylist()])
        return
    _print(found, metric, by)


def _restatements(folder: Path | None) -> Restatements:
    # The workspace brings DuckDB and Ibis; see app.py.
    from warikan.api.restated import restatements_of
    from warikan.bootstrap import open_workspace

    return restatements_of(open_workspace(folder))


def _words(load: Load) -> str:
    present = ", the present one" if load.is_present else ""
    return f"load of {load.committed_at:%Y-%m-%d %H:%M} UTC (snapshot {load.snapshot}{present})"


def _print(found: Difference, metric: str, by: str | None) -> None:
    _print_parts(f"{metric} in all", found.totals.to_pylist(), [], metric)
    _print_causes(found, metric)
    for name, table in found.groups.items():
        if table.num_rows and by in (None, name):
            columns = [c for c in table.column_names if "_" not in c or c in ("x_ServiceId", "x_TeamId")]
            title = _TITLES[name]
            if name in ("service", "team") and found.owned_by == "rules":
                title += ", as the rules are today, before sharing"
            _print_parts(title, table.to_pylist(), [c for c in columns if c != "BillingCurrency"], metric)
    if found.owned_by is None:
        note("services and teams: nothing is known about them; see: warikan doctor")


def _print_causes(found: Difference, metric: str) -> None:
    rows = [
        [row["BillingCurrency"], row["cause"], row["reason"], f"{row['rows']:,}", _signed(row[metric])]
        for row in found.causes.to_pylist()
    ]
    if rows:
        header = ["currency", "cause", "what", "rows", metric]
        print_table("Why", header, rows, right=["rows", metric])
    else:
        note("the two loads have the same rows")


def _print_parts(title: str, rows: list[dict[str, Any]], keys: list[str], metric: str) -> None:
    parts = [p for p in _PARTS if rows and f"{p}_{metric}" in rows[0]]
    signs = {"added": 1, "removed": -1, "changed": 1, "moved": 1}
    header = ["currency", *keys, "rows", *parts]
    cells = []
    for row in rows:
        is_other = row.get("x_IsOther")
        names = ["(other)" if is_other else "–" if row[k] is None else str(row[k]) for k in keys]
        changed = f"+{row['added_rows']:,} -{row['removed_rows']:,} ~{row['changed_rows']:,}"
        money = [
            _signed(row[f"{p}_{metric}"].copy_negate() if signs[p] < 0 else row[f"{p}_{metric}"])
            if p in signs
            else format_exact(row[f"{p}_{metric}"])
            for p in parts
        ]
        cells.append([row["BillingCurrency"], *names, changed, *money])
    print_table(title, header, cells, right=["rows", *parts])


def _signed(amount: Decimal) -> str:
    return f"+{format_exact(amount)}" if amount > 0 else format_exact(amount)


def _plain(value: Any) -> Any:
    return format_exact(value) if isinstance(value, Decimal) else value
