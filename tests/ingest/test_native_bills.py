"""Laws of native bills: nothing is lost between the provider's columns and FOCUS."""

import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ingest_cases import Loader

from warikan.focus.errors import ConfigError, NotFocus, UnreadableFile
from warikan.ingest.conversion_sums import Proof, describe
from warikan.ingest.mapping import Mapping, packaged_mappings, plain_name, read_mapping
from warikan.lake import Lake

RAW: dict[str, Any] = {
    "version": 1,
    "title": "Bill of a test",
    "focus": "1.2",
    "recognise": [["amount", "day", "kind"]],
    "columns": {
        "amount": {"type": "decimal", "names": ["Amount", "cost.value"]},
        "day": {"type": "datetime", "format": "%d.%m.%Y"},
        "kind": {},
        "who": {"names": ["account"]},
        "product": {"names": ["product.id"]},
        "labels": {"type": "map", "prefix": "label:"},
        "discounts": {"type": "json"},
    },
    "terms": {"is_half": "kind = 'half'"},
    "lookups": {"names": {"file": "names.csv", "on": {"product": "lower(product)"}}},
    "skip": {"told elsewhere": "kind = 'copy'"},
    "focus_columns": {
        "BilledCost": "CASE WHEN is_half THEN amount / 2 ELSE amount END",
        "EffectiveCost": "amount",
        "ListCost": "amount",
        "ContractedCost": "amount",
        "BillingCurrency": "'USD'",
        "BillingAccountId": "who",
        "BillingPeriodStart": "date_trunc('month', day)",
        "BillingPeriodEnd": "date_trunc('month', day) + INTERVAL 1 MONTH",
        "ChargePeriodStart": "day",
        "ChargePeriodEnd": "day + INTERVAL 1 DAY",
        "ChargeCategory": "'Usage'",
        "ServiceName": "coalesce(names.ServiceName, product)",
        "Tags": "labels",
        "x_Kind": "kind",
    },
    "also": [
        {
            "each": "discounts",
            "focus_columns": {
                "BilledCost": "to_decimal(it->>'amount')",
                "EffectiveCost": "to_decimal(it->>'amount')",
                "ListCost": "0",
                "ContractedCost": "0",
                "ChargeCategory": "'Credit'",
            },
            "proof": {"BilledCost": "to_decimal(it->>'amount')"},
        }
    ],
    "proof": {
        "account": "who",
        "reason": "kind",
        "BilledCost": {"name": "Amount", "sql": "amount"},
    },
    "kept": {"columns": ["kind"]},
    "dropped": {"columns": ["noise"]},
}
TABLES = {"names": "product,ServiceName\nvm,Machines\n"}
HEADER = [
    "Amount",
    "Day",
    "Kind",
    "Account",
    "product.id",
    "label:team",
    "label:env",
    "discounts",
    "noise",
    "more",
]


@pytest.fixture
def mapping() -> Mapping:
    """The mapping above."""
    return read_mapping("table", RAW, TABLES)


@pytest.fixture
def charges(lake: Lake) -> Callable[..., list[dict[str, Any]]]:
    """Charges of the source ``bill``, in the order of their keys."""

    def read() -> list[dict[str, Any]]:
        files = [f.path for f in lake.data_files("charges", source_ids=["bill"])]
        rows = [row for f in files for row in pq.read_table(f).to_pylist()]
        return sorted(rows, key=lambda row: row["x_ChargeKey"])

    return read


def csv_of(rows: list[list[str]], header: list[str] | None = None) -> str:
    """Quoted CSV."""
    quoted = [",".join('"' + v.replace('"', '""') + '"' for v in row) for row in [header or HEADER, *rows]]
    return "\n".join(quoted) + "\n"


def row_of(amount: str, kind: str = "plain", **more: str) -> list[str]:
    """One native row, in the order of HEADER."""
    given = {"Amount": amount, "Day": "05.10.2026", "Kind": kind, "Account": "a", "product.id": "VM"} | more
    return [given.get(name, "") for name in HEADER]


def proof_of(report: Any, metric: str = "BilledCost") -> Proof:
    """The proof of the only file."""
    proofs: list[Proof] = [proof for *_, found, proof in report.conversions if found == metric]
    return proofs[0]


def test_a_row_becomes_a_charge(mapping: Mapping, take: Loader, tmp_path: Path, charges: Any) -> None:
    """Types, odd dates, families, lookups, kept and dropped columns."""
    row = row_of("1.50", **{"label:team": "pay", "noise": "x", "more": "kept"})
    (tmp_path / "bill.csv").write_text(csv_of([row]))
    take("bill.csv", mapping=mapping, source_type="table")
    (charge,) = charges()
    assert charge["BilledCost"] == Decimal("1.5")
    assert charge["ChargePeriodStart"] == datetime(2026, 10, 5, tzinfo=UTC)
    assert charge["ServiceName"] == "Machines"
    assert dict(charge["Tags"]) == {"team": "pay"}
    assert dict(charge["x_Extra"]) == {"Kind": "plain", "more": "kept", "x_Kind": "plain"}
    assert charge["x_SourceRow"] == 1
    assert charge["x_FocusVersion"] == "1.2"


def test_elements_become_charges(mapping: Mapping, take: Loader, tmp_path: Path, charges: Any) -> None:
    """Each element of an array is a charge of its own, with a key of its own, of the same row."""
    array = json.dumps([{"amount": "-0.25"}, {"amount": -0.5}])
    (tmp_path / "bill.csv").write_text(csv_of([row_of("1"), row_of("2", discounts=array)]))
    report = take("bill.csv", mapping=mapping, source_type="table")
    found = charges()
    assert [c["BilledCost"] for c in found] == [Decimal(1), Decimal(2), Decimal("-0.25"), Decimal("-0.5")]
    assert [c["x_SourceRow"] for c in found] == [1, 2, 2, 2]
    assert [c["ChargeCategory"] for c in found] == ["Usage", "Usage", "Credit", "Credit"]
    assert len({c["x_ChargeKey"] for c in found}) == 4
    assert proof_of(report).native == proof_of(report).focus == Decimal("2.25")


@pytest.mark.parametrize("array", ["no json", '{"amount": 1}', json.dumps([{"amount": 1}] * 128)])
def test_an_array_that_cannot_be_taken_apart(
    array: str, mapping: Mapping, take: Loader, tmp_path: Path, lake: Lake
) -> None:
    """The row is rejected, counted and priced; nothing of it is loaded by halves."""
    (tmp_path / "bill.csv").write_text(csv_of([row_of("1"), row_of("7", discounts=array)]))
    report = take("bill.csv", mapping=mapping, source_type="table")
    assert (report.rows, report.rejected_rows) == (1, 1)
    assert report.rejected_cost == {"USD": Decimal(7)}
    (reject,) = lake_rejects(lake)
    assert reject["Column"] == "discounts"
    assert reject["x_SourceRow"] == 2


def lake_rejects(lake: Lake) -> list[dict[str, Any]]:
    """Rows of `rejects`."""
    return [r for f in lake.data_files("rejects") for r in pq.read_table(f.path).to_pylist()]


def test_values_that_cannot_be_typed(mapping: Mapping, take: Loader, tmp_path: Path, lake: Lake) -> None:
    """A native number or date that is none rejects its row, told once, with the file's column and value."""
    rows = [row_of("1"), row_of("=1+1"), row_of("2", Day="31.02.2026")]
    (tmp_path / "bill.csv").write_text(csv_of(rows))
    report = take("bill.csv", mapping=mapping, source_type="table")
    assert (report.rows, report.rejected_rows) == (1, 2)
    found = sorted((r["x_SourceRow"], r["Column"], r["Value"]) for r in lake_rejects(lake))
    assert found == [(2, "Amount", "=1+1"), (3, "Day", "31.02.2026")]


def test_values_that_are_missing(mapping: Mapping, take: Loader, tmp_path: Path, lake: Lake) -> None:
    """What a FOCUS column is made of is named where it is empty, also beside another bad value of the row."""
    (tmp_path / "bill.csv").write_text(csv_of([row_of("1"), row_of(""), row_of("", Day="never")]))
    take("bill.csv", mapping=mapping, source_type="table")
    found = sorted((r["x_SourceRow"], r["Column"], r["Value"], r["Reason"]) for r in lake_rejects(lake))
    assert [(row, column, value) for row, column, value, _ in found] == [
        (2, "Amount", None),
        (3, "Amount", None),
        (3, "Day", "never"),
    ]
    assert found[0][3] == "missing; BilledCost is made of it"


def test_a_cost_that_no_column_tells(take: Loader, tmp_path: Path, lake: Lake) -> None:
    """A reject says that the file lacks the column, and by which name it would be found."""
    raw = RAW | {
        "recognise": [["day", "kind"]],
        "focus_columns": RAW["focus_columns"] | {"BillingCurrency": "who"},
    }
    (tmp_path / "bill.csv").write_text("Day,Kind,Amount\n05.10.2026,plain,1\n")
    take("bill.csv", mapping=read_mapping("table", raw, TABLES), source_type="table")
    (reject,) = lake_rejects(lake)
    assert (reject["Column"], reject["BilledCost"]) == ("BillingCurrency", "1.000000000000000000")
    assert reject["Reason"].endswith("; the file has no column account")


def test_an_element_without_a_cost(mapping: Mapping, take: Loader, tmp_path: Path, lake: Lake) -> None:
    """The element is rejected with its array's name and its own text; the row and its other elements load."""
    array = json.dumps([{"amount": "-1"}, {"amount": "much"}])
    (tmp_path / "bill.csv").write_text(csv_of([row_of("7", discounts=array)]))
    report = take("bill.csv", mapping=mapping, source_type="table")
    assert (report.rows, report.rejected_rows) == (2, 1)
    (reject,) = lake_rejects(lake)
    assert (reject["x_SourceRow"], reject["Column"], reject["Value"]) == (1, "discounts", '{"amount":"much"}')


def test_a_check_of_a_mapping(take: Loader, tmp_path: Path, lake: Lake) -> None:
    """A value that can be typed and means nothing rejects its row; the first column that has one is named."""
    checks = {"kind": {"columns": ["who", "kind"], "wrong": "kind = 'odd'", "reason": "not a kind"}}
    mapping = read_mapping("table", RAW | {"checks": checks}, TABLES)
    rows = [row_of("1"), row_of("2", "odd"), row_of("3", "odd", Account="")]
    (tmp_path / "bill.csv").write_text(csv_of(rows))
    report = take("bill.csv", mapping=mapping, source_type="table")
    assert (report.rows, report.rejected_cost) == (1, {"USD": Decimal(5)})
    found = sorted((r["x_SourceRow"], r["Column"], r["Value"], r["Reason"]) for r in lake_rejects(lake))
    assert found == [(2, "Account", "a", "not a kind"), (3, "Kind", "odd", "not a kind")]


def test_rows_that_are_no_charges(mapping: Mapping, take: Loader, tmp_path: Path, lake: Lake) -> None:
    """They are left out, counted, and the proof says how much money they tell."""
    (tmp_path / "bill.csv").write_text(csv_of([row_of("1"), row_of("5", "copy"), row_of("3", "half")]))
    report = take("bill.csv", mapping=mapping, source_type="table")
    proof = proof_of(report)
    assert report.rows == 2
    assert (proof.native, proof.focus) == (Decimal(9), Decimal("2.5"))
    assert proof.skipped["told elsewhere"].native == Decimal(5)
    assert proof.skipped["told elsewhere"].samples == [2]
    assert (proof.by_reason["half"].native, proof.by_reason["half"].focus) == (Decimal(3), Decimal("1.5"))
    assert proof.differing == {"a": (Decimal(9), Decimal("2.5"))}
    assert "1 row (half)" in describe("BilledCost", proof)
    (row,) = lake.loads().to_pylist()
    assert json.loads(row["Conversion"])["BilledCost"]["native"] == "9"


def test_a_file_told_elsewhere_is_known(mapping: Mapping, take: Loader, tmp_path: Path, lake: Lake) -> None:
    """Its file has a row in `loads`, with no charges, so that a change of it is seen."""
    (tmp_path / "bills").mkdir()
    (tmp_path / "bills" / "a.csv").write_text(csv_of([row_of("1")]))
    (tmp_path / "bills" / "b.csv").write_text(csv_of([row_of("5", "copy")]))
    take("bills", mapping=mapping, source_type="table")
    rows = {r["x_SourceFile"]: r["Rows"] for r in lake.loads().to_pylist()}
    assert rows == {"bills/a.csv": 1, "bills/b.csv": 0}
    assert take("bills", mapping=mapping, source_type="table").unchanged


def nested(row: list[str]) -> dict[str, Any]:
    """A row as nested objects."""
    told = dict(zip(HEADER, row, strict=True))
    flat = {k: v or None for k, v in told.items() if k not in ("product.id", "discounts", "Amount")}
    discounts = json.loads(told["discounts"]) if told["discounts"] else []
    return flat | {
        "cost": {"value": told["Amount"]},
        "product": {"id": told["product.id"]},
        "discounts": discounts,
    }


ROWS = [
    row_of("1.25"),
    row_of("2", "half", **{"label:team": "x"}),
    row_of("3", discounts='[{"amount":"-1"}]'),
]


@pytest.mark.parametrize("form", ["csv", "csv.gz", "parquet", "json", "jsonl.gz"])
def test_every_form_of_file_is_the_same_bill(
    form: str, mapping: Mapping, take: Loader, tmp_path: Path, charges: Any
) -> None:
    """CSV, nested Parquet and nested JSON lines of the same rows are the same charges."""
    path = tmp_path / f"bill.{form}"
    text = (
        csv_of(ROWS) if form.startswith("csv") else "\n".join(json.dumps(nested(row)) for row in ROWS) + "\n"
    )
    if form == "parquet":
        pq.write_table(pa.Table.from_pylist([nested(row) for row in ROWS]), path)
    elif form.endswith(".gz"):
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text)
    report = take(path.name, mapping=mapping, source_type="table")
    assert proof_of(report).native == Decimal("5.25")
    said = [(c["BilledCost"], c["ServiceName"], dict(c["Tags"] or {}), c["x_SourceRow"]) for c in charges()]
    assert said == [
        (Decimal("1.25"), "Machines", {}, 1),
        (Decimal(1), "Machines", {"team": "x"}, 2),
        (Decimal(3), "Machines", {}, 3),
        (Decimal(-1), "Machines", {}, 3),
    ]


def test_broken_lines_of_json_are_counted(mapping: Mapping, take: Loader, tmp_path: Path, lake: Lake) -> None:
    """A line that is no object is a reject with its number; the lines around it load."""
    lines = [json.dumps(nested(row)) for row in ROWS[:2]]
    (tmp_path / "bill.json").write_text("\n".join([lines[0], "{cut", "[1]", "", lines[1]]) + "\n")
    with pytest.raises(NotFocus, match="not one object a line"):
        take("bill.json", mapping=mapping, source_type="table")
    many = [lines[0]] * 200
    (tmp_path / "bill.json").write_text("\n".join([*many, "{cut", "[1]", "", lines[1]]) + "\n")
    report = take("bill.json", mapping=mapping, source_type="table")
    assert (report.rows, report.rejected_rows) == (201, 2)
    assert sorted(r["x_SourceRow"] for r in lake_rejects(lake)) == [201, 202]


money = st.decimals(-(10**6), 10**6, places=9, allow_nan=False)


KINDS = st.tuples(money, st.sampled_from(["plain", "half", "copy"]), st.sampled_from("ab"))


@given(rows=st.lists(KINDS, min_size=1, max_size=20))
@settings(max_examples=25, deadline=None)
def test_native_is_focus_and_what_is_explained(
    rows: list[Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Σ native = Σ FOCUS + Σ of the rows that differ or are skipped, and charges add up to Σ FOCUS."""
    from warikan.ingest.load import load

    folder = tmp_path_factory.mktemp("law")
    mapping = read_mapping("table", RAW, TABLES)
    written = [row_of(str(amount), kind, Account=account) for amount, kind, account in rows]
    (folder / "bill.csv").write_text(csv_of(written))
    lake = Lake.open(folder / ".warikan")
    now = datetime(2026, 11, 1, tzinfo=UTC)
    report = load(lake, "bill", "bill.csv", root=folder, source_type="table", mapping=mapping, now=now)
    proof = proof_of(report)
    explained = sum(
        (p.native - p.focus for p in (*proof.by_reason.values(), *proof.skipped.values())), Decimal(0)
    )
    assert proof.native == sum(amount for amount, *_ in rows)
    assert proof.native == proof.focus + explained
    assert report.totals.get("USD", {}).get("BilledCost", Decimal(0)) == proof.focus


@pytest.mark.parametrize(
    ("second", "said"),
    [
        ("Amount", "'Amount' twice"),
        ("PRODUCT_ID", r"'product.id' twice \(also as 'PRODUCT_ID'\)"),
        ("LABEL:team", r"'label:team' twice \(also as 'LABEL:team'\)"),
    ],
)
def test_one_column_twice(second: str, said: str, take: Loader, tmp_path: Path) -> None:
    """Which of two spellings of one header counts is not guessed; both are named."""
    mapping = read_mapping("gcp", RAW, TABLES)
    (tmp_path / "bill.csv").write_text(csv_of([[*row_of("1"), "2"]], [*HEADER, second]))
    with pytest.raises(UnreadableFile, match=said):
        take("bill.csv", mapping=mapping, source_type="gcp")


def test_alternatives_are_not_one_column_twice(
    mapping: Mapping, take: Loader, tmp_path: Path, charges: Any
) -> None:
    """Other names of a column come after the first; keys of labels differ by case."""
    row = [*row_of("1", **{"label:team": "pay"}), "9", "see"]
    (tmp_path / "bill.csv").write_text(csv_of([row], [*HEADER, "cost.value", "label:Team"]))
    take("bill.csv", mapping=mapping, source_type="gcp")
    (charge,) = charges()
    assert charge["BilledCost"] == Decimal(1)
    assert dict(charge["x_Extra"])["cost.value"] == "9"
    assert dict(charge["Tags"]) == {"team": "pay", "Team": "see"}


def test_the_spelling_that_a_person_chose(take: Loader, tmp_path: Path, charges: Any) -> None:
    """In a table the column that warikan.yaml names to the letter counts, not another spelling of it."""
    raw = RAW | {"columns": RAW["columns"] | {"kind": {"names": ["kind"]}}}
    mapping = read_mapping("table", raw, TABLES)
    (tmp_path / "bill.csv").write_text(csv_of([[*row_of("1", "upper"), "lower"]], [*HEADER, "kind"]))
    take("bill.csv", mapping=mapping, source_type="table")
    (charge,) = charges()
    assert dict(charge["x_Extra"])["x_Kind"] == "lower"


def test_a_mapping_that_names_nothing() -> None:
    """A FOCUS column that does not exist, or a cost that is not told, is refused at once."""
    wrong = RAW | {"focus_columns": {**RAW["focus_columns"], "BilledCosts": "1"}}
    with pytest.raises(ConfigError, match="BilledCosts"):
        read_mapping("table", wrong, TABLES)
    less = RAW | {"focus_columns": {k: v for k, v in RAW["focus_columns"].items() if k != "ListCost"}}
    with pytest.raises(ConfigError, match="ListCost"):
        read_mapping("table", less, TABLES)


@pytest.mark.parametrize("mapping", packaged_mappings(), ids=lambda m: f"{m.source_type}: {m.title}")
def test_packaged_mappings_hold_together(mapping: Mapping) -> None:
    """Keys of lookups are unique, spellings name one column, and no column is both filled and a gap."""
    for lookup in mapping.lookups:
        header, *rows = lookup.rows
        places = [header.index(c) for c in lookup.on]
        keys = [tuple(row[i] for i in places) for row in rows]
        assert len(set(keys)) == len(keys), lookup.name
    spellings = [plain_name(n) for column in mapping.columns.values() for n in column.names]
    assert sorted(set(spellings)) == sorted(spellings)
    assert all(reason for reason in mapping.gaps.values())
