"""One report in each of the forms that AWS has delivered it in becomes the same charges."""

import gzip
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cur_cases import NO_PRICE, RI_ARN, SP_ARN, cur_rows, cur_text, snake
from ingest_cases import Loader, charges

from warikan.focus.columns import list_columns
from warikan.focus.errors import UnreadableFile
from warikan.lake import Lake

ROWS = cur_rows(
    {
        "resourceTags/user:team": "shop",
        "resourceTags/aws:createdBy": "Root:1",
        "costCategory/unit": "retail",
        "product/instanceType": "m5.large",
        "product/vcpu": "2",
        "product/memory": "8 GiB",
    },
    {
        "lineItem/LineItemType": "SavingsPlanCoveredUsage",
        "savingsPlan/SavingsPlanARN": SP_ARN,
        "savingsPlan/SavingsPlanEffectiveCost": "0.07",
        "resourceTags/user:team": "mail",
    },
    {
        "lineItem/LineItemType": "DiscountedUsage",
        "lineItem/UnblendedCost": "0",
        "reservation/ReservationARN": RI_ARN,
        "reservation/EffectiveCost": "0.0612345678",
    },
    NO_PRICE | {"lineItem/LineItemType": "Tax", "lineItem/UnblendedCost": "0.55", "product/ProductName": ""},
    {"splitLineItem/ParentResourceId": "i-01", "lineItem/UnblendedCost": "0"},
)
MAPPED = [
    *("resourceTags/user:team", "resourceTags/aws:createdBy", "costCategory/unit"),
    *("product/vcpu", "product/memory", "product/ProductName"),
]
"""What CUR 2.0 keeps in maps."""
NUMBERS = ("Cost", "Rate", "Amount")


def typed_value(name: str, value: str) -> Any:
    """*value* as Parquet has it: numbers are doubles, times are timestamps."""
    if name.endswith("Date"):
        return datetime.fromisoformat(value) if value else None
    return (float(value) if value else None) if name.endswith(NUMBERS) else value


def legacy_columns(rows: list[dict[str, str]]) -> dict[str, list[Any]]:
    """The columns of a legacy Parquet report."""
    return {snake(name): [typed_value(name, row[name]) for row in rows] for name in rows[0]}


def cur2_columns(rows: list[dict[str, str]]) -> dict[str, list[Any]]:
    """The columns of CUR 2.0; maps are dictionaries."""
    columns: dict[str, list[Any]] = {
        snake(name): [typed_value(name, row[name]) for row in rows] for name in rows[0] if name not in MAPPED
    }
    for table in ("resource_tags", "cost_category", "product"):
        names = [name for name in MAPPED if snake(name).startswith(f"{table}_")]
        columns[table] = [
            {snake(name).removeprefix(f"{table}_"): row[name] for name in names if row[name]} for row in rows
        ]
    columns["bill_payer_account_name"] = ["Payer"] * len(rows)
    columns["line_item_usage_account_name"] = ["Shop"] * len(rows)
    return columns


def write_csv(path: Path) -> None:
    """Legacy CSV."""
    path.write_text(cur_text(ROWS))


def write_athena(path: Path) -> None:
    """Legacy Parquet, as Athena names its columns."""
    pq.write_table(pa.table(legacy_columns(ROWS)), path)


def write_cur2_maps(path: Path) -> None:
    """CUR 2.0 as AWS delivers it."""
    columns = cur2_columns(ROWS)
    kind = pa.map_(pa.string(), pa.string())
    pq.write_table(
        pa.table(
            {
                name: pa.array([list(v.items()) for v in values], kind)
                if isinstance(values[0], dict)
                else values
                for name, values in columns.items()
            }
        ),
        path,
    )


def write_cur2_structs(path: Path) -> None:
    """CUR 2.0 after a tool that has no maps."""
    pq.write_table(pa.table(cur2_columns(ROWS)), path)


def write_cur2_text(path: Path) -> None:
    """CUR 2.0 as CSV: maps are JSON text."""
    columns = cur2_columns(ROWS)
    rows = [
        {
            name: json.dumps(values[i])
            if isinstance(values[i], dict)
            else values[i].isoformat()
            if isinstance(values[i], datetime)
            else values[i]
            for name, values in columns.items()
        }
        for i in range(len(ROWS))
    ]
    path.write_bytes(gzip.compress(cur_text(rows).encode()))


FORMS: Mapping[str, tuple[str, Callable[[Path], None]]] = {
    "legacy Parquet": ("athena.parquet", write_athena),
    "CUR 2.0, maps": ("maps.snappy.parquet", write_cur2_maps),
    "CUR 2.0, structs": ("structs.parquet", write_cur2_structs),
    "CUR 2.0, text": ("cur2.csv.gz", write_cur2_text),
}
NOT_THERE_BEFORE = {"BillingAccountName", "SubAccountName", "Tags", "SkuPriceDetails"}
"""Names of accounts came with CUR 2.0; labels and details are compared by themselves."""


@pytest.mark.parametrize("form", FORMS)
def test_forms_are_told_apart_by_nothing(form: str, take: Loader, lake: Lake, tmp_path: Path) -> None:
    """Not by money, nor by any FOCUS column that the form has."""
    write_csv(tmp_path / "legacy.csv")
    name, write = FORMS[form]
    write(tmp_path / name)
    take("legacy.csv", "legacy")
    take(name, "other")
    found = charges(lake)
    legacy = [row for row in found if row["x_SourceId"] == "legacy"]
    other = [row for row in found if row["x_SourceId"] == "other"]
    assert len(legacy) == len(other) == 4
    columns = {c.id for c in list_columns()} & set(legacy[0]) - NOT_THERE_BEFORE
    for one, two in zip(legacy, other, strict=True):
        assert {c: two[c] for c in columns} == {c: one[c] for c in columns}
        tags = {k.replace("created_by", "createdBy"): v for k, v in (two["Tags"] or {}).items()}
        assert tags == (one["Tags"] or {})
        assert json.loads(two["SkuPriceDetails"] or "{}") == json.loads(one["SkuPriceDetails"] or "{}")


def test_labels_and_details(take: Loader, lake: Lake, tmp_path: Path) -> None:
    """Prefixes say where a label comes from; details are what the SKU is."""
    write_csv(tmp_path / "legacy.csv")
    take("legacy.csv", source_type="aws_cur")
    first, second, third, tax = charges(lake)
    assert first["Tags"] == {"team": "shop", "aws:createdBy": "Root:1", "costCategory/unit": "retail"}
    assert (first["x_Tag_team"], second["Tags"], third["Tags"]) == ("shop", {"team": "mail"}, None)
    assert json.loads(first["SkuPriceDetails"]) == {
        "CoreCount": 2,
        "InstanceType": "m5.large",
        "MemorySize": 8.0,
    }
    assert tax["ServiceName"] == "Amazon Elastic Compute Cloud", "the table of services knows the code"


def test_the_column_tags_of_cur_2(take: Loader, lake: Lake, tmp_path: Path) -> None:
    """Tags in both columns, and keys that meet once their prefixes are gone, lose no row."""
    rows = cur_rows({})
    columns = {snake(name): [typed_value(name, row[name]) for row in rows] for name in rows[0]}
    kind = pa.map_(pa.string(), pa.string())
    columns["tags"] = pa.array(
        [[("resourceTags/user_team", "a"), ("accountTag/env", "prod"), ("team", "b")]], kind
    )
    columns["resource_tags"] = pa.array([[("user_team", "c")]], kind)
    pq.write_table(pa.table(columns), tmp_path / "cur.parquet")
    take("cur.parquet", source_type="aws_cur")
    assert charges(lake)[0]["Tags"] == {"accountTag/env": "prod", "team": "c"}


FEES: dict[str, dict[str, str]] = {
    "covered": {"lineItem/LineItemType": "SavingsPlanCoveredUsage", "lineItem/UnblendedCost": "9"},
    "plan": {"lineItem/LineItemType": "SavingsPlanRecurringFee", "lineItem/UnblendedCost": "40"},
    "reserved": {"lineItem/LineItemType": "DiscountedUsage", "lineItem/UnblendedCost": "0"},
    "reservation": {"lineItem/LineItemType": "RIFee", "lineItem/UnblendedCost": "30"},
}


def test_without_the_columns_of_commitments_it_is_cash(take: Loader, lake: Lake, tmp_path: Path) -> None:
    """Who makes a report chooses its columns: no fee is lost, and it is told."""
    (tmp_path / "cur.csv").write_text(cur_text(cur_rows(*FEES.values())))
    report = take("cur.csv", source_type="aws_cur")
    assert [row["EffectiveCost"] for row in charges(lake)] == [0, 40, 0, 30]
    assert [row["BilledCost"] for row in charges(lake)] == [0, 40, 0, 30]
    ((place, note),) = report.notes
    assert place == "cur.csv"
    assert note.startswith("4 rows: the report lacks the columns that spread commitments")


def test_without_the_columns_of_what_was_not_used(take: Loader, lake: Lake, tmp_path: Path) -> None:
    """What usage bears is known, what nobody used is not: told, and never less than nothing."""
    effective = {"savingsPlan/SavingsPlanEffectiveCost": "7", "savingsPlan/UsedCommitment": "7"}
    reserved = FEES["reserved"] | {"reservation/EffectiveCost": "5"}
    rows = cur_rows(FEES["covered"] | effective, FEES["plan"] | effective, reserved, FEES["reservation"])
    (tmp_path / "cur.csv").write_text(cur_text(rows))
    report = take("cur.csv", source_type="aws_cur")
    assert [row["EffectiveCost"] for row in charges(lake)] == [7, 0, 5, 0]
    assert [note.split(":")[0] for _, note in report.notes] == ["2 rows"]


@pytest.mark.parametrize("word", ["None", "", "0.05"])
def test_koku_nise_writes_none(word: str, take: Loader, lake: Lake, tmp_path: Path) -> None:
    """Its word for no value does not make covered usage a reject."""
    covered = {
        "lineItem/LineItemType": "SavingsPlanCoveredUsage",
        "savingsPlan/SavingsPlanEffectiveCost": word,
    }
    (tmp_path / "cur.csv").write_text(cur_text(cur_rows(covered)))
    take("cur.csv", source_type="aws_cur")
    wanted = Decimal(word) if word.startswith("0") else Decimal(0)
    assert [row["EffectiveCost"] for row in charges(lake)] == [wanted]


def test_a_cost_that_is_no_number_is_a_reject(take: Loader, lake: Lake, tmp_path: Path) -> None:
    """Also where the column is read as text; its name and value are told, as the file has them."""
    covered = {
        "lineItem/LineItemType": "SavingsPlanCoveredUsage",
        "savingsPlan/SavingsPlanEffectiveCost": "a lot",
    }
    wrong = {"lineItem/UnblendedCost": "free"}
    (tmp_path / "cur.csv").write_text(cur_text(cur_rows(covered, {}, wrong)))
    report = take("cur.csv", source_type="aws_cur")
    assert (report.rows, report.rejected_rows) == (1, 2)
    told = [(r["x_SourceRow"], r["Column"], r["Value"]) for r in charges(lake, table="rejects")]
    assert told == [
        (1, "savingsPlan/SavingsPlanEffectiveCost", "a lot"),
        (3, "lineItem/UnblendedCost", "free"),
    ]


def test_a_column_in_two_spellings(take: Loader, tmp_path: Path) -> None:
    """Legacy CSV and legacy Parquet in one file: neither cost is guessed."""
    text = cur_text(cur_rows({}))
    header, rest = text.split("\n", 1)
    lines = "".join(f"7,{line}\n" for line in rest.splitlines())
    (tmp_path / "cur.csv").write_text(f"line_item_unblended_cost,{header}\n{lines}")
    with pytest.raises(UnreadableFile, match=r"'line_item_unblended_cost' twice .*'lineItem/UnblendedCost'"):
        take("cur.csv")
