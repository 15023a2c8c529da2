"""``warikan review``: ask and write reviews, and print what they say."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import UTC, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warikan.catalog.known import require_known
from warikan.cli.options import Output
from warikan.cli.output import note, print_csv, print_json, print_table, shown_amount
from warikan.focus.errors import DataError, NotFound, UsageError

if TYPE_CHECKING:
    # Types only; reviews bring SQLAlchemy.
    from warikan.bootstrap import Workspace
    from warikan.operate.learning.metrics import Hours, LearningMetrics
    from warikan.operate.reviews.document import (
        Action,
        FactorKind,
        Language,
        Review,
        ReviewLine,
        State,
    )
    from warikan.operate.reviews.reviews import Reviews

MOST_BYTES = 1_000_000


def run_list(
    folder: Path | None,
    state: State | None,
    team: str | None,
    service: str | None,
    limit: int,
    output: Output,
) -> None:
    """Print reviews, last changed first."""
    from warikan.operate.reviews.document import Asked

    workspace = _open(folder)
    require_known(workspace.catalog, service=service, team=team)
    asked = Asked(state=state, team=team, service=service, limit=limit)
    found = workspace.operations.reviews.list(asked)
    if output == "json":
        print_document({"rows": found})
        return
    header = ["review", "incident", "state", "title", "team", "lead", "open actions", "overdue"]
    rows = [
        [r.id, r.incident_id, r.state, r.title, *(t or "–" for t in (r.team_id, r.lead)), *_counts(r)]
        for r in found
    ]
    if output == "csv":
        print_csv(header, rows)
        return
    print_table("Reviews", header, rows, right=header[6:])


def run_show(folder: Path | None, review_id: str, output: Output) -> None:
    """Print one review."""
    print_review(open_reviews(folder).get(review_id), output)


def run_start(
    folder: Path | None, incident: str, language: Language | None, actor: str, output: Output
) -> None:
    """Begin a review, and print it."""
    print_review(open_reviews(folder).begin(incident, actor=actor, language=language), output)


def run_edit(
    folder: Path | None,
    review_id: str,
    section: str,
    file: Path,
    version: int | None,
    actor: str,
    output: Output,
) -> None:
    """
    Write *file* into a section, and say which version it is now.

    Raises:
        SectionConflict: the same lines have been changed since *version*; they are printed as a note.
    """
    from warikan.operate.reviews.document import SectionConflict

    reviews, text = open_reviews(folder), _read(file)
    seen = seen_section(reviews, review_id, section) if version is None else version
    try:
        saved = reviews.edit(review_id, section, text, version=seen, actor=actor)
    except SectionConflict as error:
        note(error.merged)
        raise
    if output == "json":
        print_document(saved)
    else:
        note(f"{section} is at version {saved.version} now")


def run_check(folder: Path | None, file: Path, output: Output) -> None:
    """Print what the blame check marks in *file*; names of teams are known where there is a workspace."""
    text = _read(file)
    marks = [
        {
            "line": text.count("\n", 0, mark.start) + 1,
            "column": mark.start - (text.rfind("\n", 0, mark.start) + 1) + 1,
            "kind": mark.kind,
            "sentence": mark.sentence,
            "why": {"en": mark.why.en, "ja": mark.why.ja},
            "proposal": {"en": mark.proposal.en, "ja": mark.proposal.ja},
            "fingerprint": mark.fingerprint,
        }
        for mark in _marks(folder, text)
    ]
    if output == "json":
        print_json({"rows": marks})
        return
    for one in marks:
        language = "ja" if any("\u3041" <= c <= "\u30ff" for c in one["sentence"]) else "en"
        place = f"{file}:{one['line']}:{one['column']}"
        sys.stdout.write(f"{place}: {one['kind']}: {' '.join(one['sentence'].split())}\n")
        sys.stdout.write(f"    {one['why'][language]}\n    {one['proposal'][language]}\n")
    note(f"{len(marks)} sentences to look at again; it is yours to decide")


def run_move(
    folder: Path | None,
    review_id: str,
    state: State,
    why: str,
    version: int | None,
    actor: str,
    output: Output,
) -> None:
    """Move a review, and print it."""
    done = open_reviews(folder).move(review_id, state, actor=actor, version=version, note=why)
    print_review(done, output)


def run_factor(
    folder: Path | None, review_id: str, kind: FactorKind, text: str, label: str, actor: str, output: Output
) -> None:
    """Add a factor, and print the review."""
    reviews = open_reviews(folder)
    print_review(reviews.add_factor(review_id, kind=kind, text=text, label=label, actor=actor), output)


def run_action(
    folder: Path | None,
    review_id: str,
    text: str | None,
    told: Mapping[str, Any],
    done: str | None,
    actor: str,
    output: Output,
) -> None:
    """
    Add an action, or finish *done*, and print the review.

    Raises:
        UsageError: neither, or both.
        NotFound: the review has no such action.
    """
    reviews = open_reviews(folder)
    if (text is None) == (done is None):
        raise UsageError("say what will be done, or --done ACT-2")
    if text is not None:
        print_review(reviews.add_action(review_id, text=text, actor=actor, **told), output)
        return
    wanted = (done or "").strip().upper()
    known = next((one for one in reviews.get(review_id).actions if one.id == wanted), None)
    if known is None:
        raise NotFound(f"{review_id} has no action {wanted[:40]}", hint=f"warikan review show {review_id}")
    print_review(reviews.finish_action(review_id, known.id, version=known.version, actor=actor), output)


def run_export(folder: Path | None, review_id: str, language: Language | None, *, html: bool) -> None:
    """Print the document of a review."""
    reviews = open_reviews(folder)
    made = reviews.html if html else reviews.markdown
    sys.stdout.write(made(review_id, language=language))


def run_search(folder: Path | None, text: str, limit: int, output: Output) -> None:
    """Print what is found by *text*."""
    found = open_reviews(folder).search(text, limit=limit)
    if output == "json":
        print_document({"rows": found})
        return
    print_table("Found", ["", "title", "where"], [[h.document, h.title, h.snippet.text] for h in found])


def run_metrics(folder: Path | None, last: str, team: str | None, output: Output) -> None:
    """Print what was learned over a period until today, today included."""
    from warikan.focus.period import parse_period

    workspace = _open(folder)
    now = workspace.clock()
    end = now.astimezone(UTC).date() + timedelta(days=1)
    start = parse_period(f"last {last}", data=None, now=now).start.date()
    told = workspace.operations.reviews.metrics(start=start, end=end, team=team)
    if output == "json":
        print_document(told)
        return
    print_table(f"Learning, {told.start} to {told.end}", ["", ""], _metric_rows(told))


def _metric_rows(told: LearningMetrics) -> list[list[str]]:
    money = [("over expected", told.excess), ("spent before detection", told.before_detection)]
    money.append(("avoided by containment", told.avoided))
    shares = [("seen before the invoice", told.before_invoice), ("actions on time", told.actions_on_time)]
    shares += [("reviewed, of those over", told.reviewed), ("with a factor seen before", told.repeated)]
    return [
        ["incidents", f"{told.incidents:,}"],
        ["onset to detection (median)", _hours(told.to_detect)],
        ["detection to containment (median)", _hours(told.to_contain)],
        ["containment to verified (median)", _hours(told.to_verify)],
        *([name, f"{shown_amount(a)} {c}"] for name, by in money for c, a in sorted(by.items())),
        *([name, f"{share.count} of {share.of}"] for name, share in shares),
        ["actions overdue", str(told.actions_overdue)],
        *([f"again: {one.factor}", f"{one.repeated} of {one.incidents}"] for one in told.by_label[:10]),
    ]


def _hours(hours: Hours) -> str:
    return "–" if hours.median is None else f"{hours.median:.1f} h (of {hours.count})"


def open_reviews(folder: Path | None) -> Reviews:
    """The reviews of the workspace at *folder*."""
    return _open(folder).operations.reviews


def seen_section(reviews: Reviews, review_id: str, section: str) -> int:
    """
    The version that a section has now, for who does not say which one they saw.

    Raises:
        NotFound: the review has no such section.
    """
    known = reviews.get(review_id).sections.get(section)
    if known is None:
        raise NotFound(f"there is no section {section[:80]!r}", hint="warikan review show lists them")
    return known.version


def _open(folder: Path | None) -> Workspace:
    from warikan.bootstrap import open_workspace

    return open_workspace(folder)


def _marks(folder: Path | None, text: str) -> Any:
    from warikan.operate.reviews.blame import check_text

    try:
        return open_reviews(folder).check(text)
    except UsageError:
        if folder is not None:
            raise
        # Anybody may check a text, also where there is no workspace.
        return check_text(text)


def _actions_from(review: Review) -> str:
    if review.soak_skipped:
        return f"now: {review.soak_skipped}"
    return f"{review.soak_until:%Y-%m-%d %H:%M} UTC" if review.soak_until else "–"


def _counts(line: ReviewLine) -> list[str]:
    return [str(line.open_actions), str(line.overdue_actions)]


def _stage(action: Action) -> str:
    if action.done_at:
        return "done"
    return "agreed" if action.is_fixed else "proposal"


def _read(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            content = opened.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise DataError(f"{file} has more than {MOST_BYTES:,} bytes")
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise DataError(f"{file} is not UTF-8, from byte {error.start} on") from error
    except OSError as error:
        raise DataError(f"{file} cannot be read: {error.strerror}") from error


def print_document(value: Any) -> None:
    """*value* as JSON, as the API has it."""
    from warikan.api.answers import to_document

    print_json(to_document(value))


def print_review(review: Review, output: Output) -> None:
    """One review, as JSON or as tables."""
    if output == "json":
        print_document(review)
        return
    rows = [
        ["incident", review.incident_id],
        ["title", review.title],
        ["state", f"{review.state} (version {review.version})"],
        ["lead", review.lead or "–"],
        ["meeting", f"{review.meeting_at:%Y-%m-%d %H:%M} UTC" if review.meeting_at else "–"],
        ["actions from", _actions_from(review)],
        *(["missing", one] for one in review.missing),
    ]
    print_table(review.id, ["", ""], rows)
    sections = [
        [one.section_id, str(one.version), "as filled in" if one.is_prefilled else one.updated_by, one.text]
        for one in review.sections.values()
    ]
    print_table("Sections", ["section", "version", "by", "text"], sections)
    if review.factors:
        factors = [[one.id, one.kind, one.text, one.label] for one in review.factors]
        print_table("What contributed", ["factor", "kind", "what", "label"], factors)
    if review.actions:
        actions = [
            [one.id, one.kind or "–", one.text, one.owner or "–", str(one.due or "–"), _stage(one)]
            for one in review.actions
        ]
        print_table("Actions", ["action", "aim", "what", "owner", "due", ""], actions)
