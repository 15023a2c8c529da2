"""
Quantities of a slice: the charge's times the slice's ratio, exact in sum.

Each part is cut toward zero to 15 decimals; what is missing to the charge (all 18 decimals) goes to one
slice, the *taker*: the largest ratio, on a tie the first by x_SliceKey, then x_ServiceId. The costs of a
slice are not touched here: ``allocate`` has split them. 12 decimals, as there, would leave list price ×
quantity further from the list cost than the official validator allows (1e-9), where a node has 300 slices.
"""

from collections.abc import Sequence

from warikan.lake.schema import quote

_SHIFT = "1e15"
_CUT = "DECIMAL(38, 15)"
_EXACT = "DECIMAL(38, 18)"
IS_PART = (
    '(s."x_ShareId" IS NOT NULL OR '
    '(coalesce(s."x_SliceKey", 0) <> 0 AND s."x_ClusterAsset" IS DISTINCT FROM \'cluster\'))'
)
"""
Whether a slice of the alias ``s`` is a part of its charge; else it is the charge whole.

A charge of a cluster itself (its control plane) is not split, though it is of a cluster.
"""
RATIO = (
    'least(1.0, coalesce(s."x_Ratio", 1.0) * CASE WHEN s."x_ShareId" IS NULL THEN 1.0 ELSE '
    "coalesce(list_product(json_extract(s.\"AllocatedMethodDetails\", '$.x_Steps[*].Ratio')::DOUBLE[]), 1.0) "
    "END)"
)
"""What part of its charge such a slice is: its part before sharing, times that of each share's step."""


def part(quantity: str, ratio: str) -> str:
    """SQL of the part of *quantity* (SQL, decimal) that *ratio* (SQL, double) gives, without the rest."""
    return f"(trunc({quantity}::DOUBLE * {ratio} * {_SHIFT}) / {_SHIFT})::{_CUT}::{_EXACT}"


def select_rests(slices: str, charges: str, quantities: Sequence[str]) -> str:
    """
    What each charge that has parts lacks after cutting.

    Returns: SQL of one row per charge: ``x_ChargeKey``; ``_taker``, the ``_id`` of the slice that takes the
    rests; ``_rest_ratio``; and a ``_rest_<quantity>`` for each of *quantities*.

    Args:
        slices: A relation of all slices of the charges, with ``_id`` and ``_ratio`` (null where it is whole).
        charges: A relation of charges.
    """
    rests = ", ".join(
        f"any_value(c.{quote(q)}) - sum({part(f'c.{quote(q)}', 's._ratio')}) AS {quote(f'_rest_{q}')}"
        for q in quantities
    )
    one = f"1::{_EXACT}"
    place = "{'ratio': -s._ratio, 'slice': s.\"x_SliceKey\", 'service': s.\"x_ServiceId\", 'id': s._id}"
    return f"""SELECT s."x_ChargeKey", arg_min(s._id, {place}) AS _taker,
                      {one} - sum({part(one, "s._ratio")}) AS _rest_ratio{", " * bool(rests)}{rests}
               FROM {slices} s JOIN {charges} c ON c."x_ChargeKey" = s."x_ChargeKey"
               WHERE s._ratio IS NOT NULL GROUP BY s."x_ChargeKey" """


def exact_part(quantity: str, rest: str) -> str:
    """SQL of a slice's part of *quantity* with the *rest* where it is the taker (aliases ``s``, ``r``)."""
    return f"({part(quantity, 's._ratio')} + CASE WHEN s._id = r._taker THEN {rest} ELSE 0 END)::{_EXACT}"


def plain_decimal(sql: str) -> str:
    """SQL of a DECIMAL(38, 18) as text: every digit but trailing zeros, no exponent."""
    return f"rtrim(rtrim(({sql})::VARCHAR, '0'), '.')"
