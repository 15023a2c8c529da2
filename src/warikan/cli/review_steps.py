"""``warikan review``: what brings a review on its way, and takes its texts back."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

from warikan.cli.options import Output
from warikan.cli.output import note, print_csv, print_table
from warikan.cli.review import open_reviews, print_document, print_review, seen_section
from warikan.focus.errors import UsageError


def run_plan(
    folder: Path | None,
    review_id: str,
    lead: str | None,
    meeting: str | None,
    version: int | None,
    actor: str,
    output: Output,
) -> None:
    """
    Say who leads and when people meet, and print the review; None stays as it is, blank is taken away.

    Raises:
        UsageError: neither is told, or *meeting* is no moment.
    """
    if lead is None and meeting is None:
        raise UsageError("say who leads (--lead), when people meet (--meeting), or that they do not")
    reviews = open_reviews(folder)
    known = reviews.get(review_id)
    done = reviews.plan(
        review_id,
        lead=known.lead if lead is None else lead,
        meeting_at=known.meeting_at if meeting is None else _moment(meeting),
        version=known.version if version is None else version,
        actor=actor,
    )
    print_review(done, output)


def run_calibrate(folder: Path | None, review_id: str, actor: str, output: Output) -> None:
    """Make the calibration document, and print it."""
    done = open_reviews(folder).calibrate(review_id, actor=actor)
    if output == "json":
        print_document(done)
        return
    if done.calibration is not None:
        sys.stdout.write(done.calibration.text)
    if done.soak_until is not None:
        note(f"actions of {done.id} can be agreed on from {done.soak_until:%Y-%m-%d %H:%M} UTC")


def run_skip_soak(
    folder: Path | None, review_id: str, reason: str, version: int | None, actor: str, output: Output
) -> None:
    """Do not wait, because of *reason*, and print the review."""
    reviews = open_reviews(folder)
    seen = reviews.get(review_id).version if version is None else version
    print_review(reviews.skip_soak(review_id, reason, version=seen, actor=actor), output)


def run_keep(
    folder: Path | None, review_id: str, sentence: str, reason: str, actor: str, output: Output
) -> None:
    """Keep *sentence*, and print all that are kept."""
    done = open_reviews(folder).keep(review_id, sentence, reason, actor=actor)
    if output == "json":
        print_document(done)
        return
    rows = [[one.sentence, one.reason, one.actor, f"{one.at:%Y-%m-%d}"] for one in done.kept]
    print_table(f"Kept in {done.id}", ["sentence", "because", "by", "day"], rows)


def run_versions(folder: Path | None, review_id: str, section: str, output: Output) -> None:
    """Print the versions of a section."""
    found = open_reviews(folder).versions(review_id, section)
    if output == "json":
        print_document({"rows": found})
        return
    header = ["version", "at", "by", "how", "text"]
    rows = [[str(v.version), f"{v.at:%Y-%m-%d %H:%M}", v.actor, v.note, v.text] for v in found]
    if output == "csv":
        print_csv(header, rows)
        return
    print_table(f"{review_id} {section}", header, rows)


def run_restore(
    folder: Path | None,
    review_id: str,
    section: str,
    restored: int,
    version: int | None,
    actor: str,
    output: Output,
) -> None:
    """Make the text of version *restored* the newest one, and say which version it is now."""
    reviews = open_reviews(folder)
    seen = seen_section(reviews, review_id, section) if version is None else version
    saved = reviews.restore(review_id, section, restored, version=seen, actor=actor)
    if output == "json":
        print_document(saved)
    else:
        note(f"{section} is at version {saved.version} now, as it was at version {restored}")


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{text[:40]!r} is no moment", hint="write it as 2026-11-24T10:00+09:00") from error
