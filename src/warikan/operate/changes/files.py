"""Files with events: CSV, JSON, and JSON lines, read a part at a time."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TextIO

from warikan.focus.errors import UnreadableFile, UsageError
from warikan.operate.changes.change import ChangeDraft
from warikan.operate.changes.document import (
    UnreadableEvent,
    clean,
    dig,
    parse_json,
    text_at,
    texts_at,
    time_at,
)
from warikan.operate.changes.readers.plain import column_of, draft_of
from warikan.operate.changes.readers.reading import Delivery
from warikan.operate.changes.readers.registry import READERS, detect_type

MOST_DOCUMENT_BYTES = 128 * 1024 * 1024
MOST_LINE = 1024 * 1024
_SUFFIXES = (".csv", ".json", ".jsonl", ".ndjson")


@dataclass(frozen=True)
class Told:
    """
    One event of a file.

    Attributes:
        type: How it was read: a type of source, or None for our own words.
        source: The source that the file itself names.
        item: What happened; None: nothing of interest; an error: it cannot be read.
    """

    item: ChangeDraft | UnreadableEvent | None
    type: str | None = None
    source: str | None = None


def list_files(root: Path, path: str) -> tuple[Path, ...]:
    """
    The files of *path* (a file, a folder or a glob below *root*), in the order of their names.

    Raises:
        UsageError: there is none.
    """
    here = root / path
    if here.is_file():
        return (here,)
    if here.is_dir():
        found = sorted(p for p in here.rglob("*") if p.suffix.lower() in _SUFFIXES and p.is_file())
    else:
        pattern = Path(path)
        base = Path(pattern.anchor) if pattern.is_absolute() else root
        below = pattern.relative_to(pattern.anchor) if pattern.is_absolute() else pattern
        found = sorted(p for p in base.glob(str(below)) if p.is_file())
    if not found:
        raise UsageError(f"{path}: there is no such file", hint="a CSV, a JSON document, or JSON lines")
    return tuple(found)


def read_file(path: Path, delivery: Delivery, kind: str | None = None) -> Iterator[Told]:
    """
    Each event of *path*, read as *kind* of source tells it; None: as it looks.

    Raises:
        UnreadableFile: it is neither CSV nor JSON, or too large.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from (
                read_csv(file) if path.suffix.lower() == ".csv" else _read_json(file, path, delivery, kind)
            )
    except UnicodeDecodeError as error:
        raise UnreadableFile(f"{path} is not UTF-8 text") from error
    except OSError as error:
        raise UnreadableFile(f"{path} cannot be read: {error.strerror}") from error
    except csv.Error as error:
        raise UnreadableFile(f"{path} is not a CSV that can be read: {error}") from error


def read_csv(file: TextIO) -> Iterator[Told]:
    """Each row of a CSV whose columns are called as in docs/changes.md, or like it."""
    rows = csv.DictReader(file, restkey="", strict=True)
    if not any(column_of(name) == "at" for name in rows.fieldnames or ()):
        yield Told(UnreadableEvent("the CSV has no column at; its columns are those of docs/changes.md"))
        return
    for number, row in enumerate(rows, start=2):
        row.pop("", None)
        source = next((v for k, v in row.items() if k is not None and column_of(k) == "source" and v), None)
        item: ChangeDraft | UnreadableEvent
        try:
            item = draft_of(row)
        except UnreadableEvent as error:
            item = UnreadableEvent(f"row {number}: {error.message}")
        if isinstance(item, ChangeDraft) and item.at is None:
            item = UnreadableEvent(f"row {number}: it has no time")
        yield Told(item, source=source)


def _read_json(file: TextIO, path: Path, delivery: Delivery, kind: str | None) -> Iterator[Told]:
    """One document, or one on each line: what the first line is decides."""
    first = file.readline(MOST_LINE + 1)
    if path.suffix.lower() in {".jsonl", ".ndjson"} or _is_document(first):
        for number, line in enumerate(_lines(first, file), start=1):
            if not line.strip():
                continue
            if len(line) > MOST_LINE:
                yield Told(UnreadableEvent(f"line {number} has more than {MOST_LINE:,} characters"))
                continue
            try:
                body = parse_json(line, where="it")
            except UnreadableEvent as error:
                yield Told(UnreadableEvent(f"line {number}: {error.message}"))
                continue
            for told in _read_body(body, delivery, kind):
                yield _numbered(told, number)
        return
    if path.stat().st_size > MOST_DOCUMENT_BYTES:
        raise UnreadableFile(
            f"{path} has more than {MOST_DOCUMENT_BYTES:,} bytes in one JSON document",
            hint="split it, or write JSON lines (.jsonl)",
        )
    try:
        body = parse_json(first + file.read(), where=path.name)
    except UnreadableEvent as error:
        raise UnreadableFile(error.message) from error
    yield from _read_body(body, delivery, kind)


def _is_document(line: str) -> bool:
    """Whether *line* is a whole JSON object and not the beginning of one: then each line is."""
    try:
        return isinstance(parse_json(line, where=""), dict)
    except UnreadableEvent:
        return False


def _lines(first: str, file: TextIO) -> Iterator[str]:
    line = first
    while line:
        yield line
        if len(line) > MOST_LINE and not line.endswith("\n"):
            _skip_line(file)
        line = file.readline(MOST_LINE + 1)


def _skip_line(file: TextIO) -> None:
    while (rest := file.readline(MOST_LINE)) and not rest.endswith("\n"):
        pass


def _numbered(told: Told, number: int) -> Told:
    if isinstance(told.item, UnreadableEvent):
        return replace(told, item=UnreadableEvent(f"line {number}: {told.item.message}"))
    return told


def _read_body(body: Any, delivery: Delivery, kind: str | None) -> Iterator[Told]:
    """
    A body as a webhook sends it, or one that was stored with what came beside it.

    ``{"received_at": ..., "source": ..., "headers": {...}, "body": {...}}``: stored by a proxy or by hand.
    """
    source = None
    if isinstance(dig(body, "body"), dict | list) and detect_type(body) is None:
        headers = {k.lower(): v for k, v in texts_at(body, "headers", most=1000).items()}
        source = text_at(body, "source", most=64)
        try:
            received = time_at(body, "received_at") or time_at(body, "at")
        except UnreadableEvent as error:
            yield Told(error)
            return
        delivery = replace(delivery, headers=headers, received_at=received)
        body = dig(body, "body")
    known = kind or detect_type(body) or ("cloudevents" if "ce-specversion" in delivery.headers else "csv")
    try:
        for item in READERS[known].drafts(body, delivery):
            yield Told(item, None if known == "csv" else known, source or _own_source(body, known))
    except UnreadableEvent as error:
        yield Told(error, known)


def _own_source(body: Any, kind: str) -> str | None:
    return text_at(body, "source", most=64) if kind == "csv" and isinstance(body, Mapping) else None


def source_name(text: str) -> str:
    """*text* as the name of a source: lower case, without what such a name cannot have."""
    name = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "-" for c in clean(text, 60).lower())
    return name.strip("-._") or "file"
