"""``warikan check --focus``: a file or a loaded source against the FOCUS specification."""

from __future__ import annotations

import glob
import json
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from warikan.cli.options import Output
from warikan.cli.output import note, print_csv, print_json, print_table
from warikan.focus.errors import CheckFailed, NoWorkspace, UnreadableFile, UsageError

if TYPE_CHECKING:
    from warikan.conformance import ConformanceReport, RuleResult, Wanted


_MOST_NAMED = 10
"""Files and rules named in a note; --json has all."""


@dataclass(frozen=True)
class Options:
    """
    What was asked beside the file or source.

    Attributes:
        threshold: Share of the spend or of the rows that may fail, as typed: ``0.01`` or ``1%``.
        level: Which rules count for the exit code.
        published: Ask the rules as published, without errata.
    """

    version: str | None = None
    criteria: str | None = None
    threshold: str = "0"
    level: Literal["must", "should"] = "must"
    published: bool = False
    sarif: Path | None = None
    junit: Path | None = None


def run_conformance(target: str, options: Options, *, folder: Path | None, output: Output) -> None:
    """
    Print the rules that *target* breaks, and write the reports that were asked for.

    Raises:
        CheckFailed: rules fail for more than the threshold; after all was printed and written.
        UnreadableFile: there is a header and no row, so that nothing is known; likewise.
        UsageError: *target* is neither a file nor a source, or an option cannot be read.
    """
    if not target.strip():
        raise UsageError(
            "--focus names nothing to check", hint="a file, a folder, a glob, an address (s3://…) or a source"
        )
    # DuckDB: see app.py.
    from warikan.conformance import Wanted
    from warikan.focus.columns import VERSIONS

    if options.version is not None and options.version not in VERSIONS:
        raise UsageError(f"no FOCUS version {options.version!r}", hint=f"one of {', '.join(VERSIONS)}")
    threshold = read_threshold(options.threshold)
    _refuse_outputs_that_are_inputs(target, options)
    version = options.version
    wanted = Wanted(version=version, criteria=options.criteria, with_errata=not options.published)
    report = _check(target, wanted, folder)
    breaches = report.breaches(threshold, level=options.level)
    _print(report, output)
    _write(report, breaches, options)
    if breaches:
        ids = {r.rule.id for r in breaches}
        told = [r.rule.id for r in breaches if not ids.intersection(r.repeats)]
        raise CheckFailed(
            f"{target} breaks {len(told)} {'MUST ' * (options.level == 'must')}"
            f"rule{'s' * (len(told) != 1)} of FOCUS {report.version}: "
            f"{', '.join(told[:3])}{' ...' if len(told) > 3 else ''}",
            hint="docs/conformance.md says how to read this; --threshold 1% passes small ones",
        )
    if not report.rows:
        lost = f"{report.broken:,} lines that cannot be read and " * bool(report.broken)
        raise UnreadableFile(
            f"{target} has {lost}no rows: only its header was checked, whether it conforms is not known",
            hint="is the export empty, or was it cut off? get it again",
        )


def _refuse_outputs_that_are_inputs(target: str, options: Options) -> None:
    """
    Raises:
        UsageError: a report would be written over what is checked, or over the other report.
    """  # noqa: D205 - the promise is the error
    outputs = [path.resolve() for path in (options.sarif, options.junit) if path is not None]
    found = [Path(target), *map(Path, glob.glob(target, recursive=True))]  # noqa: PTH207 - as find_files does
    inputs = {path.resolve() for path in found if path.exists()}
    for path in outputs:
        if path in inputs or any(folder in path.parents for folder in inputs):
            raise UsageError(f"{path} is what is checked: a report would overwrite it")
    if len(set(outputs)) < len(outputs):
        raise UsageError(f"--sarif and --junit both write {outputs[0]}", hint="give each a file of its own")


def read_threshold(text: str) -> Decimal:
    """
    The share that *text* means: ``0.01`` and ``1%`` alike.

    Raises:
        UsageError: no number from 0 to 1.
    """
    try:
        share = Decimal(text.strip().removesuffix("%")) / (100 if text.strip().endswith("%") else 1)
    except InvalidOperation:
        share = Decimal(-1)
    if not (share.is_finite() and 0 <= share <= 1):
        raise UsageError(f"--threshold {text!r} is no share", hint="from 0 to 1, or as 5%")
    return share


def _check(target: str, wanted: Wanted, folder: Path | None) -> ConformanceReport:
    from warikan.conformance import check_file
    from warikan.ingest.places import is_place

    if is_place(target):
        return _check_place(target, wanted, folder)
    if Path(target).exists() or glob.glob(target, recursive=True):  # noqa: PTH207 - as find_files does
        return check_file(target, wanted)
    # Ibis and PyIceberg: a file needs no workspace.
    from warikan.bootstrap import open_workspace
    from warikan.conformance import check_charges

    try:
        workspace = open_workspace(folder)
    except NoWorkspace as error:
        raise UsageError(
            f"{target}: no such file, and no workspace here whose source it could be",
            hint="give the path of a file, or -w WORKSPACE",
        ) from error
    files = [f for f in workspace.lake.data_files("charges") if f.source_id == target]
    if not files:
        known = sorted({f.source_id for f in workspace.lake.data_files("charges") if f.source_id})
        raise UsageError(
            f"{target} is neither a file nor a source with charges",
            hint=f"sources: {', '.join(known[:20])}" if known else "`warikan ingest` loads sources",
        )
    return check_charges([Path(f.path) for f in files], name=target, wanted=wanted, temp=workspace.lake.temp)


def _check_place(target: str, wanted: Wanted, folder: Path | None) -> ConformanceReport:
    """
    An address in an object store; reached as a source of the workspace in which it lies, if there is one.

    Raises:
        NoWorkspace: *folder* is given and is none.
    """
    # Ibis, PyIceberg and Rich: see app.py.
    from warikan.bootstrap import open_workspace, system_clock
    from warikan.catalog.settings import Settings
    from warikan.cli.progress import Bar
    from warikan.conformance import check_file
    from warikan.conformance.places import reach_of

    try:
        workspace = open_workspace(folder)
    except NoWorkspace:
        if folder is not None:
            raise
        workspace = None
    now = system_clock() if workspace is None else workspace.clock()
    with Bar() as bar:
        reach = reach_of(workspace.settings if workspace else Settings(), target, now=now, progress=bar)
        # Copies stay in the workspace's cache; without one they go with the check.
        return check_file(target, wanted, root=workspace.folder if workspace else None, reach=reach)


def _print(report: ConformanceReport, output: Output) -> None:
    from warikan.conformance.rows import HEADER, all_rows, failure_rows, said_unweighed, to_document

    _note_what_is_left_out(report, said_unweighed(report))
    if output == "json":
        print_json(to_document(report))
        return
    if output == "csv":
        print_csv(*all_rows(report))
        return
    counts = report.counts()
    note(
        f"{', '.join(report.files[:3])} · FOCUS {report.version} {report.dataset} "
        f"({'column model' if report.model == 'columns' else f'requirement model {report.model}'}) · "
        f"{report.rows:,} rows" + (f", {report.broken:,} lines unreadable" if report.broken else "")
    )
    off = [c.id for c in report.criteria if not c.is_on]
    note(
        f"{len(report.results)} rules: {counts['passed']} passed, {counts['failed']} failed, "
        f"{counts['not applicable']} not applicable, {counts['dynamic']} not for data to tell"
        + (f" · not supported here: {', '.join(off)}" if off else "")
    )
    rows = failure_rows(report, "should")
    if not rows:
        note("no rule fails" if report.rows else "there are no rows: no rule about them could be asked")
        return
    print_table("Rules that fail", list(HEADER), rows, right=("rows",))
    repeats = [r.rule.id for r in report.failures() if r.repeats]
    if repeats:
        more = f" and {len(repeats) - _MOST_NAMED} more" * (len(repeats) > _MOST_NAMED)
        note(f"these fail too, and say the same again: {', '.join(repeats[:_MOST_NAMED])}{more}")


def _note_what_is_left_out(report: ConformanceReport, unweighed: str) -> None:
    for name, why in report.passed_over[:_MOST_NAMED]:
        note(f"passed over: {name}: {why}")
    if (more := len(report.passed_over) - _MOST_NAMED) > 0:
        note(f"passed over: {more:,} more files; --json names them")
    if unweighed:
        note(unweighed)


def _write(report: ConformanceReport, breaches: tuple[RuleResult, ...], options: Options) -> None:
    from warikan import __version__
    from warikan.conformance.junit import to_junit
    from warikan.conformance.sarif import to_sarif

    if options.sarif is not None:
        _save(
            options.sarif,
            json.dumps(to_sarif(report, tool_version=__version__), ensure_ascii=False, indent=1) + "\n",
        )
    if options.junit is not None:
        _save(options.junit, to_junit(report, breaches))


def _save(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written: {error.strerror}", hint="does its folder exist?"
        ) from error
    note(f"wrote {path}")
