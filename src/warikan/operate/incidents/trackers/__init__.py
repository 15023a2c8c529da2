"""Other people's trackers: one file for each kind, all with the two calls of `Tracker`."""

from collections.abc import Mapping

from warikan.catalog.incidents import TrackerSettings
from warikan.ingest.usage.secrets import secret
from warikan.operate.incidents.trackers.calling import Caller
from warikan.operate.incidents.trackers.github import GitHub
from warikan.operate.incidents.trackers.gitlab import GitLab
from warikan.operate.incidents.trackers.jira import Jira
from warikan.operate.incidents.trackers.tracker import NewTicket, Tracker, TrackerError

__all__ = ["NewTicket", "Tracker", "TrackerError", "open_tracker"]


def open_tracker(name: str, settings: TrackerSettings, environment: Mapping[str, str]) -> Tracker:
    """
    The tracker *name* of the settings, with its token.

    Raises:
        ConfigError: the variable with the token is not set.
    """
    token = secret(environment, settings.token_from, f"incidents.trackers.{name}.token_from")
    caller = Caller(name, token)
    match settings.type:
        case "github":
            return GitHub(caller, settings)
        case "gitlab":
            return GitLab(caller, settings)
        case "jira":
            return Jira(caller, settings)
