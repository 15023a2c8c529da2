"""Japanese and English, from the first string."""

import re
from collections.abc import Callable
from gettext import NullTranslations
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest
from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from fastapi import FastAPI
from reviewed_company import begin_review

from own_loop import run_alone
from warikan import web
from warikan.bootstrap import Workspace
from warikan.operate.reviews.sections import question_groups, sections
from warikan.web.routes import not_found_router, router
from warikan.web.texts import LANGUAGES, Texts, choose_language, load_texts

FOLDER = Path(web.__file__).parent
KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]


def extract_ids() -> set[str]:
    """Every text that the page's code and templates ask the catalogues for."""
    found = extract_from_dir(FOLDER, METHODS, {"templates/**.html": {"trimmed": "true"}}, KEYWORDS)
    return {m if isinstance(m, str) else m[0] for _, _, m, _, _ in found}


def load_catalog(lang: str) -> Catalog:
    """The .po file of a language."""
    with (FOLDER / "locale" / lang / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=lang)


def messages(catalog: Catalog) -> dict[str, Message]:
    """English text → message."""
    return {m.id if isinstance(m.id, str) else m.id[0]: m for m in catalog if m.id}


@pytest.mark.parametrize("lang", sorted(LANGUAGES))
def test_the_catalogues_are_up_to_date(lang: str) -> None:
    """Each text is in each catalogue, and nothing else is; babel.cfg says how to update them."""
    assert extract_ids() == set(messages(load_catalog(lang)))


def test_every_text_is_in_japanese() -> None:
    """Nothing is left out, nothing is marked fuzzy."""
    missing = [
        text
        for text, m in messages(load_catalog("ja")).items()
        if m.fuzzy or not (m.string if isinstance(m.string, str) else all(m.string))
    ]

    assert missing == []


def test_translations_keep_their_places() -> None:
    """Whatever is filled into the English text is filled into the Japanese one."""
    place = re.compile(r"%\(\w+\)[sd]|</?\w+>")
    broken = [
        text
        for text, m in messages(load_catalog("ja")).items()
        if set(place.findall(text)) - {"%(num)d", "%(num)s"}
        != set(place.findall(m.string if isinstance(m.string, str) else m.string[0])) - {"%(num)d", "%(num)s"}
    ]

    assert broken == []


@pytest.mark.parametrize(
    ("english", "japanese"),
    [
        ("Allocation", "配賦"),
        ("Unallocated", "未配賦"),
        ("Idle", "遊休"),
        ("Shared", "共有"),
        ("Effective cost", "実効コスト"),
        ("Billed cost", "請求コスト"),
    ],
)
def test_the_glossary_holds(english: str, japanese: str) -> None:
    """Each term of the glossary has one fixed Japanese word (style.md, rule 20)."""
    assert japanese == load_texts("ja").gettext(english)


@pytest.mark.parametrize(
    ("asked", "cookie", "accept", "chosen"),
    [
        ("ja", "en", "en", "ja"),
        (None, "ja", "en", "ja"),
        (None, None, "ja,en;q=0.8", "ja"),
        (None, None, "fr-FR,fr;q=0.9,ja-JP;q=0.8,en;q=0.7", "ja"),
        (None, None, "en;q=0.5,ja;q=0.9", "ja"),
        (None, None, "fr", "en"),
        (None, None, None, "en"),
        ("xx", "yy", ";;q=,,", "en"),
    ],
)
def test_whose_language(asked: str | None, cookie: str | None, accept: str | None, chosen: str) -> None:
    """The address wins, then what was chosen before, then the browser, then English."""
    assert chosen == choose_language(asked, cookie, accept)


class Pseudo(NullTranslations):
    """A language in which every translated text stands in brackets."""

    def gettext(self, message: str) -> str:
        """Bracketed."""
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Bracketed."""
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"


class Untranslated(HTMLParser):
    """Collects what a visitor reads or hears that is in no brackets."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.brackets = 0
        self._skipping: list[str] = []
        self._open = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at the attributes that people get to see."""
        if tag in {"script", "style", "code", "kbd"} or dict(attrs).get("translate") == "no":
            self._skipping.append(tag)
        self.found += [v for k, v in attrs if k in {"aria-label", "placeholder"} and v and "⟦" not in v]

    def handle_endtag(self, tag: str) -> None:
        """Leave what is not translated."""
        if self._skipping and self._skipping[-1] == tag:
            self._skipping.pop()

    def handle_data(self, data: str) -> None:
        """Collect words outside of brackets; markup may cut a bracket in pieces."""
        outside = ""
        for character in data:
            self._open += (character == "⟦") - (character == "⟧")
            outside += character if self._open == 0 and character != "⟧" else " "
        self.brackets += data.count("⟦")
        if not self._skipping:
            self.found += re.findall(r"[A-Za-z][a-z]{2,}[\w' ]*", outside)


KNOWN_DATA = re.compile(
    r"Warikan|Tiny|Sales|Finding|Shop|Search|Platform|Compute|Cluster|Storage|Warehouse|Control plane"
    r"|Instance hours|Queries"
    r"|alert|script|quoted|cloud|shop|search|platform|finding|compute|cluster|prod|UTC|USD|JPY|owner|serves"
    r"|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|nobody|^service$|^tag$"
)
"""What comes from bills, catalogue, rules and errors is not the page's text."""


OF_CLUSTERS = re.compile(
    r"Production|blue|green|production|^old|web|agent|shop|general|node|^vol$|^left$|^gone|^nothing|^xlarge|kube|system|Deployment"
    r"|DaemonSet|CPU|GiB|Storage|m6i|demand|^app$|pod|clusters|USD"
)
"""What comes from clusters, and units."""


def in_brackets(workspace: Workspace) -> Callable[[str], str]:
    """The pages of *workspace* in the language of brackets."""
    texts = Texts("en", Locale.parse("en"), Pseudo())
    app = FastAPI()
    app.include_router(router(workspace, lambda _: texts))
    app.include_router(not_found_router(workspace, lambda _: texts))

    async def send(path: str) -> str:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
            return (await client.get(path, follow_redirects=True)).text

    return lambda path: run_alone(send, path)


@pytest.fixture
def pseudo_page(workspace: Workspace) -> Callable[[str], str]:
    """The pages of costs in the language of brackets."""
    return in_brackets(workspace)


@pytest.fixture
def pseudo_cluster_page(clusters: Workspace) -> Callable[[str], str]:
    """The pages of clusters in the language of brackets."""
    return in_brackets(clusters)


OF_INCIDENTS = re.compile(r"Logging|logs|INC|ANO|SEV|CHG|Ingestion|shop v|warikan|^ci$|^by$|^somebody|^aya")
"""What comes from anomalies, incidents and changes themselves."""


class Labels(Untranslated):
    """Only what names fields, buttons, columns and fold-outs: the rest of a review is what people wrote."""

    NAMES = frozenset({"button", "summary", "label", "th", "dt", "legend", "nav"})

    def __init__(self) -> None:
        super().__init__()
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at attributes, and remember what is open."""
        super().handle_starttag(tag, attrs)
        if tag in self.NAMES:
            self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Leave what is open."""
        super().handle_endtag(tag)
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        """Collect inside of names only."""
        before = len(self.found)
        super().handle_data(data)
        if not self._inside:
            del self.found[before:]


OF_REVIEWS = re.compile(
    r"REV|INC|SEV|Aoki|shop|logs|About|engineer|pool|checked|quota|alert|click|Whole|cloud|team|Sales"
    r"|days \d+ hours|no-limit|^when$|^what$|^source$|https|first|Dec|limit"
)
"""What comes from reviews, budgets and settings."""


@pytest.mark.parametrize(
    "path",
    [
        "/reviews",
        "/reviews?text=zebra",
        "/reviews/REV-1",
        "/reviews/REV-1?edit=sense",
        "/reviews/REV-1/sections/sense/versions",
        "/budgets",
        "/budgets/sales-team",
        "/budgets/sales-team/accuracy",
        "/teams/sales",
    ],
)
def test_nothing_of_reviews_is_left_untranslated(company: Workspace, path: str) -> None:
    """In a language of brackets, every label is in brackets, or is data, or comes in both languages."""
    begin_review(company)
    parser = Labels()
    parser.feed(in_brackets(company)(path))
    known = {section.title["en"] for section in sections().values()}
    known |= {group.title["en"] for group in question_groups()}
    found = [words.strip() for words in parser.found if not KNOWN_DATA.search(words)]

    assert parser.brackets > 5
    assert [w for w in found if not OF_REVIEWS.search(w) and not any(w in title for title in known)] == []


@pytest.mark.parametrize(
    "path",
    [
        "/incidents",
        "/incidents?kind=drift",
        "/anomalies/ANO-1",
        "/incidents/INC-1",
        "/incidents/new",
        "/changes",
    ],
)
def test_nothing_of_incidents_is_left_untranslated(troubled: Workspace, path: str) -> None:
    """In a language of brackets, every word is in brackets, or is data."""
    troubled.operations.incidents.declare_from_anomaly("ANO-1", actor="aya", title="Shop")
    parser = Untranslated()
    parser.feed(in_brackets(troubled)(path))
    known = [words for words in parser.found if not KNOWN_DATA.search(words)]

    assert parser.brackets > 5
    assert [words for words in known if not OF_INCIDENTS.search(words)] == []


@pytest.mark.parametrize(
    "path",
    [
        "/clusters",
        "/clusters?currency=JPY",
        "/clusters?period=2020-01",
        "/clusters/green?pool=general",
        "/clusters/blue?period=7d",
        "/clusters/nobody",
        "/clusters/green/workloads/shop/Deployment/web",
        "/clusters/green/workloads/shop/Deployment/gone",
        "/clusters/logical/production",
        "/clusters/logical/nothing",
    ],
)
def test_nothing_of_clusters_is_left_untranslated(
    pseudo_cluster_page: Callable[[str], str], path: str
) -> None:
    """In a language of brackets, every word is in brackets, or is data or a unit."""
    parser = Untranslated()
    parser.feed(pseudo_cluster_page(path))
    known = [words for words in parser.found if not KNOWN_DATA.search(words)]

    assert parser.brackets > 5
    assert [words for words in known if not OF_CLUSTERS.search(words)] == []


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/?open=sales&by=x_TeamId&by=ServiceName&order=change",
        "/?where=x_TeamId = 'nobody'",
        "/?where=x_TeamId = ",
        "/slices?where=x_TeamId = 'sales'",
        "/slices?where=x_TeamId = 'nobody'",
        "/row?row=sales",
        "/unallocated",
        "/nowhere",
    ],
)
def test_nothing_is_left_untranslated(pseudo_page: Callable[[str], str], path: str) -> None:
    """In a language of brackets, every word a visitor reads or hears is in brackets, or is data."""
    parser = Untranslated()
    parser.feed(pseudo_page(path))

    assert parser.brackets > 5
    assert [words for words in parser.found if not KNOWN_DATA.search(words)] == []
