"""Which files a source consists of, and what each one really is, told by its first bytes."""

import glob
import gzip
import io
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from warikan.focus.errors import UnreadableFile, UsageError

Format = Literal["csv", "csv.gz", "parquet", "json", "json.gz"]
HEAD_BYTES = 1 << 20
"""A header must lie within the first MiB."""
_AGAIN = "the export or the copy was cut off or damaged: get it again"
_JSON_SUFFIXES = (".json", ".jsonl", ".ndjson")
_BILL_SUFFIXES = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt", ".gz", ".parquet", ".pq", *_JSON_SUFFIXES)
_OTHER_KINDS: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x28\xb5\x2f\xfd", "Zstandard-compressed"),
    (b"BZh", "bzip2-compressed"),
    (b"\xfd7zXZ\x00", "xz-compressed"),
    (b"%PDF", "a PDF document"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"Obj\x01", "an Avro file"),
    (b"ORC", "an ORC file"),
    (b"SQLite format 3", "a SQLite database"),
    (b"\xff\xfe", "UTF-16 text"),
    (b"\xfe\xff", "UTF-16 text"),
    (b"\x7fELF", "a program"),
    (b"\x89PNG", "a picture"),
)


class EmptyFile(UnreadableFile):
    """Nothing at all: passed over in a folder."""


@dataclass(frozen=True)
class BillFile:
    """
    A file that can be opened as a table.

    Attributes:
        size: In bytes.
        name: How ``x_SourceFile`` names it: relative to the workspace when inside, else absolute.
        head: Its first MiB after decompression (CSV only), for the header.
        modified: When it was last written, in ns, when it was first looked at.
    """

    path: Path
    name: str
    format: Format
    size: int
    head: bytes
    modified: int

    def is_same_still(self) -> bool:
        """Whether nobody has written to the file since it was first looked at."""
        now = self.path.stat()
        return (now.st_size, now.st_mtime_ns) == (self.size, self.modified)


def source_id_of(path: str | Path, root: Path) -> str:
    """
    The source id of a path given without a name: the path itself.

    Relative to the workspace *root* when inside, else absolute; so two files of one name in different
    folders differ, and the same file replaces itself.
    """
    given = Path(path)
    absolute = Path(*(root / given).parts) if not given.is_absolute() else given
    return name_of(Path(_normal(absolute)), root)


def name_of(path: Path, root: Path) -> str:
    """*path* relative to *root* when inside, else absolute; symlinks are not followed."""
    absolute, base = Path(_normal(path)), Path(_normal(root))
    return absolute.relative_to(base).as_posix() if absolute.is_relative_to(base) else absolute.as_posix()


def _normal(path: Path) -> str:
    # Not resolve(): a bill reached through a link keeps the name that the person gave.
    return str(Path.cwd() / path) if ".." not in path.parts else str((Path.cwd() / path).resolve())


def find_files(path: str | Path, root: Path) -> tuple[list[Path], bool]:
    """
    The files that *path* means, sorted, and whether it names exactly one.

    A folder means all files below it, hidden ones apart. An existing path wins over a glob of the same
    spelling. Relative paths start at *root*.

    Raises:
        UsageError: there is nothing there.
    """
    given = root / path
    if given.is_file():
        return [given], True
    if given.is_dir():
        found = [p for p in given.rglob("*") if p.is_file() and not _is_hidden(p.relative_to(given))]
        if not found:
            raise UsageError(f"the folder {given} holds no files", hint="put the bill there, or fix the path")
        return sorted(found), False
    matched = [Path(p) for p in glob.glob(str(given), recursive=True)]  # noqa: PTH207 - Path.glob refuses absolute patterns
    files = sorted({p for p in matched if p.is_file()})
    if not files:
        raise UsageError(
            f"{given}: no such file, folder or glob",
            hint="a relative path starts at the workspace",
        )
    return files, False


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def looks_like_bill(path: Path) -> bool:
    """Whether the name of *path* says it is a table; in a folder, other files are passed over."""
    name = path.name.lower()
    return name.endswith(_BILL_SUFFIXES) and not name.endswith(".tar.gz")


def open_file(path: Path, root: Path, *, name: str | None = None) -> BillFile:
    """
    What *path* is by its bytes, which must agree with its name.

    Args:
        name: Of what *path* is a copy, such as the address of an object.

    Raises:
        EmptyFile: there is nothing in it.
        UnreadableFile: not readable, of a kind that is no table, or not what its name says.
    """
    what = name or str(path)
    try:
        stat = path.stat()
        with path.open("rb") as file:
            start = file.read(HEAD_BYTES)
    except OSError as error:
        raise UnreadableFile(
            f"{what} cannot be read: {error.strerror}", hint="check its permissions"
        ) from error
    if not start:
        raise EmptyFile(f"{what} is empty (0 bytes)", hint="the export or the copy failed: get it again")
    kind = _kind(start)
    _check_name(path, kind, what)
    if kind == "parquet":
        _check_parquet_end(path, stat.st_size, what)
        return BillFile(path, name or name_of(path, root), "parquet", stat.st_size, b"", stat.st_mtime_ns)
    head = _gunzip_head(path, what) if kind == "gzip" else start
    inner = _kind(head) if kind == "gzip" else kind
    if inner not in ("text", "JSON"):
        raise UnreadableFile(f"{what} holds {_words(inner)} inside gzip, not CSV", hint="unpack it first")
    plain: Format = "json" if inner == "JSON" else "csv"
    form: Format = plain if kind != "gzip" else "json.gz" if plain == "json" else "csv.gz"
    return BillFile(path, name or name_of(path, root), form, stat.st_size, head, stat.st_mtime_ns)


def _kind(start: bytes) -> str:
    """``gzip``, ``parquet``, ``text``, or words for what it is instead."""
    if start.startswith(b"\x1f\x8b"):
        return "gzip"
    if start.startswith((b"PAR1", b"PARE")):
        return "parquet"
    for magic, words in _OTHER_KINDS:
        if start.startswith(magic):
            return words
    if b"\x00" in start[:65536]:
        return "binary data"
    text = start[:4096].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype", b"<html", b"<?xml")):
        return "a web page" if b"html" in text[:200] else "XML"
    if text.startswith((b"{", b"[")):
        return "JSON"
    return "text"


def _words(kind: str) -> str:
    return {"gzip": "gzip-compressed data", "parquet": "a Parquet file", "text": "text"}.get(kind, kind)


def _check_name(path: Path, kind: str, what: str) -> None:
    name = path.name.lower()
    if kind not in ("gzip", "parquet", "text", "JSON"):
        hint = {
            "a web page": "the download got a log-in or error page: fetch the file again",
            "UTF-16 text": "save it as UTF-8: iconv -f UTF-16 -t UTF-8",
        }.get(kind, "Warikan reads bills as CSV, CSV.gz, Parquet or newline-delimited JSON")
        raise UnreadableFile(f"{what} is {kind}, not a bill", hint=hint)
    said = (
        "gzip"
        if name.endswith(".gz")
        else "parquet"
        if name.endswith((".parquet", ".pq"))
        else "text"
        if name.endswith((".csv", ".tsv", ".txt"))
        else "JSON"
        if name.endswith(_JSON_SUFFIXES)
        else kind
    )
    if said != kind:
        raise UnreadableFile(
            f"{what} is {_words(kind)}, not {_words(said)} as its name says",
            hint="rename it to what it is, or fetch it again",
        )


def _check_parquet_end(path: Path, size: int, what: str) -> None:
    with path.open("rb") as file:
        file.seek(max(size - 4, 0))
        end = file.read(4)
    if size < 12 or end not in (b"PAR1", b"PARE"):
        raise UnreadableFile(
            f"{what} is a truncated Parquet file: its footer is missing", hint="get it again"
        )


def _gunzip_head(path: Path, what: str) -> bytes:
    """The first MiB inside; damage further on is found by integrity.py."""
    buffer = io.BytesIO()
    try:
        with gzip.open(path, "rb") as file:
            while buffer.tell() < HEAD_BYTES and (piece := file.read1(65536)):
                buffer.write(piece)
    except EOFError as error:
        raise UnreadableFile(f"{what} is truncated: its gzip stream ends early", hint=_AGAIN) from error
    except (OSError, zlib.error) as error:
        raise UnreadableFile(f"{what} is damaged: {error}", hint=_AGAIN) from error
    if not buffer.tell():
        raise EmptyFile(f"{what} is empty inside its gzip wrapping", hint="the export failed: get it again")
    return buffer.getvalue()
