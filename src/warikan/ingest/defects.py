"""What is wrong with a row of a native bill, as SQL: values by the names that the file gives them."""

from collections.abc import Mapping as Dictionary

from warikan.ingest.flavours import flavoured
from warikan.ingest.mapping import Also, Check, Mapping
from warikan.ingest.relation import literal, quote

MAX_PARTS = 127
"""Elements of an array that may become charges."""


def defects_sql(mapping: Mapping, names: Dictionary[str, str], element_of: Also | None) -> str:
    """
    SQL of ``_bad``: what could not be typed, and what is wrong though it could.

    That are values which a check of *mapping* refuses, and arrays of charges that cannot be taken apart.

    Args:
        names: Native column → as the file calls it.
        element_of: The SELECT is of the elements ``it`` of this array: one without a cost is a defect too.
    """
    found = "_bad"
    for check in mapping.checks:
        found = _with(found, f"coalesce({flavoured(check.wrong)}, false)", _told(check, names))
    if element_of is not None:
        is_odd = f"({flavoured(element_of.focus_columns['BilledCost'])}) IS NULL"
        name = names.get(element_of.each, element_of.each)
        found = _with(
            found, is_odd, _defect(literal(name), "it::VARCHAR", "an element without a cost that can be read")
        )
    for also in mapping.also:
        each = quote(also.each)
        is_odd = (
            f"{each} IS NOT NULL AND CASE WHEN NOT json_valid({each}) THEN true "
            f"WHEN json_type({each}) <> 'ARRAY' THEN json_type({each}) <> 'NULL' "
            f"ELSE json_array_length({each}) > {MAX_PARTS} END"
        )
        reason = f"not a JSON array of at most {MAX_PARTS} elements"
        found = _with(found, is_odd, _defect(literal(names.get(also.each, also.each)), each, reason))
    return found


def _told(check: Check, names: Dictionary[str, str]) -> str:
    """The first of the columns that is not empty, and its value."""
    cases = " ".join(f"WHEN {quote(c)} IS NOT NULL THEN {literal(names.get(c, c))}" for c in check.columns)
    value = f"coalesce({', '.join(f'{quote(c)}::VARCHAR' for c in check.columns)})"
    return _defect(f"CASE {cases} END", value, check.reason)


def _defect(column: str, value: str, reason: str) -> str:
    return f"{{'column': {column}, 'value': left({value}, 500), 'reason': {literal(reason)}}}"


def _with(found: str, is_odd: str, defect: str) -> str:
    return f"CASE WHEN {is_odd} THEN list_append(coalesce({found}, []), {defect}) ELSE {found} END"
