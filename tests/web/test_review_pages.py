"""The pages of reviews over HTTP: what they show, what they take, and that nothing typed is lost."""

import re
from collections.abc import Callable, Iterator
from html import unescape

import httpx
import pytest
from reviewed_company import BLAMING, begin_review

from warikan.bootstrap import Workspace

ONE = "/reviews/REV-1"


@pytest.fixture
def client(company: Workspace, serve: Callable[[Workspace], str]) -> Iterator[httpx.Client]:
    """A visitor of our own pages who is called Aoki; every form leads on to its page."""
    own = {"sec-fetch-site": "same-origin"}
    with httpx.Client(base_url=serve(company), headers=own, follow_redirects=True, timeout=60) as asking:
        asking.cookies.set("warikan_name", "Aoki")
        yield asking


@pytest.fixture
def review(company: Workspace) -> str:
    """A review that was begun."""
    return begin_review(company).id


def text_of(response: httpx.Response) -> str:
    """What a visitor reads."""
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.text)))


def test_without_reviews_the_page_teaches(client: httpx.Client) -> None:
    """What a review is, and how to begin the first one, of the incident that has none."""
    page = client.get("/reviews")

    assert page.status_code == 200
    assert "never for culprits" in text_of(page)
    assert 'value="INC-1"' in page.text


def test_beginning_a_review(client: httpx.Client, company: Workspace) -> None:
    """The form leads to the new review, by the name of who sent it; again it is the same one."""
    for _ in range(2):
        answer = client.post("/reviews", data={"incident": "INC-1", "language": "ja"}, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, ONE)

    made = company.operations.reviews.get("REV-1")
    assert (made.language, made.created_by) == ("ja", "Aoki")
    assert client.post("/reviews", data={"incident": "INC-9"}).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/sections/sense",
        "/sections/sense/keep",
        "/factors",
        "/actions",
        "/state",
        "/meeting",
        "/calibration",
    ],
)
def test_other_sites_cannot_write(client: httpx.Client, company: Workspace, review: str, path: str) -> None:
    """A form on a page of another site changes nothing, in whatever browser it is sent."""
    before = company.operations.reviews.get(review)
    data = {"incident": "INC-1", "text": "x", "version": "1", "kind": "tech", "state": "in_review"}
    data |= {"sentence": "x", "reason": "x"}
    address = f"{ONE}{path}" if path else "/reviews"
    answer = client.post(address, data=data, headers={"sec-fetch-site": "cross-site"}, follow_redirects=False)

    assert answer.status_code == 403
    assert before == company.operations.reviews.get(review)


def test_hostile_text_is_text(client: httpx.Client, review: str) -> None:
    """Markup that somebody wrote is read, not run; links lead nowhere; no script may run."""
    page = client.get(f"/reviews/{review}")
    shown = page.text[page.text.index('id="expected"') :]

    assert "&lt;img src=x onerror=alert(1)&gt;" in shown
    assert "<img" not in page.text
    assert "<script>" not in page.text
    assert 'href="javascript' not in page.text
    assert "script-src 'self'" in page.headers["content-security-policy"]


def test_saving_a_section(client: httpx.Client, company: Workspace, review: str) -> None:
    """It is saved as its next version, and the visitor is back at the section."""
    answer = client.post(
        f"{ONE}/sections/learning",
        data={"text": "Logs\r\ncost money.", "version": "1"},
        follow_redirects=False,
    )

    assert (303, f"{ONE}#learning") == (answer.status_code, answer.headers["location"])
    saved = company.operations.reviews.get(review).sections["learning"]
    assert (saved.text, saved.version, saved.updated_by) == ("Logs\ncost money.", 2, "Aoki")


def test_figures_stay_in_sight(client: httpx.Client, company: Workspace, review: str) -> None:
    """Who writes over the figures keeps their words; the figures as they are now stand below, only then."""
    assert "Figures from the bill:" not in client.get(ONE).text

    company.operations.reviews.edit(review, "impact", "It cost a lot.", version=1, actor="Aoki")

    page = client.get(ONE).text
    for said in ("It cost a lot.", "Figures from the bill:", "Above what was expected"):
        assert said in page


def test_a_preview_saves_nothing(client: httpx.Client, company: Workspace, review: str) -> None:
    """It shows the text as it will look, with its marks, in a field that still has it."""
    before = company.operations.reviews.get(review)
    typed = "**Bold.** The engineer forgot to look."
    page = client.post(f"{ONE}/sections/learning", data={"text": typed, "version": "1", "do": "preview"})

    assert page.status_code == 200
    assert "<strong>Bold.</strong>" in page.text
    assert f">\n{typed}</textarea>" in page.text
    assert 'class="blame"' in page.text
    assert before == company.operations.reviews.get(review)


def test_two_edits_of_the_same_line(client: httpx.Client, company: Workspace, review: str) -> None:
    """The later one gets both texts side by side and a merge to save; nothing typed is lost."""
    reviews = company.operations.reviews
    reviews.edit(review, "learning", "theirs\nsame", version=1, actor="Sato")
    page = client.post(f"{ONE}/sections/learning", data={"text": "mine\nsame", "version": "1"})

    assert page.status_code == 409
    said = text_of(page)
    assert "nothing is lost" in said
    assert "Saved meanwhile by Sato" in said
    field = re.search(r'<textarea id="text-learning"[^>]*>\n(.*?)</textarea>', page.text, re.DOTALL)
    assert field is not None
    assert {"mine", "theirs"} <= set(unescape(field[1]).split("\n"))
    seen = re.search(r'sections/learning".*?name="version" value="(\d+)"', page.text, re.DOTALL)
    assert seen is not None
    assert seen[1] == "2"

    client.post(f"{ONE}/sections/learning", data={"text": "mine and theirs\nsame", "version": seen[1]})
    assert reviews.get(review).sections["learning"].text == "mine and theirs\nsame"


def test_edits_of_other_lines_are_put_together(client: httpx.Client, company: Workspace, review: str) -> None:
    """Two who touch different lines do not notice each other."""
    reviews = company.operations.reviews
    reviews.edit(review, "learning", "one\ntwo\nthree", version=1, actor="Sato")
    reviews.edit(review, "learning", "ONE\ntwo\nthree", version=2, actor="Sato")
    client.post(f"{ONE}/sections/learning", data={"text": "one\ntwo\nTHREE", "version": "2"})

    assert reviews.get(review).sections["learning"].text == "ONE\ntwo\nTHREE"


def test_blame_is_pointed_out_and_may_stay(client: httpx.Client, company: Workspace, review: str) -> None:
    """Each sentence is underlined and listed with other words for it; "keep, because" takes the mark away."""
    page = client.get(f"/reviews/{review}")
    said = text_of(page)

    assert page.text.count('class="blame"') == 2
    assert "Only a thought" in said
    assert said.count("Perhaps rather:") == 2

    sentence = BLAMING.split(". ")[0] + "."
    client.post(f"{ONE}/sections/sense/keep", data={"sentence": sentence, "reason": "they asked for it"})
    page = client.get(f"/reviews/{review}")
    assert page.text.count('class="blame"') == 1
    assert "because: they asked for it" in text_of(page)
    assert company.operations.reviews.get(review).sections["sense"].text == BLAMING


def test_what_is_missing_is_listed_and_refused(client: httpx.Client, company: Workspace, review: str) -> None:
    """The page says what closing needs; moving on too early shows why, in the visitor's language."""
    said = text_of(client.get(f"/reviews/{review}?lang=ja"))
    assert "「技術」とは別の種類の要因があと1つ" in said
    assert "「学んだこと」にまだ人の言葉がありません" in said

    client.post(f"{ONE}/state", data={"state": "in_review", "version": str(_version(company))})
    answer = client.post(f"{ONE}/state", data={"state": "reviewed", "version": str(_version(company))})
    assert answer.status_code == 400
    assert "対応は、事前資料または会議のあと数日おいてから決めます" in text_of(answer)
    assert company.operations.reviews.get(review).state == "in_review"


def test_the_way_to_closed(client: httpx.Client, company: Workspace, review: str) -> None:
    """Every step by forms alone: words, factors, the end of the rest, and the states."""
    for section in ("impact", "went_well", "detection", "learning"):
        client.post(f"{ONE}/sections/{section}", data={"text": "What we know now.", "version": "1"})
    client.post(f"{ONE}/factors", data={"kind": "signals", "text": "Nobody sees it", "label": ""})
    client.post(f"{ONE}/state", data={"state": "in_review", "version": str(_version(company))})
    client.post(f"{ONE}/calibration")
    client.post(f"{ONE}/soak", data={"reason": "it is small", "version": str(_version(company))})
    for state in ("reviewed", "closed"):
        client.post(f"{ONE}/state", data={"state": state, "version": str(_version(company))})

    found = company.operations.reviews.get(review)
    assert (found.state, found.missing) == ("closed", ())
    page = client.get(f"/reviews/{review}")
    assert 'sections/learning"' not in page.text
    assert "it is small" in text_of(page)


def test_an_action_that_is_not_taken_keeps_its_fields(
    client: httpx.Client, company: Workspace, review: str
) -> None:
    """A day or an amount that cannot be read is said; the form has what was typed."""
    told = {"text": "Tell the owner", "kind": "detect", "owner": "Sato", "due": "soon", "money": "12,5x"}
    page = client.post(f"{ONE}/actions", data=told)

    assert page.status_code == 400
    assert "Tell the owner</textarea>" in page.text
    assert 'value="Sato"' in page.text
    assert len(company.operations.reviews.get(review).actions) == 1

    client.post(f"{ONE}/actions", data=told | {"due": "2026-12-05", "money": "1,200.50"})
    made = company.operations.reviews.get(review).actions[-1]
    assert (
        made.text,
        made.kind,
        str(made.due),
        str(made.money_at_risk),
    ) == ("Tell the owner", "detect", "2026-12-05", "1200.50")


def test_an_action_is_done_once(client: httpx.Client, company: Workspace, review: str) -> None:
    """Done says who saw which version; the second of two is told."""
    action = company.operations.reviews.get(review).actions[0]
    address = f"{ONE}/actions/{action.id}/done"

    assert client.post(address, data={"version": str(action.version)}).status_code == 200
    assert client.post(address, data={"version": str(action.version)}).status_code == 409
    assert company.operations.reviews.get(review).actions[0].done_at is not None


def test_versions_and_the_way_back(client: httpx.Client, company: Workspace, review: str) -> None:
    """Each version is shown against the one before, and can be made the text again."""
    company.operations.reviews.edit(review, "sense", "Other words.", version=2, actor="Sato")
    page = client.get(f"{ONE}/sections/sense/versions")
    assert "<del>The engineer forgot" in page.text
    assert "<ins>Other words.</ins>" in page.text

    client.post(f"{ONE}/sections/sense/restore", data={"restored": "2", "version": "3"})
    found = company.operations.reviews.get(review).sections["sense"]
    assert (found.text, found.version) == (BLAMING, 4)
    assert client.get(f"{ONE}/sections/sense/versions?version=99").status_code == 404


@pytest.mark.parametrize(("form", "kind"), [("markdown", "text/markdown"), ("html", "text/html")])
def test_exports_are_files(client: httpx.Client, review: str, form: str, kind: str) -> None:
    """They are saved, not shown, and name roles."""
    answer = client.get(f"/reviews/{review}/export?form={form}")

    assert answer.headers["content-type"].startswith(kind)
    assert answer.headers["content-disposition"].startswith("attachment")
    assert "Aoki" not in answer.text


def test_search_marks_what_it_found(client: httpx.Client, review: str) -> None:
    """Words are found in what was written, and stand out; what was looked for is shown as text."""
    page = client.get("/reviews", params={"text": "quota"})
    assert review in page.text
    assert "<mark>quota</mark>" in page.text

    page = client.get("/reviews", params={"text": "<script>nothing</script>"})
    assert "<script>nothing" not in page.text


def test_the_list_can_be_narrowed(client: httpx.Client, review: str) -> None:
    """State and team are in the address; an unknown state is a mistake of the address."""
    assert f"/reviews/{review}" in client.get("/reviews?state=draft&team=sales").text
    assert f"/reviews/{review}" not in client.get("/reviews?state=closed").text
    assert f"/reviews/{review}" not in client.get("/reviews?team=finding").text
    assert client.get("/reviews?state=lost").status_code == 400


@pytest.mark.parametrize("path", ["/reviews/REV-9", "/reviews/x", f"{ONE}/sections/nothing/versions"])
def test_what_is_not_there(client: httpx.Client, review: str, path: str) -> None:
    """An address that nothing has."""
    assert client.get(path).status_code == 404


def _version(company: Workspace) -> int:
    return company.operations.reviews.get("REV-1").version
