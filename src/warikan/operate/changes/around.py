"""Which changes are about a scope of money: whose they are, and what they say they are about."""

from collections.abc import Collection, Mapping

from warikan.operate.changes.change import Change
from warikan.operate.scope import Scope

SERVICE, TEAM, CLUSTER, ENVIRONMENT = "x_ServiceId", "x_TeamId", "x_ClusterId", "x_Environment"
_ENVIRONMENTS: Mapping[str, str] = {
    "prod": "production",
    "prd": "production",
    "stg": "staging",
    "stage": "staging",
    "dev": "development",
    "testing": "test",
}


def is_about(change: Change, scope: Scope, clusters: Collection[str]) -> bool:
    """
    Whether *change* may be about *scope*.

    They contradict each other in nothing and, where *scope* is somebody's, have something in common.

    Args:
        clusters: Ids that costs know; what a sender calls a cluster otherwise contradicts nothing.
    """
    facts = {
        **change.scope,
        SERVICE: change.service_id,
        TEAM: change.team_id,
        ENVIRONMENT: change.environment,
    }
    if change.cluster in clusters:
        facts[CLUSTER] = change.cluster
    asked = {key: value for key, value in scope.items() if value is not None}
    if SERVICE in asked:
        # A service may have changed hands since.
        asked.pop(TEAM, None)
    common = [key for key in asked if facts.get(key) is not None]
    if any(_plain(key, asked[key]) != _plain(key, facts[key]) for key in common):
        return False
    return bool(common) or not (SERVICE in asked or TEAM in asked)


def _plain(column: str, value: str | None) -> str | None:
    if column == ENVIRONMENT and value is not None:
        return _ENVIRONMENTS.get(value.lower(), value.lower())
    return value
