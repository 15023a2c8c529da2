"""
The five columns that say how a part of a charge came to be, and whose it is.

FOCUS 1.3: AllocatedMethodId, AllocatedMethodDetails (AllocatedMethodDetailsObject), AllocatedResourceId (null
for what is allocated to nothing), AllocatedResourceName (null exactly where the id is), AllocatedTags (no tag
that is in Tags). SQL over the aliases of rows.py, for slices that are parts.
"""

from collections.abc import Collection

from warikan.export.columns import ALLOCATED
from warikan.export.parts import exact_part, plain_decimal
from warikan.lake.schema import literal, quote

_IS_CUT = '(coalesce(s."x_SliceKey", 0) <> 0)'
"""Cut by us, not by the provider: what the provider says of the whole is then not so of the part."""
_ORIGIN = ("ContractApplied", *ALLOCATED)
"""Columns of a charge that its parts have otherwise: AllocatedMethodDetails keeps them as they were."""
_PLACE = ("x_ClusterId", "x_Namespace")


def select_allocated(name: str, filled: Collection[str]) -> str:
    """
    SQL of the column *name* (one of ALLOCATED) of a part.

    Args:
        filled: Columns that have a value somewhere.
    """
    match name:
        case "AllocatedMethodId":
            return f"s.{quote(name)}"
        case "AllocatedMethodDetails":
            return _details(filled)
        case "AllocatedResourceId":
            return _resource_id()
        case "AllocatedResourceName":
            return _resource_name()
        case _:
            return _tags()


def _details(filled: Collection[str]) -> str:
    """
    FOCUS's object: ``Elements`` with the part of the charge, and ours.

    ``x_Steps`` is how shares came to it (explain shows the same); ``x_Origin`` has values of the charge
    that its parts have otherwise. The ratios of all parts of a charge are 1 together, exactly.
    """
    ratio = plain_decimal(exact_part("1::DECIMAL(38, 18)", "r._rest_ratio"))
    steps = "json_extract(s.\"AllocatedMethodDetails\", '$.x_Steps')::VARCHAR"
    parts = [
        f"""'{{"Elements":[{{"AllocatedRatio":' || {ratio} || '}}]'""",
        f"""CASE WHEN s."x_ShareId" IS NULL THEN '' ELSE coalesce(',"x_Steps":' || {steps}, '') END""",
    ]
    origin = [name for name in _ORIGIN if name in filled]
    if origin:
        pairs = ", ".join(f"{literal(name)}, c.{quote(name)}" for name in origin)
        is_any = " OR ".join(f"c.{quote(name)} IS NOT NULL" for name in origin)
        # A patch of nothing drops what is null.
        held = f"json_merge_patch('{{}}', json_object({pairs}))::VARCHAR"
        parts.append(f"""CASE WHEN {is_any} THEN ',"x_Origin":' || {held} ELSE '' END""")
    return " || ".join([*parts, "'}'"])


def _resource_id() -> str:
    """What bears the part: in the cluster, or the service that a share gave it to; null for nobody."""
    names = ", ".join(f"s.{quote(n)}" for n in (*_PLACE, "x_Workload"))
    workload = f"CASE WHEN s.\"x_ClusterCostClass\" = 'workload' THEN concat_ws('/', {names}) END"
    service = 'CASE WHEN s."x_ShareId" IS NOT NULL THEN s."x_ServiceId" END'
    return f'coalesce(s."AllocatedResourceId", {workload}, {service})'


def _resource_name() -> str:
    pod = f"concat_ws('/', {', '.join(f's.{quote(n)}' for n in (*_PLACE, 'x_Pod', 'x_Container'))})"
    return (
        f'CASE WHEN s."AllocatedResourceId" IS NULL THEN {_resource_id()} '
        f'WHEN s."x_Pod" IS NOT NULL THEN {pod} '
        f'WHEN {_IS_CUT} THEN s."AllocatedResourceId" '
        'ELSE coalesce(s."AllocatedResourceName", s."AllocatedResourceId") END'
    )


def _tags() -> str:
    """The labels that are no tags of the charge; where we did not cut, the provider's own tags."""
    entries = 'map_entries(s."x_Labels")'
    own = f'list_filter({entries}, lambda e: c."Tags"[e.key] IS DISTINCT FROM e.value)'
    labels = f"CASE WHEN len({own}) > 0 THEN to_json(map_from_entries({own}))::VARCHAR END"
    return f'CASE WHEN {_IS_CUT} THEN {labels} ELSE s."AllocatedTags" END'
