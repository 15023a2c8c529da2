"""
The forms in which a rule's requirement and condition are written: nested tuples, a name first.

``("null", "Tags")``, ``("is", "ChargeCategory", "Tax")``, ``("and", form, form)`` ... The tables beside this
file hold them as JSON lists. What a form asks of a row is SQL in ``predicates.py``; here is what it says.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

Form = tuple[Any, ...]

JOINED = ("and", "or", "each")
"""Forms made of forms. ``each`` is ``and`` without those whose columns are not there."""
_COLUMNS = {"same": 2, "differ": 2, "distinct": 2, "consistent": 2, "pairs": 2, "product": 3}
_NO_COLUMNS = ("rule", "names", "unreadable")
_FORMATS = {
    "datetime": "a time as YYYY-MM-DDTHH:mm:ssZ",
    "numeric": "a plain number",
    "string": "valid Unicode",
    "unit": "a unit of the Unit Format",
    "currency": "an ISO 4217 code or the name of a virtual currency",
    "key-value": "a JSON object of plain values",
    "json-object": "a JSON object",
}
_TYPES = {"string": "text", "decimal": "a decimal", "datetime": "a date and time"}
_NAMES = {
    "pascal": "column names are in Pascal case",
    "alphanumeric": "column names have letters and digits only",
    "length": "column names have at most 50 characters",
    "prefixed": "columns that are not of FOCUS start with x_",
    "first": "columns of FOCUS come before all others",
}


def to_form(value: Any) -> Form | None:
    """The form that a JSON list holds; None for None."""
    return None if value is None else _frozen(value)


def _frozen(value: Any) -> Any:
    return tuple(_frozen(v) for v in value) if isinstance(value, list) else value


def parts(form: Form) -> Iterator[Form]:
    """*form* and all forms in it, outermost first."""
    yield form
    if form[0] in JOINED:
        for inner in form[1:]:
            yield from parts(inner)


def columns_of(*forms: Form | None) -> tuple[str, ...]:
    """The columns that *forms* look at, each once, in order."""
    found: dict[str, None] = {}
    for form in forms:
        for part in parts(form) if form else ():
            if part[0] not in (*JOINED, *_NO_COLUMNS):
                found |= dict.fromkeys(part[1 : 1 + _COLUMNS.get(part[0], 1)])
    return tuple(found)


def rules_of(form: Form | None) -> tuple[str, ...]:
    """The ids of the rules that *form* is made of."""
    return tuple(p[1] for p in parts(form) if p[0] == "rule") if form else ()


def all_of(forms: Iterable[Form | None]) -> Form | None:
    """A condition that holds where all *forms* hold."""
    found = tuple(dict.fromkeys(f for f in forms if f))
    return found[0] if len(found) == 1 else ("and", *found) if found else None


def any_of(forms: Sequence[Form | None]) -> Form | None:
    """A condition that holds where one of *forms* holds; None, which always holds, when one is None."""
    if not forms or None in forms:
        return None
    found = tuple(dict.fromkeys(forms))
    return found[0] if len(found) == 1 else ("or", *found)


def wording(form: Form | None, condition: Form | None = None) -> str:
    """What *form* asks, in words of our own: ``SkuId is not null where ChargeCategory is Usage``."""
    if form is None:
        return "what the data cannot tell"
    said = _words(form)
    return f"{said} where {_words(condition)}" if condition else said


def _words(form: Form) -> str:
    head, *rest = form
    if head in JOINED:
        joint = " or " if head == "or" else " and "
        inner = [f"({_words(f)})" if f[0] in ("and", "or") else _words(f) for f in rest]
        return joint.join(inner)
    return _SAID[head](*rest)


def _list(values: Sequence[Any]) -> str:
    shown = [str(v) for v in values[:6]]
    return ", ".join(shown) + (f" ... ({len(values)} values)" if len(values) > len(shown) else "")


_SAID: dict[str, Callable[..., str]] = {
    "present": lambda c: f"the column {c} is there",
    "null": lambda c: f"{c} is null",
    "not_null": lambda c: f"{c} is not null",
    "not_blank": lambda c: f"{c} is not blank",
    "is": lambda c, v: f"{c} is {v}",
    "is_not": lambda c, v: f"{c} is not {v}",
    "in": lambda c, values: f"{c} is one of {_list(values)}",
    "pairs": lambda a, b, pairs: f"{a} belongs to its {b} ({len(pairs)} pairs)",
    "type": lambda c, kind: f"{c} is {_TYPES[kind]}",
    "format": lambda c, kind: f"{c} is {_FORMATS[kind]}",
    "shape": lambda c, *_: f"{c} has the members that its schema requires",
    "decimal": lambda c: f"{c} is a number",
    "national": lambda c: f"{c} is an ISO 4217 code",
    "at_least": lambda c, n: f"{c} is at least {n}",
    "same": lambda a, b: f"{a} equals {b}",
    "differ": lambda a, b: f"{a} differs from {b}",
    "distinct": lambda a, b, n: f"each {a} has exactly {n} {b}",
    "consistent": lambda a, b: f"each {a} has no more than one {b}",
    "product": lambda a, b, r: f"{a} × {b} = {r}",
    "rule": lambda r: r,
    "names": lambda kind: _NAMES[kind],
    "unreadable": lambda: "an unreadable condition",
}
