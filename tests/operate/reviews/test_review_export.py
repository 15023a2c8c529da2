"""The document that leaves the house: everything is in it but who it was, and nothing in it runs."""

from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from review_world import START, incident, open_reviews

from warikan.operate.reviews.document import LANGUAGES, Action, Factor, Language, Move, Review, SectionText
from warikan.operate.reviews.export import to_html, to_markdown
from warikan.operate.reviews.sections import sections

HOSTILE = """# Learned
<script>alert(1)</script> <img src=x onerror=alert(1)>
[go](javascript:alert(1)) ![pixel](https://evil.example/p.png) [data]: data:text/html,x
</main></body>

| a | b |
| --- | --- |
| <b>x</b> | `<i>` |

[good](https://example.com/a) [mail](mailto:team@example.com)

```
never closed <!--"""
NAMES = st.text(alphabet="qxzjvQXZ田佐ヴ'*_[&.-é", min_size=3, max_size=12).filter(
    lambda name: sum(c.isalnum() for c in name) >= 3 and name[0].isalnum() and name[-1].isalnum()
)


def review_of(people: tuple[str, ...], text: str = "", *, language: Language = "en") -> Review:
    """A review whose every field has the names of *people* in it."""
    named = " and ".join(people)
    body = text or f"It was {named} who looked. {named}、対応した。 https://example.com/{people[-1]}"
    first, last = people[0], people[-1]
    facts = incident(title=f"Rise seen by {named}", people=people)
    texts = {one: SectionText(one, 2, body, START, last, is_prefilled=False) for one in sections()}
    action = Action(
        "ACT-1",
        "REV-1",
        "prevent",
        f"{named} limit it",
        first,
        START.date(),
        None,
        None,
        None,
        None,
        1,
        is_fixed=False,
    )
    return Review(
        id="REV-1",
        incident_id="INC-1",
        title=facts.title,
        language=language,
        state="in_review",
        lead=last,
        created_at=START,
        created_by=first,
        updated_at=START,
        version=1,
        meeting_at=START + timedelta(days=1),
        soak_until=None,
        soak_skipped="",
        facts=facts,
        sections=texts,
        factors=(Factor("FAC-1", "tech", f"no limit, says {named}", "no-limit", 1),),
        actions=(action, replace(action, id="ACT-2", kind="detect", owner="sales")),
        moves=(Move(START, first, None, "draft", named),),
        calibration=None,
        kept=(),
        missing=(),
        action_days=15,
    )


class Tags(HTMLParser):
    """Every tag and address of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep it."""
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in {"href", "src"}]
        assert not any(name.startswith("on") for name, _ in attrs)


@settings(max_examples=60, deadline=None)
@given(st.lists(NAMES, min_size=1, max_size=3, unique_by=str.casefold), st.sampled_from(LANGUAGES))
def test_nobody_is_named(people: list[str], language: Language) -> None:
    """Whatever they are called, wherever they stand."""
    review = review_of(tuple(people))
    for text in (to_markdown(review, language), to_html(review, language)):
        assert not [name for name in people if name in text]


def test_the_same_person_is_the_same_role_and_teams_stay() -> None:
    """Spelt otherwise it is still the same one; a word that has a name in it is a word."""
    review = review_of(
        ("Hanako Tanaka", "田中", "ann"), "hanako.tanaka planned it; 田中さんと ANN; ann@x.example"
    )
    told = to_markdown(review, "en", teams=("sales",))

    assert "responder 1 planned it; responder 2さんと responder 3; responder 3" in told
    assert "owner: responder 1" in told
    assert "owner: sales" in told
    assert "対応者1 planned it" in to_markdown(review, "ja")


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_is_in_it(language: Language) -> None:
    """All sections, figures, factors, actions, state; in both languages."""
    review = review_of(("Hanako",), language=language)
    for text in (to_markdown(review), to_html(review)):
        assert all(section.title[language] in text for section in sections().values())
        assert "1,234.56 USD" in text
        assert "no-limit" in text
        assert "2026-11-23" in text
        assert {"en": "in review", "ja": "レビュー中"}[language] in text


def test_hostile_text_stays_text() -> None:
    """No tag, picture or address of its own; sections after it are still sections."""
    review = review_of(("Hanako",), HOSTILE)
    page, told = Tags(to_html(review)), to_markdown(review)

    assert not page.tags & {"script", "img", "b", "i", "iframe"}
    assert {link.split(":")[0] for link in page.links} == {"https", "mailto"}
    assert to_html(review).count("<h2>") == len(sections())
    assert "<script" not in told
    assert "[go\\](javascript:" in told
    assert "### Learned" in told


def test_from_a_real_review(tmp_path: Path) -> None:
    """As it begins: filled in, in both forms."""
    with open_reviews(tmp_path) as reviews:
        begun = reviews.begin("INC-1", actor="Hanako Tanaka", language="ja")
        told, page = reviews.markdown(begun.id), reviews.html(begun.id, language="en")

    assert "Release 4.2" in told
    assert "Tanaka" not in told + page
    assert page.startswith("<!doctype html>")
