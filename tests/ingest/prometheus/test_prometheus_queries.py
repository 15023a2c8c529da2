"""How questions are cut: every value once, none too large, no name of a stranger in one."""

import re
from dataclasses import replace
from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warikan.focus.errors import UsageError
from warikan.ingest.sources.prometheus.families import list_metrics
from warikan.ingest.sources.prometheus.queries import Query, cluster_matchers, plan

NAME = "container_cpu_usage_seconds_total"


def asks_for(query: Query, namespace: str, pod: str) -> bool:
    """Whether PromQL would give this question the series (its own matchers on container aside)."""
    for matcher in query.matchers[1:]:
        found = re.fullmatch(r'(namespace|pod)(=~|!~)"(.*)"', matcher)
        assert found, matcher
        value = namespace if found[1] == "namespace" else pod
        if (re.fullmatch(found[3], value) is not None) != (found[2] == "=~"):
            return False
    return True


@given(
    counts=st.dictionaries(
        st.one_of(st.from_regex(r"[a-z][a-z0-9-]{0,8}[a-z0-9]", fullmatch=True), st.text(max_size=12)),
        st.integers(1, 5000),
        min_size=1,
        max_size=8,
    ),
    hours=st.integers(1, 6),
    most=st.integers(100, 100_000),
)
def test_each_value_is_asked_for_once(counts: dict[str, int], hours: int, most: int) -> None:
    """Whatever the names: each series in each minute is in exactly one question."""
    end = hours * 3600
    queries = list(
        plan(list_metrics(), {(NAME, space): n for space, n in counts.items()}, (), 0, end, 60, most)
    )

    for space, pod in product(counts, ["web-a", "web-9", "web-"]):
        spans = sorted((q.start, q.end) for q in queries if asks_for(q, space, pod))
        assert spans[0][0] == 0
        assert spans[-1][1] == end
        assert all(a[1] == b[0] for a, b in pairwise(spans))
    assert all(q.expected <= most or q.end - q.start == 60 for q in queries)


@given(name=st.text(max_size=30).filter(lambda s: not re.fullmatch(r"[a-z0-9-]*", s)))
def test_no_name_of_a_stranger(name: str) -> None:
    """A namespace that Kubernetes would not allow never stands in a question."""
    queries = list(plan(list_metrics(), {(NAME, name): 5000, (NAME, "shop"): 5000}, (), 0, 3600, 60, 1000))

    plain = re.compile(r'(container!="",container!="POD"|namespace[=!]~"shop"|pod[=!]~"\.\*\[[a-z0-9]+\]")')
    assert all(plain.fullmatch(m) for q in queries for m in q.matchers)


def test_the_text_of_a_question() -> None:
    """A range query of what was really scraped in each step."""
    (query,) = plan(
        list_metrics(),
        {("kube_pod_info", "shop"): 3},
        cluster_matchers({"cluster": 'a"b'}),
        0,
        3600,
        60,
        1000,
    )

    assert query.text == 'last_over_time(kube_pod_info{cluster="a\\"b"}[60s])'
    assert query.parameters["start"] == "60"
    assert query.parameters["end"] == "3600"
    closed = replace(query, has_both_ends=True)
    assert closed.text == 'last_over_time(kube_pod_info{cluster="a\\"b"}[59999ms])'
    left, right = query.halves() or (None, None)
    assert left is not None
    assert right is not None
    assert (left.start, left.end, right.start, right.end) == (0, 1800, 1800, 3600)


def test_a_label_that_is_none() -> None:
    """A name of a label is checked, since it cannot be quoted."""
    with pytest.raises(UsageError):
        cluster_matchers({'x="y"}': "z"})
