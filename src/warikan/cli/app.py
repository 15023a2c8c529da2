"""The tree of commands. Each command's work is imported when it runs, so that --help stays fast."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from warikan import __version__
from warikan.cli.diff_commands import add_diff
from warikan.cli.operations import add_operations
from warikan.cli.options import (
    SOURCE_TYPES,
    CsvFlag,
    FolderOption,
    JsonFlag,
    PeriodOption,
    WhereOption,
    chosen_format,
    examples,
)
from warikan.cli.questions import add_questions
from warikan.cli.sources_commands import add_sources

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
        typer.Option(help="About 190k, 10 M or 100 M charges."),
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
        str | None,
        typer.Option(
            "--source-type",
            metavar=SOURCE_TYPES,
            help="With --file: what it is; absent or auto: told by its header.",
        ),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Stop, with nothing loaded, when a row cannot be typed.")
    ] = False,
    folder: FolderOption = None,
    json: JsonFlag = False,
    csv: CsvFlag = False,
) -> None:
    """
    Take bills in. Each (source, billing month) is replaced whole: loading twice is loading once.

    Reads FOCUS 1.0 to 1.4 and the native exports of AWS, Azure, Google Cloud and Oracle Cloud, as CSV,
    CSV.gz, Parquet or newline-delimited JSON. A row that cannot be typed is kept apart, counted and
    priced; the rest loads. The provider's own sums are compared with the FOCUS sums, to the last digit.
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


@app.command(
    epilog=examples(
        "warikan collect",
        "warikan collect prod --from 2026-09-01 --until 2026-10-01",
        "warikan collect --out /mnt/usb/hours",
    )
)
def collect(
    clusters: Annotated[
        list[str] | None, typer.Argument(help="Clusters of warikan.yaml; absent: all that have usage.")
    ] = None,
    start: Annotated[
        str | None, typer.Option("--from", help="First day, e.g. 2026-09-01; absent: the first there is.")
    ] = None,
    until: Annotated[str | None, typer.Option("--until", help="The day after the last.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Also days that are there already.")] = False,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write files into this folder instead of the lake.")
    ] = None,
    folder: FolderOption = None,
    json: JsonFlag = False,
    csv: CsvFlag = False,
) -> None:
    """
    Take in what ran in the clusters, hour by hour. Collecting twice is collecting once.

    A server is read back to the first day it has; a day that is whole is not read again.
    What the server forgets later stays. A cluster that cannot be read does not stop the others.
    """
    from warikan.cli.collect import require_read, run_collect

    reports = run_collect(
        clusters or [],
        start=start,
        until=until,
        again=again,
        out=out,
        folder=folder,
        output=chosen_format(json=json, csv=csv),
    )
    require_read(reports)


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
    Ingest all sources, collect all clusters, then allocate: the line for cron.
    """
    from warikan.cli.allocate import run_allocate
    from warikan.cli.collect import require_read, run_collect
    from warikan.cli.ingest import require_charges, run_ingest

    output = chosen_format(json=json, csv=csv)
    reports = run_ingest(
        None,
        file=None,
        source_name=None,
        source_type=None,
        strict=False,
        folder=folder,
        output=output,
        is_needed=False,
    )
    collected = run_collect(
        [], start=None, until=None, again=False, out=None, folder=folder, output=output, is_needed=False
    )
    run_allocate(force=False, folder=folder, output=output)
    require_charges(reports)
    require_read(collected)


add_questions(app)
add_sources(app)
add_diff(app)
add_operations(app)


@app.command(
    epilog=examples(
        "warikan export --period 2026-09 --out focus/",
        "warikan export --focus 1.4 --from 2026-09-01 --until 2026-10-01 --out september.parquet",
    )
)
def export(
    out: Annotated[
        Path,
        typer.Option("--out", "-o", help="A folder: a file for each source and month; or FILE.csv: one."),
    ],
    focus: Annotated[str, typer.Option("--focus", help="FOCUS version of the files: 1.3 or 1.4.")] = "1.3",
    format_: Annotated[
        Literal["csv", "csv.gz", "parquet"] | None,
        typer.Option("--format", help="Default: as --out is named, csv for a folder."),
    ] = None,
    since: Annotated[
        str | None, typer.Option("--from", help="First day; default: all before --until.")
    ] = None,
    until: Annotated[str | None, typer.Option("--until", help="End, exclusive; default: all data.")] = None,
    period: PeriodOption = None,
    last: Annotated[str | None, typer.Option(help="30d, 4w, 3m: the last complete ones.")] = None,
    where: WhereOption = None,
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there.")] = False,
    folder: FolderOption = None,
    json: JsonFlag = False,
    csv: CsvFlag = False,
) -> None:
    """
    Write the allocated charges as FOCUS files: a row for each part of a charge, with who bears it.

    The parts add up to the charge, in every cost and quantity; each file is read back to prove it.
    """
    from warikan.cli.export import Asked, run_export

    run_export(
        Asked(since=since, until=until, period=period, last=last, where=where),
        out=out,
        version=focus,
        form=format_,
        force=force,
        folder=folder,
        output=chosen_format(json=json, csv=csv),
    )


@app.command(
    epilog=examples(
        "warikan check",
        "warikan check --focus bill.parquet --sarif focus.sarif",
        "warikan check --focus aws --threshold 1% --json",
    )
)
def check(
    focus: Annotated[
        str | None,
        typer.Option("--focus", help="Against FOCUS instead: a file, folder, glob, s3://… or source."),
    ] = None,
    focus_version: Annotated[
        str | None, typer.Option("--focus-version", help="1.0 to 1.4; default: told by the header.")
    ] = None,
    criteria: Annotated[
        str | None,
        typer.Option("--criteria", help="What is supported: ALL, NONE, A,B or +A,-B; default: as seen."),
    ] = None,
    threshold: Annotated[
        str, typer.Option("--threshold", help="Share of spend or rows that may fail, e.g. 1%.")
    ] = "0",
    level: Annotated[
        Literal["must", "should"], typer.Option("--level", help="Rules that make it fail.")
    ] = "must",
    as_published: Annotated[
        bool, typer.Option("--as-published", help="The rules without our errata.")
    ] = False,
    sarif: Annotated[Path | None, typer.Option("--sarif", help="Also write SARIF 2.1.0 here.")] = None,
    junit: Annotated[Path | None, typer.Option("--junit", help="Also write JUnit XML here.")] = None,
    folder: FolderOption = None,
    json: JsonFlag = False,
    csv: CsvFlag = False,
) -> None:
    """
    Test every law on the lake as it is: the parts sum to the bill. Exit 1 when one does not hold.

    With --focus: test a bill against the FOCUS specification, rule by rule, in rows and in money.
    """
    output = chosen_format(json=json, csv=csv)
    if focus is not None:
        from warikan.cli.conformance import Options, run_conformance

        options = Options(focus_version, criteria, threshold, level, as_published, sarif, junit)
        run_conformance(focus, options, folder=folder, output=output)
        return
    from warikan.cli.check import run_check

    run_check(folder=folder, output=output)


@app.command(epilog=examples("warikan serve --port 8080"))
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port; 0 picks a free one.")] = 8765,
    jobs: Annotated[bool, typer.Option(help="Also run what is due, as `warikan jobs run-due` does.")] = True,
    folder: FolderOption = None,
) -> None:
    """
    Serve the page and the API, until Ctrl-C.
    """
    from warikan.cli.serve import run_serve

    run_serve(folder, host=host, port=port, jobs=jobs)


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
