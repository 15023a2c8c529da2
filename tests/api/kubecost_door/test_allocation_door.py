"""The door answers Kubecost's and OpenCost's questions in their shape, as their tools ask them."""

import csv
import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from door_company import ask_of

from own_loop import run_alone
from slice_lake import make_workspace, of_node, other, ran, slice_of
from warikan.bootstrap import Workspace
from warikan.cli.serve import make_app

DAYS = {"window": "2026-11-18,2026-11-21", "accumulate": "true"}


def totals(body: Any, place: int = 0) -> dict[str, float]:
    """Name → total of one set."""
    return {name: item["totalCost"] for name, item in body["data"][place].items()}


def test_namespaces(ask: Any) -> None:
    """Kubecost's first question: three days of the small company, added up by hand."""
    status, body = ask("/allocation", aggregate="namespace", **DAYS)

    assert status == 200
    assert (body["code"], body["status"], len(body["data"])) == (200, "success", 1)
    assert totals(body) == {
        "shop": pytest.approx(3 * (6 + 1.25 + 0.75 + 0.6 + 6)),
        "search": pytest.approx(3 * 4),
        "kube-system": pytest.approx(3 * 1.5),
        "__idle__": pytest.approx(3 * (4 + 2 + 0.75 + 5)),
        "__unallocated__": pytest.approx(3 * (0.4 + 2.4)),
    }
    assert body["warikan"]["totals"] == ["103.95"]
    assert body["warikan"]["currency"] == "USD"


def test_the_parts_of_an_allocation(ask: Any) -> None:
    """Each part is where their clients look for it, and they add up to the total."""
    shop = ask("/allocation", aggregate="namespace", **DAYS)[1]["data"][0]["shop"]

    assert shop["name"] == "shop"
    assert shop["properties"] == {"namespace": "shop"}
    assert shop["window"] == {"start": "2026-11-18T00:00:00Z", "end": "2026-11-21T00:00:00Z"}
    assert (shop["start"], shop["end"], shop["minutes"]) == (*shop["window"].values(), 3 * 1440)
    parts = ("cpu", "gpu", "ram", "pv", "network", "loadBalancer", "shared", "external")
    costs = {part: shop[f"{part}Cost"] for part in parts}
    assert costs == pytest.approx(
        {
            "cpu": 21,
            "gpu": 0,
            "ram": 15,
            "pv": 6,
            "network": 0,
            "loadBalancer": 1.8,
            "shared": 0,
            "external": 0,
        }
    )
    assert Decimal(shop["totalCostExact"]) == Decimal("43.8")
    assert all(shop[f"{part}CostAdjustment"] == 0 for part in ("cpu", "ram", "gpu", "pv", "network"))


def test_without_aggregate_each_container_has_its_full_name(ask: Any) -> None:
    """cluster/node/namespace/pod/container; what runs on no node says so."""
    _, body = ask("/allocation/compute", window=DAYS["window"], includeIdle="true")
    names = set(body["data"][0])

    assert len(body["data"]) == 1
    assert "blue/node-1/shop/web-1/app" in names
    assert "blue/__unallocated__/shop/web-1/__unallocated__" in names
    assert "blue/__unallocated__/shop/shop-unmounted-pvcs/__unmounted__" in names
    assert "__idle__" in names
    item = body["data"][0]["blue/node-1/shop/web-1/app"]
    assert item["properties"] == {
        "cluster": "blue",
        "node": "node-1",
        "namespace": "shop",
        "pod": "web-1",
        "container": "app",
        "controller": "web",
        "controllerKind": "deployment",
        "services": ["shop"],
        "labels": {"team": "sales"},
    }


@pytest.mark.parametrize(
    ("aggregate", "names"),
    [
        ("cluster", {"blue", "green", "__idle__"}),
        ("controllerKind", {"deployment", "statefulset", "__unallocated__", "__idle__"}),
        ("controller", {"deployment:web", "deployment:dns", "statefulset:rank", "__unallocated__"}
            | {"__idle__"}),
        ("deployment", {"web", "dns", "__unallocated__", "__idle__"}),
        ("statefulset", {"rank", "__unallocated__", "__idle__"}),
        ("label:app", {"web", "__unallocated__", "__idle__"}),
        ("label:app.kubernetes.io/name", {"web", "__unallocated__", "__idle__"}),
        ("product", {"web", "__unallocated__", "__idle__"}),
        ("team", {"sales", "finding", "__unallocated__", "__idle__"}),
        ("environment", {"prod", "__unallocated__", "__idle__"}),
        ("service", {"shop", "search", "__unallocated__", "__idle__"}),
        ("cluster,team", {"blue/sales", "green/sales", "blue/finding", "green/finding"}
            | {"blue/__unallocated__", "__idle__"}),
        ("Cluster, NAMESPACE", {"blue/shop", "green/shop", "blue/search", "blue/kube-system"}
            | {"blue/__unallocated__", "__idle__"}),
        ("all", {"all", "__idle__"}),
    ],
)  # fmt: skip
def test_names(ask: Any, aggregate: str, names: set[str]) -> None:
    """As OpenCost names them."""
    status, body = ask("/allocation", aggregate=aggregate, **DAYS)

    assert status == 200
    assert set(body["data"][0]) == names
    assert sum(map(Decimal, body["warikan"]["totals"])) == Decimal("103.95")


def test_a_share_of_ours_is_a_shared_cost_of_its_new_owner(ask: Any) -> None:
    """By owner, idle that warikan.yaml gave away is `sharedCost` where it went; by place it is idle."""
    by_team = ask("/allocation", aggregate="team", **DAYS)[1]["data"][0]
    by_cluster = ask("/allocation", aggregate="cluster", splitIdle="true", **DAYS)[1]["data"][0]

    assert by_team["finding"]["sharedCost"] == 15
    assert by_team["finding"]["totalCost"] == pytest.approx(12 + 15)
    assert by_team["__idle__"]["totalCost"] == 20.25
    assert by_cluster["green/__idle__"]["totalCost"] == 15


def test_days_are_the_default_of_kubecost_and_the_window_that_of_opencost(ask: Any) -> None:
    """And so is idle."""
    said = {"window": "2026-11-18,2026-11-21", "aggregate": "namespace"}
    days = ask("/allocation", **said)[1]
    window = ask("/allocation/compute", **said)[1]

    assert [one["shop"]["window"]["start"][:10] for one in days["data"]] == [
        "2026-11-18", "2026-11-19", "2026-11-20",
    ]  # fmt: skip
    assert all("__idle__" in one for one in days["data"])
    assert len(window["data"]) == 1
    assert "__idle__" not in window["data"][0]
    assert window["warikan"]["leftOut"] == {"idle": ["35.25"]}
    assert "idle is left out" in window["warning"]


def test_model_is_a_prefix(ask: Any) -> None:
    """Kubecost's front end has it, its back end has not."""
    for path in ("/allocation", "/allocation/compute", "/allocation/summary", "/assets"):
        assert ask(f"/model{path}", **DAYS) == ask(path, **DAYS)


def test_summary_and_topline(ask: Any) -> None:
    """Fewer fields, the window beside each set; everything as one."""
    said = {"window": "2026-11-18,2026-11-21", "aggregate": "namespace"}
    data = ask("/model/allocation/summary", **said)[1]["data"]

    assert data["step"] == 86_400_000_000_000
    assert data["window"] == {"start": "2026-11-18T00:00:00Z", "end": "2026-11-21T00:00:00Z"}
    assert [one["window"]["start"][:10] for one in data["sets"]] == ["2026-11-18", "2026-11-19", "2026-11-20"]
    assert data["sets"][0]["allocations"]["search"]["totalCost"] == 4
    top = ask("/model/allocation/summary/topline", **said)[1]["data"]
    assert top["numResults"] == 3 * 5
    assert top["combined"]["allocations"]["total"]["totalCost"] == pytest.approx(103.95)
    assert ask("/allocation/compute/summary", **said)[0] == 200


def test_idle(ask: Any) -> None:
    """Shown, by cluster, by node, left out, or shared."""
    said = {"aggregate": "cluster", **DAYS}

    def idle(**more: str) -> dict[str, float]:
        found = totals(ask("/allocation", **said, **more)[1])
        return {name: cost for name, cost in found.items() if "__idle__" in name}

    assert idle() == {"__idle__": 35.25}
    assert idle(splitIdle="true") == {"blue/__idle__": 20.25, "green/__idle__": 15}
    assert idle(splitIdle="true", idleByNode="true") == {
        "blue/node-1/__idle__": 14.25, "blue/node-2/__idle__": 6, "green/node-9/__idle__": 15,
    }  # fmt: skip
    assert idle(idle="false") == {}
    shared = ask("/allocation", **said, shareIdle="true")[1]
    assert "__idle__" not in shared["data"][0]
    assert shared["data"][0]["blue"]["cpuCostIdle"] == pytest.approx(10.5)
    assert shared["warikan"]["totals"] == ["103.95"]


def test_shared_namespaces_and_overhead(ask: Any) -> None:
    """kube-system and control planes are borne by the others."""
    said = {"aggregate": "namespace", **DAYS}
    _, body = ask("/allocation", **said, shareNamespaces="kube-system", shareTenancyCosts="true")

    assert "kube-system" not in body["data"][0]
    assert totals(body)["__unallocated__"] == pytest.approx(3 * 0.4)
    assert body["data"][0]["shop"]["sharedCost"] + body["data"][0]["search"]["sharedCost"] == pytest.approx(
        11.7
    )
    assert body["warikan"]["totals"] == ["103.95"]
    _, even = ask("/allocation", **said, shareLabels="app:web", shareSplit="even")
    assert even["data"][0]["search"]["sharedCost"] == even["data"][0]["kube-system"]["sharedCost"] == 6


def test_a_cost_that_is_on_no_bill_is_added_and_said(ask: Any) -> None:
    """`shareCost` in a month of 730 hours."""
    _, body = ask("/allocation", aggregate="namespace", shareCost="730", **DAYS)

    assert body["warikan"]["totals"] == ["175.95"]
    assert "on no bill" in body["warning"]


def test_external(ask: Any) -> None:
    """What is of no cluster, by owner and label."""
    for aggregate, name in (("team", "sales"), ("label:app", "web"), ("namespace", "__unallocated__")):
        _, body = ask("/allocation", aggregate=aggregate, external="true", **DAYS)
        assert body["data"][0][name]["externalCost"] == 21
        assert body["warikan"]["totals"] == ["124.95"]


def test_currencies_are_never_added(ask: Any, tmp_path: Path) -> None:
    """One at a time; that there are others is said."""
    said = {"aggregate": "team", "external": "true", **DAYS}
    _, body = ask("/allocation", **said)
    assert "there is also cost in JPY" in body["warning"]
    _, yen = ask("/allocation", currency="JPY", **said)
    assert (yen["warikan"]["currency"], totals(yen)) == ("JPY", {"finding": 2700})
    assert ask("/allocation", currency="EUR", **said) == (
        400, {"code": 400, "status": "error", "message": "nothing is billed in EUR (there is: USD, JPY)"},
    )  # fmt: skip
    euros = make_workspace(
        tmp_path / "w", [ran("2026-11-20", "1", "0", BillingCurrency="EUR")], currency=None
    )
    assert ask_of(euros)("/allocation", window="7d").json()["warikan"]["currency"] == "EUR"


def test_pages(ask: Any) -> None:
    """Largest first; the totals are of everything."""
    said = {"aggregate": "namespace", **DAYS}
    whole = ask("/allocation", **said)[1]
    first = ask("/allocation", limit="2", **said)[1]
    rest = ask("/allocation", offset="2", limit="50", **said)[1]

    assert list(first["data"][0]) == ["shop", "__idle__"]
    assert {**first["data"][0], **rest["data"][0]} == whole["data"][0]
    assert first["warikan"]["totals"] == whole["warikan"]["totals"]
    assert first["warikan"]["results"] == [5]


def test_rates(ask: Any) -> None:
    """costMetric: what an hour, a day or a month of this costs."""
    said = {"aggregate": "namespace", **DAYS}
    daily = totals(ask("/allocation", costMetric="daily", **said)[1])
    monthly = totals(ask("/allocation", costMetric="monthly", **said)[1])

    assert daily["search"] == pytest.approx(4)
    assert monthly["search"] == pytest.approx(4 / 24 * 730)


def test_csv(company: Workspace) -> None:
    """A line for each allocation; a name that a spreadsheet would run is text."""
    response = ask_of(company)("/allocation", aggregate="namespace", format="csv", **DAYS)
    lines = list(csv.DictReader(io.StringIO(response.text)))

    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in response.headers["content-disposition"]
    assert {line["name"] for line in lines} == {
        "shop",
        "search",
        "kube-system",
        "__idle__",
        "__unallocated__",
    }
    assert sum(Decimal(line["totalCostExact"]) for line in lines) == Decimal("103.95")


def test_hostile_names_are_text(tmp_path: Path) -> None:
    """In JSON they are as they are, in CSV they do nothing."""
    name = '=HYPERLINK("http://x")</script>'
    workspace = make_workspace(tmp_path / "w", [ran("2026-11-20", "1", "0", x_Namespace=name)])
    get = ask_of(workspace)

    assert list(
        get("/allocation", window="7d", aggregate="namespace", accumulate="true").json()["data"][0]
    ) == [name]
    assert "'=HYPERLINK" in get("/allocation", window="7d", aggregate="namespace", format="csv").text


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({}, "window: Field required"),
        ({"window": "7x"}, "'7x' is no window; try: today"),
        ({"window": "7d", "aggregate": "namespaces"}, "aggregate='namespaces' is not known"),
        ({"window": "7d", "aggregate": "annotation:a"}, "annotations are not kept"),
        ({"window": "7d", "aggregate": ",".join(f"label:a{i}" for i in range(9))}, "at most 8"),
        ({"window": "7d", "step": "x"}, "step='x' cannot be read"),
        ({"window": "7d", "accumulate": "x"}, "accumulate='x' cannot be read"),
        ({"window": "7d", "shareIdle": "x"}, "shareIdle='x' cannot be read"),
        ({"window": "7d", "shareLabels": "x"}, "shareLabels='x' cannot be read"),
        ({"window": "7d", "shareCost": "x"}, "shareCost: Input should be"),
        ({"window": "7d", "shareCost": "1e30"}, "shareCost: Input should be"),
        ({"window": "7d", "idle": "maybe"}, "idle: Input should be"),
        ({"window": "7d", "limit": "0"}, "limit: Input should be"),
        ({"window": "7d", "format": "pdf"}, "format=pdf is not made here"),
        ({"window": "7d", "filter": 'namespace:"a'}, "filter: this quote is never closed (character 11)"),
        ({"window": "7d", "filterNamespace": "a"}, "there is no filter 'filterNamespace' here"),
        ({"window": ["7d", "8d"]}, "window is given twice"),
        (
            {"window": "7d", "filter": "pod:" + ",".join(f'"{i + 10**15}"' for i in range(190))},
            "at most 4000",
        ),
    ],
)
def test_what_cannot_be_is_400_in_their_shape(ask: Any, said: dict[str, Any], message: str) -> None:
    """With a message that says what to do; never all costs instead of some."""
    status, body = ask("/model/allocation", **said)

    assert status == 400
    assert body["code"] == 400
    assert message in body["message"]


def test_what_changes_nothing_is_said(ask: Any) -> None:
    """Never silently."""
    said = {"resolution": "10m", "reconcile": "false", "sharelb": "true", "shinyNewThing": "1"}
    _, body = ask("/allocation", aggregate="service", **said, **DAYS)

    for text in (
        "resolution: changed nothing",
        "reconcile=false",
        "sharelb",
        "shinyNewThing: not known here",
    ):
        assert text in body["warning"]
        assert any(text in note for note in body["warikan"]["notes"])
    assert "not a Service object" in body["warning"]
    _, body = ask("/allocation", aggregate="team", filter='namespace:"shop"', filterPods="x", **DAYS)
    assert "filterPods: not looked at beside filter" in body["warning"]
    _, body = ask("/allocation", window="1d offset 3d", aggregate="team", step="30m")
    assert "by the hour" in body["warning"]
    assert "the hour in which it starts" in body["warning"]


def test_nothing_yet(tmp_path: Path) -> None:
    """An empty lake has one empty set."""
    get = ask_of(make_workspace(tmp_path / "w", []))

    for path in ("/allocation", "/allocation/summary", "/allocation/summary/topline", "/assets"):
        assert get(path, window="7d", accumulate="true").status_code == 200
    assert get("/allocation", window="7d", accumulate="true").json()["data"] == [{}]
    assert get("/getConfigs").json()["data"] == {"currencyCode": "USD"}


def test_foreign_hosts_are_refused(company: Workspace) -> None:
    """As the rest of the server: no foreign site reads bills through a visitor's browser."""
    transport = httpx.ASGITransport(make_app(company, hosts=("localhost",)))

    async def send() -> httpx.Response:
        async with httpx.AsyncClient(transport=transport, base_url="http://evil.example") as client:
            return await client.get("/allocation", params=DAYS)

    assert run_alone(send).status_code == 400


def test_costs_without_parts_are_not_lost(tmp_path: Path) -> None:
    """A node whose hours nobody knows, a volume of no namespace, a load balancer that serves nothing."""
    unmetered = of_node("2026-11-20", "unmetered", "0", "0")
    unmetered |= {"x_CpuCost": None, "x_MemoryCost": None, "x_GpuCost": None, "EffectiveCost": Decimal(3)}
    rows = [
        unmetered,
        other("2026-11-20", "volume", "unmounted", "2"),
        other("2026-11-20", "load_balancer", "unused", "4", x_Namespace="shop"),
        slice_of("2026-11-20", "100"),
    ]
    get = ask_of(make_workspace(tmp_path / "w", rows))
    body = get("/allocation", window="7d", aggregate="namespace", accumulate="true").json()

    assert totals(body) == {"__unallocated__": 3, "__unmounted__": 2, "shop": 4}
    assert body["data"][0]["__unallocated__"]["sharedCost"] == 3
    assert list(get("/assets", window="7d", aggregate="type", accumulate="true").json()["data"][0]) == [
        "LoadBalancer", "Node", "Disk",
    ]  # fmt: skip


def test_the_description_has_the_door(company: Workspace) -> None:
    """OpenAPI: each address once, every parameter with its name."""
    described = make_app(company).openapi()
    paths = {path for path in described["paths"] if not path.startswith("/api/")}
    names = {p["name"] for p in described["paths"]["/allocation"]["get"]["parameters"]}

    assert paths == {
        "/allocation", "/allocation/compute", "/allocation/summary", "/allocation/summary/topline", "/assets",
    }  # fmt: skip
    assert {"window", "aggregate", "accumulate", "includeIdle", "shareIdle", "filterNamespaces"} <= names
