"""Errors carry what a surface needs: an exit code, a hint, a place."""

import inspect

import pytest

from warikan.focus import errors
from warikan.focus.errors import FilterError, WarikanError


def _all_errors() -> list[type[WarikanError]]:
    found = [c for _, c in inspect.getmembers(errors, inspect.isclass)]
    return [c for c in found if issubclass(c, WarikanError)]


def test_the_tree_on_top_names_every_error() -> None:
    """Whoever adds an error draws it in the tree."""
    assert errors.__doc__ is not None
    assert all(c.__name__ in errors.__doc__ for c in _all_errors())


@pytest.mark.parametrize("error", _all_errors(), ids=lambda e: e.__name__)
def test_exit_codes_are_those_of_the_command_line(error: type[WarikanError]) -> None:
    """1 a check failed, 2 usage, 3 data."""
    expected = {"UsageError": 2, "DataError": 3, "LakeError": 3, "StateError": 3}
    code = next((expected[b.__name__] for b in error.__mro__ if b.__name__ in expected), 1)

    assert code == error.exit_code


def test_a_hint_says_what_to_do_next() -> None:
    """The hint is apart from the message, for surfaces that show it apart."""
    error = errors.UsageError("nothing is allocated", hint="warikan allocate")

    assert (error.message, error.hint) == ("nothing is allocated", "warikan allocate")


@pytest.mark.parametrize(
    ("text", "position", "shown"),
    [
        ("a = b c", 6, "  a = b c\n        ^"),
        ("a =\n b", 5, "  a =  b\n       ^"),
        ("名前 = x", 5, "  名前 = x\n         ^"),
        ("", 0, "  \n  ^"),
        ("x" * 200, 150, "  …" + "x" * 100 + "…\n" + " " * 63 + "^"),
    ],
)
def test_a_filter_error_points_at_the_character(text: str, position: int, shown: str) -> None:
    """The caret stands under the character: over line breaks, wide letters and long texts."""
    error = FilterError("no", text=text, position=position)

    assert f"no\n{shown}" == error.message
    assert error.reason == "no"
    assert (error.text, error.position) == (text, position)
