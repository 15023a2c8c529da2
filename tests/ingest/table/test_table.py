"""Tables that warikan.yaml maps: what is said, what follows, what is refused."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from ingest_cases import Loader
from pydantic import ValidationError

from warikan.catalog.tables import TableSettings
from warikan.ingest.sources.table.source import table_mapping
from warikan.lake import Lake

LEAST: dict[str, Any] = {
    "BilledCost": "Amount",
    "BillingCurrency": {"value": "EUR"},
    "ChargePeriodStart": "Day",
}


def charges_of(lake: Lake) -> list[dict[str, Any]]:
    """All charges, in the order of their rows."""
    rows = [row for f in lake.data_files("charges") for row in pq.read_table(f.path).to_pylist()]
    return sorted(rows, key=lambda row: row["x_ChargeKey"])


def settings_of(columns: dict[str, Any], **more: Any) -> TableSettings:
    """Checked settings."""
    return TableSettings.model_validate({"columns": LEAST | columns, **more})


def take_table(take: Loader, settings: TableSettings) -> Any:
    """Load ``t.csv`` as the source ``tool``."""
    return take("t.csv", source_id="tool", source_type="table", mapping=table_mapping(settings, "tool"))


def test_the_least_that_makes_a_bill(take: Loader, tmp_path: Path, lake: Lake) -> None:
    """Three columns: the rest follows, and what is not mapped is kept."""
    (tmp_path / "t.csv").write_text("Day,Amount,Plan\n2026-10-05,12.50,Pro\n")
    report = take_table(take, settings_of({}))
    (charge,) = charges_of(lake)
    assert [charge[m] for m in ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")] == [
        Decimal("12.5")
    ] * 4
    assert charge["BillingPeriodStart"] == datetime(2026, 10, 1, tzinfo=UTC)
    assert charge["ChargePeriodEnd"] == datetime(2026, 10, 6, tzinfo=UTC)
    assert (charge["ServiceName"], charge["InvoiceIssuerName"], charge["ServiceProviderName"]) == (
        "tool",
    ) * 3
    assert dict(charge["x_Extra"]) == {"Plan": "Pro"}
    assert all(proof.is_equal for *_, proof in report.conversions)


def test_all_ways_of_a_cell(take: Loader, tmp_path: Path, lake: Lake) -> None:
    """first_of, sum and minus, product, map, tags, own dates and decimal commas."""
    settings = settings_of(
        {
            "BilledCost": {"sum": ["Base", "Extra"], "minus": ["Discount"]},
            "ListCost": {"product": ["Hours", "Rate"]},
            "ServiceName": {"first_of": ["Product", "Plan"]},
            "ChargeCategory": {"column": "Type", "map": {"fee": "Purchase", "use": "Usage"}},
        },
        tags={"team": "Cost centre", "env": "Env"},
        date_format="%d.%m.%Y",
        decimal_comma=True,
    )
    (tmp_path / "t.csv").write_text(
        "Day;Base;Extra;Discount;Hours;Rate;Product;Plan;Type;Cost centre;Env\n"
        "05.10.2026;1.000,50;;0,50;3;0,333333333333333333;;Pro;fee;pay;\n"
    )
    take_table(take, settings)
    (charge,) = charges_of(lake)
    assert charge["BilledCost"] == Decimal(1000)
    assert charge["ListCost"] == Decimal("0.999999999999999999")
    assert (charge["ServiceName"], charge["ChargeCategory"]) == ("Pro", "Purchase")
    assert dict(charge["Tags"]) == {"team": "pay"}
    assert charge["ChargePeriodStart"] == datetime(2026, 10, 5, tzinfo=UTC)


KINDS = {"column": "Type", "map": {"fee": "Purchase", "use": "Usage"}}
TYPES = "Day,Amount,Type\n2026-10-05,1,fee\n2026-10-05,2,rebate\n2026-10-05,4,\n2026-10-05,8,use\n"


def test_a_value_that_the_map_does_not_have(take: Loader, tmp_path: Path, lake: Lake) -> None:
    """Its row is rejected with the column, the value and the cost; an empty one is no value, as elsewhere."""
    (tmp_path / "t.csv").write_text(TYPES)
    report = take_table(take, settings_of({"ChargeCategory": KINDS}))
    assert [c["ChargeCategory"] for c in charges_of(lake)] == ["Purchase", None, "Usage"]
    assert (report.rejected_rows, report.rejected_cost) == (1, {"EUR": Decimal(2)})
    (reject,) = [r for f in lake.data_files("rejects") for r in pq.read_table(f.path).to_pylist()]
    assert (reject["x_SourceRow"], reject["Column"], reject["Value"]) == (2, "Type", "rebate")
    assert "map of ChargeCategory" in reject["Reason"]


@pytest.mark.parametrize(
    ("more", "categories"),
    [
        ({"else": "Adjustment"}, ["Purchase", "Adjustment", "Adjustment", "Usage"]),
        ({"keep_others": True}, ["Purchase", "rebate", None, "Usage"]),
    ],
)
def test_what_is_said_of_other_values(
    more: dict[str, Any], categories: list[str | None], take: Loader, tmp_path: Path, lake: Lake
) -> None:
    """They are what else says, or stay as they are."""
    (tmp_path / "t.csv").write_text(TYPES)
    assert take_table(take, settings_of({"ChargeCategory": KINDS | more})).rejected_rows == 0
    assert [c["ChargeCategory"] for c in charges_of(lake)] == categories


def test_a_currency_that_the_map_does_not_have(take: Loader, tmp_path: Path, lake: Lake) -> None:
    """What a charge cannot be without is told once: by the map."""
    (tmp_path / "t.csv").write_text("Day,Amount,Cur\n2026-10-05,1,US$\n2026-10-05,2,Fr.\n")
    settings = settings_of({"BillingCurrency": {"column": "Cur", "map": {"US$": "USD"}}})
    assert take_table(take, settings).rejected_cost == {None: Decimal(2)}
    rejects = [r for f in lake.data_files("rejects") for r in pq.read_table(f.path).to_pylist()]
    assert [(r["Column"], r["Value"]) for r in rejects] == [("Cur", "Fr.")]


def test_months(take: Loader, tmp_path: Path, lake: Lake) -> None:
    """A row a month lasts the whole month, whatever its day."""
    (tmp_path / "t.csv").write_text("Day,Amount\n2026-02-14,3\n")
    take_table(take, settings_of({}, grain="month"))
    (charge,) = charges_of(lake)
    period = (datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC))
    assert (charge["ChargePeriodStart"], charge["ChargePeriodEnd"]) == period


@pytest.mark.parametrize("number", ["1,5", "1.5.0,1", "12.34", "x", "=2"])
def test_numbers_that_are_ambiguous(number: str, take: Loader, tmp_path: Path) -> None:
    """1,5 is a number where commas are said and none where they are not; 12.34 the other way round."""
    (tmp_path / "t.csv").write_text(f'Day,Amount\n2026-10-05,"{number}"\n2026-10-05,"7"\n')
    plain = take_table(take, settings_of({}))
    comma = take_table(take, settings_of({}, decimal_comma=True))
    assert plain.rejected_rows == (number != "12.34")
    assert comma.rejected_rows == (number != "1,5")


@pytest.mark.parametrize(
    ("columns", "more", "reason"),
    [
        ({"BilledCosts": "x"}, {}, "no FOCUS columns"),
        ({"ServiceName": {"sum": ["a"]}}, {}, "make numbers"),
        ({"ServiceName": {"column": "a", "value": "b"}}, {}, "exactly one"),
        ({"ListCost": {"column": "a", "minus": ["b"]}}, {}, "minus goes with sum"),
        ({"Tags": "a"}, {"tags": {"k": "b"}}, "one column"),
        ({"ServiceName": {"value": "a", "map": {"b": "c"}}}, {}, "map goes with column"),
        ({"ServiceName": {"column": "a", "else": "b"}}, {}, "go with map"),
        (
            {"ServiceName": {"column": "a", "map": {"b": "c"}, "else": "d", "keep_others": True}},
            {},
            "say one",
        ),
        ({"ListCost": {"column": "a", "map": {"1": "2"}}}, {}, "map is for texts"),
        ({"Tags": {"column": "a", "map": {"1": "2"}}}, {}, "map is for texts"),
    ],
)
def test_settings_that_say_nothing(columns: dict[str, Any], more: dict[str, Any], reason: str) -> None:
    """Each mistake is named when warikan.yaml is read."""
    with pytest.raises(ValidationError, match=reason):
        settings_of(columns, **more)


def test_a_bill_needs_three_columns() -> None:
    """Without cost, currency or time there is no bill."""
    with pytest.raises(ValidationError, match="BillingCurrency, ChargePeriodStart"):
        TableSettings.model_validate({"columns": {"BilledCost": "Amount"}})


def test_texts_are_no_sql(take: Loader, tmp_path: Path, lake: Lake) -> None:
    """Names, values and keys with quotes are only that."""
    settings = settings_of(
        {"ServiceName": {"value": "a'b\" --"}, "RegionId": {"column": "odd'; DROP \"x"}},
        tags={"k'\"": "odd'; DROP \"x"},
    )
    (tmp_path / "t.csv").write_text('Day,Amount,"odd\'; DROP ""x"\n2026-10-05,1,here\n')
    take_table(take, settings)
    (charge,) = charges_of(lake)
    assert (charge["ServiceName"], charge["RegionId"], dict(charge["Tags"])) == (
        "a'b\" --",
        "here",
        {"k'\"": "here"},
    )
