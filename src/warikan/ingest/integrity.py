"""
What the bytes of a file say by themselves, without the reader that types them.

DuckDB reads a cut gzip file up to the cut without an error (measured with 1.5.6), and a CSV reader may drop
rows; so the bytes are looked at a second time, by other code: is it whole, and how many rows must come out.
"""

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from isal import isal_zlib

from warikan.focus.errors import UnreadableFile

_BLOCK = 4 << 20
_MAX_RATIO = 400
"""Bills compress 5 to 50 times; deflate can reach 1,032. What unpacks to more than this is no bill."""
_RATIO_FROM = 64 << 20
"""Bytes of text up to which any ratio is taken."""
_MAX_LINE = 64 << 20
_DAMAGED: type[Exception] = vars(isal_zlib)["error"]
"""What isal raises; its type stubs take it for a variable."""


@dataclass(frozen=True)
class Records:
    """
    The records of a CSV file, the header among them.

    Attributes:
        count: Records that are not blank.
        blanks: Numbers, from 1 and blanks counted, of the blank ones.
        is_closed: The last record ends with a newline that is not within quotes.
    """

    count: int
    blanks: tuple[int, ...]
    is_closed: bool


def content_hash(path: Path) -> str:
    """SHA-256 of the file's bytes, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def count_records(path: Path, *, is_gzip: bool, what: str) -> Records:
    """
    Count records by quotes and newlines alone, in constant memory; a second per million rows.

    Args:
        what: What errors call the file.

    Raises:
        UnreadableFile: the gzip stream is cut, damaged, or a decompression bomb; or a line has no end.
    """
    count = number = 0
    blanks: list[int] = []
    inside = is_blank = False
    rest = b""
    for block in _blocks(path, is_gzip=is_gzip, what=what):
        *lines, rest = (rest + block).split(b"\n")
        if len(rest) > _MAX_LINE:
            raise UnreadableFile(f"{what} has a line of over {_MAX_LINE >> 20} MiB; it is no bill")
        odd = [line.count(b'"') & 1 for line in lines]
        if not inside and 1 not in odd and b"" not in lines and b"\r" not in lines:
            count += len(lines)
            number += len(lines)
            continue
        for line, is_odd in zip(lines, odd, strict=True):
            # Only the first line of a record can make it blank.
            is_blank = not inside and line in (b"", b"\r")
            inside ^= bool(is_odd)
            if not inside:
                number += 1
                if is_blank:
                    blanks.append(number)
                else:
                    count += 1
    is_closed = not rest and not inside
    return Records(count + (not is_closed), tuple(blanks), is_closed)


def count_lines(path: Path, *, is_gzip: bool, what: str) -> int:
    """
    Lines with something on them, in constant memory.

    Raises:
        UnreadableFile: as count_records.
    """
    count = 0
    rest = b""
    for block in _blocks(path, is_gzip=is_gzip, what=what):
        *lines, rest = (rest + block).split(b"\n")
        if len(rest) > _MAX_LINE:
            raise UnreadableFile(f"{what} has a line of over {_MAX_LINE >> 20} MiB; it is no bill")
        count += sum(bool(line.strip()) for line in lines)
    return count + bool(rest.strip())


def count_records_slowly(path: Path, *, is_gzip: bool, delimiter: str, is_closed: bool, what: str) -> Records:
    """
    As count_records, by Python's CSV reader: right also where quotes stand inside plain fields.

    Raises:
        UnreadableFile: a record is no CSV, such as one with a lone carriage return in a plain field.
    """
    count = 0
    blanks = []
    lines = _lines(_blocks(path, is_gzip=is_gzip, what=what))
    try:
        for number, row in enumerate(csv.reader(lines, delimiter=delimiter), 1):
            if row:
                count += 1
            else:
                blanks.append(number)
    except csv.Error as error:
        raise UnreadableFile(
            f"{what}: record {count + len(blanks) + 1:,} is no CSV: {error}",
            hint="quote the field that has a line end in it, or export the file again",
        ) from error
    return Records(count, tuple(blanks), is_closed=is_closed)


def _lines(blocks: Iterator[bytes]) -> Iterator[str]:
    """The text in physical lines, newlines kept."""
    rest = b""
    for block in blocks:
        *lines, rest = (rest + block).split(b"\n")
        yield from (line.decode("utf-8", "replace") + "\n" for line in lines)
    if rest:
        yield rest.decode("utf-8", "replace")


def _blocks(path: Path, *, is_gzip: bool, what: str) -> Iterator[bytes]:
    with path.open("rb") as file:
        if not is_gzip:
            while block := file.read(_BLOCK):
                yield block
            return
        yield from _inflate(what, iter(lambda: file.read(256 << 10), b""))


def _inflate(what: str, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The content of all gzip members, each checked against its CRC and length."""
    member = None
    read = written = 0
    try:
        for piece in pieces:
            read += len(piece)
            rest = piece
            while rest:
                if member is None:
                    rest = rest.lstrip(b"\x00") if written else rest  # tar-like padding after a member
                    if not rest:
                        break
                    member = isal_zlib.decompressobj(wbits=31)
                out = member.decompress(rest, _BLOCK)
                written += len(out)
                if out:
                    yield out
                if written > max(read * _MAX_RATIO, _RATIO_FROM):
                    raise UnreadableFile(f"{what} unpacks to over {_MAX_RATIO} times its size; it is no bill")
                rest = member.unused_data if member.eof else member.unconsumed_tail
                if member.eof:
                    member = None
    except _DAMAGED as error:
        raise UnreadableFile(f"{what} is damaged: {error}", hint="get it again") from error
    if member is not None:
        raise UnreadableFile(
            f"{what} is truncated: its gzip stream ends early, after {written:,} bytes of text",
            hint="the export or the copy was cut off: get it again",
        )
