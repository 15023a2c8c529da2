"""Similar past incidents: what makes two alike is told, and the order of the past never matters."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warikan.operate.learning.similar import LEAST, PastCase, similar
from warikan.operate.reviews.document import FACTOR_KINDS, Factor, FactorKind
from warikan.operate.reviews.facts import IncidentFacts

ONSET = datetime(2026, 11, 5, tzinfo=UTC)
WORDS = ("egress", "bucket", "retry", "費用の急増", "ログ", "2026", "node", "")


def factor(label: str, kind: FactorKind = "tech") -> Factor:
    """A factor found again by *label*."""
    return Factor(f"f-{label}", kind, "It had no limit", label, 1)


labels = st.sampled_from(["no-limit", "No-Limit ", "no-alert", ""])
factors = st.lists(st.builds(factor, labels, st.sampled_from(FACTOR_KINDS)), max_size=3).map(tuple)
texts = st.lists(st.sampled_from(WORDS), max_size=5).map(" ".join)


@st.composite
def past_cases(draw: st.DrawFn) -> PastCase:
    """A case of a few services, SKUs, factors and words; its id is given by whoever draws it."""
    return PastCase(
        IncidentFacts(
            "INC-1",
            draw(texts),
            summary=draw(texts),
            service_id=draw(st.sampled_from([None, "checkout", "search"])),
            onset=draw(st.sampled_from([None, ONSET, ONSET - timedelta(days=40)])),
            provider_services=draw(st.frozensets(st.sampled_from(["Amazon S3", "Amazon EC2"]))),
            skus=draw(st.frozensets(st.sampled_from(["SKU-1", "SKU-2", "SKU-3"]))),
            change_kinds=draw(st.frozensets(st.sampled_from(["deploy", "scale"]))),
        ),
        draw(st.sampled_from([None, "REV-1"])),
        draw(factors),
    )


pasts = st.lists(past_cases(), max_size=8).map(
    lambda cases: [
        replace(case, facts=replace(case.facts, id=f"INC-{i + 2}")) for i, case in enumerate(cases)
    ]
)


def named(case: PastCase, incident_id: str) -> PastCase:
    """*case* as another incident."""
    return replace(case, facts=replace(case.facts, id=incident_id))


@given(past_cases(), pasts, st.randoms())
def test_order_of_the_past_does_not_matter(asked: PastCase, past: list[PastCase], random: Random) -> None:
    """The same past in any order gives the same answer, scores to the last digit."""
    shuffled = list(past)
    random.shuffle(shuffled)

    assert similar(asked, past) == similar(asked, shuffled)


@given(past_cases(), pasts)
def test_scores_are_ratios_that_their_parts_explain(asked: PastCase, past: list[PastCase]) -> None:
    """Every score lies in 0..1, best first, and is the weighted sum of the parts that are shown."""
    found = similar(asked, past, limit=100)

    scores = [one.score for one in found]
    assert scores == sorted(scores, reverse=True)
    for one in found:
        assert LEAST <= one.score <= 1
        assert all(0 <= part.score <= 1 for part in one.parts)
        assert sum(part.weight for part in one.parts) == pytest.approx(1)
        assert sum(part.weight * part.score for part in one.parts) == pytest.approx(one.score)
        assert all(part.score > 0 for part in one.matched)
        assert one.matched


@given(past_cases(), pasts)
def test_nothing_is_more_similar_than_a_copy(asked: PastCase, past: list[PastCase]) -> None:
    """A copy of a case scores 1, so no other case stands above it but as its equal in all that is known."""
    onset = asked.facts.onset and asked.facts.onset - timedelta(days=1)
    copy = named(replace(asked, facts=replace(asked.facts, onset=onset)), "INC-99")
    found = similar(asked, [*past, copy], limit=100)

    copies = [one.score for one in found if one.incident_id == "INC-99"]
    assert copies in ([1.0], []) if not asked.facts.service_id else copies == [1.0]
    assert all(one.score <= 1 for one in found)
    for one in found:
        if one.score == 1 and asked.facts.service_id:
            assert one.case.facts.service_id == asked.facts.service_id


@given(past_cases(), pasts, st.integers(-1, 10))
def test_limit_cuts_the_end_and_the_incident_itself_is_left_out(
    asked: PastCase, past: list[PastCase], limit: int
) -> None:
    """A limit shows the beginning of the whole answer; the incident itself is not in it."""
    whole = similar(asked, past, limit=100)

    found = similar(asked, past, limit=limit)

    assert found == whole[: max(limit, 0)]
    assert "INC-1" not in {one.incident_id for one in similar(asked, [*past, asked], limit=100)}


def test_same_service_and_sku_by_hand() -> None:
    """
    All of the service and one of two SKUs, both named.

    What both have has idf ln 1.2, what one of two has ln 2: common things count less, rare ones more.
    """
    asked = IncidentFacts("INC-9", "", service_id="checkout", skus=frozenset({"SKU-1", "SKU-2"}))
    other = IncidentFacts("INC-3", "", service_id="checkout", skus=frozenset({"SKU-2"}))

    (found,) = similar(asked, [PastCase(other, "REV-2")])

    common, rare = math.log(1.2), math.log(2)
    service, sku = 0.30 * common, 0.15 * (common + rare) / 2
    score = common / (common + rare)
    assert found.score == pytest.approx((service + sku * score) / (service + sku))
    assert (found.incident_id, found.review_id) == ("INC-3", "REV-2")
    assert [(part.name, part.score, part.values) for part in found.matched] == [
        ("service", 1.0, ("checkout",)),
        ("sku", pytest.approx(score), ("SKU-2",)),
    ]


def test_factors_are_found_again_whatever_their_case_and_width() -> None:
    """Labels are compared folded; an incident without a review is not asked for any."""
    asked = PastCase(IncidentFacts("INC-9", "", service_id="a"), "REV-9", (factor("Ｎo-Limit"),))
    past = [PastCase(IncidentFacts("INC-3", "", service_id="b"), "REV-3", (factor("no-limit "),))]

    (found,) = similar(asked, past)

    assert [(part.name, part.values) for part in found.matched] == [
        ("factor_label", ("no-limit",)),
        ("factor_kind", ("tech",)),
    ]
    assert similar(asked.facts, past) == ()


def test_a_common_kind_of_change_alone_is_not_similar() -> None:
    """Everything is deployed: that two were says nothing, as long as anything else is known."""
    facts = IncidentFacts(
        "INC-9",
        "Egress rose",
        service_id="a",
        provider_services=frozenset({"Amazon S3"}),
        skus=frozenset({"SKU-1"}),
        change_kinds=frozenset({"deploy"}),
    )
    other = IncidentFacts("INC-3", "Nodes doubled", service_id="b", change_kinds=frozenset({"deploy"}))

    assert similar(facts, [PastCase(other)]) == ()


@pytest.mark.parametrize(
    ("asked", "told", "words"),
    [
        ("egress of a bucket rose by 400", "The bucket was public: egress", ("bucket", "egress")),
        (
            "ログ取り込みの費用が急増",
            "ログ取り込みを誰も止めなかった",
            ("グ取", "ログ", "取り", "り込", "込み"),
        ),
    ],
)
def test_words_in_common_are_shown(asked: str, told: str, words: tuple[str, ...]) -> None:
    """Summaries are compared in both languages, and the words that both have are named."""
    other = PastCase(IncidentFacts("INC-3", "something else", summary=told))
    strangers = [PastCase(IncidentFacts(f"INC-{i}", "quite another story")) for i in range(4, 9)]

    found = similar(IncidentFacts("INC-9", asked), [*strangers, other])

    assert [one.incident_id for one in found] == ["INC-3"]
    assert set(words) <= set(found[0].matched[0].values)


def test_a_title_made_of_facts_has_no_words() -> None:
    """What it is made of is compared as facts: "costs more since" is in every one of them."""
    title, title_ja = "shop: costs more since 2026-11-05", "shop: 2026-11-05 から費用が増加"
    asked = IncidentFacts("INC-9", title, service_id="shop", title_ja=title_ja)
    past = [PastCase(replace(asked, id="INC-3"))]

    (found,) = similar(asked, past)

    assert [part.name for part in found.matched] == ["service"]


@given(past_cases(), pasts)
def test_only_what_began_before_is_similar(asked: PastCase, past: list[PastCase]) -> None:
    """What came later has taught nobody anything yet."""
    for one in similar(asked, past, limit=100):
        began, until = one.case.facts.onset, asked.facts.onset
        assert began is None or until is None or began < until


def test_the_same_kind_of_change_counts_by_how_rare_it_is() -> None:
    """A deploy that nearly all have says nothing; a price that two of eight have is a reason."""
    kinds = ["deploy"] * 5 + ["price", "config"]
    past = [
        PastCase(IncidentFacts(f"INC-{i}", "", service_id="b", change_kinds=frozenset({kind})))
        for i, kind in enumerate(kinds)
    ]

    def asked(kind: str) -> tuple[str, ...]:
        facts = IncidentFacts("INC-99", "", service_id=None, change_kinds=frozenset({kind}))
        return tuple(one.incident_id for one in similar(facts, past))

    assert (asked("deploy"), asked("price")) == ((), ("INC-5",))


def test_equal_ones_stand_newest_first() -> None:
    """Equal scores are ordered by onset, newest first, unknown last, then by number."""
    facts = IncidentFacts("INC-99", "", service_id="a", excess=Decimal(5))
    onsets = {"INC-10": ONSET, "INC-9": ONSET, "INC-2": ONSET + timedelta(days=1), "INC-1": None}
    past = [PastCase(replace(facts, id=name, onset=onset)) for name, onset in onsets.items()]

    assert [one.incident_id for one in similar(facts, past)] == ["INC-2", "INC-9", "INC-10", "INC-1"]


def test_nothing_known_resembles_nothing() -> None:
    """Without anything to compare, nothing is called similar."""
    assert similar(IncidentFacts("INC-9", ""), [PastCase(IncidentFacts("INC-3", ""))]) == ()
    assert similar(IncidentFacts("INC-9", "x", service_id="a"), []) == ()
