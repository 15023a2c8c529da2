"""Rules and shares against what each service must pay, from the text cases in golden/."""

from decimal import Decimal
from pathlib import Path

import pytest
from bills import allocate, bill, by_service
from golden_language import load_case

from warikan.allocate.scratch import Scratch
from warikan.focus.errors import ConfigError

CASES = sorted((Path(__file__).parent / "golden").glob("*.txt"))


@pytest.mark.parametrize("path", CASES, ids=lambda p: p.stem)
def test_case(path: Path, scratch: Scratch) -> None:
    """Every (service, currency) pays exactly what the case says, or the rules are refused as it says."""
    case = load_case(path)
    charges = bill(case.charges)
    if case.error is not None:
        with pytest.raises(ConfigError) as raised:
            allocate(scratch, case.settings(), case.catalog(), charges)
        assert case.error in str(raised.value)
        return

    slices = allocate(scratch, case.settings(), case.catalog(), charges)

    assert {(s, c): a for (s, c, v), a in case.expected.items() if not v} == by_service(slices)
    for (service, currency, values), amount in case.expected.items():
        wanted = {"x_ServiceId": service, "BillingCurrency": currency, **dict(values)}
        rows = [r for r in slices.to_pylist() if wanted.items() <= r.items()]
        assert amount == sum((r["EffectiveCost"] for r in rows), Decimal(0)), wanted
