"""What cannot be typed is counted, its cost stated, its place known, and the rest is loaded."""

import random
from decimal import Decimal
from pathlib import Path

import pytest
from ingest_cases import Loader, bill_text, charges, state

from warikan.focus.errors import RejectedRows
from warikan.lake import Lake


def rejects(lake: Lake) -> list[tuple]:
    """(row, column, value, BilledCost, currency) of each reject."""
    return [
        (r["x_SourceRow"], r["Column"], r["Value"], r["BilledCost"], r["BillingCurrency"])
        for r in sorted(charges(lake, table="rejects"), key=lambda r: (r["x_SourceRow"], r["Column"] or ""))
    ]


def test_values_that_cannot_be_typed(take: Loader, lake: Lake, tmp_path: Path) -> None:
    """Each bad value is one reject with row, column, value and the row's cost; good rows are charges."""
    rows = [
        {},
        {"EffectiveCost": "1,234.50"},
        {"BilledCost": "n/a", "ChargePeriodEnd": "10/05/2026"},
        {"BilledCost": ""},
        {"BillingCurrency": "$"},
        {"BillingPeriodStart": "24-10-01", "BillingCurrency": "JPY"},
        {"ListCost": "123456789012345678901"},
        {},
    ]
    (tmp_path / "bill.csv").write_text(bill_text(*rows))

    report = take("bill.csv")

    assert rejects(lake) == [
        (2, "EffectiveCost", "1,234.50", "1.5", "USD"),
        (3, "BilledCost", "n/a", "n/a", "USD"),
        (3, "ChargePeriodEnd", "10/05/2026", "n/a", "USD"),
        (4, "BilledCost", None, None, "USD"),
        (5, "BillingCurrency", "$", "1.500000000000000000", "$"),
        (6, "BillingPeriodStart", "24-10-01", "1.5", "JPY"),
        (7, "ListCost", "123456789012345678901", "1.5", "USD"),
    ]
    assert [r["x_SourceRow"] for r in charges(lake)] == [1, 8]
    assert (report.rows, report.rejected_rows) == (2, 6)
    assert {"USD": Decimal(3), None: Decimal("1.5"), "JPY": Decimal("1.5")} == report.rejected_cost
    assert sum(r["RejectedRows"] for r in lake.loads().to_pylist()) == 6


def test_rows_that_are_broken(take: Loader, lake: Lake, tmp_path: Path) -> None:
    """Too few or many columns, and bad quotes: rejected with their row numbers, which others keep."""
    head, _, _ = bill_text({}, columns=["ChargeDescription"]).partition("\n")
    rows = {
        i: bill_text({"ChargeDescription": f'a "quoted"\nline {i}'}).partition("\n")[2]
        for i in range(1, 1201)
    }
    broken = {
        2: "1,2\n",
        500: rows[500].replace("USD", "USD,more"),
        501: "x\n",
        1200: rows[1200].replace("USD", '"U"SD'),
    }
    texts = [broken.get(i, text) for i, text in rows.items()]
    (tmp_path / "bill.csv").write_text("\n".join([head, "", "".join(texts[:700]), "", "".join(texts[700:])]))

    report = take("bill.csv")

    assert sorted(broken) == [r["x_SourceRow"] for r in charges(lake, table="rejects")]
    assert [i for i in range(1, 1201) if i not in broken] == [r["x_SourceRow"] for r in charges(lake)]
    assert all(r["ChargeDescription"] == f'a "quoted"\nline {r["x_SourceRow"]}' for r in charges(lake))
    assert report.rejected_rows == 4


def test_strict_refuses(take: Loader, lake: Lake, tmp_path: Path) -> None:
    """With strict one bad value stops the load, and the lake is as before."""
    (tmp_path / "bill.csv").write_text(bill_text({}))
    take("bill.csv")
    before = state(lake)
    (tmp_path / "bill.csv").write_text(bill_text({}, {"ListCost": "much"}))

    with pytest.raises(RejectedRows, match="1 rows cannot be typed"):
        take("bill.csv", strict=True)
    assert before == state(lake)


def test_every_row_rejected(take: Loader, lake: Lake, tmp_path: Path) -> None:
    """A bill without one good row is loaded as nothing, and says so, also the second time."""
    (tmp_path / "bill.csv").write_text(bill_text({"BilledCost": "1,5"}, {"BilledCost": "2,5"}))
    report = take("bill.csv")
    assert (report.rows, report.rejected_rows, report.months) == (0, 2, ())
    assert len(rejects(lake)) == 2
    again = take("bill.csv")
    assert (again.unchanged, again.rejected_rows) == (True, 2)


def test_rejects_go_with_their_bill(take: Loader, lake: Lake, tmp_path: Path) -> None:
    """A corrected bill takes its rejects away; those of other files and sources stay."""
    (tmp_path / "in").mkdir()
    for name in "ab":
        (tmp_path / "in" / f"{name}.csv").write_text(bill_text({}, {"ListCost": f"bad {name}"}))
    take("in")
    take("in/a.csv", "other")
    (tmp_path / "in" / "a.csv").write_text(bill_text({}, {"ListCost": "7"}))
    take("in")
    assert {("bill", "bad b"), ("other", "bad a")} == {
        (r["x_SourceId"], r["Value"]) for r in charges(lake, table="rejects")
    }


def test_rows_in_are_rows_out(take: Loader, lake: Lake, tmp_path: Path) -> None:
    """Whatever is broken at random: every row of the file is a charge or rejected, never both."""
    chance = random.Random(7)  # noqa: S311 - no secret
    breaks = [
        lambda row: row,
        lambda row: row.replace("1.5", "one", 1),
        lambda row: row + ",,",
        lambda row: row.split(",", 3)[0],
        lambda row: row.replace("USD", ""),
        lambda row: row.replace("AWS", '"A"WS', 1),
    ]
    head, *rows = bill_text(*({"ServiceName": f"s{i}"} for i in range(500))).splitlines()
    (tmp_path / "bill.csv").write_text(
        "\n".join([head, *(chance.choice(breaks)(row) for row in rows)]) + "\n"
    )
    report = take("bill.csv")
    good = {r["x_SourceRow"] for r in charges(lake)}
    bad = {r["x_SourceRow"] for r in charges(lake, table="rejects")}
    assert set(range(1, 501)) == good | bad
    assert not good & bad
    assert (len(good), len(bad)) == (report.rows, report.rejected_rows)
    assert all(r["ServiceName"] == f"s{r['x_SourceRow'] - 1}" for r in charges(lake))


@pytest.mark.parametrize("encoding", ["shift_jis", "latin-1"])
def test_rows_of_another_encoding_are_told(encoding: str, take: Loader, lake: Lake, tmp_path: Path) -> None:
    """They are rejects, and what to do about all of them is said once."""
    word = "サーバー" if encoding == "shift_jis" else "Größe"
    text = bill_text({"ServiceName": "a"}, {"ServiceName": word}, {"ServiceName": word})
    (tmp_path / "bill.csv").write_bytes(text.encode(encoding))

    report = take("bill.csv")

    assert (report.rows, report.rejected_rows) == (1, 2)
    ((place, note),) = report.notes
    assert (place, note.split(";")[0]) == (
        "bill.csv",
        "2 of the rows that cannot be read are not UTF-8",
    )
