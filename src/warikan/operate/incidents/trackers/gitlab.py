"""Issues of GitLab, of gitlab.com or one's own (REST API v4)."""

from datetime import timedelta
from itertools import count
from urllib.parse import quote

from warikan.catalog.incidents import TrackerSettings
from warikan.operate.incidents.trackers.calling import Caller
from warikan.operate.incidents.trackers.tracker import NewTicket, TrackerError

PUBLIC = "https://gitlab.com/api/v4"
PAGE = 100
MOST_PAGES = 10
SLACK = timedelta(hours=1)


class GitLab:
    """The marker is a comment in the issue's description; it is looked for in the list of new issues."""

    def __init__(self, caller: Caller, settings: TrackerSettings) -> None:
        self._caller = caller
        base = (settings.url or PUBLIC).rstrip("/")
        self._url = f"{base}/projects/{quote(settings.repository, safe='')}/issues"
        self._labels = ",".join(settings.labels)
        self._headers = {"PRIVATE-TOKEN": caller.token}

    def find(self, ticket: NewTicket) -> str | None:
        """The issue with the marker, among those made since the ticket was meant."""
        since = (ticket.since - SLACK).isoformat(timespec="seconds").replace("+00:00", "Z")
        asked = {"scope": "all", "created_after": since, "order_by": "created_at", "per_page": str(PAGE)}
        for page in count(1):
            found = self._caller.get(self._url, asked | {"page": str(page)}, self._headers)
            if not isinstance(found, list):
                raise TrackerError(f"{self._caller.name}: the answer is no list of issues", is_certain=False)
            for issue in found:
                if isinstance(issue, dict) and ticket.marker in str(issue.get("description") or ""):
                    return self._caller.text_of(issue, "web_url")
            if len(found) < PAGE:
                return None
            if page >= MOST_PAGES:
                break
        raise TrackerError(
            f"{self._caller.name}: more than {PAGE * MOST_PAGES} new issues since; ours cannot be looked for",
            is_certain=True,
            hint="look whether it is there and link it: warikan incidents ticket INC-… --url",
        )

    def create(self, ticket: NewTicket) -> str:
        """Open the issue."""
        body = {"title": ticket.title, "description": f"{ticket.body}\n\n<!-- {ticket.marker} -->"}
        answer = self._caller.post(self._url, body | {"labels": self._labels}, self._headers)
        return self._caller.text_of(answer, "web_url")
