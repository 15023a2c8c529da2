"""The tree of commands. Each command's work is imported when it runs, so that --help stays fast."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from warikan import __version__
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

app = typer.Typer(
    name="warikan",
    no_args_is_help=True,
    rich_markup_mode=None,  # plain help is 0.2 s faster than Rich and pastes anywhere
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=(
        "Warikan (割り勘) splits every cloud bill exactly over the services and teams that caused it, "
        "and explains each cent.\n\n"
        "Start: `warikan demo`, or `warikan init DIR`, then `warikan ingest --file BILL.csv`, "
        "`warikan allocate`, `warikan cost`."
    ),
    epilog=(
        "Exit codes: 0 ok, 1 a check failed, 2 usage, 3 a data problem. `--debug` anywhere shows tracebacks."
    ),
)


def _version(value: bool) -> None:  # noqa: FBT001 - Typer's callback shape
    if value:
        typer.echo(f"warikan {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Options that stand before the command."""


@app.command(epilog=examples("warikan init costs && cd costs"))
def init(
    path: Annotated[Path, typer.Argument(help="Folder to make; may exist.")],
    currency: Annotated[str | None, typer.Option(help="Currency a view opens with, e.g. USD.")] = None,
    fiscal_year_start: Annotated[int, typer.Option(min=1, max=12, help="Month, e.g. 4 for April.")] = 1,
) -> None:
    """
    Make a workspace: `warikan.yaml`, a catalogue with one example, and `.gitignore`.

    Nothing that exists is overwritten.
    """
    from warikan.cli.init import init_workspace

    init_workspace(path, currency=currency, fiscal_year_start=fiscal_year_start)


@app.command(epilog=examples("warikan demo", "warikan demo /tmp/d --no-serve"))
def demo(
    path: Annotated[Path, typer.Argument(help="Folder for the demo company.")] = Path("demo"),
    scale: Annotated[
        Literal["small", "medium", "large"],
        typer.Option(help="About 150k, 10 M or 100 M charges."),
    ] = "small",
    seed: Annotated[int, typer.Option(help="Same seed, same company.")] = 42,
    serve: Annotated[bool, typer.Option(help="Open the page when ready.")] = True,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port; 0 picks a free one.")] = 8765,
) -> None:
    """
    Make the demo company, load and allocate its bills, and show the page.

    Safe to run again: what is already there is kept.
    """
    from warikan.cli.demo import run_demo

    run_demo(path, scale=scale, seed=seed, serve=serve, host=host, port=port)


@app.command(epilog=examples("warikan ingest", "warikan ingest aws", "warikan ingest --file bill.csv.gz"))
def ingest(
    source: Annotated[str | None, typer.Argument(help="A source of warikan.yaml; absent: all.")] = None,
    file: Annotated[
        str | None, typer.Option("--file", "-f", help="A file, folder or glob instead of a source.")
    ] = None,
    source_name: Annotated[
        str | None, typer.Option("--source", help="With --file: the name it is kept under.")
    ] = None,
    source_type: Annotated[
        Literal["focus"], typer.Option("--source-type", help="How the file is read.")
    ] = "focus",
    strict: Annotated[
        bool, typer.Option("--strict", help="Stop, with nothing loaded, when a row cannot be typed.")
    ] = False,
    folder: FolderOption = None,
    json: JsonFlag = False,
    csv: CsvFlag = False,
) -> None:
    """
    Take bills in. Each (source, billing month) is replaced whole: loading twice is loading once.

    Reads FOCUS 1.0 to 1.4 as CSV, CSV.gz or Parquet. A row that cannot be typed is kept apart,
    counted and priced; the rest loads.
    """
    from warikan.cli.ingest import require_charges, run_ingest

    reports = run_ingest(
        source,
        file=file,
        source_name=source_name,
        source_type=source_type,
        strict=strict,
        folder=folder,
        output=chosen_format(json=json, csv=csv),
    )
    require_charges(reports)


@app.command(epilog=examples("warikan allocate"))
def allocate(
    force: Annotated[bool, typer.Option("--force", help="Also months whose inputs did not change.")] = False,
    folder: FolderOption = None,
    json: JsonFlag = False,
    csv: CsvFlag = False,
) -> None:
    """
    Give every charge to its service and team, and split what is shared.

    Each sum is proved to be conserved before anything is written.
    """
    from warikan.cli.allocate import run_allocate

    run_allocate(force=force, folder=folder, output=chosen_format(json=json, csv=csv))


@app.command(epilog=examples("warikan sync"))
def sync(
    folder: FolderOption = None,
    json: JsonFlag = False,
    csv: CsvFlag = False,
) -> None:
    """
    Ingest all sources, then allocate: the line for cron.
    """
    from warikan.cli.allocate import run_allocate
    from warikan.cli.ingest import require_charges, run_ingest

    output = chosen_format(json=json, csv=csv)
    reports = run_ingest(
        None, file=None, source_name=None, source_type="focus", strict=False, folder=folder, output=output
    )
    run_allocate(force=False, folder=folder, output=output)
    require_charges(reports)


@app.command(
    epilog=examples(
        "warikan cost --by x_TeamId --last 30d --compare previous",
        "warikan cost --by ServiceName --where \"Tags['env'] <> 'prod'\" --period 2026-09",
    )
)
def cost(
    by: Annotated[
        list[str] | None,
        typer.Option(
            "--by", "-b", help="Column to group by, repeatable: x_TeamId, ServiceName, Tags['env']."
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
        ),
        show_sql=explain,
        folder=folder,
        output=chosen_format(json=json, csv=csv),
    )


@app.command(
    epilog=examples(
        "warikan explain --where \"x_ServiceId = 'search'\" --period 2026-10",
        "warikan explain aws@2026-10/1099511627777",
    )
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


@app.command(epilog=examples("warikan check"))
def check(
    folder: FolderOption = None,
    json: JsonFlag = False,
    csv: CsvFlag = False,
) -> None:
    """
    Test every law on the lake as it is: the parts sum to the bill. Exit 1 when one does not hold.
    """
    from warikan.cli.check import run_check

    run_check(folder=folder, output=chosen_format(json=json, csv=csv))


@app.command(epilog=examples("warikan serve --port 8080"))
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port; 0 picks a free one.")] = 8765,
    folder: FolderOption = None,
) -> None:
    """
    Serve the page and the API, until Ctrl-C.
    """
    from warikan.cli.serve import run_serve

    run_serve(folder, host=host, port=port)


@app.command(epilog=examples("warikan doctor"))
def doctor(
    folder: FolderOption = None,
    json: JsonFlag = False,
    csv: CsvFlag = False,
) -> None:
    """
    Look for what is wrong around the data: configuration, rules, lake, disk, assets.
    """
    from warikan.cli.doctor import run_doctor

    run_doctor(folder=folder, output=chosen_format(json=json, csv=csv))
