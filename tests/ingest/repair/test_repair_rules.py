"""The file of rules, who switches them, what is reported of them, and real bills."""

import importlib.util
import json
from collections import Counter
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from repairing import CHARGE, default_rules, repair, repair_relation

from warikan.catalog.repairs import RepairSettings
from warikan.focus.errors import ConfigError
from warikan.ingest.header import read_header
from warikan.ingest.relation import CLEAN_TEXT, literal, typed
from warikan.ingest.repair import (
    active_rules,
    load_rules,
    repair_states,
    repairs_done,
    repairs_form,
    repairs_json,
)
from warikan.ingest.repair.explain import explain_repairs
from warikan.ingest.repair.rules import BadRule, parse_rules

REAL = Path(__file__).parents[4] / "shared/data/focus/focus_1_0_real_anonymised.csv"
DOCS = Path(__file__).parents[3] / "docs/repairs.md"
TOOL = Path(__file__).parents[3] / "tools/generate_repairs.py"
TOOLKIT = [
    "InvalidChargeFrequency",
    "InvalidEffectiveCost",
    "MissingContractedCost",
    "MissingContractedUnitPrice",
    "MissingListCost",
    "MissingListUnitPrice",
    "MissingConsumedQuantity",
    "MissingPricingQuantity",
    "MissingProviderName",
    "MissingPublisherName",
    "MissingResourceId",
    "MissingResourceName",
    "MissingResourceType",
    "MissingXBilledUnitPrice",
    "MissingXResourceType",
    "ListCostLessThanContractedCost",
    "ContractedCostLessThanEffectiveCost",
    "PricingCategoryShouldBeCommitted",
    "SkuTermShouldBeAnInteger",
    "XEffectiveUnitPriceRoundingError",
    "LegacyFocusVersion",
    "UnknownFocusVersion",
]


def _file(**changes: str) -> str:
    rule = {
        "id": '"some-rule"',
        "version": "1",
        "title": '"t"',
        "test": '"true"',
        "set": '{ ListCost = "0" }',
        "on": "true",
        "why": '"w"',
        "reference": '"r"',
    } | changes
    lines = "\n".join(f"{key} = {value}" for key, value in rule.items())
    return f'extras = ["x_SkuTerm"]\n[provider]\nnamed = "ProviderName"\nshown = "NULL"\n[[rule]]\n{lines}\n'


def test_every_code_of_the_toolkit_has_a_rule_or_a_reason() -> None:
    """The twenty of its table, and the two of the version."""
    codes = {code for rule in load_rules().rules for code in rule.codes}

    assert codes | set(load_rules().without) == set(TOOLKIT)


@pytest.mark.parametrize("column", ["BilledCost", "billedcost", "BillingCurrency", "Tags"])
def test_a_rule_that_sets_what_was_billed_is_refused(column: str) -> None:
    """In any spelling that DuckDB takes for the column."""
    with pytest.raises(BadRule, match="no repair ever sets"):
        parse_rules(_file(set=f'{{ {column} = "0" }}'))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"set": "{}"}, "sets nothing"),
        ({"set": '{ Nothing = "0" }'}, "no column"),
        ({"needs": '["Nothing"]'}, "which no bill has"),
        ({"id": '"Some Rule"'}, "lower-case words"),
        ({"sets": '"x"'}, "no such key"),
    ],
)
def test_a_wrong_rule_is_refused(changes: dict[str, str], words: str) -> None:
    """With its name and what is wrong."""
    with pytest.raises(BadRule, match=words):
        parse_rules(_file(**changes))


def test_switching_by_workspace_and_by_source() -> None:
    """The source's word is the last; the order of the rules stays."""
    everywhere = RepairSettings(off=("unit-spelling",), on=("aws-sku-meter",))

    run = active_rules(everywhere, RepairSettings(on=("unit-spelling",), off=("aws-sku-meter",)))

    assert run == default_rules()
    assert [r.id for r in active_rules(everywhere)] != [r.id for r in default_rules()]
    with pytest.raises(ConfigError, match="no repair 'unit-speling'"):
        active_rules(RepairSettings(off=("unit-speling",)))
    with pytest.raises(ValueError, match="on and off at once"):
        RepairSettings(off=("unit-spelling",), on=("unit-spelling",))


def test_the_identity_of_a_load_knows_the_rules() -> None:
    """It changes with every rule that is switched, and with what a rule does, not with its words."""
    text = repairs_form(default_rules())

    forms = {repairs_form(active_rules(RepairSettings(off=(rule.id,)))) for rule in default_rules()}
    assert len(forms) == len(default_rules())
    assert text not in forms
    assert len(text) < 40
    same = [repairs_form(parse_rules(_file(why=why)).rules) for why in ('"a"', '"b"')]
    other = [repairs_form(parse_rules(_file(**c)).rules) for c in ({"version": "2"}, {"test": '"false"'})]
    assert len({*same}) == 1
    assert len({*same, *other}) == 3
    assert repairs_form(()) == "repairs none"


def test_what_is_noted_of_a_load_adds_up_again(session: duckdb.DuckDBPyConnection) -> None:
    """The JSON of `loads`, read back by source and currency; no money is added across currencies."""
    oracle = CHARGE | {"ProviderName": "Oracle", "EffectiveCost": "0"}
    plan = repair(session, [oracle, oracle | {"BillingCurrency": "JPY", "BilledCost": "0.1"}, CHARGE]).plan
    places = sorted({(t.month, t.currency) for t in plan.tallies}, key=str)
    loads = [
        {
            "x_SourceId": source,
            "BillingCurrency": currency,
            "Repairs": repairs_json(plan.tallies, month, currency),
        }
        for month, currency in places
        for source in ("a", "b", "b")
    ]

    done = repairs_done([*loads, {"x_SourceId": "c", "BillingCurrency": "USD", "Repairs": None}])

    assert repairs_json(plan.tallies, None, "USD") is None
    assert json.loads(loads[0]["Repairs"] or "")["oracle-effective-cost-zero"]["version"] == 1
    told = [
        (d.source_id, d.currency, d.rows, d.changes["EffectiveCost"].by)
        for d in done["oracle-effective-cost-zero"]
    ]
    assert told == [
        ("a", "JPY", 1, Decimal("0.1")),
        ("a", "USD", 1, Decimal(10)),
        ("b", "JPY", 2, Decimal("0.2")),
        ("b", "USD", 2, Decimal(20)),
    ]
    source = active_rules(RepairSettings(off=("oracle-effective-cost-zero",)))
    states = {
        s.rule.id: s for s in repair_states(default_rules(), {"a": source, "b": default_rules()}, loads)
    }
    assert list(states) == [rule.id for rule in load_rules().rules]
    state = states["oracle-effective-cost-zero"]
    assert (state.on, state.differs, len(state.done)) == (True, ("a",), 4)
    assert states["aws-sku-meter"].done == ()


def test_a_charge_tells_what_was_repaired() -> None:
    """Old and new, by which rules; the bill's own columns without what repairs put there."""
    charge = {
        "EffectiveCost": Decimal(10),
        "ListCost": Decimal(10),
        "x_Repairs": ["oracle-effective-cost-zero", "list-cost-missing", "gone-rule"],
        "x_Extra": [("Id", "7"), ("old.EffectiveCost", "0"), ("old.ListCost", "")],
    }

    told = explain_repairs(charge)

    assert [(c.column, c.old, c.new, c.rules) for c in told.columns] == [
        ("EffectiveCost", "0", Decimal(10), ("oracle-effective-cost-zero",)),
        ("ListCost", None, Decimal(10), ("list-cost-missing",)),
    ]
    assert [bool(r.why) for r in told.rules] == [True, True, False]
    assert told.extra == {"Id": "7"}
    untouched = explain_repairs({"x_Repairs": None, "x_Extra": {"old.ListCost": "3"}})
    assert (untouched.rules, untouched.columns, untouched.extra) == ((), (), {"old.ListCost": "3"})


def test_the_real_sample(session: duckdb.DuckDBPyConnection) -> None:
    """7 rows of Oracle and 51 of Microsoft are repaired as documented; the 942 of AWS need nothing."""
    if not REAL.exists():
        pytest.skip(f"no {REAL}")
    with REAL.open(encoding="utf-8") as lines:
        header = read_header(next(lines).rstrip("\n").replace('"', "").split(","), REAL.name)
    count = len(header.names)
    columns = ", ".join(f"c{i}: 'VARCHAR'" for i in range(count))
    source = (
        f"read_csv({literal(str(REAL))}, columns = {{{columns}}}, header = true, auto_detect = false, "
        "delim = ',', quote = '\"', nullstr = ['', 'NULL', 'null'])"
    )
    select = typed(header, [f"c{i}" for i in range(count)], [CLEAN_TEXT] * count, source)
    session.execute(
        f"CREATE OR REPLACE TEMP TABLE real AS SELECT *, row_number() OVER () AS _row FROM ({select})"
    )

    found = repair_relation(session, "real", header)

    by = Counter((row["ProviderName"], name) for row in found.rows for name in row["_repairs"] or ())
    assert by == {
        ("Oracle", "closed-values-spelling"): 7,
        ("Oracle", "oracle-region-id"): 7,
        ("Oracle", "unit-spelling"): 7,
        ("Oracle", "oracle-effective-cost-zero"): 6,
        ("Oracle", "contracted-cost-missing"): 7,
        ("Microsoft", "unit-spelling"): 7,
        ("Microsoft", "microsoft-contracted-cost-block"): 18,
    }
    oracle = [row for row in found.rows if row["ProviderName"] == "Oracle"]
    assert (
        sum(r["EffectiveCost"] for r in oracle)
        == sum(r["BilledCost"] for r in oracle)
        == Decimal("0.53707392473")
    )
    microsoft = [row for row in found.rows if row["ProviderName"] == "Microsoft"]
    assert all(r["ContractedCost"] == r["BilledCost"] for r in microsoft if r["old.ContractedCost"])


def test_the_documentation_is_what_the_rules_say() -> None:
    """docs/repairs.md is written by tools/generate_repairs.py."""
    spec = importlib.util.spec_from_file_location("generate_repairs", TOOL)
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)

    text = DOCS.read_text(encoding="utf-8")

    assert text == tool.repairs_reference(), "run: python tools/generate_repairs.py"
    assert [code for code in TOOLKIT if code not in text] == []
