"""The API: the command line's questions as JSON, exact, bounded, and never a traceback."""

from decimal import Decimal
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from own_loop import run_alone
from tiny_company import HOSTILE
from warikan.bootstrap import Workspace
from warikan.engine.query import Query


def test_cost_has_the_documented_shape(ask: Any) -> None:
    """Metric, period, freshness, and one result for each currency, money as text (architecture.md)."""
    status, body = ask("/cost", by="x_TeamId")

    assert status == 200
    assert body["metric"] == "EffectiveCost"
    assert body["period"] == {"start": "2026-10-22T00:00:00Z", "end": "2026-11-21T00:00:00Z"}
    assert [s["source_id"] for s in body["freshness"]["sources"]] == ["cloud", "warehouse"]
    assert body["freshness"]["estimated_months"] == ["2026-11"]
    assert [(r["currency"], r["total"]) for r in body["results"]] == [("USD", "615"), ("JPY", "27000")]
    assert body["results"][0]["rows"] == [
        {"x_TeamId": "sales", "cost": "405"},
        {"x_TeamId": "finding", "cost": "165"},
        {"x_TeamId": None, "cost": "45"},
    ]


def test_rows_add_up_to_the_total(ask: Any) -> None:
    """Whatever is grouped by, exactly."""
    for by in (["x_ServiceId"], ["ServiceName", "x_AllocationClass"], ["ChargeDescription"]):
        for result in ask("/cost", by=by, period="all")[1]["results"]:
            assert Decimal(result["total"]) == sum(Decimal(row["cost"]) for row in result["rows"])


def test_several_metrics(ask: Any) -> None:
    """Each row and total has all of them; ``cost`` is the first."""
    _, body = ask("/cost", metric=["BilledCost", "ListCost"], last="7d", currency="USD")
    result = body["results"][0]

    assert body["metrics"] == ["BilledCost", "ListCost"]
    assert result["totals"] == result["rows"][0]["costs"] == {"BilledCost": "143.5", "ListCost": "143.5"}
    assert result["total"] == result["rows"][0]["cost"] == "143.5"


def test_comparison(ask: Any) -> None:
    """Previous, difference and ratio, on rows and totals."""
    _, body = ask("/cost", by="x_ServiceId", compare="previous", order="change", currency="USD")
    result = body["results"][0]

    assert body["previous_period"]["start"] == "2026-09-22T00:00:00Z"
    assert (result["previous"], result["delta"]) == ("555", "60")
    assert {k: v for k, v in result["rows"][0].items() if k != "ratio"} == {
        "x_ServiceId": "shop",
        "cost": "405",
        "previous": "345",
        "delta": "60",
    }
    assert result["ratio"] == pytest.approx(60 / 555)


def test_time(ask: Any) -> None:
    """With granularity every row says when it begins."""
    _, body = ask("/cost", granularity="day", last="7d", currency="JPY")

    assert [(r["period_start"], r["cost"]) for r in body["results"][0]["rows"]][:1] == [
        ("2026-11-14T00:00:00Z", "900")
    ]


def test_filters_are_those_of_the_command_line(ask: Any, workspace: Workspace) -> None:
    """The same text, the same answer."""
    where = "x_TeamId = 'sales' AND Tags['service'] <> 'shop'"
    (answer,) = workspace.ask(Query(where=where)).answers

    assert ask("/cost", where=where)[1]["results"][0]["total"] == "45"
    assert Decimal(45) == answer.totals["EffectiveCost"]


def test_dimensions_and_values(ask: Any) -> None:
    """What can be grouped by, and what occurs."""
    dimensions = ask("/dimensions")[1]["dimensions"]
    values = ask("/dimensions/x_TeamId/values", search="SAL")[1]["values"]

    assert {"x_TeamId", "ServiceName"} <= {d["id"] for d in dimensions}
    assert [(v["value"], v["costs"]) for v in values] == [("sales", {"USD": "405"})]


def test_a_number_opens_down_to_its_row(ask: Any) -> None:
    """Cell → slices → charge; the slices add up to it."""
    _, cell = ask("/explain", where="x_AllocationClass = 'shared'", limit=1)
    (one,) = cell["slices"]
    status, charge = ask(
        "/explain/charge", source_id=one["source_id"], month=one["month"], charge_key=one["charge_key"]
    )

    assert status == 200
    assert "bills/cloud.csv" in charge["file"]
    assert charge["rule"]["id"] == "by-service-tag"
    assert charge["adds_up"]
    assert Decimal(3) == sum(Decimal(s["costs"]["EffectiveCost"]) for s in charge["slices"])


def test_text_from_a_bill_stays_as_it_is(ask: Any) -> None:
    """JSON carries any text; only pages must escape."""
    _, body = ask("/cost", by="ChargeDescription", where="x_TeamId IS NULL")

    assert body["results"][0]["rows"][0]["ChargeDescription"] == HOSTILE


def test_loads_and_health(ask: Any) -> None:
    """What was taken in, and how far it reaches."""
    rows = ask("/loads")[1]["rows"]

    assert {"bills/cloud.csv", "bills/warehouse.csv"} == {r["x_SourceFile"] for r in rows}
    assert ask("/health")[1]["status"] == "ok"


@pytest.mark.parametrize(
    ("path", "params", "status", "code"),
    [
        ("/cost", {"where": "x_TeamId ="}, 400, "filter_error"),
        ("/cost", {"by": "Teem"}, 400, "unknown_column"),
        ("/cost", {"period": "someday"}, 400, "period_error"),
        ("/cost", {"period": "all", "last": "7d"}, 400, "usage_error"),
        ("/cost", {"metric": "Cost"}, 422, "invalid_parameter"),
        ("/cost", {"top": 1001}, 422, "invalid_parameter"),
        ("/cost", {"where": "x" * 4001}, 422, "invalid_parameter"),
        ("/dimensions/x_TeamId/values", {"limit": 0}, 422, "invalid_parameter"),
        ("/dimensions/Nothing/values", {}, 400, "unknown_column"),
        ("/explain/charge", {"source_id": "x", "month": "2026-10-01", "charge_key": 1}, 404, "not_found"),
        ("/nothing", {}, 404, "not_found"),
        ("/cost", {"wheer": "x_TeamId = 'sales'"}, 422, "unknown_parameter"),
        ("/dimensions", {"limit": 1}, 422, "unknown_parameter"),
        ("/dimensions/x_TeamId/values", {"serach": "s"}, 422, "unknown_parameter"),
        ("/explain", {"top": 1}, 422, "unknown_parameter"),
        ("/loads", {"page": 1}, 422, "unknown_parameter"),
        ("/health", {"verbose": 1}, 422, "unknown_parameter"),
        ("/cost", {"currency": "ZZZ"}, 400, "usage_error"),
        ("/explain", {"currency": "ZZZ"}, 400, "usage_error"),
    ],
)
def test_problems(ask: Any, path: str, params: dict[str, Any], status: int, code: str) -> None:
    """Every error has one shape: a code, a sentence, a request to name; no traceback."""
    found, body = ask(path, **params)

    assert (status, code) == (found, body["error"]["code"])
    assert body["error"]["message"]
    assert body["error"]["request_id"]
    assert "Traceback" not in str(body)


def test_a_filter_error_points(ask: Any) -> None:
    """With the character where it went wrong."""
    assert 11 <= ask("/cost", where="x_TeamId = AND")[1]["error"]["position"] <= 14


def test_a_misspelt_parameter_is_named(ask: Any) -> None:
    """With the one that was meant; nothing is answered without the filter that was asked for."""
    error = ask("/cost", wheer="x_TeamId = 'sales'")[1]["error"]

    assert "'wheer'" in error["message"]
    assert "did you mean where?" in error["hint"]


def test_a_currency_that_nothing_is_billed_in(ask: Any) -> None:
    """Says which there are; one that only this filter lacks is an empty answer."""
    assert ask("/cost", currency="ZZZ")[1]["error"]["hint"] == "there is: USD, JPY"
    status, body = ask("/cost", currency="JPY", where="x_TeamId = 'sales'")
    assert (status, body["results"]) == (200, [])


def test_another_method(app: FastAPI) -> None:
    """405 with the method that is answered, in the shape of all errors; an unknown path stays a 404."""

    async def send(path: str) -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
            return await client.post(path)

    answer = run_alone(send, "/api/v1/cost?anything=1")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
    assert answer.json()["error"]["request_id"]
    assert run_alone(send, "/api/v1/nothing").status_code == 404


def test_openapi_tells_the_truth(app: FastAPI, ask: Any) -> None:
    """Every path is documented with its answer and errors; the answers have the members it names."""
    document = app.openapi()
    model = document["components"]["schemas"]["CostModel"]

    assert {f"/api/v1{p}" for p in ("/cost", "/dimensions", "/explain", "/loads", "/health")} <= set(
        document["paths"]
    )
    assert set(model["required"]) <= set(ask("/cost")[1])
    for methods in document["paths"].values():
        for operation in methods.values():
            answers = set(operation["responses"])
            assert {"400", "422", "500"} <= answers
            assert any(status.startswith("2") for status in answers)
            assert operation["description"]
