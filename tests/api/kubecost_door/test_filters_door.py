"""Kubecost's filters, v2 and v1, find what Kubecost finds; whatever is sent is a value or an error."""

import contextlib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slice_lake import make_workspace, ran
from warikan.api.kubecost.fields import ALLOCATION_FIELDS, ASSET_FIELDS
from warikan.api.kubecost.filters import MAX_LENGTH, parse_filter
from warikan.api.kubecost.filters_v1 import ALLOCATION_FILTERS, ASSET_FILTERS, join_conditions, parse_filters
from warikan.bootstrap import Workspace
from warikan.engine.query import Query
from warikan.focus.errors import FilterError, UsageError

NAMESPACES = ["shop", "shop-eu", "search", "kube-system", "o'hare", "ｼｮｯﾌﾟ", 'say "hi"', None]
APPS = ["web", "web_2", "api", "100%", None]
KINDS = ["Deployment", "StatefulSet", "CronJob", None]
ROWS = [
    {"x_Namespace": space, "app": app, "x_WorkloadKind": kind, "cost": Decimal(1) / 8 * 2**i}
    for i, (space, app, kind) in enumerate(
        (space, APPS[(i + j) % 5], KINDS[(i + 2 * j) % 4])
        for i, space in enumerate(NAMESPACES)
        for j in (0, 1)
    )
]
"""Costs are powers of two: a sum says which rows are in it."""


@pytest.fixture(scope="module")
def spaces(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """One slice for each of ROWS."""
    slices = [
        ran("2026-11-01", str(row["cost"]), "0", x_Namespace=row["x_Namespace"])
        | {"x_WorkloadKind": row["x_WorkloadKind"], "x_Labels": [("app", row["app"])] if row["app"] else []}
        for row in ROWS
    ]
    return make_workspace(tmp_path_factory.mktemp("spaces") / "w", slices)


def found(workspace: Workspace, where: str | None) -> Decimal:
    """The cost that our filter *where* finds."""
    answers = workspace.ask(Query(where=where, period="2026-11-01")).answers
    return answers[0].totals["EffectiveCost"] if answers else Decimal(0)


def expected(holds: Any) -> Decimal:
    """The cost of the rows that *holds* is true of."""
    return sum((row["cost"] for row in ROWS if holds(row)), Decimal(0))


OPERATORS = {
    ":": lambda have, value: have == value,
    "~:": lambda have, value: value in have,
    "<~:": lambda have, value: have.startswith(value),
    "~>:": lambda have, value: have.endswith(value),
}
FIELDS = {"namespace": "x_Namespace", "label[app]": "app", "controllerKind": "x_WorkloadKind"}
words = st.sampled_from([s for s in (*NAMESPACES, *APPS) if s and '"' not in s] + ["sh", "e", "web_", "zz"])
"""No value of their language can have a double quote."""


@st.composite
def comparisons(draw: st.DrawFn) -> tuple[str, Any]:
    """A comparison as text, and what it means."""
    name = draw(st.sampled_from(list(FIELDS)))
    sign = draw(st.sampled_from(list(OPERATORS)))
    negative = draw(st.booleans())
    values = draw(st.lists(words, min_size=1, max_size=3))
    if name == "controllerKind":
        sign, values = ":", draw(st.lists(st.sampled_from(["deployment", "CRONJOB", "job"]), min_size=1))
    if sign in {"~:", "~>:"}:
        values = [v.replace("_", "").replace("%", "") for v in values]
    text = f"{name}{'!' * negative}{sign}" + ",".join(f'"{v}"' for v in values)

    def holds(row: Mapping[str, Any]) -> bool:
        have = row[FIELDS[name]]
        if name == "controllerKind":
            hit = have is not None and have.lower() in [v.lower() for v in values]
        else:
            hit = have is not None and any(OPERATORS[sign](have, v) for v in values)
        return hit != negative

    return text, holds


def groups(inner: st.SearchStrategy[tuple[str, Any]]) -> st.SearchStrategy[tuple[str, Any]]:
    """Several joined by + or |, in parentheses."""

    def join(parts: list[tuple[str, Any]], sign: str) -> tuple[str, Any]:
        every = all if sign in {"+", " "} else any
        text = sign.join(f"({t})" for t, _ in parts)
        return text, lambda row: every(holds(row) for _, holds in parts)

    return st.builds(join, st.lists(inner, min_size=1, max_size=3), st.sampled_from(["+", "|", " "]))


filters = st.recursive(comparisons(), groups, max_leaves=6)


@settings(max_examples=80)
@given(filters)
def test_a_filter_finds_what_it_means(spaces: Workspace, one: tuple[str, Any]) -> None:
    """Any nesting of the eight operators; what is not so has no value or another one."""
    text, holds = one
    where = join_conditions([parse_filter(text, ALLOCATION_FIELDS)])

    assert found(spaces, where) == expected(holds)


@settings(max_examples=40)
@given(comparisons())
def test_a_filter_and_its_opposite_divide_everything(spaces: Workspace, one: tuple[str, Any]) -> None:
    """``:`` and ``!:``, and so on: nothing is in both or in neither."""
    text, _ = one
    # The operator is what stands before the first colon; no field has a "!" in its name.
    plain = text.replace("!", "", 1) if "!" in text.split(":")[0] else text
    name, value = plain.split(":", 1)
    sign = next((s for s in ("<~", "~>", "~") if name.endswith(s)), "")
    opposite = f"{name.removesuffix(sign)}!{sign}:{value}"
    parts = [found(spaces, join_conditions([parse_filter(t, ALLOCATION_FIELDS)])) for t in (plain, opposite)]

    assert sum(parts) == expected(lambda _: True)


@given(st.text(alphabet="namespclbt[]\"':!~<>+|(),- \\%_;*/\0あ", max_size=60))
def test_any_text_is_a_filter_or_an_error(text: str) -> None:
    """Never another exception, in no time."""
    for fields in (ALLOCATION_FIELDS, ASSET_FIELDS):
        with contextlib.suppress(UsageError):
            parse_filter(text, fields)


@settings(max_examples=40)
@given(st.text(max_size=20).filter(lambda t: '"' not in t and "\0" not in t))
def test_values_are_values(spaces: Workspace, value: str) -> None:
    """No value is more than a value: what nothing is equal to finds nothing."""
    where = join_conditions([parse_filter(f'namespace:"{value}"', ALLOCATION_FIELDS)])

    assert found(spaces, where) == expected(lambda row: row["x_Namespace"] == value)


@pytest.mark.parametrize(
    "value", ["' OR '1'='1", "x'); DROP TABLE allocations; --", "\\' OR 1=1", "*/ OR TRUE /*", "$$", "{}"]
)
def test_injections_find_nothing(spaces: Workspace, value: str) -> None:
    """In values, keys, and v1."""
    where = join_conditions([parse_filter(f'namespace:"{value}"', ALLOCATION_FIELDS)])
    assert found(spaces, where) == 0
    where = join_conditions([parse_filter(f'label[{value}]:"web"', ALLOCATION_FIELDS)])
    assert found(spaces, where) == 0
    given = {"filterNamespaces": value.replace(",", "")}
    where = join_conditions([parse_filters(given, ALLOCATION_FILTERS, ALLOCATION_FIELDS)])
    assert found(spaces, where) == 0


@pytest.mark.parametrize(
    ("text", "ours"),
    [
        ('namespace: "kubecost"', "x_Namespace = 'kubecost'"),
        ("namespace:kubecost", "x_Namespace = 'kubecost'"),
        ('(namespace:"a")', "x_Namespace = 'a'"),
        ('((namespace:"a"))', "x_Namespace = 'a'"),
        ('namespace:"a" cluster:"b"', "x_Namespace = 'a' AND x_ClusterId = 'b'"),
        (
            'namespace:"a"+\r\nnode!:"b","c"',
            "x_Namespace = 'a' AND NOT (x_Node = 'b') AND NOT (x_Node = 'c')",
        ),
        ('(node:"a"|node:"b")+pod:"c"', "(x_Node = 'a' OR x_Node = 'b') AND x_Pod = 'c'"),
        ('label[app]:"a"', "x_Labels['app'] = 'a'"),
        ('label:"app"', "x_Labels['app'] IS NOT NULL"),
        ('namespace:"__unallocated__"', "x_Namespace IS NULL"),
        ('team:"a"', "x_TeamId = 'a'"),
        ('namespace<~:"ab"', "x_Namespace >= 'ab' AND x_Namespace < 'ac'"),
        ("  ", None),
    ],
)
def test_a_filter_reads_as_ours(text: str, ours: str | None) -> None:
    """One language becomes the other."""
    assert join_conditions([parse_filter(text, ALLOCATION_FIELDS)]) == ours


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("()", "a field is expected"),
        ('namespace.:"a"', "no field 'namespace.'"),
        ('(namespace:"a"))', "not expected"),
        ('((namespace:"a")', "not closed"),
        ('namespace:"a" | services~:"b" + cluster:"c"', "mixed"),
        ('namespace:"a" + services~:"b" | cluster:"c"', "mixed"),
        ('namespace:"a', "never closed"),
        ("namespace:", "value in double quotes"),
        ('namespace"a"', "operator is expected"),
        ('annotation[a]:"b"', "annotations are not kept"),
        ('label[]:"b"', "no key of a label"),
        ('label<~:"a"', "as a whole"),
        ('namespace[x]:"a"', "no field"),
        ('pod~:"a_b"', "cannot have % or _"),
        ('pod~>:"%"', "cannot have % or _"),
        ("(" * 50 + 'pod:"a"' + ")" * 50, "deeper"),
        ("pod:" + ",".join(['"a"'] * 500), "more than 200 values"),
        ('pod:"' + "a" * MAX_LENGTH + '"', "at most 4000"),
        ('pod:"a\0"', "NUL"),
        ('pod:"a" "b"', "expected here"),
    ],
)
def test_a_bad_filter_says_what_is_wrong(text: str, message: str) -> None:
    """OpenCost's own failing cases, and ours."""
    with pytest.raises(UsageError) as raised:
        parse_filter(text, ALLOCATION_FIELDS)

    assert message in (raised.value.reason if isinstance(raised.value, FilterError) else raised.value.message)


@pytest.mark.parametrize(
    ("given", "ours"),
    [
        ({"filterNamespaces": "a"}, "x_Namespace = 'a'"),
        ({"filterNamespaces": "a, b*"}, "x_Namespace = 'a' OR x_Namespace >= 'b' AND x_Namespace < 'c'"),
        ({"filterNamespaces": "", "filterClusters": "c"}, "x_ClusterId = 'c'"),
        ({"filterControllers": "web"}, "x_Workload = 'web'"),
        ({"filterControllers": "deployment:web"}, "x_WorkloadKind ILIKE 'deployment' AND x_Workload = 'web'"),
        ({"filterLabels": "app:web"}, "x_Labels['app'] = 'web'"),
        ({"filterTeams": "a", "filterEnvironments": "b"}, "x_Environment = 'b' AND x_TeamId = 'a'"),
        ({}, None),
    ],
)
def test_filters_v1(given: dict[str, str | None], ours: str | None) -> None:
    """Any of a parameter's values, and every parameter."""
    assert join_conditions([parse_filters(given, ALLOCATION_FILTERS, ALLOCATION_FIELDS)]) == ours


@pytest.mark.parametrize(
    "given",
    [
        {"filterLabels": "app"},
        {"filterLabels": "a:b:c"},
        {"filterAnnotations": "a:b"},
        {"filterPods": "a," * 300},
        {"filterPods": "a" * 5000},
    ],
)
def test_bad_filters_v1(given: dict[str, str | None]) -> None:
    """Said, and not ignored as opencost does."""
    with pytest.raises(UsageError):
        parse_filters(given, ALLOCATION_FILTERS, ALLOCATION_FIELDS)


@pytest.mark.parametrize(
    ("text", "ours"),
    [
        ('assetType:"node"', "x_ClusterAsset = 'node'"),
        ('assetType:"Disk","x"', "x_ClusterAsset = 'volume' OR FALSE"),
        ('category:"Network"', "x_ClusterAsset IN ('load_balancer', 'network')"),
        ('provider:"GCP"', "ProviderName IN ('Google Cloud', 'Google Cloud Platform', 'Google')"),
        ('provider:"Hetzner"', "ProviderName = 'Hetzner'"),
        ('label[team]:"a"', "Tags['team'] = 'a'"),
    ],
)
def test_filters_of_assets(text: str, ours: str) -> None:
    """Types and categories are ours under their names."""
    assert join_conditions([parse_filter(text, ASSET_FIELDS)]) == ours


def test_types_v1() -> None:
    """What `kubectl cost node` asks."""
    given = {"filterTypes": "Node"}
    assert join_conditions([parse_filters(given, ASSET_FILTERS, ASSET_FIELDS)]) == "x_ClusterAsset = 'node'"


def test_keys_of_labels_are_found_as_prometheus_writes_them(tmp_path: Path) -> None:
    """kube-state-metrics shows app.kubernetes.io/name with underscores; people ask for what they wrote."""
    rows = [
        ran("2026-11-01", "1", "0", x_Labels=[("app_kubernetes_io_name", "web")]),
        ran("2026-11-01", "2", "0", x_Labels=[("app.kubernetes.io/name", "web")]),
        ran("2026-11-01", "4", "0", x_Labels=[("app.kubernetes.io/name", "api")]),
    ]
    workspace = make_workspace(tmp_path / "w", rows)

    def sum_of(text: str) -> Decimal:
        return found(workspace, join_conditions([parse_filter(text, ALLOCATION_FIELDS)]))

    assert sum_of('label[app.kubernetes.io/name]:"web"') == 3
    assert sum_of('label[app_kubernetes_io_name]:"web"') == 1
    assert sum_of('label[app.kubernetes.io/name]!:"web"') == 4
