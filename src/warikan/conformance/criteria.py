"""What a provider supports: told by the data, or by a person."""

from collections.abc import Collection, Mapping

from warikan.conformance.report import Criterion
from warikan.conformance.rules import RuleBook
from warikan.focus.errors import UsageError

ALL, NONE = "ALL", "NONE"


def decide_criteria(
    book: RuleBook, asked: str | None, filled: Collection[str], *, is_virtual: bool
) -> tuple[Criterion, ...]:
    """
    Each criterion of *book*, and whether it is on.

    Args:
        book: The rules.
        asked: None: as the data shows. ``ALL``, ``NONE``, or names with commas: these alone. Names that all
            begin with ``+`` or ``-`` change what the data shows.
        filled: Columns that have a value in some row: they show what is supported.
        is_virtual: Whether some price is in a currency that no nation has.

    Raises:
        UsageError: a name that is no criterion of this version.
    """
    shown = _shown(book, filled, is_virtual=is_virtual)
    given = _given(book, asked)
    return tuple(Criterion(c, given.get(c, shown[c]), is_given=c in given) for c in book.criteria)


def _shown(book: RuleBook, filled: Collection[str], *, is_virtual: bool) -> Mapping[str, bool]:
    return {
        criterion: any(c in filled for c in columns)
        or (criterion == "VIRTUAL_CURRENCY_SUPPORTED" and is_virtual)
        for criterion, columns in book.shown_by.items()
    }


def _given(book: RuleBook, asked: str | None) -> Mapping[str, bool]:
    if asked is None or not asked.strip():
        return {}
    if asked.strip().upper() in (ALL, NONE):
        return dict.fromkeys(book.criteria, asked.strip().upper() == ALL)
    names = [name.strip() for name in asked.split(",") if name.strip()]
    signed = [name for name in names if name[0] in "+-"]
    if signed and len(signed) != len(names):
        raise UsageError(
            f"criteria {asked!r}: some names have a sign and some have none",
            hint="either name all that are supported, or change what the data shows with + and - on each",
        )
    plain = {name.lstrip("+-").upper(): not name.startswith("-") for name in names}
    unknown = [name for name in plain if name not in book.criteria]
    if unknown:
        raise UsageError(
            f"{', '.join(unknown)}: no criterion of FOCUS {book.version}",
            hint=f"ALL, NONE, or of: {', '.join(book.criteria)}",
        )
    return plain if signed else {c: plain.get(c, False) for c in book.criteria}
