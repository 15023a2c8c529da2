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
    from warikan.ingest.mapping import packaged_mappings

    mappings = packaged_mappings()
    if source_type is None:
        _print_types(mappings, output)
        return
    chosen = [m for m in mappings if m.source_type == source_type]
    if not chosen:
        types = ", ".join(dict.fromkeys(m.source_type for m in mappings))
        raise UsageError(f"no mapping for {source_type!r}; there are: {types}", hint="FOCUS needs none")
    rows = [row for mapping in chosen for row in _columns_of(mapping)]
    header = ["form", "column", "filled", "how"]
    if output == "json":
        print_json(
            {"sourceType": source_type, "columns": [dict(zip(header, row, strict=True)) for row in rows]}
        )
    elif output == "csv":
        print_csv(header, rows)
    else:
        print_table(source_type, header, rows)


def _columns_of(mapping: Mapping) -> list[list[str]]:
    rows = []
    for column in list_columns(mapping.focus):
        sql = mapping.focus_columns.get(column.id)
        why = mapping.gaps.get(column.id, "" if sql else "not in this form")
        how = " ".join(sql.split()) if sql else why
        rows.append([mapping.title, column.id, ("partly" if why else "yes") if sql else "no", how])
    return rows


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
    note("warikan sources TYPE shows each column; any other table: type: table (docs/sources/table.md)")
