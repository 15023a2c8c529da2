"""The muddy ways in which bills write the same thing."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from ingest_cases import Loader, bill_text, charges

from warikan.focus.errors import UnreadableFile
from warikan.lake import Lake


def loaded(
    take: Loader, lake: Lake, tmp_path: Path, text: str | bytes, name: str = "bill.csv", **options: Any
) -> list[dict]:
    """The charges of one bill."""
    raw = text if isinstance(text, bytes) else text.encode()
    (tmp_path / name).write_bytes(raw)
    report = take(name, **options)
    assert report.rejected_rows == 0
    return charges(lake)


@pytest.mark.parametrize("word", ["", "NULL", "null"])
def test_words_for_no_value(word: str, take: Loader, lake: Lake, tmp_path: Path) -> None:
    """Nothing, NULL and null are null, in text, numbers and tags alike, quoted or not."""
    changes = {"ContractedCost": word, "ServiceName": word, "Tags": word, "x_Own": word}
    for quoting in (0, 1):
        (row,) = loaded(take, lake, tmp_path, bill_text(changes, quoting=quoting), rules=())
        assert [row[c] for c in ("ContractedCost", "ServiceName", "Tags", "x_Extra")] == [None] * 4


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-10-05 06:00:00", datetime(2026, 10, 5, 6, tzinfo=UTC)),
        ("2026-10-05T06:00:00Z", datetime(2026, 10, 5, 6, tzinfo=UTC)),
        ("2026-10-05T06:00:00+09:00", datetime(2026, 10, 4, 21, tzinfo=UTC)),
        ("2026-10-05T06:00:00.000-0500", datetime(2026, 10, 5, 11, tzinfo=UTC)),
        ("2026-10-05 06:00:00 UTC", datetime(2026, 10, 5, 6, tzinfo=UTC)),
        ("2026-10-05 06:00:00 +0000 UTC", datetime(2026, 10, 5, 6, tzinfo=UTC)),
        ("2026-10-05", datetime(2026, 10, 5, tzinfo=UTC)),
        (" 2026-10-05T06:00Z ", datetime(2026, 10, 5, 6, tzinfo=UTC)),
    ],
)
def test_forms_of_time(text: str, utc: datetime, take: Loader, lake: Lake, tmp_path: Path) -> None:
    """A space or T, a zone, an offset or neither: the same instant in UTC."""
    (row,) = loaded(take, lake, tmp_path, bill_text({"ChargePeriodStart": text}))
    assert utc == row["ChargePeriodStart"]


@pytest.mark.parametrize(
    ("text", "exact"),
    [
        ("1e-7", "0.0000001"),
        ("1.5E+3", "1500"),
        ("-0.000000000000000001", "-0.000000000000000001"),
        ("99999999999999999999.999999999999999999", "99999999999999999999.999999999999999999"),
        (" 12.50 ", "12.5"),
        ("+.5", "0.5"),
        ("7.", "7"),
        ("0.0000000000000000005", "0"),
        ("0.0000000000000000015", "0.000000000000000002"),
        ("-0.0000000000000000025", "-0.000000000000000002"),
        ("1.5e-19", "0"),
        ("0.1000000000000000055511151231257827", "0.100000000000000006"),
    ],
)
def test_forms_of_numbers(text: str, exact: str, take: Loader, lake: Lake, tmp_path: Path) -> None:
    """Exponents are exact, and what has more than 18 decimals is rounded half-even, never cut to 0 unseen."""
    (row,) = loaded(take, lake, tmp_path, bill_text({"ListCost": text}))
    assert Decimal(exact) == row["ListCost"]


def test_rounding_is_counted_and_stated(take: Loader, lake: Lake, tmp_path: Path) -> None:
    """`loads` says how many values were rounded and exactly what that added."""
    rows = [{"BilledCost": "1.0000000000000000014"}, {"BilledCost": "2.5e-19", "ListCost": "-1.7e-18"}, {}]
    (tmp_path / "bill.csv").write_text(bill_text(*rows))

    report = take("bill.csv")

    (load,) = lake.loads().to_pylist()
    assert (report.rounded_values, load["RoundedValues"]) == (3, 3)
    # -0.4e-18, -0.25e-18 and -0.3e-18.
    assert Decimal("-0.95e-18") == Decimal(load["RoundingSum"])


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ('{"team": "a", "n": 1, "on": true, "deep": {"x": [1, 2]}, "none": null}',
         {"team": "a", "n": "1", "on": "true", "deep": '{"x":[1,2]}', "none": None}),
        ('[{"key": "team", "value": "a"}, {"key": "env", "value": "prod"}]', {"team": "a", "env": "prod"}),
        ('[{"Key": "team", "Value": "a"}]', {"team": "a"}),
        ('"team": "a","env": "prod"', {"team": "a", "env": "prod"}),
        ('{"team": "old", "env": "x", "team": "a"}', {"env": "x", "team": "a"}),
        ('{"team": "a", "チーム": "決済, \\"x\\"\\n"}', {"team": "a", "チーム": '決済, "x"\n'}),
    ],
)  # fmt: skip
def test_forms_of_tags(text: str, tags: dict, take: Loader, lake: Lake, tmp_path: Path) -> None:
    """Object, array of pairs, pairs without braces: one map; the last of a repeated key counts."""
    (row,) = loaded(take, lake, tmp_path, bill_text({"Tags": text}))
    assert tags == row["Tags"]
    assert row["x_Tag_team"] == "a"
    assert row["x_Extra"] is None


def test_tags_that_are_none(take: Loader, lake: Lake, tmp_path: Path) -> None:
    """What is no tags in any form is kept as it was, in x_Extra; other rows are not touched by it."""
    rows = loaded(take, lake, tmp_path, bill_text({"Tags": "oops"}, {"Tags": "{}"}, {"Tags": '{"a": "b"}'}))
    assert [r["Tags"] for r in rows] == [None, {}, {"a": "b"}]
    assert [r["x_Extra"] for r in rows] == [{"Tags": "oops"}, None, None]


def test_extra_columns(take: Loader, lake: Lake, tmp_path: Path) -> None:
    """Columns that are not FOCUS are kept under their header names, nulls left out."""
    rows = loaded(
        take,
        lake,
        tmp_path,
        bill_text({"x_A": "1", 'it\'s "odd"': "2"}, {"x_A": "", "x_B": "3"}, {"x_A": "NULL"}),
    )
    assert [r["x_Extra"] for r in rows] == [{"x_A": "1", 'it\'s "odd"': "2"}, {"x_B": "3"}, None]


@pytest.mark.parametrize(
    "write",
    [
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace(",", ";"),
        lambda text: text.replace(",", "\t"),
        lambda text: text.replace("BilledCost", "billed_cost").replace("ServiceName", "Service Name"),
        lambda text: text.removesuffix("\n"),
        lambda text: text.replace("\n", "\n\n"),
    ],
    ids=["bom", "crlf", "semicolon", "tab", "header spelling", "no last newline", "blank lines"],
)
def test_dialects(write: Callable[[str], str], take: Loader, lake: Lake, tmp_path: Path) -> None:
    """The same rows in another dialect are the same charges with the same row numbers."""
    rows = loaded(take, lake, tmp_path, write(bill_text({}, {"BilledCost": "-3"})))
    assert [(Decimal("1.5"), "Amazon S3", 1), (Decimal(-3), "Amazon S3", 2)] == [
        (r["BilledCost"], r["ServiceName"], r["x_SourceRow"]) for r in rows
    ]


def test_multi_line_fields(take: Loader, lake: Lake, tmp_path: Path) -> None:
    """Newlines and quotes inside quoted fields belong to the value; rows are counted, not lines."""
    text = bill_text(*({"ChargeDescription": f'line 1\nline "{i}", end\r\n'} for i in range(3)))
    rows = loaded(take, lake, tmp_path, text)
    assert [(r["x_SourceRow"], r["ChargeDescription"]) for r in rows] == [
        (1, 'line 1\nline "0", end\r\n'),
        (2, 'line 1\nline "1", end\r\n'),
        (3, 'line 1\nline "2", end\r\n'),
    ]


def test_quotes_inside_plain_fields(take: Loader, lake: Lake, tmp_path: Path) -> None:
    """An inch sign in an unquoted field does not swallow what follows."""
    text = bill_text({"ServiceName": "S"}, {"ServiceName": "T"}).replace(",S\n", ',5" disk\n')
    rows = loaded(take, lake, tmp_path, text)
    assert [r["ServiceName"] for r in rows] == ['5" disk', "T"]


def test_currencies_are_never_mixed(take: Loader, lake: Lake, tmp_path: Path) -> None:
    """Several currencies in one file, a code in lower case, a virtual one: each has its own totals."""
    names = ["USD", "JPY", "usd", "Credits"]
    (tmp_path / "bill.csv").write_text(bill_text(*({"BillingCurrency": c} for c in names)))
    report = take("bill.csv")
    assert {"Credits": Decimal("1.5"), "JPY": Decimal("1.5"), "USD": Decimal(3)} == {
        c: t["BilledCost"] for c, t in report.totals.items()
    }
    assert lake.loads().num_rows == 3


def test_column_twice(take: Loader, lake: Lake, tmp_path: Path) -> None:
    """A column that is there twice is refused, since which one counts is not ours to guess."""
    for again in ("BilledCost", "Billed Cost"):
        (tmp_path / "bill.csv").write_text(bill_text({}).replace("ListCost", again))
        with pytest.raises(UnreadableFile, match="BilledCost' twice"):
            take("bill.csv")


def test_awkward_paths(take: Loader, lake: Lake, tmp_path: Path) -> None:
    """Quotes, globs and spaces in a file's name are just its name."""
    folder = tmp_path / "it's [a] b*ll; DROP TABLE"
    folder.mkdir()
    (folder / 'o"n?e.csv').write_text(bill_text({}))
    take(folder / 'o"n?e.csv')
    assert [r["x_SourceFile"] for r in charges(lake)] == ["it's [a] b*ll; DROP TABLE/o\"n?e.csv"]


def test_order_in_the_file(take: Loader, lake: Lake, tmp_path: Path) -> None:
    """Charges are stored by account, service, resource and time, which queries count on."""
    import duckdb

    rows = [
        {"SubAccountId": str(i * 7 % 5), "ServiceName": f"s{i % 3}", "ResourceId": f"r{i % 4}"}
        for i in range(60)
    ]
    (tmp_path / "bill.csv").write_text(bill_text(*rows))
    take("bill.csv")
    stored = duckdb.sql(
        f"""SELECT "SubAccountId", "ServiceName", "ResourceId", "x_ChargeKey"
            FROM read_parquet('{lake.data_files("charges")[0].path}')"""
    ).fetchall()
    assert sorted(stored) == stored


def test_mixed_line_ends(take: Loader, lake: Lake, tmp_path: Path) -> None:
    """First lines that end with CR LF and later ones with LF are read; a short row is only rejected."""
    text = bill_text(*({"ServiceName": f"s{i}"} for i in range(6)))
    lines = text.splitlines()
    (tmp_path / "bill.csv").write_bytes(
        ("\r\n".join(lines[:3]) + "\r\n" + "\n".join(lines[3:]) + "\na,b\n").encode()
    )
    report = take("bill.csv", "bill")

    assert (report.rows, report.rejected_rows) == (6, 1)
    assert [f"s{i}" for i in range(6)] == [row["ServiceName"] for row in charges(lake)]
