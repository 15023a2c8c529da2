"""What the engine says is said in both languages."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import warikan
from warikan.web.said import translate
from warikan.web.texts import load_texts

ROOT = Path(warikan.__file__).parent
SPOKEN = ("engine/tokens.py", "engine/reading.py", "engine/filter.py", "engine/column.py", "focus/period.py")
"""Where the errors of the filter, of columns and of the period are raised."""
SPEAKERS = {"_fail", "_error", "FilterError", "UnknownColumn", "PeriodError"}
JAPANESE = load_texts("ja")


def said_in(path: Path) -> Iterator[str]:
    """Every sentence that *path* raises, with X1, X2, ... for what is filled in."""
    for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(call, ast.Call):
            continue
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if name in SPEAKERS:
            yield from (filled(argument) for argument in call.args if is_sentence(argument))


def is_sentence(argument: ast.expr) -> bool:
    """Whether it is text with words of its own."""
    return isinstance(argument, ast.JoinedStr) or (
        isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    )


def filled(text: ast.expr) -> str:
    """*text* as it might read."""
    parts = text.values if isinstance(text, ast.JoinedStr) else [text]
    return "".join(str(p.value) if isinstance(p, ast.Constant) else f"X{i}" for i, p in enumerate(parts))


@pytest.mark.parametrize("path", SPOKEN)
def test_every_error_has_a_japanese_sentence(path: str) -> None:
    """A new sentence of the engine needs its line in web/said.py and in the catalogues."""
    spoken = set(said_in(ROOT / path))
    # What SQLGlot expects comes in its own words: "expecting ) here".
    variable = {"X0X1 here", "X0 is X2: write 'X4' in quotes", "X0\nX2"}

    assert [text for text in spoken - variable if translate(text, JAPANESE) == text] == []


@pytest.mark.parametrize(
    ("english", "japanese"),
    [
        ("something is missing here", "ここに何かが足りません"),
        ("there is no column 'Team'", "'Team' という列はありません"),
        ("expecting ) here", "ここには ) が必要です"),
        (
            "x_TeamId is text: write '5' in quotes",
            "x_TeamId は文字列です。'5' のように引用符で囲んでください",
        ),
        (
            "'x' is not a period; try: 2026-09-01..2026-10-01 (end exclusive), all",
            "'x' は期間として読めません。例: 2026-09-01..2026-10-01 (終わりの日は含まない), all",
        ),
        ("did you mean ServiceName?", "ServiceName ですか?"),
        ("did you mean A or B?", "A または B ですか?"),
        ("LIKE reads text, and BilledCost is number", "LIKEは文字列にだけ使えますが、BilledCost は数値です"),
        ("a sentence of another day", "a sentence of another day"),
    ],
)
def test_a_sentence(english: str, japanese: str) -> None:
    """What was filled in stays; what is not known stays whole; English stays English."""
    assert japanese == translate(english, JAPANESE)
    assert english == translate(english, load_texts("en"))


def test_what_a_visitor_typed_is_not_a_format() -> None:
    """Percent signs and a very long sentence do no harm."""
    assert translate("there is no column '%(x)s %d'", JAPANESE) == "'%(x)s %d' という列はありません"
    assert translate("there is no column " + "x" * 5000, JAPANESE).startswith("there is no column x")
