"""``warikan sources``: what bills can be, and which FOCUS columns each kind fills."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from warikan.cli.options import Output
from warikan.cli.output import note, print_csv, print_json, print_table
from warikan.focus.columns import list_columns
from warikan.focus.errors import UsageError

if TYPE_CHECKING:
    from warikan.ingest.mapping import Mapping


def run_sources(source_type: str | None, *, output: Output) -> None:
    """
    Print the forms of bills that are read; of one *source_type* how each FOCUS column is filled, or why not.

    Raises:
        UsageError: there is no such type.
    """
    from warikan.ingest.dialects import AUTO, no_such_type
    from warikan.ingest.mapping import packaged_mappings

    mappings = packaged_mappings()
    if source_type is None:
        _print_types(mappings, output)
        return
    if source_type in (AUTO, "focus"):
        raise UsageError(
            f"{source_type} needs no mapping: a FOCUS file has the columns already",
            hint="warikan sources lists the forms that have one",
        )
    chosen = [m for m in mappings if m.source_type == source_type]
    if not chosen and source_type != "table":
        raise no_such_type(source_type)
    rows = [row for mapping in chosen for row in _columns_of(mapping)] or _columns_of_tables()
    header = ["form", "column", "filled", "how"]
    if output == "json":
        example = {} if chosen else {"example": _how_to_begin()}
        columns = [dict(zip(header, row, strict=True)) for row in rows]
        print_json({"sourceType": source_type, "columns": columns} | example)
    elif output == "csv":
        print_csv(header, rows)
    else:
        print_table(source_type, header, rows)
    if not chosen and output == "table":
        note(_how_to_begin())


def _columns_of(mapping: Mapping) -> list[list[str]]:
    rows = []
    for column in list_columns(mapping.focus):
        sql = mapping.focus_columns.get(column.id)
        why = mapping.gaps.get(column.id, "" if sql else "not in this form")
        how = " ".join(sql.split()) if sql else why
        rows.append([mapping.title, column.id, ("partly" if why else "yes") if sql else "no", how])
    return rows


def _columns_of_tables() -> list[list[str]]:
    """What warikan.yaml must say of a table, may say, and what follows."""
    from warikan.catalog.tables import NEEDED
    from warikan.ingest.sources.table.source import FOLLOWS

    def told(column: str) -> list[str]:
        if column in NEEDED:
            return ["must be said", "table.columns in warikan.yaml: a column of the file, or {value: ...}"]
        if column in FOLLOWS:
            return ["follows", f"{FOLLOWS[column]}, unless table.columns says more"]
        return ["if said", "table.columns in warikan.yaml" + (", or table.tags" if column == "Tags" else "")]

    order = {"must be said": 0, "follows": 1, "if said": 2}
    rows = [["any table", column.id, *told(column.id)] for column in list_columns("1.2")]
    return sorted(rows, key=lambda row: order[row[2]])


def _how_to_begin() -> str:
    from warikan.ingest.sources.table.source import EXAMPLE

    return (
        "Any CSV, Parquet or JSON-lines table, such as the invoice of a SaaS vendor. In warikan.yaml:\n\n"
        f"{EXAMPLE}\nThen: warikan ingest datadog. All that can be said: docs/sources/table.md"
    )


def _print_types(mappings: tuple[Mapping, ...], output: Output) -> None:
    rows: list[dict[str, Any]] = [
        {
            "type": mapping.source_type,
            "form": mapping.title,
            "focus": mapping.focus,
            "filled": len([c for c in list_columns(mapping.focus) if c.id in mapping.focus_columns]),
            "columns": len(list_columns(mapping.focus)),
            "proven": ", ".join(f"{told.name} = {metric}" for metric, told in mapping.proof.items()),
        }
        for mapping in mappings
    ]
    header = list(rows[0])
    if output == "json":
        print_json({"sources": rows})
        return
    cells = [[str(row[name]) for name in header] for row in rows]
    if output == "csv":
        print_csv(header, cells)
        return
    print_table(
        "Bills that Warikan reads, beside FOCUS 1.0 to 1.4", header, cells, right=["filled", "columns"]
    )
    note("warikan sources TYPE shows each column; any other table of costs: warikan sources table")
