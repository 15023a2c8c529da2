"""What `warikan repairs` and `warikan explain` print of repairs."""

import json
from decimal import Decimal

import pytest

from warikan.cli.explain_repairs import print_charge_repairs
from warikan.cli.repairs import print_repairs
from warikan.focus.errors import NotFound
from warikan.ingest.repair import Change, Tally, load_rules, repair_states, repairs_json
from warikan.ingest.repair.explain import explain_repairs

TALLY = Tally(
    "oracle-effective-cost-zero",
    1,
    None,
    "USD",
    7,
    Decimal("0.54"),
    {"EffectiveCost": Change(Decimal("0.54"), Decimal("0.54"))},
)
LOADS = [{"x_SourceId": "oci", "BillingCurrency": "USD", "Repairs": repairs_json([TALLY], None, "USD")}]
STATES = repair_states([r for r in load_rules().rules if r.on], {}, LOADS)


def test_the_list_shows_what_was_done(capsys: pytest.CaptureFixture[str]) -> None:
    """Only what did something; how many there are is told."""
    print_repairs(STATES, None, everything=False, title="w", output="csv")
    rows = capsys.readouterr().out.splitlines()
    print_repairs(STATES, None, everything=False, title="w", output="table")
    shown = capsys.readouterr()

    assert "oracle-effective-cost-zero,on,oci,USD,7,0.54,EffectiveCost +0.54" in rows
    assert len(rows) == 1 + len(STATES)
    assert "unit-spelling" not in shown.out
    assert f"of {len(STATES)} repairs are on" in shown.err


def test_one_rule_in_full_and_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    """Its test, what it sets, why; money as text."""
    print_repairs(STATES, "oracle-effective-cost-zero", everything=False, title="w", output="json")
    (one,) = json.loads(capsys.readouterr().out)["repairs"]
    print_repairs(STATES, "oracle-effective-cost-zero", everything=False, title="w", output="table")

    assert one["done"][0]["changes"] == {"EffectiveCost": {"by": "0.54", "moved": "0.54"}}
    assert one["sets"] == {"EffectiveCost": "BilledCost"}
    assert "BilledCost" in capsys.readouterr().out
    with pytest.raises(NotFound):
        print_repairs(STATES, "nothing", everything=False, title="w", output="table")


def test_explain_prints_old_and_new(capsys: pytest.CaptureFixture[str]) -> None:
    """And the reason; nothing for a charge that was not repaired."""
    print_charge_repairs(explain_repairs({"x_Repairs": None, "x_Extra": None}))
    assert capsys.readouterr().out == ""

    print_charge_repairs(
        explain_repairs(
            {
                "x_Repairs": ["list-cost-missing"],
                "x_Extra": {"old.ListCost": ""},
                "ListCost": Decimal("1.50"),
            }
        )
    )
    shown = capsys.readouterr()

    assert "(no value)" in shown.out
    assert "1.5" in shown.out
    assert "list-cost-missing: FOCUS does not allow null" in shown.err
