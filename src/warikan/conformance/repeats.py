"""
Rules that fail and say nothing that another failed rule does not say.

The model asks many things twice: once of a column, and again of all columns of a kind (DateTimeFormat), or of
both columns of a product. A person reads each of them once.
"""

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass

from warikan.conformance.forms import Form, columns_of
from warikan.conformance.report import RuleResult
from warikan.conformance.rules import RuleBook

_LEVELS = {"must": 0, "should": 1, "may": 2}
_ABOUT_NULLS = ("null", "not_null", "or", "pairs", "distinct", "consistent")
"""Forms that a null value may break; all others speak of rows where their columns have one."""
_ABOUT_ALL_ROWS = ("distinct", "consistent")
"""Forms that fewer rows may break where more do not."""


@dataclass(frozen=True)
class _Said:
    """A rule that was evaluated: *asks* of the rows that meet all of *where*; *order* is that of telling."""

    id: str
    asks: tuple[Form, ...]
    where: frozenset[Form]
    is_failed: bool
    order: tuple[int, int]

    def rows_for(self, form: Form) -> frozenset[Form]:
        """On which rows it asks *form*, as far as these can break it."""
        if form[0] in _ABOUT_NULLS:
            return self.where
        return self.where - {("not_null", column) for column in columns_of(form)}

    def tells(self, form: Form, other: "_Said") -> bool:
        """Whether each row that breaks *form* in *other* breaks this rule, and this one is read first."""
        if self.asks != (form,) or self.id == other.id or self.order[0] > other.order[0]:
            return False
        mine, its = self.rows_for(form), other.rows_for(form)
        if mine == its:
            return len(other.asks) > 1 or self.order < other.order
        return mine < its and form[0] not in _ABOUT_ALL_ROWS


def find_repeats(
    book: RuleBook, results: Mapping[str, RuleResult], columns: Container[str]
) -> dict[str, tuple[str, ...]]:
    """
    Failed rule → the failed rules, of its level or above, that say all that it says.

    Each row that breaks the one breaks one of the others. Those are no repeats themselves.

    Args:
        columns: Those that the bill has.
    """
    said = list(_evaluated(book, results, columns))
    by_form: dict[Form, list[_Said]] = {}
    for one in said:
        if len(one.asks) == 1:
            by_form.setdefault(one.asks[0], []).append(one)
    repeats: dict[str, tuple[str, ...]] = {}
    # Who may tell comes before whom it tells of: of one column, asked of more rows, of a higher level.
    for one in sorted(said, key=lambda s: (len(s.asks) > 1, len(s.rows_for(s.asks[0])), s.order)):
        if not one.is_failed:
            continue
        tellers = []
        for form in one.asks:
            able = (t for t in by_form.get(form, ()) if t.id not in repeats and t.tells(form, one))
            tellers.append(min(able, key=lambda t: (not t.is_failed, t.order), default=None))
        names = dict.fromkeys(t.id for t in tellers if t is not None and t.is_failed)
        if names and None not in tellers:
            repeats[one.id] = tuple(names)
    return repeats


def _evaluated(book: RuleBook, results: Mapping[str, RuleResult], columns: Container[str]) -> Iterator[_Said]:
    for place, (rule_id, result) in enumerate(results.items()):
        form = result.rule.requirement
        if form is None or not result.is_leaf or result.outcome not in ("passed", "failed"):
            continue
        asks = tuple(dict.fromkeys(_single(form, columns)))
        if not asks:
            continue
        where = frozenset(_all(book.asked[rule_id].condition))
        order = (_LEVELS[result.rule.level], place)
        yield _Said(rule_id, asks, where, result.outcome == "failed", order)


def _single(form: Form, columns: Container[str]) -> Iterator[Form]:
    """What *form* asks, one thing after the other; of ``each`` only what columns are there for."""
    head, *rest = form
    if head in ("and", "each"):
        for inner in rest:
            if head == "and" or all(c in columns for c in columns_of(inner)):
                yield from _single(inner, columns)
    elif head == "decimal":
        yield ("format", *rest, "numeric")  # predicates.py asks both the same
    else:
        yield form


def _all(condition: Form | None) -> Iterable[Form]:
    """What must hold together for *condition* to hold."""
    if condition is None:
        return
    if condition[0] == "and":
        for inner in condition[1:]:
            yield from _all(inner)
    else:
        yield condition
