"""Rows of an exported file: each slice with every column of the charge that it is of."""

from collections.abc import Callable, Collection, Sequence

from warikan.export.allocated import select_allocated
from warikan.export.columns import ALLOCATED, OF_CLUSTER, OF_SLICE, SUMMABLE, ExportColumn, Kind
from warikan.export.contracts import select_contract
from warikan.export.parts import exact_part, plain_decimal
from warikan.focus.columns import COST_METRICS
from warikan.lake.schema import quote

SLICES_VIEW, CHARGES_VIEW, RESTS_TABLE = "slices_to_export", "charges_to_export", "rests_to_export"
"""Relations of one source and month: slices with ``_id`` and ``_ratio`` (parts.py), charges, their rests."""
Render = Callable[[str, Kind], str]
"""SQL of a value and its kind → SQL of what stands in the file."""


def select_rows(columns: Sequence[ExportColumn], wanted: str, filled: Collection[str], render: Render) -> str:
    """
    SQL of the rows, ordered by charge, slice and service: the same lake gives the same file.

    A slice that is a whole charge is the charge as it was; of a part, costs are the slice's, quantities its
    exact part, ``Allocated*`` says how, and everything else is the charge's.

    Args:
        columns: What to select.
        wanted: A query over SLICES_VIEW that leaves out what is not asked for.
        filled: Columns of ``charges`` and ``allocations`` that have a value somewhere.
    """
    selected = ", ".join(f"{render(_value(c.name, filled), c.kind)} AS {quote(c.name)}" for c in columns)
    return f"""SELECT {selected}
        FROM ({wanted}) s
        JOIN {CHARGES_VIEW} c ON c."x_ChargeKey" = s."x_ChargeKey"
        LEFT JOIN {RESTS_TABLE} r ON r."x_ChargeKey" = s."x_ChargeKey"
        ORDER BY s."x_ChargeKey", s."x_SliceKey", s."x_ServiceId", s._id"""


def _value(name: str, filled: Collection[str]) -> str:
    charge = f"c.{quote(name)}"
    if name in COST_METRICS or name in OF_SLICE or name in OF_CLUSTER:
        return f"s.{quote(name)}"
    if name == "x_SliceKey":
        return 'coalesce(s."x_SliceKey", 0)'
    if name in ("Tags", "x_Extra"):
        return f"to_json({charge})::VARCHAR"
    if name in ALLOCATED:
        return _of_part(charge, select_allocated(name, filled))
    if name in SUMMABLE and name in filled:
        return _of_part(charge, exact_part(charge, f"r.{quote(f'_rest_{name}')}"))
    if name == "ContractApplied" and name in filled:
        return _of_part(charge, select_contract(charge))
    return charge


def _of_part(charge: str, part: str) -> str:
    return f"CASE WHEN s._ratio IS NULL THEN {charge} ELSE {part} END"


def as_text(sql: str, kind: Kind) -> str:
    """SQL of a value as CSV has it: plain decimals, times in UTC with a Z, or the text as it is."""
    match kind:
        case "decimal":
            return plain_decimal(sql)
        case "datetime":
            return f"replace(make_timestamp(epoch_us({sql}))::VARCHAR, ' ', 'T') || 'Z'"
        case "long":
            return f"{sql}::VARCHAR"
        case "text":
            return sql
