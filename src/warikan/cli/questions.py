"""Commands that ask and change nothing: cost, clusters, explain."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from warikan.cli.options import (
    CsvFlag,
    FolderOption,
    JsonFlag,
    MetricOption,
    PeriodOption,
    WhereOption,
    chosen_format,
    chosen_period,
    examples,
)


def add_questions(app: typer.Typer) -> None:
    """Put the commands into *app*."""
    app.command(
        epilog=examples(
            "warikan cost --by team --last 30d --compare previous",
            "warikan cost --by team --in JPY",
            "warikan cost --by ServiceName --where \"Tags['env'] <> 'prod'\" --period 2026-09",
            "warikan cost --by cluster --by cause --metric EffectiveCost --metric x_UsedCost",
            "warikan cost --by namespace --by workload --where \"x_ClusterId = 'production'\"",
            "warikan cost --by label:app.kubernetes.io/part-of --granularity week",
        )
    )(cost)
    app.command(
        epilog=examples(
            "warikan clusters", "warikan clusters production --period 2026-10", "warikan clusters --json"
        )
    )(clusters)
    app.command(
        epilog=examples(
            "warikan explain --where \"x_ServiceId = 'search'\" --period 2026-10",
            "warikan explain aws@2026-10/1099511627777",
        )
    )(explain)


def cost(
    by: Annotated[
        list[str] | None,
        typer.Option(
            "--by",
            "-b",
            help="Column to group by, repeatable: ServiceName, Tags['env'], x_TeamId; or its short name: "
            "team, service, cluster, namespace, workload, pod, container, nodepool, node, cause, label:KEY, "
            "tag:KEY.",
        ),
    ] = None,
    metric: MetricOption = None,
    where: WhereOption = None,
    period: PeriodOption = None,
    last: Annotated[str | None, typer.Option(help="30d, 4w, 3m: the last complete ones.")] = None,
    granularity: Annotated[
        Literal["hour", "day", "week", "month"] | None, typer.Option(help="Also split by time.")
    ] = None,
    compare: Annotated[Literal["previous"] | None, typer.Option(help="Add the period before.")] = None,
    top: Annotated[
        int | None, typer.Option(min=1, max=1000, help="Keep this many groups, then Other.")
    ] = None,
    order: Annotated[Literal["cost", "change", "name"], typer.Option(help="Order of the rows.")] = "cost",
    currency: Annotated[str | None, typer.Option(help="Only charges billed in it.")] = None,
    display: Annotated[
        str | None,
        typer.Option("--in", help="Show all in it, at the rates of the months: docs/currencies.md."),
    ] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Also print the SQL, on stderr.")] = False,
    folder: FolderOption = None,
    json: JsonFlag = False,
    csv: CsvFlag = False,
) -> None:
    """
    What did it cost? Grouped, filtered and compared; one result for each currency.

    A table on a terminal, JSON in a pipe; money is exact.
    """
    from warikan.cli.cost import run_cost
    from warikan.engine.query import Query

    run_cost(
        Query(
            metrics=tuple(metric or ["EffectiveCost"]),
            by=tuple(by or []),
            where=where,
            period=chosen_period(period, last),
            granularity=granularity,
            compare=compare,
            top=top,
            order=order,
            currency=currency,
            display=display,
        ),
        show_sql=explain,
        folder=folder,
        output=chosen_format(json=json, csv=csv),
    )


def clusters(
    cluster: Annotated[str | None, typer.Argument(help="One of them; absent: all.")] = None,
    period: PeriodOption = None,
    last: Annotated[str | None, typer.Option(help="30d, 4w, 3m: the last complete ones.")] = None,
    currency: Annotated[str | None, typer.Option(help="Only charges billed in it.")] = None,
    folder: FolderOption = None,
    json: JsonFlag = False,
    csv: CsvFlag = False,
) -> None:
    """
    What does each cluster cost, how well is it used, and what is idle? Of one: its pools and namespaces.

    A vCPU-hour is what nodes cost, memory and all, for each hour of a vCPU; beside it the public price.
    """
    from warikan.cli.clusters import run_clusters

    run_clusters(
        cluster,
        period=chosen_period(period, last),
        currency=currency,
        folder=folder,
        output=chosen_format(json=json, csv=csv),
    )


def explain(
    charge: Annotated[
        str | None, typer.Argument(help="A charge as printed by explain: SOURCE@YYYY-MM/KEY.")
    ] = None,
    where: WhereOption = None,
    period: PeriodOption = None,
    last: Annotated[str | None, typer.Option(help="30d, 4w, 3m: the last complete ones.")] = None,
    metric: MetricOption = None,
    currency: Annotated[str | None, typer.Option(help="Needed when several occur.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many slices.")] = 20,
    folder: FolderOption = None,
    json: JsonFlag = False,
    csv: CsvFlag = False,
) -> None:
    """
    Open a number: its classes, its largest slices, and for one slice the row of the bill and the rule.
    """
    from warikan.cli.explain import run_explain

    run_explain(
        charge,
        where=where,
        period=chosen_period(period, last),
        metric=(metric or ["EffectiveCost"])[0],
        currency=currency,
        limit=limit,
        folder=folder,
        output=chosen_format(json=json, csv=csv),
    )
