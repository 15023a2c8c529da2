"""SQL for the rows of a dataset's table, and for those that are rejected, of one staged file."""

from datetime import datetime

from warikan.focus.datasets import Dataset
from warikan.ingest.datasets.recognition import DatasetFile
from warikan.ingest.relation import INSTANT, MONEY, TEXT_MAP, Staged, literal, quote

_TYPES = {"decimal": MONEY, "datetime": INSTANT}


def select_rows(
    one: DatasetFile, staged: Staged, *, source_id: str, load_id: str, loaded_at: datetime
) -> str:
    """The good rows of a file in the columns of its table; what may be null stays null."""
    values = [f"{_value(one, c.id, c.type)} AS {quote(c.id)}" for c in one.dataset.columns]
    ours = [
        f'{literal(source_id)} AS "x_SourceId"',
        f'{literal(load_id)} AS "x_LoadId"',
        f'{literal(one.file.name)} AS "x_SourceFile"',
        '_row::BIGINT AS "x_SourceRow"',
        f'{literal(loaded_at.isoformat())}::{INSTANT} AS "x_LoadedAt"',
        f'{_extra(one)} AS "x_Extra"',
        f'{literal(one.header.version)} AS "x_FocusVersion"',
    ]
    good = f"NOT ({is_rejected(one.dataset)})"
    return f"SELECT {', '.join([*values, *ours])} FROM {staged.relation} WHERE {good} ORDER BY _row"


def is_rejected(dataset: Dataset) -> str:
    """SQL: a value could not be typed, or a key is missing."""
    return " OR ".join(["_bad IS NOT NULL", *(test for _, test in _missing(dataset))])


def select_rejects(one: DatasetFile, staged: Staged, ordinal: int, *, source_id: str, load_id: str) -> str:
    """The columns of `rejects`, one row per defect."""
    missing = ", ".join(
        f"CASE WHEN {test} THEN {{'column': {literal(name)}, 'value': NULL::VARCHAR, "
        "'reason': 'missing, or not what it must be'} END"
        for name, test in _missing(one.dataset)
    )
    known = 'coalesce(list_transform(_bad, lambda b: b."column"), [])'
    defects = (
        "list_concat(coalesce(_bad, []), list_filter("
        f'[{missing}], lambda d: d IS NOT NULL AND NOT list_contains({known}, d."column")))'
    )
    has_cost, has_currency = ("BilledCost" in one.header.focus), ("BillingCurrency" in one.header.focus)
    cost = 'coalesce(_raw_cost, "BilledCost"::VARCHAR)' if has_cost else "NULL::VARCHAR"
    currency = 'left("BillingCurrency", 500)' if has_currency else "NULL::VARCHAR"
    head = (
        f'{literal(load_id)} AS "x_LoadId", {literal(source_id)} AS "x_SourceId", '
        f'{literal(one.file.name)} AS "x_SourceFile"'
    )
    rows = (
        f'SELECT {head}, _row::BIGINT AS "x_SourceRow", d."column" AS "Column", d."value" AS "Value", '
        f'd.reason AS "Reason", cost AS "BilledCost", currency AS "BillingCurrency" '
        f"FROM (SELECT _row, unnest({defects}) AS d, {cost} AS cost, {currency} AS currency "
        f"FROM {staged.relation} WHERE {is_rejected(one.dataset)})"
    )
    if not staged.broken:
        return rows
    return (
        f"{rows} UNION ALL SELECT {head}, row, NULL::VARCHAR, text, reason, NULL::VARCHAR, NULL::VARCHAR "
        f"FROM broken_{ordinal}"
    )


def _missing(dataset: Dataset) -> list[tuple[str, str]]:
    """Key column → SQL: a row has no value of it."""
    return [
        (key, f"to_currency({quote(key)}) IS NULL" if key == "BillingCurrency" else f"{quote(key)} IS NULL")
        for key in dataset.keys
    ]


def _value(one: DatasetFile, name: str, kind: str) -> str:
    if name not in one.header.focus:
        return f"NULL::{_TYPES.get(kind, 'VARCHAR')}"
    return f"to_currency({quote(name)})" if name.endswith("Currency") else quote(name)


def _extra(one: DatasetFile) -> str:
    """Columns that are no FOCUS columns, without empty ones; NULL when all are."""
    named = [(one.header.names[i] or f"column {i + 1}", f"e{i}") for i in one.header.extra]
    if not named:
        return f"NULL::{TEXT_MAP}"
    pairs = ", ".join(f"{{'key': {literal(name)}, 'value': {value}}}" for name, value in named)
    is_any = " OR ".join(f"{value} IS NOT NULL" for _, value in named)
    entries = f"list_filter([{pairs}], lambda x: x.value IS NOT NULL)"
    return f"CASE WHEN {is_any} THEN map_from_entries({entries}) ELSE NULL::{TEXT_MAP} END"
