"""``warikan clusters``: ask the workspace and print its answer; no arithmetic here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from warikan.cli.options import Output
from warikan.cli.output import note, print_csv, print_json, print_table
from warikan.focus.errors import UsageError
from warikan.focus.money import format_exact

if TYPE_CHECKING:
    # Types only; the rooms bring DuckDB and Ibis.
    from warikan.allocate.estimates import Estimate
    from warikan.engine.cluster_costs import Cause, PlaceCost
    from warikan.engine.clusters import Coverage
    from warikan.engine.place import Place

_NUMBERS = (
    "cost", "used", "workload idle", "infra idle", "overhead", "other", "efficiency", "vCPU-hour", "at list",
    "sampled",
)  # fmt: skip
_OTHER: tuple[Cause, ...] = (
    "attached", "passed_on", "unmounted", "unused", "unattributed", "unmetered",
)  # fmt: skip
Write = Callable[[Decimal], str]


def run_clusters(
    cluster: str | None, *, period: str, currency: str | None, folder: Path | None, output: Output
) -> None:
    """
    Print all clusters, or what *cluster* consists of.

    Raises:
        WarikanError: no workspace, no such cluster, a wrong period, or nothing is allocated yet.
    """
    # The workspace brings DuckDB and Ibis; see app.py.
    from warikan.bootstrap import open_workspace
    from warikan.engine.clusters import ClusterQuery

    workspace = open_workspace(folder)
    query = ClusterQuery(period, currency, (cluster,) if cluster is not None else ())
    if cluster is None:
        found = workspace.clusters.all(query)
        note(f"{workspace.folder} · {found.period} · EffectiveCost")
        if output == "json":
            from warikan.api.cluster_answers import clusters_document

            print_json(clusters_document(found, workspace.settings.clusters))
            return
        _print(output, "Clusters", ["cluster"], found.places, found.coverage)
        if output == "table":
            _print_estimates(workspace.estimates())
        if not found.places:
            note("no clusters in this period; name their hours in warikan.yaml, then warikan collect")
        return
    parts = workspace.clusters.parts(query)
    note(f"{workspace.folder} · {cluster} · {parts.period} · EffectiveCost")
    if not (parts.whole.costs or parts.whole.usage or parts.whole.nodes):
        known = ", ".join(str(place.key[0]) for place in workspace.clusters.all(ClusterQuery(period)).places)
        raise UsageError(
            f"there is no cluster {cluster!r} in {parts.period}", hint=f"there is: {known}" if known else None
        )
    if output == "json":
        from warikan.api.cluster_answers import cluster_document

        print_json(cluster_document(cluster, parts, workspace.settings.clusters))
        return
    if output == "table":
        _print_causes(parts.whole.costs)
        _print(output, "Node pools", ["node pool"], parts.pools, {})
        _print(output, "Namespaces", ["namespace"], parts.namespaces, {})
    _print(output, "Workloads", ["namespace", "kind", "workload"], parts.workloads, {})


def _print_estimates(estimates: Sequence[Estimate]) -> None:
    """Days that the bill did not have when they were estimated; what it says of them now, and why."""
    rows = [
        [
            e.cluster_id,
            e.day.isoformat(),
            e.currency or "–",
            _cents(e.estimated),
            "not yet" if e.billed is None else _cents(e.billed),
            "–" if e.difference is None else _cents(e.difference),
            e.cause or f"at prices of {e.priced_from} to {e.priced_until}",
        ]
        for e in estimates
    ]
    if rows:
        header = ["cluster", "day", "currency", "estimated", "billed", "difference", "why"]
        title = "Machines on days without a bill (estimates, in no other number)"
        print_table(title, header, rows, right=header[3:6])


def _print(
    output: Output,
    title: str,
    names: Sequence[str],
    places: Sequence[Place],
    coverage: Mapping[str, Coverage],
) -> None:
    """CSV: one table, exact. A terminal: one for each currency, rounded to cents, so that it fits."""
    if output == "csv":
        rows = [
            [*place.key, cost.currency, *_cells(place, cost, coverage, format_exact, format_exact)]
            for place in places
            for cost in place.costs
        ]
        print_csv([*names, "BillingCurrency", *_NUMBERS], rows)
        return
    for currency in dict.fromkeys(cost.currency for place in places for cost in place.costs):
        cells = [
            [*_names(place), *_cells(place, cost, coverage, _cents, _price)]
            for place in places
            if (cost := place.in_currency(currency))
        ]
        header = [*names, *_NUMBERS]
        said = [i for i in range(len(header)) if i < len(names) or any(row[i] != "–" for row in cells)]
        shown = [[row[i] for i in said] for row in cells]
        print_table(f"{title} · {currency}", [header[i] for i in said], shown, right=_NUMBERS)
    unbilled = [" ".join(_names(place)) for place in places if not place.costs]
    if unbilled:
        note(f"{title.lower()} without cost: {', '.join(unbilled)}")


def _names(place: Place) -> list[str]:
    return [value or "–" for value in place.key]


def _cells(
    place: Place, cost: PlaceCost, coverage: Mapping[str, Coverage], money: Write, price: Write
) -> list[str]:
    seen = coverage.get(place.key[0] or "") if place.key else None
    paid, listed = place.per_vcpu_hour(cost.currency), place.list_per_vcpu_hour(cost.currency)
    return [
        money(cost.cost),
        money(cost.of("used")),
        money(cost.of("workload_idle")),
        money(cost.of("infrastructure_idle")),
        money(cost.of("system_overhead", "cluster_overhead")),
        money(cost.of(*_OTHER)),
        _percent(cost.efficiency),
        price(paid) if paid is not None else "–",
        price(listed) if listed is not None else "–",
        _percent(seen.ratio if seen else None),
    ]


def _print_causes(costs: Sequence[PlaceCost]) -> None:
    for cost in costs:
        rows = [[cause.replace("_", " "), format_exact(amount)] for cause, amount in cost.causes.items()]
        footer = ["Total", format_exact(cost.cost)]
        print_table(
            f"Cost by cause · {cost.currency}", ["cause", "cost"], rows, right=["cost"], footer=footer
        )


def _cents(amount: Decimal) -> str:
    return f"{amount:,.2f}"


def _price(amount: Decimal) -> str:
    return f"{amount:,.4f}"


def _percent(ratio: float | None) -> str:
    return f"{ratio:.1%}" if ratio is not None else "–"
