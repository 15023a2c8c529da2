"""Whatever is grouped, cut, shown or shared: the sets add up to what the lake says, to the last digit."""

from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from slice_lake import NOW
from warikan.api.kubecost.parameters import AllocationParameters
from warikan.api.kubecost.question import KUBECOST, OPENCOST, Question, read_question
from warikan.api.kubecost.sets import Found, ask_allocations
from warikan.bootstrap import Workspace
from warikan.engine.query import Query

KEYS = [
    "cluster",
    "node",
    "namespace",
    "controllerKind",
    "controller",
    "deployment",
    "statefulset",
    "job",
    "pod",
]
KEYS += ["container", "label:app", "team", "service", "environment", "department", "product", "providerID"]
FILTERS = [None, 'namespace:"shop"', 'cluster:"green"|team:"finding"', 'label[app]!:"web"+node!:"node-2"']
aggregates = st.sampled_from([None, "all"]) | st.lists(st.sampled_from(KEYS), min_size=1, max_size=3).map(
    ",".join
)
flags = st.sampled_from([None, True, False])
shares = st.fixed_dictionaries(
    {},
    optional={
        "shareIdle": st.sampled_from(["true", "weighted", "even", "false"]),
        "shareNamespaces": st.sampled_from(["kube-system", "shop,search", "nowhere"]),
        "shareLabels": st.sampled_from(["app:web", "app:none"]),
        "shareTenancyCosts": flags,
        "shareSplit": st.sampled_from(["weighted", "even"]),
        "idleByNode": flags,
    },
)
shown = st.fixed_dictionaries(
    {"aggregate": aggregates},
    optional={"idle": flags, "splitIdle": flags, "external": flags, "filter": st.sampled_from(FILTERS)},
)
cuts = st.sampled_from(
    [
        {"accumulate": "true"},
        {"step": "1d"},
        {"step": "7h"},
        {"accumulate": "hour"},
        {"accumulate": "week"},
        {},
    ]
)
windows = st.sampled_from(
    ["7d", "lastweek", "2026-11-18,2026-11-20", "36h offset 30h", "2026-01-01,2026-02-01"]
)


def read(**said: Any) -> Question:
    """What *said* asks."""
    parameters = AllocationParameters.model_validate({k: v for k, v in said.items() if v is not None})
    return read_question(parameters, OPENCOST if said.get("step") else KUBECOST, now=NOW)


def ask(workspace: Workspace, **said: Any) -> Found:
    """The sets that *said* asks for."""
    return ask_allocations(workspace, read(**said))


def sum_of(found: Found) -> Decimal:
    """All that is shown."""
    return sum((one.total for one in found.sets), Decimal(0))


def left_out(found: Found, why: str) -> Decimal:
    """All that is not, for one reason."""
    return sum((one.left_out.get(why, Decimal(0)) for one in found.sets), Decimal(0))


def asked_of_us(workspace: Workspace, found: Found, *, external: bool, where: str | None) -> Decimal:
    """The same cost, asked in our words."""
    window = found.periods[0].start, found.periods[-1].end
    conditions = ["TRUE"] if external else ["x_ClusterId IS NOT NULL"]
    query = Query(
        where=" AND ".join([*conditions, *([f"({where})"] if where else [])]),
        period=f"{window[0].isoformat()}..{window[1].isoformat()}",
        currency="USD",
    )
    return sum((one.totals["EffectiveCost"] for one in workspace.ask(query).answers), Decimal(0))


WHERE = {
    None: None,
    FILTERS[1]: "x_Namespace = 'shop'",
    FILTERS[2]: "x_ClusterId = 'green' OR x_TeamId = 'finding'",
    FILTERS[3]: "x_Labels['app'] <> 'web' AND x_Node <> 'node-2'",
}


@settings(max_examples=30)
@given(windows, shown, shares, cuts)
def test_every_question_is_conserved(
    company: Workspace, window: str, show: dict[str, Any], share: dict[str, Any], cut: dict[str, Any]
) -> None:
    """P8, P9, P10 and pains 17: shown + idle left out (+ what the filter leaves out) = the bill."""
    found = ask(company, window=window, **show, **share, **cut)
    where, external = show.get("filter"), bool(show.get("external"))
    is_shared = where is not None and read(window=window, **show, **share, **cut).shares
    expected = asked_of_us(company, found, external=external, where=None if is_shared else WHERE[where])
    if is_shared and external and where is not None:
        outside = asked_of_us(
            company, found, external=True, where=f"x_ClusterId IS NULL AND ({WHERE[where]})"
        )
        expected = asked_of_us(company, found, external=False, where=None) + outside

    assert sum_of(found) + left_out(found, "idle") + left_out(found, "filter") == expected


@settings(max_examples=10)
@given(shown, shares)
def test_days_weeks_and_the_whole_agree(
    company: Workspace, show: dict[str, Any], share: dict[str, Any]
) -> None:
    """Pains 17: name by name, to the last digit, also where something is shared."""
    whole = ask(company, window="7d", accumulate="true", **show, **share)
    for cut in ({"step": "1d"}, {"accumulate": "week"}):
        idle = {"idle": show["idle"] if show.get("idle") is not None else True}
        parts = ask(company, window="7d", **cut, **{**show, **idle}, **share)
        sums: dict[str, Decimal] = {}
        for one in parts.sets:
            for item in one.items:
                sums[item.name] = sums.get(item.name, Decimal(0)) + item.costs.total
        assert sums == {item.name: item.costs.total for item in whole.sets[0].items}


@settings(max_examples=8)
@given(shown, st.sampled_from([{"step": "5h"}, {"accumulate": "hour"}]))
def test_hours_add_up_to_the_whole(company: Workspace, show: dict[str, Any], cut: dict[str, Any]) -> None:
    """Name by name, where nothing is shared."""
    idle = {"idle": show.get("idle") is not False}
    whole = ask(company, window="4d", accumulate="true", **{**show, **idle})
    parts = ask(company, window="4d", **cut, **{**show, **idle})
    sums: dict[str, Decimal] = {}
    for one in parts.sets:
        for item in one.items:
            sums[item.name] = sums.get(item.name, Decimal(0)) + item.costs.total
    assert sums == {item.name: item.costs.total for item in whole.sets[0].items}


@settings(max_examples=12)
@given(aggregates, shares, st.just(FILTERS[1]))
def test_a_filtered_allocation_is_as_it_is_unfiltered(
    company: Workspace, aggregate: str | None, share: dict[str, Any], text: str
) -> None:
    """What somebody bears of shared cost does not depend on who else is looked at."""
    keys = f"namespace,{(aggregate or '').replace('all', 'pod') or 'cluster,pod'}"
    said = {"window": "7d", "accumulate": "true", "aggregate": keys, **share}
    alone = ask(company, filter=text, **said)
    among = {item.name: item.costs for item in ask(company, **said).sets[0].items}

    assert alone.sets[0].items or "shop" in share.get("shareNamespaces", "")
    assert all(among[item.name] == item.costs for item in alone.sets[0].items)
