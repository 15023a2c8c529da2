"""``warikan changes``: ask the ledger, or tell it, and print what it says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from warikan.catalog.known import require_known
from warikan.cli.options import Output
from warikan.cli.output import note, print_csv, print_json, print_table
from warikan.focus.errors import CheckFailed, DataError, UsageError

if TYPE_CHECKING:
    # Types only; the ledger brings SQLAlchemy.
    from warikan.bootstrap import Workspace
    from warikan.operate.changes.change import Change, Receipt

LONGEST_TITLE = 300


def run_list(
    folder: Path | None,
    asked: Mapping[str, str | None],
    *,
    last: str | None,
    period: str | None,
    unowned: bool,
    limit: int,
    output: Output,
) -> None:
    """
    Print the changes that meet *asked*, newest first.

    Raises:
        UsageError: no such kind, or a period that cannot be read.
    """
    from warikan.operate.changes.change import KINDS
    from warikan.operate.changes.rows import Criteria

    workspace = _open(folder)
    if asked["kind"] is not None and asked["kind"] not in KINDS:
        raise UsageError(f"there is no kind {asked['kind']!r}", hint=f"there is: {', '.join(KINDS)}")
    require_known(workspace.catalog, service=asked["service"], team=asked["team"])
    start, end = _interval(workspace, last, period)
    criteria = Criteria(**asked, start=start, end=end, is_owned=False if unowned else None)
    found = workspace.operations.changes.list(criteria, limit=limit)
    note(f"{workspace.folder} · {len(found):,} changes, newest first")
    if output == "json":
        from warikan.api.changes import change_document

        print_json({"rows": [change_document(one) for one in found]})
        return
    header = ["change", "at", "kind", "what", "service", "team", "source"]
    rows = [_row(one) for one in found]
    if output == "csv":
        print_csv(
            [*header, "url", "revision"], [[*r, c.url, c.revision] for r, c in zip(rows, found, strict=True)]
        )
        return
    print_table("Changes", header, rows)


def run_add(
    folder: Path | None, told: Mapping[str, str | None], scope: Sequence[str], actor: str, output: Output
) -> None:
    """
    Write a change down, and print it.

    Raises:
        UsageError: what is told cannot be.
    """
    from warikan.operate.changes.change import KINDS
    from warikan.operate.changes.readers.plain import draft_of

    if told["kind"] not in KINDS:
        raise UsageError(f"there is no kind {told['kind']!r}", hint=f"there is: {', '.join(KINDS)}")
    if not 1 <= len((told["title"] or "").strip()) <= LONGEST_TITLE:
        raise UsageError(f"a change has a title of 1 to {LONGEST_TITLE} characters")
    pairs = [part.partition("=") for part in scope]
    if any(not equals or not column for column, equals, _ in pairs):
        raise UsageError("--scope is COLUMN=VALUE", hint="--scope ServiceName='Amazon S3'")
    draft = draft_of({**told, "scope": {column.strip(): value for column, _, value in pairs}})
    change = _open(folder).operations.changes.add(draft, actor)
    _print(change, output)


def run_import(folder: Path | None, file: Path, source: str | None, actor: str, output: Output) -> None:
    """
    Take a file in, and print what became of it.

    Raises:
        UnreadableFile: it is no such file.
        CheckFailed: all of it was refused.
    """
    from warikan.operate.changes.files import source_name

    changes = _open(folder).operations.changes
    named = source_name(source) if source is not None else None
    receipts = changes.take_file(file, source=named, actor=actor)
    _print_receipts(receipts, output)
    refused = sum(one.refused for one in receipts)
    if refused and not any(one.added + one.updated + one.known for one in receipts):
        reasons = [reason for one in receipts for reason in one.reasons]
        raise CheckFailed(f"nothing of {file} was taken in, {refused:,} refused: {'; '.join(reasons[:3])}")


def run_fetch(folder: Path | None, source: str | None, output: Output) -> None:
    """
    Ask the sources, and print what they told.

    Raises:
        DataError: one of them could not be asked; what the others told is kept.
    """
    receipts = _open(folder).operations.changes.fetch(source)
    if not receipts:
        note("no source has a url or path to be asked; see docs/changes.md")
    _print_receipts(receipts, output)
    failed = [f"{one.source}: {one.error}" for one in receipts if one.error]
    if failed:
        raise DataError("; ".join(failed))


def run_show(folder: Path | None, change_id: str, output: Output) -> None:
    """Print one change."""
    _print(_open(folder).operations.changes.get(change_id), output)


def run_remap(folder: Path | None, actor: str, output: Output) -> None:
    """Find owners again, and print of how many changes they are others."""
    count = _open(folder).operations.changes.remap(actor)
    if output == "json":
        print_json({"changed": count})
    else:
        note(f"{count:,} changes have another owner now")


def _open(folder: Path | None) -> Workspace:
    from warikan.bootstrap import open_workspace

    return open_workspace(folder)


def _interval(
    workspace: Workspace, last: str | None, period: str | None
) -> tuple[datetime | None, datetime | None]:
    if last and period:
        raise UsageError("--period and --last exclude each other")
    if not (last or period):
        return None, None
    from warikan.focus.period import parse_period

    found = parse_period(f"last {last}" if last else period or "", data=None, now=workspace.clock())
    # Until now: today's changes are known, unlike today's bill.
    return found.start, None if last else found.end


def _row(change: Change) -> list[str]:
    return [
        change.id,
        f"{change.at:%Y-%m-%d %H:%M}",
        change.kind if change.outcome == "succeeded" else f"{change.kind} ({change.outcome})",
        change.title,
        change.service_id or "–",
        change.team_id or "–",
        change.source,
    ]


def _print(change: Change, output: Output) -> None:
    if output == "json":
        from warikan.api.changes import change_document

        print_json(change_document(change))
        return
    rows = [
        ["what", change.title],
        ["kind", f"{change.kind}, {change.outcome}"],
        ["at", f"{change.at:%Y-%m-%d %H:%M:%S} UTC"],
        ["ended", f"{change.ended_at:%Y-%m-%d %H:%M:%S} UTC" if change.ended_at else "–"],
        ["service", change.service_id or "–"],
        ["team", change.team_id or "–"],
        ["environment", change.environment or "–"],
        ["cluster", change.cluster or "–"],
        *([column, value] for column, value in change.scope.items()),
        ["by", change.actor or change.actor_kind],
        ["revision", change.revision or "–"],
        ["link", change.url or "–"],
        ["told by", f"{change.source}, {change.received_at:%Y-%m-%d %H:%M} UTC"],
        *([key.replace("_", " "), _text(value)] for key, value in change.summary.items()),
    ]
    print_table(change.id, ["", ""], rows)
    evidence = [[e.rule, e.from_, e.value, e.service_id or "none of the catalogue"] for e in change.evidence]
    if evidence:
        print_table("Whose it is, the first decides", ["rule", "from", "value", "service"], evidence)
    else:
        note("nothing names a service; see docs/changes.md, or changes.sources.NAME.services")


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _print_receipts(receipts: Sequence[Receipt], output: Output) -> None:
    if output == "json":
        from warikan.api.answers import to_document

        print_json({"rows": to_document(receipts)})
        return
    header = ["source", "new", "completed", "known", "ignored", "refused"]
    rows = [
        [one.source, *(f"{n:,}" for n in (one.added, one.updated, one.known, one.ignored, one.refused))]
        for one in receipts
    ]
    if rows:
        print_table("Taken in", header, rows, right=header[1:])
    for one in receipts:
        for reason in one.reasons:
            note(f"{one.source}: refused: {reason}")
