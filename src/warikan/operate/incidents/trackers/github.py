"""Issues of GitHub, or of GitHub Enterprise (REST API 2022-11-28)."""

from datetime import timedelta
from itertools import count

from warikan.catalog.incidents import TrackerSettings
from warikan.operate.incidents.trackers.calling import Caller
from warikan.operate.incidents.trackers.tracker import NewTicket, TrackerError

PUBLIC = "https://api.github.com"
PAGE = 100
MOST_PAGES = 10
SLACK = timedelta(hours=1)
"""Their clock and ours may differ."""


class GitHub:
    """
    The marker is a comment in the issue's text.

    It is looked for in the list of issues, not by their search: the list has an issue at once.
    """

    def __init__(self, caller: Caller, settings: TrackerSettings) -> None:
        self._caller = caller
        self._url = f"{(settings.url or PUBLIC).rstrip('/')}/repos/{settings.repository}/issues"
        self._labels = list(settings.labels)
        self._headers = {
            "Authorization": f"Bearer {caller.token}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
        }

    def find(self, ticket: NewTicket) -> str | None:
        """The issue with the marker, among those touched since the ticket was meant."""
        since = (ticket.since - SLACK).isoformat(timespec="seconds").replace("+00:00", "Z")
        asked = {
            "state": "all",
            "since": since,
            "sort": "created",
            "direction": "desc",
            "per_page": str(PAGE),
        }
        for page in count(1):
            found = self._caller.get(self._url, asked | {"page": str(page)}, self._headers)
            if not isinstance(found, list):
                raise TrackerError(f"{self._caller.name}: the answer is no list of issues", is_certain=False)
            for issue in found:
                if isinstance(issue, dict) and ticket.marker in str(issue.get("body") or ""):
                    return self._caller.text_of(issue, "html_url")
            if len(found) < PAGE:
                return None
            if page >= MOST_PAGES:
                break
        raise TrackerError(
            f"{self._caller.name}: more than {PAGE * MOST_PAGES} issues changed since; ours cannot be found",
            is_certain=True,
            hint="look whether it is there and link it: warikan incidents ticket INC-… --url",
        )

    def create(self, ticket: NewTicket) -> str:
        """Open the issue."""
        body = {"title": ticket.title, "body": f"{ticket.body}\n\n<!-- {ticket.marker} -->"}
        answer = self._caller.post(self._url, body | {"labels": self._labels}, self._headers)
        return self._caller.text_of(answer, "html_url")
