"""The house rules that no linter holds: sizes, names, and where SQL may stand."""

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "warikan"
FILES = sorted(p for p in SOURCE.rglob("*.py") if "node_modules" not in p.parts)
MOST_LINES = 400
MOST_FUNCTION_LINES = 60
FORBIDDEN_NAMES = {"utils", "common", "helpers", "core", "base", "manager"}


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_one_idea_a_file(path: Path) -> None:
    """No file grows past 400 lines, no function past 60, and no module has a name that says nothing."""
    text = path.read_text(encoding="utf-8")
    long = [
        f"{node.name} ({node.end_lineno - node.lineno + 1} lines)"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > MOST_FUNCTION_LINES
    ]

    assert text.count("\n") <= MOST_LINES
    assert long == []
    assert path.stem not in FORBIDDEN_NAMES


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_public_things_promise(path: Path) -> None:
    """Each module and each public function and class says what it promises."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    silent = [
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]

    assert ast.get_docstring(tree) or not tree.body
    assert silent == []


def test_test_files_have_names_of_their_own() -> None:
    """Pytest imports tests by base name, so two folders never share one (conftest.py aside)."""
    names = [p.name for p in Path(__file__).parent.rglob("*.py") if p.name != "conftest.py"]

    assert sorted(set(names)) == sorted(names)
