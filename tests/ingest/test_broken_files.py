"""Files that are cut, empty, or not what their name says: a clear error, and the lake exactly as before."""

import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ingest_cases import ROW, Loader, bill_text, charges, state

from warikan.focus.errors import DataError, NotFocus, UnreadableFile, UsageError
from warikan.lake import Lake

TEXT = bill_text(*({"Tags": f'{{"team": "t{i}", "note": "it, \n is {i * 7919}"}}'} for i in range(2000)))
GZIP = gzip.compress(TEXT.encode())


def parquet_bytes() -> bytes:
    """The smallest bill as Parquet."""
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({name: [value] for name, value in ROW.items()}), sink)
    return bytes(sink.getvalue())


PARQUET = parquet_bytes()
DAMAGED = {
    "trailing_delimiter.csv": (
        TEXT.replace('""}"\n', '""}",\n').encode(),
        "rows have 15 columns, but its header has 14",
    ),
    "empty.csv": (b"", "empty"),
    "empty.csv.gz": (gzip.compress(b""), "empty inside"),
    "header.csv": (TEXT[: TEXT.index("\n") + 1].encode(), "no rows"),
    "header_only_no_newline.csv": (TEXT[: TEXT.index("\n")].encode(), "no rows"),
    "cut_in_row.csv": (TEXT[: TEXT.rindex("USD")].encode(), "truncated"),
    "cut_in_quotes.csv": (TEXT[: TEXT.rindex("it,") + 2].encode(), "truncated"),
    "cut_after_newline_in_quotes.csv": (TEXT[: TEXT.rindex("it, \n") + 5].encode(), "truncated"),
    "cut_in_number.csv": ((TEXT.replace(",Tags", "")[:300] + "\n1,2,-").encode(), "truncated"),
    "carriage_return_in_a_plain_field.csv": (
        bill_text({"ChargeDescription": "abc"}).replace("abc", "a\rb").encode(),
        "is no CSV",
    ),
    "cut_early.csv.gz": (GZIP[: len(GZIP) // 2], "truncated"),
    "cut_crc.csv.gz": (GZIP[:-4], "truncated"),
    "cut_second_member.csv.gz": (GZIP + GZIP[:40], "truncated"),
    "flipped.csv.gz": (GZIP[:5000] + bytes([GZIP[5000] ^ 255]) + GZIP[5001:], "damaged"),
    "trailing_rubbish.csv.gz": (GZIP + b"rubbish", "damaged"),
    "cut.parquet": (PARQUET[: len(PARQUET) // 2], "truncated Parquet"),
    "holed.parquet": (PARQUET[:-200] + b"\0" * 192 + PARQUET[-8:], "damaged Parquet"),
    "really_gzip.csv": (GZIP, "gzip-compressed data, not text"),
    "really_text.csv.gz": (TEXT.encode(), "text, not gzip"),
    "really_parquet.csv": (PARQUET, "Parquet file, not text"),
    "really_text.parquet": (TEXT.encode(), "text, not a Parquet"),
    "zip.csv": (b"PK\x03\x04" + b"x" * 100, "ZIP"),
    "page.csv": (b"<!DOCTYPE html><html><body>Sign in</body></html>", "web page"),
    "utf16.csv": (TEXT.encode("utf-16"), "UTF-16"),
    "binary.csv": (bytes(range(256)) * 10, "binary"),
    "parquet_in_gzip.csv.gz": (gzip.compress(PARQUET), "inside gzip"),
    "wide.csv": ((",".join(f"c{i}" for i in range(10_000)) + "\n").encode(), "10,000 columns"),
    "endless.csv": (b'"' + b"x" * 3_000_000, "header|not a FOCUS"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_damaged_file(name: str, take: Loader, lake: Lake, tmp_path: Path) -> None:
    """The error says what and which file; nothing in the lake moved, and nothing is left lying about."""
    (tmp_path / "good.csv").write_text(bill_text({}))
    take("good.csv")
    before = state(lake)
    content, words = DAMAGED[name]
    (tmp_path / name).write_bytes(content)

    with pytest.raises(DataError, match=words) as caught:
        take(name)

    assert name in caught.value.message
    assert before == state(lake)
    assert len(charges(lake)) == 1
    assert list(lake.temp.iterdir()) == []


def test_bomb(take: Loader, lake: Lake, tmp_path: Path) -> None:
    """A gzip file that unpacks to hundreds of times its size is refused while it is read."""
    (tmp_path / "bomb.csv.gz").write_bytes(gzip.compress(TEXT.encode() + (b"," * 13 + b"\n") * 6_000_000))
    with pytest.raises(UnreadableFile, match="400 times its size"):
        take("bomb.csv.gz")
    assert lake.snapshot("charges") is None


def test_damage_in_a_folder(take: Loader, lake: Lake, tmp_path: Path) -> None:
    """A damaged bill among good ones stops the whole load: a month without it would be wrong."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_text(bill_text({}))
    (tmp_path / "in" / "b.csv.gz").write_bytes(GZIP[:-10])
    with pytest.raises(UnreadableFile, match=r"b\.csv\.gz"):
        take("in")
    assert lake.snapshot("charges") is None


def test_last_value_cut_off(take: Loader, lake: Lake, tmp_path: Path) -> None:
    """A cut that leaves all columns but not a readable last value is found too."""
    text = bill_text({"PricingQuantity": "1"}, {"PricingQuantity": "1.5e-3"})
    (tmp_path / "bill.csv").write_text(text.removesuffix("3\n"))
    with pytest.raises(UnreadableFile, match="truncated"):
        take("bill.csv")


def test_missing_columns_are_named(take: Loader, tmp_path: Path) -> None:
    """A readable table that is no bill: the message names what it lacks."""
    (tmp_path / "bill.csv").write_text("BilledCost,BillingCurrency,City\n1,USD,Oslo\n")
    with pytest.raises(NotFocus, match="lacks EffectiveCost, BillingPeriodStart, ChargePeriodStart"):
        take("bill.csv")


def test_nothing_there(take: Loader, tmp_path: Path) -> None:
    """No such path, an empty folder, and a folder without bills are three clear errors."""
    with pytest.raises(UsageError, match="no such file"):
        take("nowhere/*.csv")
    (tmp_path / "in").mkdir()
    with pytest.raises(UsageError, match="holds no files"):
        take("in")
    (tmp_path / "in" / "manifest.json").write_text("{}")
    with pytest.raises(NotFocus, match=r"manifest\.json: is not a FOCUS"):
        take("in")


def test_header_alone_in_a_folder(take: Loader, tmp_path: Path) -> None:
    """Among bills, a file with a header and no rows is passed over: exports write such parts."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_text(bill_text({}))
    (tmp_path / "in" / "b.csv").write_text(bill_text())
    report = take("in")
    assert report.rows == 1
    assert report.skipped == (("in/b.csv", "has a header but no rows"),)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("b.csv", b"", "is empty (0 bytes)"),
        ("b.parquet", b"", "is empty (0 bytes)"),
        ("b.csv.gz", gzip.compress(b""), "is empty inside its gzip wrapping"),
    ],
)
def test_nothing_at_all_in_a_folder(
    name: str, content: bytes, reason: str, take: Loader, tmp_path: Path
) -> None:
    """Among bills, an empty file is passed over and told; alone it is an error."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_text(bill_text({}))
    (tmp_path / "in" / name).write_bytes(content)
    report = take("in")
    assert (report.rows, report.skipped) == (1, ((f"in/{name}", reason),))
    with pytest.raises(UnreadableFile, match=r"in/b\."):
        take(f"in/{name}")
    (tmp_path / "in" / "a.csv").unlink()
    with pytest.raises(NotFocus, match="is empty"):
        take("in")


def test_gzip_in_members(take: Loader, lake: Lake, tmp_path: Path) -> None:
    """Several gzip members in a row, as log shippers write them, are one file."""
    raw = TEXT.encode()
    (tmp_path / "bill.csv.gz").write_bytes(gzip.compress(raw[:1000]) + gzip.compress(raw[1000:]))
    assert take("bill.csv.gz").rows == 2000


def test_very_long_line(take: Loader, lake: Lake, tmp_path: Path) -> None:
    """A row beyond the limit of a line is rejected, not read into memory; its neighbours are loaded."""
    rows = bill_text({}, {"ServiceName": "x" * 9_000_000}, {"ServiceName": "last"})
    (tmp_path / "bill.csv").write_text(rows)
    report = take("bill.csv")
    assert (report.rows, report.rejected_rows) == (2, 1)
    assert [r["x_SourceRow"] for r in charges(lake)] == [1, 3]
