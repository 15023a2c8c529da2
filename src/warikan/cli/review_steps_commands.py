"""A review on its way: planned, calibrated, settled, its sections taken back, its sentences kept."""

from __future__ import annotations

from typing import Annotated

import typer

from warikan.cli.options import (
    ByOption,
    CsvFlag,
    FolderOption,
    JsonFlag,
    chosen_actor,
    chosen_format,
    examples,
)

ReviewId = Annotated[str, typer.Argument(help="As the list names it, e.g. REV-3.")]
SectionId = Annotated[str, typer.Argument(help="impact, timeline, expected, sense, learning ...")]
SeenOption = Annotated[
    int | None, typer.Option("--version", min=0, help="The version that you saw; default: whatever it is.")
]
BecauseOption = Annotated[str, typer.Option("--because", help="Why; it is kept.")]


def add_steps(app: typer.Typer) -> None:
    """Put the commands into *app*."""
    app.command(
        epilog=examples(
            "warikan review plan REV-3 --lead chi --meeting 2026-11-24T10:00+09:00",
            "warikan review plan REV-3 --no-meeting",
        )
    )(plan)
    app.command(
        epilog=examples(
            "warikan review calibrate REV-3",
            "warikan review calibrate REV-3 --json | jq -r .calibration.text",
        )
    )(calibrate)
    because = "--because 'one line to change'"
    app.command("skip-soak", epilog=examples(f"warikan review skip-soak REV-3 {because}"))(skip_soak)
    app.command(
        epilog=examples("warikan review keep REV-3 'Nobody looked at the alert.' --because 'their own words'")
    )(keep)
    app.command(epilog=examples("warikan review versions REV-3 learning"))(versions)
    app.command(epilog=examples("warikan review restore REV-3 learning 2"))(restore)


def plan(
    review: ReviewId,
    lead: Annotated[str | None, typer.Option(help="Who leads it; '' for nobody. Absent: as it is.")] = None,
    meeting: Annotated[
        str | None, typer.Option(help="When people meet, with its zone. Absent: as it is.")
    ] = None,
    no_meeting: Annotated[bool, typer.Option("--no-meeting", help="There is no meeting.")] = False,
    version: SeenOption = None,
    by: ByOption = None,
    json: JsonFlag = False,
    workspace: FolderOption = None,
) -> None:
    """Say who leads the review, and when people meet."""
    from warikan.cli.review_steps import run_plan

    output = chosen_format(json=json, csv=False)
    met = "" if no_meeting else meeting
    run_plan(workspace, review, lead, met, version, chosen_actor(by), output)


def calibrate(
    review: ReviewId, by: ByOption = None, json: JsonFlag = False, workspace: FolderOption = None
) -> None:
    """Make the document to read before the meeting, of what is known now; the soak time begins anew."""
    from warikan.cli.review_steps import run_calibrate

    run_calibrate(workspace, review, chosen_actor(by), chosen_format(json=json, csv=False))


def skip_soak(
    review: ReviewId,
    because: BecauseOption,
    version: SeenOption = None,
    by: ByOption = None,
    json: JsonFlag = False,
    workspace: FolderOption = None,
) -> None:
    """Agree on actions without waiting."""
    from warikan.cli.review_steps import run_skip_soak

    output = chosen_format(json=json, csv=False)
    run_skip_soak(workspace, review, because, version, chosen_actor(by), output)


def keep(
    review: ReviewId,
    sentence: Annotated[str, typer.Argument(help="As `check` printed it.")],
    because: BecauseOption,
    by: ByOption = None,
    json: JsonFlag = False,
    workspace: FolderOption = None,
) -> None:
    """Keep a sentence that the blame check marks; it is not marked again."""
    from warikan.cli.review_steps import run_keep

    run_keep(workspace, review, sentence, because, chosen_actor(by), chosen_format(json=json, csv=False))


def versions(
    review: ReviewId,
    section: SectionId,
    json: JsonFlag = False,
    csv: CsvFlag = False,
    workspace: FolderOption = None,
) -> None:
    """List every version of a section, newest first."""
    from warikan.cli.review_steps import run_versions

    run_versions(workspace, review, section, chosen_format(json=json, csv=csv))


def restore(
    review: ReviewId,
    section: SectionId,
    restored: Annotated[int, typer.Argument(min=1, help="The version whose text is to stand there again.")],
    version: SeenOption = None,
    by: ByOption = None,
    json: JsonFlag = False,
    workspace: FolderOption = None,
) -> None:
    """Go back to an older text of a section; nothing between is lost."""
    from warikan.cli.review_steps import run_restore

    output = chosen_format(json=json, csv=False)
    run_restore(workspace, review, section, restored, version, chosen_actor(by), output)
