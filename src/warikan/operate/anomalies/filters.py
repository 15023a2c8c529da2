"""The filter of an anomaly's money: by who causes it, before any share moves it."""

from warikan.catalog.entities import Catalog
from warikan.engine.cost_cube import BOUGHT, FIXED, IDLE
from warikan.operate.scope import Scope, quote, where_of

ORIGIN = "x_OriginServiceId"
IS_BOUGHT = (
    f"(ChargeCategory IS NULL OR ChargeCategory IN ({', '.join(map(quote, BOUGHT))})) "
    f"AND (ChargeFrequency IS NULL OR ChargeFrequency <> {quote(FIXED)}) "
    f"AND (CommitmentDiscountStatus IS NULL OR CommitmentDiscountStatus <> {quote(IDLE)})"
)


def money_filter(scope: Scope, catalog: Catalog) -> str:
    """
    *scope* (columns of the detector) in the filter language over the allocations: what was bought of it.

    A service is the owner before sharing. A team without a service is all services that it owns now.
    """
    rest = {column: value for column, value in scope.items() if column not in {"x_ServiceId", "x_TeamId"}}
    parts = [IS_BOUGHT, where_of(rest)] if rest else [IS_BOUGHT]
    if "x_ServiceId" in scope:
        parts.append(where_of({ORIGIN: scope["x_ServiceId"]}))
    elif "x_TeamId" in scope:
        parts.append(_of_team(scope["x_TeamId"], catalog))
    return " AND ".join(parts)


def narrowed(own: str, caused: str) -> str:
    """A person's *own* filter within a ``money_filter``."""
    return f"({own}) AND {caused}"


def own_of(where: str) -> str:
    """
    What a person wrote of a filter that `narrowed` made, or all of one that nobody narrowed.

    Blank for a ``money_filter`` alone.

    >>> own_of(narrowed("ServiceName = 'Amazon S3'", IS_BOUGHT))
    "ServiceName = 'Amazon S3'"
    """
    if where.startswith(IS_BOUGHT):
        return ""
    own, within, _ = where.rpartition(f") AND {IS_BOUGHT}")
    return own.removeprefix("(") if within else where


def _of_team(team: str | None, catalog: Catalog) -> str:
    if team is None:
        owned = sorted(s.id for s in catalog.services.values() if s.team_id is not None)
        unknown = f"{ORIGIN} NOT IN ({', '.join(map(quote, owned))})"
        return f"({ORIGIN} IS NULL OR {unknown})" if owned else f"{ORIGIN} IS NULL"
    owned = sorted(s.id for s in catalog.services.values() if s.team_id == team)
    if not owned:
        return where_of({"x_TeamId": team})
    return f"{ORIGIN} IN ({', '.join(map(quote, owned))})"
