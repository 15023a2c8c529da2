"""The API in a currency of display: beside what is billed, with each rate."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from own_loop import run_alone
from rated_company import SHOWN, make_rated
from warikan import api


@pytest.fixture(scope="module")
def rated(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., tuple[int, Any]]:
    """Asks the API of the company with rates."""
    workspace = make_rated(tmp_path_factory.mktemp("rated") / "company")
    workspace.operations.currencies.freeze_final()
    app = FastAPI(openapi_url="/api/v1/openapi.json")
    api.install(app, workspace)

    def get(path: str, params: dict[str, Any] | None = None) -> tuple[int, Any]:
        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                return await client.get(f"/api/v1{path}", params=params)

        response = run_alone(send)
        return response.status_code, response.json()

    return get


def test_converted_beside_billed(rated: Callable[..., tuple[int, Any]]) -> None:
    """The originals do not change; rows add up to the total, and so do the months at their rates."""
    status, plain = rated("/cost", {"by": "x_TeamId", "compare": "previous"})
    _, both = rated("/cost", {"by": "x_TeamId", "compare": "previous", "in": "JPY"})
    display = both.pop("display")

    assert status == 200
    assert both == plain
    (result,) = display["results"]
    assert (result["currency"], result["total"], result["previous"]) == ("JPY", *SHOWN.values())
    assert sum(Decimal(row["cost"]) for row in result["rows"]) == Decimal(result["total"])
    rates = display["rates"]
    assert sum(Decimal(rate["shown"]["EffectiveCost"]) for rate in rates) == Decimal(result["total"])
    assert [(r["currency"], r["month"], r["rate"], r["frozen"]) for r in rates if r["currency"] == "USD"] == [
        ("USD", "2026-09", "150", True),
        ("USD", "2026-10", "151", True),
        ("USD", "2026-11", "153", False),
    ]
    assert display["without_rate"] == []


def test_rates_of_months(rated: Callable[..., tuple[int, Any]]) -> None:
    """As `warikan currencies` lists them."""
    _, answer = rated("/currencies", {"in": "USD"})

    assert answer["rows"][0] == {
        "month": "2026-11",
        "currency": "JPY",
        "to": "USD",
        "rate": "0.006535947712418",
        "source": "rates.csv: average of 2 days to 2026-11-20",
        "state": "open",
    }
    assert [row["state"] for row in answer["rows"]] == ["open", "frozen", "frozen"]


@pytest.mark.parametrize(("wish", "status"), [("XYZ", 400), ("", 422), ("a b", 422), ("x" * 65, 422)])
def test_currencies_that_cannot_be_shown(
    rated: Callable[..., tuple[int, Any]], wish: str, status: int
) -> None:
    """Refused with what there is."""
    for path in ("/cost", "/currencies"):
        found, answer = rated(path, {"in": wish})

        assert found == status
        assert answer["error"]["message"]


def test_lower_case_is_the_same_currency(rated: Callable[..., tuple[int, Any]]) -> None:
    """The answer has the name that the rates have."""
    assert rated("/cost", {"in": "jpy"}) == rated("/cost", {"in": "JPY"})
    assert rated("/currencies", {"in": "usd"}) == rated("/currencies", {"in": "USD"})


def test_the_description_has_it(rated: Callable[..., tuple[int, Any]]) -> None:
    """`in` is a parameter of the cost route, and the answer's shape is told."""
    _, openapi = rated("/openapi.json")
    names = [p["name"] for p in openapi["paths"]["/api/v1/cost"]["get"]["parameters"]]

    assert "in" in names
    assert "DisplayModel" in openapi["components"]["schemas"]
