"""
``ContractApplied`` of a part: what the charge counts toward commitments, times the part's ratio.

The column is JSON that holds amounts (FOCUS 1.3, ContractAppliedObject): copied into every part they would
count many times over. So the amounts of all parts add up to the charge's, as quantities do (parts.py). What
is no object with ``Elements`` of plain keys is copied as it is.

The JSON of a charge is taken apart once, not once for each of its parts: into the texts between its amounts.
"""

from warikan.export.parts import exact_part, part, plain_decimal

_AMOUNTS = "('ContractCommitmentAppliedCost', 'ContractCommitmentAppliedQuantity')"
_EXACT = "DECIMAL(38, 18)"
_PLAIN_KEY = "'[A-Za-z_][A-Za-z0-9_]*'"
_HOLE = "chr(1)"
"""Stands for an amount; JSON never has it as it is."""
_ELEMENTS = "json_extract(c.\"ContractApplied\", '$.Elements[*]')"
_AMOUNT = f"try_cast(json_extract_string(e, k) AS {_EXACT})"


def select_contracts(slices: str, charges: str) -> str:
    """
    SQL of one row per charge that has parts and plain ContractApplied.

    Returns: ``x_ChargeKey``; ``_texts`` (list) between its amounts, before the first and after the last;
    ``_amounts`` (list); and ``_rest_amounts`` (list), what each lacks after cutting.

    Args: as for ``parts.select_rests``.
    """
    split = f'SELECT "x_ChargeKey" FROM {slices} WHERE _ratio IS NOT NULL'
    taken_apart = f"""SELECT c."x_ChargeKey", string_split({_template()}, {_HOLE}) AS _texts,
                             {_amounts()} AS _amounts
                      FROM {charges} c
                      WHERE CASE WHEN json_valid(c."ContractApplied") THEN {_is_plain()} ELSE false END
                        AND c."x_ChargeKey" IN ({split})"""
    places = "SELECT *, unnest(range(1, len(_amounts) + 1)) AS place FROM taken_apart"
    rests = f"""SELECT s."x_ChargeKey", t.place,
                       any_value(t._amounts[t.place]) - sum({part("t._amounts[t.place]", "s._ratio")}) AS rest
                FROM {slices} s JOIN ({places}) t ON t."x_ChargeKey" = s."x_ChargeKey"
                WHERE s._ratio IS NOT NULL GROUP BY ALL"""
    return f"""WITH taken_apart AS MATERIALIZED ({taken_apart})
               SELECT t.*, l._rest_amounts FROM taken_apart t LEFT JOIN (
                   SELECT "x_ChargeKey", list(rest ORDER BY place) AS _rest_amounts
                   FROM ({rests}) GROUP BY "x_ChargeKey"
               ) l ON l."x_ChargeKey" = t."x_ChargeKey" """


def select_contract(applied: str) -> str:
    """SQL of a part's ContractApplied from the charge's, *applied* (aliases ``s``, ``r``)."""
    amount = plain_decimal(exact_part("r._amounts[i]", "r._rest_amounts[i]"))
    texts = f"list_transform(r._texts, lambda t, i: t || coalesce({amount}, ''))"
    return f"CASE WHEN r._texts IS NULL THEN {applied} ELSE array_to_string({texts}, '') END"


def _template() -> str:
    """The charge's object with a hole for each amount."""
    is_amount = f"k IN {_AMOUNTS} AND {_AMOUNT} IS NOT NULL"
    value = f"CASE WHEN {is_amount} THEN {_HOLE} ELSE json_extract(e, k)::VARCHAR END"
    pairs = f"list_transform(json_keys(e), lambda k: to_json(k)::VARCHAR || ':' || {value})"
    elements = f"list_transform({_ELEMENTS}, lambda e: '{{' || array_to_string({pairs}, ',') || '}}')"
    applied = 'c."ContractApplied"'
    others = (
        f"list_transform(list_filter(json_keys({applied}), lambda k: k <> 'Elements'), "
        f"lambda k: ',' || to_json(k)::VARCHAR || ':' || json_extract({applied}, k)::VARCHAR)"
    )
    return (
        f"'{{\"Elements\":[' || array_to_string({elements}, ',') || ']' || "
        f"coalesce(array_to_string({others}, ''), '') || '}}'"
    )


def _amounts() -> str:
    """The amounts, in the order of their holes."""
    keys = f"list_filter(json_keys(e), lambda k: k IN {_AMOUNTS})"
    found = f"flatten(list_transform({_ELEMENTS}, lambda e: list_transform({keys}, lambda k: {_AMOUNT})))"
    return f"list_filter({found}, lambda a: a IS NOT NULL)"


def _is_plain() -> str:
    keys = f"flatten(list_transform({_ELEMENTS}, lambda e: json_keys(e)))"
    all_keys = f'list_concat({keys}, json_keys(c."ContractApplied"))'
    are_plain = f"list_bool_and(list_transform({all_keys}, lambda k: regexp_full_match(k, {_PLAIN_KEY})))"
    return f"coalesce(len({_ELEMENTS}) > 0 AND {are_plain}, false)"
