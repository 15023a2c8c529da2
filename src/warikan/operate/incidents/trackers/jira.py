"""Issues of Jira: Cloud (with a user) and Data Center (a personal access token); REST API 2."""

from base64 import b64encode

from warikan.catalog.incidents import TrackerSettings
from warikan.operate.incidents.trackers.calling import Caller
from warikan.operate.incidents.trackers.tracker import NewTicket, TrackerError


class Jira:
    """
    The marker is a label of the issue: Jira finds labels exactly.

    Its index may be seconds behind; `tickets.py` waits longer than that before it looks again.
    """

    def __init__(self, caller: Caller, settings: TrackerSettings) -> None:
        self._caller = caller
        self._base = settings.url.rstrip("/")
        self._project = settings.repository
        self._type = settings.issue_type
        self._labels = list(settings.labels)
        # Jira Cloud took /search away in 2025; Data Center has nothing else.
        self._search = "search/jql" if settings.user else "search"
        if settings.user:
            basic = b64encode(f"{settings.user}:{caller.token}".encode()).decode()
            self._headers = {"Authorization": f"Basic {basic}"}
        else:
            self._headers = {"Authorization": f"Bearer {caller.token}"}

    def find(self, ticket: NewTicket) -> str | None:
        """The issue with the label."""
        jql = f'project = "{self._project}" AND labels = "{ticket.marker}"'
        asked = {"jql": jql, "fields": "summary", "maxResults": "1"}
        answer = self._caller.get(f"{self._base}/rest/api/2/{self._search}", asked, self._headers)
        issues = answer.get("issues") if isinstance(answer, dict) else None
        if not isinstance(issues, list):
            raise TrackerError(f"{self._caller.name}: the answer is no list of issues", is_certain=False)
        return self._address(issues[0]) if issues else None

    def create(self, ticket: NewTicket) -> str:
        """Open the issue."""
        fields = {
            "project": {"key": self._project},
            "summary": ticket.title,
            "description": ticket.body,
            "issuetype": {"name": self._type},
            "labels": [ticket.marker, *self._labels],
        }
        answer = self._caller.post(f"{self._base}/rest/api/2/issue", {"fields": fields}, self._headers)
        return self._address(answer)

    def _address(self, issue: object) -> str:
        return f"{self._base}/browse/{self._caller.text_of(issue, 'key')}"
