"""Every title that incidents write into a timeline is said in Japanese, on its page and in its review."""

import ast
from collections.abc import Iterator
from pathlib import Path

import warikan
from warikan.operate.budgets.budget import BURN_LEVELS
from warikan.operate.incidents.moving import _SAID
from warikan.operate.reviews.happened import told_in
from warikan.web.said import translate
from warikan.web.texts import load_texts

FOLDER = Path(warikan.__file__).parent / "operate" / "incidents"
PLACES = {"Line": 3, "_line": 2, "_say": 2}
"""Which argument of these is the title."""
SAMPLES = {".id": "ANO-1", ".kind": "spike", ".end": "2026-11-05", "level": "high", "budget": "shop"}


def titles() -> Iterator[str]:
    """Every title with words of its own, its places filled."""
    for path in sorted(FOLDER.glob("*.py")):
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef):
                for text in texts_of(function):
                    yield from filled(text)
    yield from _SAID.values()


def texts_of(function: ast.FunctionDef) -> Iterator[ast.expr]:
    """What *function* gives as a title, itself or by a name."""
    for call in ast.walk(function):
        if not isinstance(call, ast.Call):
            continue
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if name not in PLACES or len(call.args) <= PLACES[name]:
            continue
        given = call.args[PLACES[name]]
        for one in ast.walk(function):
            if isinstance(one, ast.Assign) and ast.unparse(one.targets[0]) == ast.unparse(given):
                yield from parts_of(one.value)
        yield from parts_of(given)


def parts_of(value: ast.expr) -> Iterator[ast.expr]:
    """The texts that *value* may be."""
    if isinstance(value, ast.IfExp):
        yield from (value.body, value.orelse)
    elif isinstance(value, ast.JoinedStr) or (isinstance(value, ast.Constant) and value.value):
        yield value


def filled(text: ast.expr) -> Iterator[str]:
    """*text* as it might read, once for each level of a burn; nothing for what is only signs and values."""
    parts = text.values if isinstance(text, ast.JoinedStr) else [text]
    if not any(isinstance(p, ast.Constant) and any(c.isalpha() for c in str(p.value)) for p in parts):
        return
    for level in BURN_LEVELS:
        yield "".join(
            str(p.value) if isinstance(p, ast.Constant) else sample(ast.unparse(p), level) for p in parts
        )


def sample(place: str, level: str) -> str:
    """What might stand in *place*."""
    if "worst" in place:
        return level.replace("_", " ")
    return next((value for name, value in SAMPLES.items() if name in place), "X")


def test_every_title_is_said_in_japanese() -> None:
    """A new title needs its line in web/incidents/said.py and in operate/reviews/happened.py."""
    found, japanese = set(titles()), load_texts("ja")

    assert {"Declared", "Contained by the bill", "Ticket: X"} <= found
    assert {"ANO-1 ended", "Budget shop: forecast over"} <= found
    assert sorted(title for title in found if translate(title, japanese) == title) == []
    assert sorted(title for title in found if told_in(title, "ja") == title) == []
